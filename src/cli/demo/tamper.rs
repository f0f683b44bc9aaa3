//! What somebody may do to rules that are deployed.

use rust_decimal::Decimal;
use smol_str::format_smolstr;

use crate::promql::ast::{Expr, ExprKind};
use crate::promql::rewrite::transform;
use crate::rules::{Rule, RuleFile};

/// A rule file with one alert that fires later than it should.
pub(super) struct Tampered {
    /// The file as it is now.
    pub(super) file: RuleFile,
    /// `billing/invoices`
    pub(super) slo: String,
    /// The burn rate from which it paged.
    pub(super) before: String,
    /// The burn rate from which it does now.
    pub(super) after: String,
}

/// The factor of the workbook's first pair, which most SLOs have.
const FACTOR: &str = "14.4";

/// Multiplies a threshold by ten.
pub(super) fn raise_a_threshold(files: &[RuleFile]) -> Option<Tampered> {
    let after = (FACTOR.parse::<Decimal>().ok()? * Decimal::TEN)
        .normalize()
        .to_string();
    files.iter().find_map(|file| {
        let mut file = file.clone();
        let rules = file.groups.iter_mut().flat_map(|group| &mut group.rules);
        let (expr, labels) = rules
            .filter_map(|rule| match rule {
                Rule::Alert { expr, labels, .. } => Some((expr, labels)),
                Rule::Record { .. } => None,
            })
            .find(|(expr, _)| has(expr, FACTOR))?;
        let slo = format!("{}/{}", labels.get("service")?, labels.get("slo")?);
        *expr = transform(expr, &mut |node| {
            if let ExprKind::Number(number) = &mut node.kind
                && number.text == FACTOR
            {
                number.text = format_smolstr!("{after}");
                number.value *= 10.0;
            }
        });
        Some(Tampered {
            file,
            slo,
            before: FACTOR.to_owned(),
            after: after.clone(),
        })
    })
}

fn has(expr: &Expr, number: &str) -> bool {
    let mut found = false;
    crate::promql::inspect::walk(expr, &mut |node, _| {
        found |= matches!(&node.kind, ExprKind::Number(literal) if literal.text == number);
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Options, compile};
    use crate::testing::slo;

    #[test]
    fn one_threshold_is_ten_times_as_high() {
        let slos = [slo("99.9", "")];
        let files = compile(&slos, &slos, &Options::default());
        let tampered = raise_a_threshold(&files).unwrap();
        assert_eq!(tampered.slo, "s/web");
        assert_eq!(
            (tampered.before.as_str(), tampered.after.as_str()),
            ("14.4", "144")
        );
        let text = |file: &RuleFile| crate::output::prometheus::render(file, &[]);
        let (before, after) = (text(&files[0]), text(&tampered.file));
        assert_eq!(before.replace("14.4", "144"), after);
    }
}
