use std::process::ExitCode;

use crate::diagnostic::{Diagnostics, Severity};

/// How a run ended; the only exit codes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: all well, warnings included.
    AllWell,
    /// 1: a finding that the command was asked to look for: stale output, a warning with `--fail-on warning`.
    Finding,
    /// 2: invalid specs, or wrong usage.
    Invalid,
    /// 3: Prometheus unreachable or refusing.
    Unreachable,
    /// 10: `gate` says slow.
    Slow,
    /// 20: `gate` says freeze.
    Freeze,
    /// 30: `gate` does not know.
    Unknown,
}

impl Exit {
    /// The number that the operating system gets.
    pub const fn code(self) -> u8 {
        match self {
            Self::AllWell => 0,
            Self::Finding => 1,
            Self::Invalid => 2,
            Self::Unreachable => 3,
            Self::Slow => 10,
            Self::Freeze => 20,
            Self::Unknown => 30,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// `--fail-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FailOn {
    /// Errors only
    Error,
    /// Warnings, too
    Warning,
}

impl FailOn {
    /// What `exit` becomes with these findings.
    pub(super) fn apply(self, findings: &Diagnostics, exit: Exit) -> Exit {
        match exit {
            Exit::AllWell if self == Self::Warning && findings.count(Severity::Warning) > 0 => {
                Exit::Finding
            }
            exit => exit,
        }
    }
}
