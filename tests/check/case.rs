//! One thing that a check should find, or not: what there is, and what should be said.

use std::collections::{BTreeMap, BTreeSet};

use crate::raw::Raw;

/// What happens to the rule file of a service before the server loads it: the text of
/// it, or none.
pub(crate) type Edit = Box<dyn Fn(&str) -> Option<String>>;
/// What is recorded instead of a value: name of the series, seconds before the world
/// was made, and what would have been right.
pub(crate) type Tamper = fn(&str, u64, f64) -> f64;

/// A service with SLOs of its own, named after what is wrong with it.
pub(crate) struct Case {
    pub(crate) service: &'static str,
    /// Keys of the document.
    pub(crate) document: String,
    pub(crate) raw: Vec<Raw>,
    pub(crate) edit: Edit,
    /// Another rule file beside it, made of it.
    pub(crate) copy: Option<fn(&str) -> String>,
    /// Whether its rules have been evaluated all the time.
    pub(crate) is_recorded: bool,
    pub(crate) tamper: Option<Tamper>,
    pub(crate) says: Says,
}

/// What a check says of a service.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Says {
    /// By SLO and group, without the service: `api`, `api region=eu`.
    pub(crate) verdicts: BTreeMap<String, String>,
    pub(crate) codes: BTreeSet<String>,
}

/// A service whose SLOs all have these defaults and are as healthy as can be.
pub(crate) fn case(service: &'static str, slos: &str) -> Case {
    let slos: Vec<_> = slos.lines().map(|line| format!("  {line}\n")).collect();
    Case {
        service,
        document: format!(
            "owner: team\ndefaults: {{period: 7d, scrape_interval: 1m}}\nslos:\n{}",
            slos.concat()
        ),
        raw: Vec::new(),
        edit: Box::new(|text| Some(text.to_owned())),
        copy: None,
        is_recorded: true,
        tamper: None,
        says: Says::default(),
    }
}

impl Case {
    /// The spec as a file.
    pub(crate) fn spec(&self) -> String {
        let Self {
            service, document, ..
        } = self;
        format!("apiVersion: slosmith/v1\nservice: {service}\n{document}")
    }

    /// With other defaults.
    pub(crate) fn defaults(mut self, defaults: &str) -> Self {
        let usual = "{period: 7d, scrape_interval: 1m}";
        self.document = self.document.replace(usual, defaults);
        self
    }

    pub(crate) fn raw(mut self, raw: impl IntoIterator<Item = Raw>) -> Self {
        self.raw.extend(raw);
        self
    }

    /// Its rule file is edited by hand.
    pub(crate) fn edited(mut self, from: &'static str, to: &'static str) -> Self {
        self.edit = Box::new(move |text| {
            assert!(text.contains(from), "no `{from}` in\n{text}");
            Some(text.replace(from, to))
        });
        self
    }

    /// Its rules are not loaded, and never have been.
    pub(crate) fn not_loaded(self) -> Self {
        self.unloaded().unrecorded()
    }

    /// Its rules run elsewhere.
    pub(crate) fn unloaded(mut self) -> Self {
        self.edit = Box::new(|_| None);
        self
    }

    /// There is a second rule file.
    pub(crate) fn beside(mut self, copy: fn(&str) -> String) -> Self {
        self.copy = Some(copy);
        self
    }

    /// Its rules have been loaded just now.
    pub(crate) fn unrecorded(mut self) -> Self {
        self.is_recorded = false;
        self
    }

    /// What was recorded is not what the rules say.
    pub(crate) fn tampered(mut self, tamper: Tamper) -> Self {
        self.tamper = Some(tamper);
        self
    }

    /// What is to be found.
    pub(crate) fn finds(mut self, codes: &[&str]) -> Self {
        self.says
            .codes
            .extend(codes.iter().map(|code| (*code).to_owned()));
        self
    }

    /// The verdict on an SLO, or on one of its groups.
    pub(crate) fn verdict(mut self, title: &str, verdict: &str) -> Self {
        let verdict = verdict.to_owned();
        self.says.verdicts.insert(title.to_owned(), verdict);
        self
    }
}
