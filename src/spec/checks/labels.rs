//! Labels that would meet on one series: Prometheus drops such a rule.

use super::Places;
use crate::diagnostic::{Diagnostic, codes::slo as codes};
use crate::slo::{INFO_LABELS, OWN_LABELS, Slo};
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;

pub(super) fn check(slo: &Slo, places: &Places, decoder: &mut Decoder<'_>) {
    for by in &slo.group_by {
        if OWN_LABELS.contains(&by.value.as_str()) {
            let help = "leave it out, or give the label another name where the metric is made";
            reserved("`group_by` names", &by.value, by.at, help, decoder);
        }
    }
    let labels = slo.labels.iter().map(|(name, value)| {
        let place = places.labels.as_ref().and_then(|labels| labels.get(name));
        (
            name.as_str(),
            place.copied().unwrap_or(value.at),
            "`labels` name",
        )
    });
    let alert_labels = places
        .alert_labels
        .iter()
        .map(|(name, at)| (name.as_str(), *at, "the labels of alerts name"));
    let written: Vec<_> = labels.collect();
    for (name, at, list) in &written {
        if INFO_LABELS.contains(name) {
            let help = "give it another name: `slo_info` describes the SLO with this one";
            reserved(list, name, *at, help, decoder);
        }
    }
    for (name, at, list) in written.into_iter().chain(alert_labels) {
        if OWN_LABELS.contains(&name) {
            let help = match name {
                "severity" => "set it as `alerts.page.severity` and `alerts.ticket.severity`",
                "owner" => "set it as `owner` of the spec",
                _ => "leave it out: it is there already",
            };
            reserved(list, name, at, help, decoder);
        } else if let Some(by) = slo.group_by.iter().find(|by| by.value == name) {
            decoder.push(
                Diagnostic::new(
                    &codes::LABEL_COLLISION,
                    format!("{list} `{name}`, which is also in `group_by`"),
                )
                .with_primary(at, "")
                .with_secondary(by.at, "grouped by it here")
                .with_help("give it another name: a series has one value per label"),
            );
        }
    }
}

fn reserved(list: &str, name: &str, at: SourceSpan, help: &str, decoder: &mut Decoder<'_>) {
    decoder.error_with_help(
        &codes::LABEL_COLLISION,
        at,
        format!("{list} `{name}`, a label that slosmith sets itself"),
        help,
    );
}
