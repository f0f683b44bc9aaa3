//! Goes on with the raw series where their past ends.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crate::clock::unix_now;
use crate::raw::Played;

/// Serves under `/<seconds>` what is scraped as often, until the process ends.
pub(crate) fn serve(raw: Arc<Vec<Played>>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..length]);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let every = path.trim_start_matches('/').parse().unwrap_or_default();
            let body = exposition(&raw, every);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // A scrape that is broken off shows as missing data.
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    address
}

fn exposition(raw: &[Played], every: u64) -> String {
    let now = unix_now();
    let mut text = String::new();
    let scraped = || raw.iter().filter(|series| series.every() == every);
    let families: BTreeSet<_> = scraped().map(Played::family).collect();
    for (family, kind) in families {
        writeln!(text, "# TYPE {family} {kind}").unwrap();
        for series in scraped().filter(|series| series.family() == (family, kind)) {
            text += &series.exposed(now).unwrap_or_default();
        }
    }
    text
}
