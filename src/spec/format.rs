//! Which format a document is of, by its header.

use super::decode::Decoder;
use super::native;
use super::node::{Kind, Node};
use crate::diagnostic::{Diagnostic, codes::spec};
use crate::slo::Origin;
use crate::suggest::closest;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// `slosmith/v1`
    Native,
    /// `version: prometheus/v1`
    SlothPrometheus,
    /// `sloth.slok.dev/v1`, kind `PrometheusServiceLevel`
    SlothKubernetes,
    /// `sloth.slok.dev/v1`, kind `AlertWindows`
    SlothWindows,
    /// `pyrra.dev/v1alpha1`, kind `ServiceLevelObjective`
    Pyrra,
    /// `openslo/v1`
    OpenSloV1,
    /// `openslo/v1alpha`
    OpenSloV1Alpha,
}

impl Format {
    /// What the SLOs of such a document remember of it.
    pub(crate) const fn origin(self) -> Origin {
        match self {
            Self::Native => Origin::Native,
            Self::SlothPrometheus | Self::SlothWindows => Origin::SlothPrometheus,
            Self::SlothKubernetes => Origin::SlothKubernetes,
            Self::Pyrra => Origin::Pyrra,
            Self::OpenSloV1 => Origin::OpenSloV1,
            Self::OpenSloV1Alpha => Origin::OpenSloV1Alpha,
        }
    }
}

/// Headers and what they announce.
const KNOWN: [(&str, Format); 5] = [
    (native::API_VERSION, Format::Native),
    ("sloth.slok.dev/v1", Format::SlothKubernetes),
    ("pyrra.dev/v1alpha1", Format::Pyrra),
    ("openslo/v1", Format::OpenSloV1),
    ("openslo/v1alpha", Format::OpenSloV1Alpha),
];
/// A version of `OpenSLO` that is validated, and not compiled.
const UNCOMPILED: &str = "openslo.com/v2alpha";
/// What Sloth's own format begins with.
const SLOTH: &str = "prometheus/v1";

/// The format of a document; reports what it is when it is none that is read.
pub(crate) fn of(document: &Node, decoder: &mut Decoder<'_>) -> Option<Format> {
    let expected = native::API_VERSION;
    let help = format!("a spec begins with `apiVersion: {expected}`");
    let Kind::Map(entries) = &document.kind else {
        decoder.error_with_help(
            &spec::UNKNOWN_FORMAT,
            document.head(),
            format!(
                "this is no spec: expected a map, found {}",
                document.describe()
            ),
            help,
        );
        return None;
    };
    let Some(version) = document.get("apiVersion") else {
        if let Some(version) = document.get("version") {
            return sloth(&version.value, decoder);
        }
        let near = entries
            .iter()
            .find(|entry| closest(&entry.key, ["apiVersion"]).is_some());
        let at = near.map_or(document.head(), |entry| entry.key_at);
        let help = near.map_or(help, |_| "did you mean `apiVersion`?".to_owned());
        decoder.push(
            Diagnostic::at(
                &spec::UNKNOWN_FORMAT,
                at,
                format!("this is no spec: expected the key `apiVersion: {expected}`"),
            )
            .with_help(help),
        );
        return None;
    };
    let Some(scalar) = version.value.as_scalar().filter(|scalar| !scalar.is_null()) else {
        decoder.wrong_type(&version.value, &format!("`{expected}`"), Some(help));
        return None;
    };
    let Some((_, format)) = KNOWN.iter().find(|(header, _)| *header == scalar.text) else {
        if scalar.text == UNCOMPILED {
            decoder.error_with_help(
                &spec::UNKNOWN_FORMAT,
                version.value.at,
                format!("`{UNCOMPILED}` is not compiled"),
                "write `openslo/v1`, which is compiled, as is `openslo/v1alpha`; \
                 `validate --strict` judges this version, too",
            );
            return None;
        }
        let help = match closest(&scalar.text, KNOWN.map(|(header, _)| header)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if scalar.text.starts_with("slosmith/") => help,
            None => "remove the file from the inputs if it is no SLO spec".to_owned(),
        };
        let message = format!("unknown format `{}`: expected `{expected}`", scalar.text);
        decoder.error_with_help(&spec::UNKNOWN_FORMAT, version.value.at, message, help);
        return None;
    };
    kind(document, *format, decoder)
}

/// `version: prometheus/v1`
fn sloth(version: &Node, decoder: &mut Decoder<'_>) -> Option<Format> {
    let text = version.as_scalar().map(|scalar| scalar.text.as_str());
    if text == Some(SLOTH) {
        return Some(Format::SlothPrometheus);
    }
    let found = version.describe();
    decoder.error_with_help(
        &spec::UNKNOWN_FORMAT,
        version.head(),
        format!("unknown format: expected `version: {SLOTH}`, found {found}"),
        format!(
            "a spec of Sloth begins with `version: {SLOTH}`, one of ours with `apiVersion: {}`",
            native::API_VERSION
        ),
    );
    None
}

/// Tells apart the kinds of documents that a header announces.
fn kind(document: &Node, format: Format, decoder: &mut Decoder<'_>) -> Option<Format> {
    let kinds: &[(&str, Format)] = match format {
        Format::SlothKubernetes => &[
            ("PrometheusServiceLevel", Format::SlothKubernetes),
            ("AlertWindows", Format::SlothWindows),
        ],
        Format::Pyrra => &[("ServiceLevelObjective", Format::Pyrra)],
        _ => return Some(format),
    };
    let words: Vec<&str> = kinds.iter().map(|(word, _)| *word).collect();
    let expected = crate::suggest::one_of(words.iter().copied());
    let Some(kind) = document.get("kind") else {
        decoder.error_with_help(
            &spec::MISSING_KEY,
            document.head(),
            "this document needs the key `kind`",
            format!("add `kind: {}`", words.first().unwrap_or(&"")),
        );
        return None;
    };
    let text = decoder.text(&kind.value, &expected)?;
    let found = kinds.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        decoder.unknown_word(&kind.value, text, &words);
    }
    found.map(|(_, format)| *format)
}
