//! Goes on with the synthetic metrics where their history ends.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::history::History;
use crate::backfill::openmetrics::head;
use crate::duration::Duration;

/// Serves metrics until it is dropped.
pub(super) struct Exporter {
    /// Where Prometheus scrapes them.
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Exporter {
    /// Listens on a free port of the loopback interface.
    pub(super) async fn start(history: Arc<History>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let history = Arc::clone(&history);
                // A scrape that breaks off is Prometheus' to notice.
                tokio::spawn(async move {
                    let _ = answer(stream, &history).await;
                });
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The path says which metrics are asked for: `/30s` those that are scraped this often.
pub(super) fn path(scrape: Duration) -> String {
    format!("/{}", scrape.single_unit())
}

/// Whatever else was asked for, the answer is the metrics of now.
async fn answer(mut stream: TcpStream, history: &History) -> io::Result<()> {
    let mut request = [0; 4096];
    let read = stream.read(&mut request).await?;
    let request = String::from_utf8_lossy(&request[..read]);
    let asked = request.split_whitespace().nth(1).unwrap_or_default();
    let scrape = history
        .scrapes()
        .into_iter()
        .find(|scrape| path(*scrape) == asked);
    let body = scrape.map_or_else(String::new, |scrape| {
        exposition(history, SystemTime::now(), scrape)
    });
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

fn exposition(history: &History, now: SystemTime, scrape: Duration) -> String {
    let lines = history.at(now, scrape).map(|(series, value)| {
        let labels = series.labels.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        format!("{} {value}\n", head(&series.name, labels))
    });
    lines.collect()
}
