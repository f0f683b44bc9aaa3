//! Names of histograms.

use super::queries::{Role, Written, written};
use crate::diagnostic::{Diagnostic, codes::sli};
use crate::promql::ast::ExprKind;
use crate::slo::Slo;

/// SLI001: the name of one of a histogram's series.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        if written.role == Role::Histogram {
            findings.extend(suffix(&written));
        }
    }
}

fn suffix(written: &Written<'_>) -> Option<Diagnostic> {
    let ExprKind::Selector(selector) = &written.query.expr.kind else {
        return None;
    };
    let name = selector.name.as_ref()?;
    let base = ["_bucket", "_count", "_sum"]
        .iter()
        .find_map(|suffix| name.name.strip_suffix(suffix))?;
    let message = format!(
        "`{}` is by its name one of the series of the histogram `{base}`",
        name.name
    );
    Some(
        written
            .finding(&sli::HISTOGRAM_SUFFIX, name.span, message)
            .with_help(format!("write `{base}`: the rules add the suffixes")),
    )
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, latency};

    #[test]
    fn needs_the_name_of_the_histogram_itself() {
        assert_eq!(
            codes(&latency(r#"a_seconds_bucket{job="b"}"#)),
            ["SLI001 a_seconds_bucket"]
        );
        assert!(codes(&latency(r#"a_seconds{job="b"}"#)).is_empty());
    }
}
