//! SLOs for tests.

use crate::diagnostic::Diagnostics;
use crate::slo::Slo;
use crate::source::Sources;
use crate::spec::load_all;

/// An SLO of 99.9 % over 30 days on `requests_total`, with one more key.
pub(super) fn slo(more: &str) -> Slo {
    let mut sources = Sources::default();
    let text = format!(
        "apiVersion: slosmith/v1\nservice: shop\nslos:\n- name: web\n  objective: 99.9\n  period: 30d\n  {more}\n\
         \x20 sli: {{events: {{total: requests_total, bad_where: 'code=\"500\"'}}}}\n"
    );
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let mut slos = load_all(&sources, &[id], &mut diagnostics).slos;
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.sorted());
    slos.remove(0)
}
