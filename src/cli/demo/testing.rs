//! SLOs for tests.

use crate::diagnostic::Diagnostics;
use crate::slo::Slo;
use crate::source::Sources;
use crate::spec::load_all;

/// An SLO on `requests_total`.
pub(super) fn slo(objective: &str) -> Slo {
    let mut sources = Sources::default();
    let text = format!(
        "apiVersion: slosmith/v1\nservice: shop\nslos:\n- name: web\n  objective: {objective}\n\
         \x20 sli: {{events: {{total: requests_total, bad_where: 'code=\"500\"'}}}}\n"
    );
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let mut slos = load_all(&sources, &[id], &mut diagnostics).slos;
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.sorted());
    slos.remove(0)
}
