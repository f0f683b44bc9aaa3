//! Labels that would meet on one series: Prometheus drops such a rule.

use super::Places;
use crate::diagnostic::{Diagnostic, codes::slo as codes};
use crate::slo::Slo;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::values::RESERVED;

pub(super) fn check(slo: &Slo, places: &Places, decoder: &mut Decoder<'_>) {
    for by in &slo.group_by {
        if RESERVED.contains(&by.value.as_str()) {
            report(
                &format!("`group_by` names `{}`", by.value),
                by.at,
                None,
                decoder,
            );
        }
    }
    let labels = slo.labels.iter().map(|(name, value)| {
        let place = places.labels.as_ref().and_then(|labels| labels.get(name));
        (
            name.as_str(),
            place.copied().unwrap_or(value.at),
            "`labels`",
        )
    });
    let alert_labels = places
        .alert_labels
        .iter()
        .map(|(name, at)| (name.as_str(), *at, "the labels of alerts"));
    for (name, at, list) in labels.chain(alert_labels) {
        let what = format!("{list} name `{name}`");
        if RESERVED.contains(&name) {
            report(&what, at, None, decoder);
        } else if let Some(by) = slo.group_by.iter().find(|by| by.value == name) {
            report(&what, at, Some(by.at), decoder);
        }
    }
}

/// `group_by` is where the other one is a label that splits the SLO.
fn report(what: &str, at: SourceSpan, group_by: Option<SourceSpan>, decoder: &mut Decoder<'_>) {
    let diagnostic = match group_by {
        None => Diagnostic::new(
            &codes::LABEL_COLLISION,
            format!("{what}, a label that slosmith sets itself"),
        )
        .with_primary(at, ""),
        Some(group_by) => Diagnostic::new(
            &codes::LABEL_COLLISION,
            format!("{what}, which is also in `group_by`"),
        )
        .with_primary(at, "")
        .with_secondary(group_by, "grouped by it here"),
    };
    decoder.push(diagnostic.with_help("give it another name: a series has one value per label"));
}
