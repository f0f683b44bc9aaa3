//! What a reply of the API means.

use reqwest::StatusCode;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::answer::Envelope;
use super::error::{Error, bad_query};
use super::transport::{Question, Reply, Transport};

/// The envelope of a success, or why it is none.
pub(super) fn envelope<T: DeserializeOwned>(
    transport: &Transport,
    question: &Question<'_>,
    reply: Reply,
) -> Result<Envelope<T>, Error> {
    if !reply.status.is_success() {
        return Err(refusal(transport, question, &reply));
    }
    if !reply.is_json {
        return Err(Error::WrongPath {
            url: transport.url(),
            instead: None,
        });
    }
    let envelope: Envelope<T> = serde_json::from_slice(&reply.body)
        .map_err(|error| transport.malformed(error.to_string()))?;
    if envelope.status == "success" {
        return Ok(envelope);
    }
    Err(said(transport, question, &reply, envelope))
}

/// The data in an envelope, where an answer without is none.
pub(super) fn data<T>(transport: &Transport, data: Option<T>) -> Result<T, Error> {
    data.ok_or_else(|| transport.malformed("an answer without data".to_owned()))
}

/// Readiness has no envelope.
pub(super) fn ready(
    transport: &Transport,
    question: &Question<'_>,
    reply: Reply,
) -> Result<(), Error> {
    match reply.status {
        StatusCode::OK => Ok(()),
        _ => Err(status(transport, question, &reply)),
    }
}

fn refusal(transport: &Transport, question: &Question<'_>, reply: &Reply) -> Error {
    if reply.is_json
        && let Ok(envelope) = serde_json::from_slice::<Envelope<IgnoredAny>>(&reply.body)
    {
        return said(transport, question, reply, envelope);
    }
    status(transport, question, reply)
}

/// What an error of the API says. VictoriaMetrics repeats the status as the type of
/// the error.
fn said<T>(
    transport: &Transport,
    question: &Question<'_>,
    reply: &Reply,
    envelope: Envelope<T>,
) -> Error {
    let message = transport.hide(&envelope.error);
    match (envelope.error_type.as_str(), question.query()) {
        ("bad_data" | "400", query) => bad_query(&message, query.unwrap_or_default()),
        ("execution" | "422", _) => Error::Execution { message },
        // Prometheus gave up; it has the same patience as we have, or less.
        ("timeout" | "canceled", _) => transport.timeout(),
        _ => status(transport, question, reply),
    }
}

fn status(transport: &Transport, question: &Question<'_>, reply: &Reply) -> Error {
    let url = transport.url();
    let status = reply.status.as_u16();
    match status {
        401 | 403 => Error::Refused { url, status },
        404 | 405 | 501 if question.query().is_some() => Error::WrongPath { url, instead: None },
        // VictoriaMetrics answers with 400 to paths that it does not know.
        404 | 405 | 501 | 400 if question.query().is_none() => Error::NoSuchApi {
            url,
            path: question.path.to_owned(),
        },
        503 => Error::NotReady { url },
        _ => Error::Status { url, status },
    }
}
