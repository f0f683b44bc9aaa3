//! Goes on with the counters where the past ends.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use slosmith::backfill::openmetrics::head;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::traffic::Traffic;

/// Listens on a free port of the loopback interface until the program ends.
pub(crate) async fn start(traffic: Arc<Traffic>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A scrape that breaks off is Prometheus' to notice.
            let _ = answer(stream, &traffic).await;
        }
    });
    Ok(address)
}

/// Whatever was asked for, the answer is the counters of now.
async fn answer(mut stream: TcpStream, traffic: &Traffic) -> io::Result<()> {
    let _ = stream.read(&mut [0; 4096]).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let body = exposition(traffic, now.unwrap_or_default().as_secs_f64());
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

fn exposition(traffic: &Traffic, at: f64) -> String {
    let mut kinds: Vec<(&str, &str)> = Vec::new();
    let mut text = String::new();
    for counter in &traffic.counters {
        let kind = kind(&counter.name);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        let value = traffic.value(counter, at);
        let head = head(&counter.name, counter.labels());
        let _ = writeln!(text, "{head} {value}");
    }
    // Prometheus takes them at any place.
    for (name, kind) in kinds {
        let _ = writeln!(text, "# TYPE {name} {kind}");
    }
    text
}

fn kind(name: &str) -> (&str, &'static str) {
    let parts = ["_bucket", "_count", "_sum"];
    let family = parts.iter().find_map(|part| name.strip_suffix(part));
    family.map_or((name, "counter"), |family| (family, "histogram"))
}
