//! SLOs for unit tests.

use crate::diagnostic::Diagnostics;
use crate::slo::Slo;
use crate::source::Sources;
use crate::spec::load_all;

/// The SLOs of a service `s`, written as items of a list.
pub(crate) fn slos(items: &str) -> Vec<Slo> {
    let mut sources = Sources::default();
    let text = format!("apiVersion: slosmith/v1\nservice: s\nslos:\n{items}\n");
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let slos = load_all(&sources, &[id], &mut diagnostics).slos;
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.sorted());
    slos
}

/// `s/web`, on `requests_total` over 30 days, with one more key.
pub(crate) fn slo(objective: &str, more: &str) -> Slo {
    let items = format!(
        "- name: web\n  objective: {objective}\n  period: 30d\n  {more}\n  \
         sli: {{events: {{total: requests_total, bad_where: 'code=\"500\"'}}}}"
    );
    slos(&items).remove(0)
}
