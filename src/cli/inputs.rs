use std::path::PathBuf;

use super::select::Selector;
use crate::diagnostic::Diagnostics;
use crate::slo::Slo;
use crate::source::Sources;

/// Which specs a command reads, and which of their SLOs it looks at.
#[derive(Debug, Clone, clap::Args)]
pub struct SpecArgs {
    /// Spec files, directories (searched for *.yaml and *.yml), or `-` for standard input
    #[arg(value_name = "SPECS", default_value = "slo-specs")]
    pub specs: Vec<PathBuf>,

    /// Only these SLOs: service=x,owner=y,slo=z. Different keys must all hold, values of one key are alternatives
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',')]
    pub select: Vec<Selector>,
}

/// Everything that a command needs to know about the specs.
#[derive(Debug, Default)]
pub struct Specs {
    /// The texts.
    pub sources: Sources,
    /// All SLOs that could be read, whether selected or not: references lead to any of them.
    pub slos: Vec<Slo>,
    /// Indices in `slos` of those that were selected.
    pub selected: Vec<usize>,
    /// What is wrong with any of them.
    pub diagnostics: Diagnostics,
}
