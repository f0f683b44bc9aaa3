//! A server that passes on what it is asked, but for a part of the API.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use slosmith::prometheus::{Access, Client, Settings};

/// Serves what `url` does, and nothing whose path ends in one of these.
pub(crate) fn serve(url: &str, lacks: &[&'static str]) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let host = url.trim_start_matches("http://").to_owned();
    let lacks = lacks.to_vec();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (host, lacks) = (host.clone(), lacks.clone());
            std::thread::spawn(move || answer(stream.unwrap(), &host, &lacks));
        }
    });
    address
}

pub(crate) fn client(address: SocketAddr) -> Client {
    let url = format!("http://{address}");
    Client::new(&url, Access::default(), Settings::default()).unwrap()
}

/// One request of each connection.
fn answer(mut stream: TcpStream, host: &str, lacks: &[&str]) {
    let mut request = Vec::new();
    let mut piece = [0; 65_536];
    while !is_whole(&request) {
        match stream.read(&mut piece).unwrap_or_default() {
            0 => return,
            length => request.extend_from_slice(&piece[..length]),
        }
    }
    let text = String::from_utf8_lossy(&request);
    let path = text.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    if lacks.iter().any(|end| path.ends_with(end)) {
        let _ = stream.write_all(
            b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot found",
        );
        return;
    }
    let mut upstream = TcpStream::connect(host).unwrap();
    let closing = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    upstream.write_all(closing.as_bytes()).unwrap();
    let mut reply = Vec::new();
    upstream.read_to_end(&mut reply).unwrap();
    let _ = stream.write_all(&reply);
}

/// Whether head and body are there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}
