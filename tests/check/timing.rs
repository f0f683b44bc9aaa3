//! Rules that are evaluated too slowly or not at all. A real server would need a long
//! time to show it, so that a proxy changes the times that it tells.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::clock::{DAY, HOUR, unix_now};
use crate::fake_server::json as json_answer;
use crate::fake_server::{Act, FakeServer, path_of};

/// The group that takes longer than its interval, and the one that does not run.
pub(crate) struct Groups {
    pub(crate) slow: &'static str,
    pub(crate) stopped: &'static str,
}

/// A server that tells everything that another one does, but for these groups.
pub(crate) fn proxy(url: &str, groups: Groups) -> FakeServer {
    let upstream = url.trim_start_matches("http://").to_owned();
    FakeServer::start(move |request| {
        let (head, body) = forward(&upstream, request);
        match path_of(request) {
            "/api/v1/rules" => edited(&body, |answer| edit_rules(answer, &groups)),
            "/api/v1/status/runtimeinfo" => edited(&body, |answer| {
                answer["data"]["startTime"] = time(DAY);
            }),
            _ => Act::Say(format!("{head}\r\n\r\n{body}").into_bytes()),
        }
    })
}

/// An older version of HTTP, so that the answer comes in one piece.
fn forward(upstream: &str, request: &str) -> (String, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let head: Vec<_> = head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("accept-encoding"))
        .collect();
    let head = head.join("\r\n").replacen("HTTP/1.1", "HTTP/1.0", 1);
    let mut stream = TcpStream::connect(upstream).unwrap();
    stream
        .write_all(format!("{head}\r\nConnection: close\r\n\r\n{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn edited(body: &str, edit: impl Fn(&mut Value)) -> Act {
    let mut answer = serde_json::from_str(body).unwrap();
    edit(&mut answer);
    json_answer(200, &answer.to_string())
}

fn edit_rules(answer: &mut Value, groups: &Groups) {
    for group in answer["data"]["groups"].as_array_mut().unwrap() {
        let name = group["name"].as_str().unwrap().to_owned();
        let evaluated = if name == groups.stopped { HOUR } else { 0 };
        group["lastEvaluation"] = time(evaluated);
        if name == groups.slow {
            group["evaluationTime"] = json!(75.0);
        }
        for rule in group["rules"].as_array_mut().unwrap() {
            rule["lastEvaluation"] = time(evaluated);
        }
    }
}

/// So many seconds ago.
fn time(ago: u64) -> Value {
    let at = jiff::Timestamp::from_second((unix_now() - ago).cast_signed()).unwrap();
    json!(at.to_string())
}
