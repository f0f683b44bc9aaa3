//! Trust: which authorities, and what it means when there is none.

use std::error::Error as Cause;
use std::io;

use reqwest::{ClientBuilder, Url};
use rustls::{AlertDescription, CertificateError};

use super::access::Access;
use super::error::{Error, shown};

/// A client for the server at `url`.
pub(super) fn client(url: &Url, access: &Access) -> Result<reqwest::Client, Error> {
    let build = |without_authorities: bool| {
        let mut builder = builder();
        if is_loopback(url) {
            // No proxy can reach what only this machine sees.
            builder = builder.no_proxy();
        }
        if let Some(identity) = access.identity() {
            builder = builder.identity(identity.clone());
        }
        if let Some(authorities) = access.authorities() {
            builder = builder.tls_certs_only(authorities.clone());
        } else if without_authorities {
            builder = builder.tls_certs_only([]);
        }
        builder.build()
    };
    let client = match build(false) {
        // A machine without authorities can ask those that want no trust; a client
        // is not built there otherwise (https://github.com/seanmonstar/reqwest/issues/2988).
        Err(_) if url.scheme() == "http" => build(true),
        client => client,
    };
    client.map_err(|error| Error::Tls {
        url: shown(url),
        reason: format!(
            "{}: install ca-certificates or pass --ca-file",
            innermost(&error)
        ),
    })
}

/// Whether a client can be built so; why not, if not.
pub(super) fn check(with: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<(), String> {
    match with(builder()).build() {
        Ok(_) => Ok(()),
        Err(error) => Err(innermost(&error)),
    }
}

fn builder() -> ClientBuilder {
    // Fails when it has been done before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        // Followed where it is known which other places may be told secrets.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("slosmith/", env!("CARGO_PKG_VERSION")))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse().map_or_else(
        |_| host == "localhost" || host.ends_with(".localhost"),
        |address: std::net::IpAddr| address.is_loopback(),
    )
}

/// What TLS says about a failure, with what to do about it; nothing if it is about
/// something else.
pub(super) fn problem(error: &reqwest::Error) -> Option<String> {
    let cause = chain(error).find_map(of_tls)?;
    let hint = match cause {
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => ": pass --ca-file with the certificate of its authority",
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => ": give the URL with a name that is in its certificate",
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA,
        ) => ": does it want a client certificate? pass --cert-file and --key-file",
        rustls::Error::InvalidMessage(_) => ": does it speak http:// instead?",
        _ => "",
    };
    Some(format!("{cause}{hint}"))
}

/// The failure itself and its causes, down to the innermost.
pub(super) fn chain<'a>(
    error: &'a reqwest::Error,
) -> impl Iterator<Item = &'a (dyn Cause + 'static)> {
    let next = |cause: &&'a (dyn Cause + 'static)| -> Option<&'a (dyn Cause + 'static)> {
        let cause: &'a (dyn Cause + 'static) = *cause;
        cause.source()
    };
    let first: &(dyn Cause + 'static) = error;
    std::iter::successors(Some(first), next)
}

/// An I/O error does not count what it wraps among its causes.
fn of_tls<'a>(cause: &'a (dyn Cause + 'static)) -> Option<&'a rustls::Error> {
    cause.downcast_ref().or_else(|| {
        let wrapped = cause.downcast_ref::<io::Error>()?.get_ref()?;
        of_tls(wrapped)
    })
}

/// The innermost cause says most, and has no URL in it.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().unwrap_or(error).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_only_this_machine_sees() {
        for (url, expected) in [
            ("http://localhost:9090", true),
            ("http://prom.localhost", true),
            ("http://127.9.9.9/x", true),
            ("https://[::1]:9090", true),
            ("http://prom:9090", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("http://127.0.0.1.example", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
