//! What a server wants to know before it answers: who asks, and how to trust it.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Identity, RequestBuilder};

use super::tls;

/// Bytes from which the value of a header may be a secret.
const SHORTEST_SECRET: usize = 12;

/// Credentials, certificates and extra headers for one server. `Access::default()`
/// is a server that answers everybody. Nothing secret is in its `Debug`.
#[derive(Clone, Default)]
pub struct Access {
    credentials: Option<Credentials>,
    authorities: Option<Vec<Certificate>>,
    identity: Option<Identity>,
    headers: HeaderMap,
}

#[derive(Clone)]
enum Credentials {
    Token(String),
    Password { user: String, password: String },
}

/// Why something cannot be used for access. Holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessError {
    /// The bearer token is empty, or has characters that no header can carry.
    Token,
    /// A user without a name, or with a colon in it, which ends the name.
    User,
    /// More than one of token, password and `Authorization` header.
    TwoCredentials,
    /// Certificates were expected, in PEM.
    NoCertificate,
    /// Certificates that cannot be used.
    Certificate {
        /// What is wrong with them.
        reason: String,
    },
    /// A private key was expected, in PEM.
    NoKey,
    /// The private key is protected by a passphrase.
    EncryptedKey,
    /// The private key cannot be used, or belongs to another certificate.
    Key {
        /// What is wrong with it.
        reason: String,
    },
    /// No header has such a name. It is not repeated: when the form was not understood,
    /// the secret is in it.
    HeaderName,
    /// The value of a header has characters that it cannot carry.
    HeaderValue {
        /// Name of the header.
        name: String,
    },
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.write_str("a token is one line of ASCII characters without spaces"),
            Self::User => f.write_str("a user has a name without a colon"),
            Self::TwoCredentials => f.write_str(
                "give one of bearer token, user with password and `Authorization` header",
            ),
            Self::NoCertificate => f.write_str(
                "no certificate in PEM, which starts with `-----BEGIN CERTIFICATE-----`",
            ),
            Self::Certificate { reason } => write!(f, "not a usable certificate: {reason}"),
            Self::NoKey => f.write_str(
                "no private key in PEM, which starts with `-----BEGIN PRIVATE KEY-----`",
            ),
            Self::EncryptedKey => f.write_str(
                "the private key has a passphrase: take it off with `openssl pkey -in KEY -out FILE`",
            ),
            Self::Key { reason } => write!(f, "not a usable private key: {reason}"),
            Self::HeaderName => f.write_str("not a name that a header can have"),
            Self::HeaderValue { name } => write!(
                f,
                "the value of header `{name}` must be one line of printable ASCII characters"
            ),
        }
    }
}

impl std::error::Error for AccessError {}

impl Access {
    /// With `Authorization: Bearer …`.
    pub fn with_token(mut self, token: &str) -> Result<Self, AccessError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AccessError::Token);
        }
        self.set(Credentials::Token(token.to_owned()))?;
        Ok(self)
    }

    /// With `Authorization: Basic …`.
    pub fn with_password(mut self, user: &str, password: &str) -> Result<Self, AccessError> {
        if user.is_empty() || user.contains(':') {
            return Err(AccessError::User);
        }
        self.set(Credentials::Password {
            user: user.to_owned(),
            password: password.to_owned(),
        })?;
        Ok(self)
    }

    fn set(&mut self, credentials: Credentials) -> Result<(), AccessError> {
        if self.has_credentials() {
            return Err(AccessError::TwoCredentials);
        }
        self.credentials = Some(credentials);
        Ok(())
    }

    /// Whether the server is told who asks.
    pub(super) fn has_credentials(&self) -> bool {
        self.credentials.is_some() || self.headers.contains_key(AUTHORIZATION)
    }

    /// Trusting these authorities, and no longer those of the system.
    pub fn with_authorities(mut self, pem: &[u8]) -> Result<Self, AccessError> {
        let authorities = certificates(pem)?;
        tls::check(|builder| builder.tls_certs_only(authorities.clone()))
            .map_err(|reason| AccessError::Certificate { reason })?;
        self.authorities = Some(authorities);
        Ok(self)
    }

    /// With a certificate of our own, and its chain, that a server may ask for.
    pub fn with_identity(mut self, certificate: &[u8], key: &[u8]) -> Result<Self, AccessError> {
        certificates(certificate)?;
        let text = String::from_utf8_lossy(key);
        if text.contains("ENCRYPTED") {
            return Err(AccessError::EncryptedKey);
        }
        if !text.contains("PRIVATE KEY-----") {
            return Err(AccessError::NoKey);
        }
        let unusable = |reason| AccessError::Key { reason };
        let identity = Identity::from_pem(&[certificate, b"\n", key].concat())
            .map_err(|error| unusable(tls::innermost(&error)))?;
        tls::check(|builder| {
            let builder = builder.tls_certs_only([]);
            builder.identity(identity.clone())
        })
        .map_err(unusable)?;
        self.identity = Some(identity);
        Ok(self)
    }

    /// With one more header, such as `X-Scope-OrgID`.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, AccessError> {
        let header: HeaderName = name.parse().map_err(|_| AccessError::HeaderName)?;
        let mut value = HeaderValue::from_str(value).map_err(|_| AccessError::HeaderValue {
            name: name.to_owned(),
        })?;
        if header == AUTHORIZATION && self.has_credentials() {
            return Err(AccessError::TwoCredentials);
        }
        value.set_sensitive(true);
        self.headers.append(header, value);
        Ok(self)
    }

    /// The same for one request.
    pub(super) fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.headers(self.headers.clone());
        match &self.credentials {
            None => request,
            Some(Credentials::Token(token)) => request.bearer_auth(token),
            Some(Credentials::Password { user, password }) => {
                request.basic_auth(user, Some(password))
            }
        }
    }

    /// A text of the server in which it does not repeat what it was told in confidence.
    pub(super) fn hide(&self, text: &str) -> String {
        let credentials = match &self.credentials {
            None => None,
            Some(
                Credentials::Token(secret)
                | Credentials::Password {
                    password: secret, ..
                },
            ) => Some(secret.as_str()),
        };
        let headers = self
            .headers
            .values()
            .filter_map(|value| value.to_str().ok());
        // A short header is a tenant, and part of many words.
        let headers = headers.filter(|value| value.len() >= SHORTEST_SECRET);
        let secrets = credentials.into_iter().chain(headers);
        secrets
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }

    pub(super) const fn authorities(&self) -> Option<&Vec<Certificate>> {
        self.authorities.as_ref()
    }

    pub(super) const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, AccessError> {
    let certificates = Certificate::from_pem_bundle(pem).unwrap_or_default();
    if certificates.is_empty() {
        return Err(AccessError::NoCertificate);
    }
    Ok(certificates)
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = self
            .credentials
            .as_ref()
            .map(|credentials| match credentials {
                Credentials::Token(_) => "token",
                Credentials::Password { .. } => "password",
            });
        f.debug_struct("Access")
            .field("credentials", &credentials)
            .field("authorities", &self.authorities.as_ref().map(Vec::len))
            .field("identity", &self.identity.is_some())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_in_confidence_is_not_repeated() {
        let said = "no user for token s3cret-t0ken, header 0123456789abcdef of eu";
        let access = Access::default()
            .with_token("s3cret-t0ken")
            .and_then(|access| access.with_header("X-Api-Key", "0123456789abcdef"))
            .and_then(|access| access.with_header("X-Scope-OrgID", "eu"))
            .unwrap();
        assert_eq!(access.hide(said), "no user for token …, header … of eu");
        assert_eq!(Access::default().hide(said), said);
    }
}
