//! Certificates, right and wrong, on both sides.

use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ServerConnection, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, StreamOwned};

use super::fake_server::{FakeServer, redirect, success, text};
use super::transport_tests::SETTINGS;
use super::{Access, AccessError, Answer, Client, Error};

const NOTHING: &str = r#"{"resultType":"vector","result":[]}"#;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key in PEM.
fn issue(authority: &Authority, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// A server whose certificate is for `name`; clients need one of `clients`, if given.
fn server(authority: &Authority, name: &str, clients: Option<&Authority>) -> FakeServer {
    let (certificate, key) = issue(authority, name);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        }
    };
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let wrap = move |stream: TcpStream| {
        StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)
    };
    FakeServer::start_over(wrap, |_| success(NOTHING))
}

async fn ask(server: &FakeServer, access: Access) -> Result<Answer, Error> {
    let url = format!("https://localhost:{}", server.port());
    let client = Client::new(&url, access, SETTINGS)?;
    client.query("up", 0.0).await
}

fn reason(result: Result<Answer, Error>) -> String {
    match result {
        Err(Error::Tls { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn trusting(authority: &Authority) -> Access {
    Access::default()
        .with_authorities(authority.pem().as_bytes())
        .unwrap()
}

#[tokio::test]
async fn a_certificate_is_trusted_by_its_authority_only() {
    let (known, other) = (authority(), authority());
    let server = server(&known, "localhost", None);
    assert!(
        ask(&server, trusting(&known))
            .await
            .unwrap()
            .samples
            .is_empty()
    );
    for distrusting in [trusting(&other), Access::default()] {
        let said = reason(ask(&server, distrusting).await);
        assert!(said.contains("--ca-file"), "{said}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_certificate_is_for_a_name() {
    let known = authority();
    let server = server(&known, "prometheus.example", None);
    let said = reason(ask(&server, trusting(&known)).await);
    assert!(said.contains("give the URL with a name"), "{said}");
}

#[tokio::test]
async fn a_server_can_ask_for_a_certificate_of_ours() {
    let known = authority();
    let server = server(&known, "localhost", Some(&known));
    let (certificate, key) = issue(&known, "me");
    let access = trusting(&known)
        .with_identity(certificate.as_bytes(), key.as_bytes())
        .unwrap();
    assert!(ask(&server, access).await.is_ok());
    let said = reason(ask(&server, trusting(&known)).await);
    assert!(said.contains("--cert-file"), "{said}");
}

#[tokio::test]
async fn http_and_https_are_told_apart() {
    let plain = FakeServer::start(|_| text(400, "text/plain", "Bad Request"));
    let said = reason(ask(&plain, Access::default()).await);
    assert!(said.contains("http://"), "{said}");
    // What Prometheus says when it speaks TLS.
    let go = "Client sent an HTTP request to an HTTPS server.\n";
    let encrypted = FakeServer::start(move |_| text(400, "text/plain", go));
    let client = Client::new(&encrypted.url(), Access::default(), SETTINGS).unwrap();
    let said = reason(client.query("up", 0.0).await);
    assert!(said.contains("https://"), "{said}");
}

#[tokio::test]
async fn a_redirect_may_make_it_safer_but_not_less_safe() {
    let known = authority();
    let encrypted = server(&known, "localhost", None);
    let safer = format!("https://localhost:{}/api/v1/query", encrypted.port());
    let plain = FakeServer::start(move |_| redirect(308, &safer));
    let url = format!("http://localhost:{}", plain.port());
    let access = trusting(&known).with_token("token").unwrap();
    let client = Client::new(&url, access, SETTINGS).unwrap();
    assert!(client.query("up", 0.0).await.is_ok());
    assert!(encrypted.requests()[0].contains("\r\nauthorization: Bearer token\r\n"));
}

#[test]
fn what_is_no_certificate_or_key_is_refused() {
    let known = authority();
    let (certificate, key) = issue(&known, "me");
    let (_, other) = issue(&known, "other");
    let ca = |pem: &str| {
        Access::default()
            .with_authorities(pem.as_bytes())
            .unwrap_err()
    };
    assert_eq!(ca("nonsense"), AccessError::NoCertificate);
    assert_eq!(ca(&key), AccessError::NoCertificate);
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(ca(garbage), AccessError::Certificate { .. }));
    let identity = |certificate: &str, key: &str| {
        let access = Access::default();
        let access = access.with_identity(certificate.as_bytes(), key.as_bytes());
        access.unwrap_err()
    };
    assert_eq!(identity(&key, &key), AccessError::NoCertificate);
    assert_eq!(identity(&certificate, &certificate), AccessError::NoKey);
    assert_eq!(identity(&certificate, ""), AccessError::NoKey);
    let encrypted = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    assert_eq!(
        identity(&certificate, &encrypted),
        AccessError::EncryptedKey
    );
    assert!(matches!(
        identity(&certificate, &other),
        AccessError::Key { .. }
    ));
}

#[test]
fn credentials_and_headers_are_checked() {
    let access = Access::default;
    for token in ["", "two\nlines", "with space", "ümlaut"] {
        assert_eq!(access().with_token(token).unwrap_err(), AccessError::Token);
    }
    assert_eq!(
        access().with_password("", "p").unwrap_err(),
        AccessError::User
    );
    assert_eq!(
        access().with_password("a:b", "p").unwrap_err(),
        AccessError::User
    );
    let token = access().with_token("t0ps").unwrap();
    let shown = format!(
        "{:?}",
        token.clone().with_header("X-Key", "s3cret").unwrap()
    );
    assert!(
        shown.contains("x-key") && shown.contains("token"),
        "{shown}"
    );
    assert!(
        !shown.contains("t0ps") && !shown.contains("s3cret"),
        "{shown}"
    );
    for twice in [
        token.clone().with_password("u", "p"),
        token.clone().with_header("authorization", "x"),
        access()
            .with_header("Authorization", "x")
            .unwrap()
            .with_token("y"),
    ] {
        assert_eq!(twice.unwrap_err(), AccessError::TwoCredentials);
    }
    let name = access().with_header("no name", "x").unwrap_err();
    assert_eq!(name, AccessError::HeaderName);
    let value = access().with_header("X-Key", "s3cret\n").unwrap_err();
    assert!(!value.to_string().contains("s3cret"));
}
