use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};

use super::{Exit, Streams};
use crate::check::server::unanswered;
use crate::diagnostic::codes::backfill;
use crate::diagnostic::{Diagnostic, Diagnostics, render_text};
use crate::duration;
use crate::prometheus::{Access, AccessError, Client, Error, Settings};
use crate::slo::Slo;
use crate::source::Sources;

/// Groups these options in the help of a command.
const HEADING: &str = "Prometheus access";
/// A token, for which there is no option: it would be seen by everybody on the machine.
const TOKEN: &str = "PROMETHEUS_BEARER_TOKEN";
/// The same for a password.
const PASSWORD: &str = "PROMETHEUS_PASSWORD";
/// The largest file that is read, in bytes; all authorities of a system have 0.2 MB.
const MAX_BYTES: u64 = 4 << 20;

/// Which Prometheus a command asks, and how. Nothing secret is in its `Debug`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// URL of Prometheus, Thanos Query, Mimir or VictoriaMetrics, with its path prefix
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    #[arg(env = "PROMETHEUS_URL", hide_env_values = true)]
    pub prometheus: Option<Hidden>,

    /// File with a bearer token; `PROMETHEUS_BEARER_TOKEN` holds one as well
    #[arg(long, value_name = "FILE", help_heading = HEADING, conflicts_with = "username")]
    pub bearer_token_file: Option<PathBuf>,

    /// User for basic authentication
    #[arg(long, value_name = "USER", help_heading = HEADING)]
    pub username: Option<String>,

    /// File with the password of the user; `PROMETHEUS_PASSWORD` holds one as well
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "username")]
    pub password_file: Option<PathBuf>,

    /// File with the certificates of the authorities to trust, in PEM; the default are those of the system
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub ca_file: Option<PathBuf>,

    /// File with a client certificate and its chain, in PEM
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "key_file")]
    pub cert_file: Option<PathBuf>,

    /// File with the private key of the client certificate, in PEM
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "cert_file")]
    pub key_file: Option<PathBuf>,

    /// One more header, such as 'X-Scope-OrgID: tenant'
    #[arg(long, value_name = "NAME: VALUE", help_heading = HEADING)]
    pub header: Vec<Hidden>,

    /// File with further headers, one `Name: value` a line, for those that are secret
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub header_file: Option<PathBuf>,

    /// Longest wait for one answer
    #[arg(long, value_name = "DURATION", help_heading = HEADING)]
    #[arg(default_value = "30s", value_parser = timeout)]
    pub timeout: Duration,

    /// Most questions that are asked at once
    #[arg(long, value_name = "NUMBER", help_heading = HEADING)]
    #[arg(default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: u16,
}

/// A text that may have something secret in it, which `Debug` keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl FromStr for Hidden {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl ServerArgs {
    /// A client that asks this server. Nothing is asked yet.
    pub fn client(&self) -> anyhow::Result<Client> {
        self.client_in(|name| std::env::var_os(name))
    }

    /// Tells servers apart, and tenants of a server, by everything that says who asks;
    /// nothing secret can be read from it. `None` where that was given in a way in which it
    /// can be read only once.
    pub(super) fn identity(&self) -> anyhow::Result<Option<String>> {
        let mut hasher = DefaultHasher::new();
        let url = self.prometheus.as_ref().map(|url| url.0.trim());
        (url, &self.username, std::env::var_os(TOKEN)).hash(&mut hasher);
        let headers = self.header.iter().map(|header| &header.0);
        headers.for_each(|header| header.hash(&mut hasher));
        for file in [&self.bearer_token_file, &self.header_file, &self.cert_file] {
            if file.as_ref().is_some_and(|file| !file.is_file()) {
                return Ok(None);
            }
            let text = file.as_ref().map(|file| bytes(file)).transpose()?;
            text.hash(&mut hasher);
        }
        Ok(Some(format!("{:016x}", hasher.finish())))
    }

    fn client_in(&self, env: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<Client> {
        let url = self.prometheus.as_ref().map_or("", |url| url.0.trim());
        if url.is_empty() {
            bail!("which Prometheus? give its URL with --prometheus URL or PROMETHEUS_URL");
        }
        let settings = Settings {
            concurrency: self.concurrency.into(),
            ..Settings::with_timeout(self.timeout)
        };
        let access = self.credentials(url, env)?;
        let access = self.headers(self.certificates(access)?)?;
        Client::new(url, access, settings).context("--prometheus")
    }

    /// What the options say comes before what the environment says.
    fn credentials(
        &self,
        url: &str,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> anyhow::Result<Access> {
        let access = Access::default();
        if let Some(user) = &self.username {
            let password = match &self.password_file {
                Some(file) => secret(&named("--password-file", file), text(file)),
                None => match env(PASSWORD) {
                    Some(password) => secret(PASSWORD, unicode(password)),
                    None => bail!("--username needs --password-file FILE or {PASSWORD}"),
                },
            };
            let access = access.with_password(user, &password?);
            return access.context("--username");
        }
        let (source, token) = match (&self.bearer_token_file, env(TOKEN)) {
            (Some(file), _) => (named("--bearer-token-file", file), text(file)),
            (None, Some(token)) => (TOKEN.to_owned(), unicode(token)),
            // With a user in the URL, the password may be meant for something else.
            (None, None) if env(PASSWORD).is_some() && !url.contains('@') => {
                bail!("{PASSWORD} needs --username USER")
            }
            (None, None) => return Ok(access),
        };
        let token = secret(&source, token)?;
        access.with_token(&token).context(source)
    }

    fn certificates(&self, mut access: Access) -> anyhow::Result<Access> {
        if let Some(file) = &self.ca_file {
            let source = named("--ca-file", file);
            let pem = bytes(file).with_context(|| source.clone())?;
            access = access.with_authorities(&pem).context(source)?;
        }
        if let (Some(cert_file), Some(key_file)) = (&self.cert_file, &self.key_file) {
            let cert_source = named("--cert-file", cert_file);
            let key_source = named("--key-file", key_file);
            let certificate = bytes(cert_file).with_context(|| cert_source.clone())?;
            let key = bytes(key_file).with_context(|| key_source.clone())?;
            access = access
                .with_identity(&certificate, &key)
                .map_err(|error| match error {
                    AccessError::NoCertificate | AccessError::Certificate { .. } => {
                        anyhow!(error).context(cert_source)
                    }
                    _ => anyhow!(error).context(key_source),
                })?;
        }
        Ok(access)
    }

    fn headers(&self, mut access: Access) -> anyhow::Result<Access> {
        for (index, header) in self.header.iter().enumerate() {
            access = with_header(access, &header.0)
                .with_context(|| format!("--header, number {}", index + 1))?;
        }
        let Some(file) = &self.header_file else {
            return Ok(access);
        };
        let source = named("--header-file", file);
        let lines = text(file).with_context(|| source.clone())?;
        for (index, line) in lines.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            access = with_header(access, line)
                .with_context(|| format!("{source}, line {}", index + 1))?;
        }
        Ok(access)
    }
}

/// What was not understood is not repeated: it may be secret.
fn with_header(access: Access, line: &str) -> anyhow::Result<Access> {
    let (name, value) = line.split_once(':').context("expected `Name: value`")?;
    Ok(access.with_header(name.trim(), value.trim())?)
}

/// The only line of a text.
fn secret(source: &str, text: anyhow::Result<String>) -> anyhow::Result<String> {
    let text = text.with_context(|| source.to_owned())?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("{source}: there is nothing in it");
    }
    if line.contains(['\r', '\n']) {
        bail!("{source}: expected one line, found several");
    }
    Ok(line.to_owned())
}

fn named(option: &str, file: &Path) -> String {
    format!("{option} `{}`", file.display())
}

fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read.context("cannot be read")?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("has more than {} MiB", MAX_BYTES >> 20);
    }
    Ok(bytes)
}

fn text(file: &Path) -> anyhow::Result<String> {
    // The error would repeat what was read.
    String::from_utf8(bytes(file)?).map_err(|_| anyhow!("is not UTF-8 text"))
}

fn unicode(value: OsString) -> anyhow::Result<String> {
    value
        .into_string()
        .map_err(|_| anyhow!("is not UTF-8 text"))
}

fn timeout(text: &str) -> Result<Duration, String> {
    match duration::Duration::parse(text) {
        Ok(duration::Duration::ZERO) => Err("no answer comes in no time".to_owned()),
        Ok(timeout) => Ok(Duration::from_millis(timeout.millis())),
        Err(error) => Err(error.to_string()),
    }
}

/// Tells of which SLOs a server has nothing, in the time that was looked at.
pub(super) fn unmeasured<'a>(
    slos: impl IntoIterator<Item = &'a Slo>,
    sources: &Sources,
    streams: &mut Streams,
) -> std::io::Result<()> {
    let mut findings = Diagnostics::default();
    for slo in slos {
        let message = format!(
            "{}: the server has none of its metrics in that time",
            slo.id
        );
        findings.push(
            Diagnostic::at(&backfill::NO_RAW_DATA, slo.sli.at, message).with_help(NO_RAW_DATA),
        );
    }
    let text = render_text(&findings, sources, true);
    streams.err.write_all(text.as_bytes())
}

/// What to do about metrics that a server does not have.
pub(super) const NO_RAW_DATA: &str = "`slosmith check --only series` shows which selectors find \
     nothing; ask the server that has these metrics";

/// Tells that the server does not answer.
pub(super) fn lost(
    error: &Error,
    sources: &Sources,
    streams: &mut Streams,
) -> std::io::Result<Exit> {
    let mut findings = Diagnostics::default();
    findings.push(unanswered(error));
    let text = render_text(&findings, sources, true);
    streams.err.write_all(text.as_bytes())?;
    Ok(Exit::Unreachable)
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
