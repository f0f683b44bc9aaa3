//! SLOs for the tests of this part.

use crate::diagnostic::Diagnostics;
use crate::slo::Slo;
use crate::source::Sources;
use crate::spec::load_all;

/// The SLOs of a service, written as items of a list.
pub(super) fn slos(items: &str) -> Vec<Slo> {
    let mut sources = Sources::default();
    let text = format!("apiVersion: slosmith/v1\nservice: s\nslos:\n{items}\n");
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let slos = load_all(&sources, &[id], &mut diagnostics).slos;
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    slos
}
