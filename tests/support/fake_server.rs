//! A server that answers what it was told to, however bad that is. Every request has a
//! connection and a thread of its own.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happens to a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// These bytes, and the end of the connection.
    Say(Vec<u8>),
    /// These bytes, and then nothing while the connection stays open.
    SayAndHang(Vec<u8>),
    /// These bytes, and then one more every few milliseconds without end.
    SayAndDrip(Vec<u8>),
    /// These bytes, and then more as fast as they are taken, without end.
    SayAndFlood(Vec<u8>),
    /// The connection is reset.
    Reset,
}

/// An answer of JSON.
pub(crate) fn json(status: u16, body: &str) -> Act {
    answer(status, "application/json", body.as_bytes(), "")
}

/// The data of a successful answer of the API.
pub(crate) fn success(data: &str) -> Act {
    json(200, &format!(r#"{{"status":"success","data":{data}}}"#))
}

/// An answer of text of another kind.
pub(crate) fn text(status: u16, kind: &str, body: &str) -> Act {
    answer(status, kind, body.as_bytes(), "")
}

/// Any answer; further headers end with a line break each.
pub(crate) fn answer(status: u16, kind: &str, body: &[u8], headers: &str) -> Act {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         {headers}Connection: close\r\n\r\n"
    );
    Act::Say([head.as_bytes(), body].concat())
}

/// The way to another place.
pub(crate) fn redirect(status: u16, to: &str) -> Act {
    answer(status, "text/html", b"", &format!("Location: {to}\r\n"))
}

/// The start of an answer of JSON, without a length.
pub(crate) fn head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"status\":\""
        .to_vec()
}

/// Listens on a free port of the loopback interface until the test ends.
#[derive(Debug)]
pub(crate) struct FakeServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FakeServer {
    /// Each request is followed by the next act, and the last by silence.
    pub(crate) fn script(acts: impl IntoIterator<Item = Act>) -> Self {
        let acts: Mutex<VecDeque<Act>> = Mutex::new(acts.into_iter().collect());
        Self::start(move |_| {
            let act = acts.lock().unwrap().pop_front();
            act.unwrap_or(Act::SayAndHang(Vec::new()))
        })
    }

    /// Acts by the path without its parameters; elsewhere there is nothing (404).
    pub(crate) fn routes<const N: usize>(routes: [(&'static str, Act); N]) -> Self {
        Self::start(move |request| {
            let route = routes.iter().find(|(path, _)| *path == path_of(request));
            let nothing = || text(404, "text/plain", "404 page not found");
            route.map_or_else(nothing, |(_, act)| act.clone())
        })
    }

    /// Acts by the text of the request, head and body.
    pub(crate) fn start(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        Self::serve(move |stream, requests| {
            let (request, length) = peek(&stream);
            requests.lock().unwrap().push(request.clone());
            let act = act(&request);
            // Closing with something unread is a reset.
            if !matches!(act, Act::Reset) {
                read(&stream, length);
                perform(stream, act);
            }
        })
    }

    /// The same over another kind of stream, such as TLS.
    pub(crate) fn start_over<S: Read + Write>(
        wrap: impl Fn(TcpStream) -> S + Send + Sync + 'static,
        act: impl Fn(&str) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::serve(move |stream, requests| {
            let mut stream = wrap(stream);
            let mut request = String::new();
            let mut buffer = vec![0; 65_536];
            while !is_complete(&request) {
                match stream.read(&mut buffer) {
                    // It does not want to talk to us.
                    Ok(0) | Err(_) => return,
                    Ok(read) => request.push_str(&String::from_utf8_lossy(&buffer[..read])),
                }
            }
            requests.lock().unwrap().push(request.clone());
            perform(stream, act(&request));
        })
    }

    fn serve(talk: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (talk, seen) = (Arc::new(talk), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (talk, seen) = (Arc::clone(&talk), Arc::clone(&seen));
                thread::spawn(move || talk(stream.unwrap(), &seen));
            }
        });
        Self { address, requests }
    }

    /// `http://127.0.0.1:…`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was asked, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The paths of what it was asked.
    pub(crate) fn paths(&self) -> Vec<String> {
        let requests = self.requests();
        requests
            .iter()
            .map(|text| path_of(text).to_owned())
            .collect()
    }
}

/// The path that a request asks for.
pub(crate) fn path_of(request: &str) -> &str {
    let target = request.split(' ').nth(1).unwrap_or_default();
    target.split('?').next().unwrap_or_default()
}

fn perform(mut stream: impl Read + Write, act: Act) {
    // Whoever hangs up early has heard enough.
    match act {
        Act::Reset => {}
        Act::Say(bytes) => {
            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
        }
        Act::SayAndHang(bytes) => {
            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
            // Until the other side hangs up.
            let _ = stream.read(&mut [0]);
        }
        Act::SayAndDrip(bytes) => {
            let _ = stream.write_all(&bytes);
            while stream.write_all(b"x").and_then(|()| stream.flush()).is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        }
        Act::SayAndFlood(bytes) => {
            let _ = stream.write_all(&bytes);
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        }
    }
}

/// The next request, which stays unread, and its length in bytes.
fn peek(stream: &TcpStream) -> (String, usize) {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = stream.peek(&mut buffer).unwrap_or_default();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if length == 0 || is_complete(&text) {
            return (text, length);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn read(mut stream: &TcpStream, length: usize) {
    let _ = stream.read_exact(&mut vec![0; length]);
}

fn is_complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        // What is no HTTP, such as TLS, has no end to wait for.
        return request.starts_with(|first: char| !first.is_ascii_uppercase());
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= length
}
