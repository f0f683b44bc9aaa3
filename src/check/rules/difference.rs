//! RUL002: loaded, but not what the specs compile to.

use similar::TextDiff;

use super::form::{Form, seconds};
use super::{Loaded, rules, whereabouts};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::rules as codes};
use crate::prometheus::RuleGroup;
use crate::rules::{Group, Rule};
use crate::slo::Slo;

/// Rules of a group that are shown; the others are counted.
const MOST_SHOWN: usize = 4;
/// Lines of a rule that are shown.
const MOST_LINES: usize = 24;
/// Characters of a line that are shown.
const LONGEST_LINE: usize = 600;
/// The same of a line that does not differ.
const LONGEST_COMMON: usize = 90;

pub(super) fn check(
    slo: &Slo,
    expected: &Group,
    found: &RuleGroup,
    loaded: &Loaded<'_>,
    findings: &mut Findings,
) {
    let outer = outer(expected, loaded);
    let compiled: Vec<Form<'_>> = expected.rules.iter().map(Form::compiled).collect();
    let running = found.rules.iter().map(|rule| Form::loaded(rule, &outer));
    let running: Vec<Form<'_>> = running.collect();
    let interval = (found.interval > 0.0 && seconds(found.interval) != expected.interval)
        .then(|| (seconds(found.interval), expected.interval));
    if compiled == running && interval.is_none() {
        return;
    }
    let pairing = Pairing::of(&compiled, &running);
    let mut what = pairing.summary();
    if let Some((found, expected)) = interval {
        what.insert(0, format!("evaluated every {found} instead of {expected}"));
    }
    let message = format!(
        "`{}`{} is not what the specs compile to: {}",
        found.name,
        whereabouts(found),
        what.join(", ")
    );
    let mut finding = Diagnostic::new(&codes::DIFFERENT, message).with_help(
        "deploy what `slosmith generate` writes and reload Prometheus; what was changed by \
         hand belongs into the spec, for the next deployment undoes it",
    );
    let shown = pairing.shown();
    if !shown.is_empty() {
        finding = finding.with_detail(shown.join("\n"));
    }
    findings.push(slo, finding);
}

/// Labels of all loaded rules that none of the expected has.
fn outer<'l>(expected: &Group, loaded: &Loaded<'l>) -> Vec<&'l str> {
    let is_ours = |label: &str| {
        expected.rules.iter().any(|rule| match rule {
            Rule::Record { labels, .. } => labels.contains_key(label),
            Rule::Alert { labels, .. } => labels.contains_key(label),
        })
    };
    let mut outer = loaded.common.clone();
    outer.retain(|label| !is_ours(label));
    outer
}

/// Which loaded rule is which compiled one.
struct Pairing<'f, 'a> {
    /// Versions of one rule that differ.
    different: Vec<(&'f Form<'a>, &'f Form<'a>)>,
    missing: Vec<&'f Form<'a>>,
    surplus: Vec<&'f Form<'a>>,
    /// Those that are there stand in another order.
    reordered: bool,
}

impl<'f, 'a> Pairing<'f, 'a> {
    fn of(compiled: &'f [Form<'a>], running: &'f [Form<'a>]) -> Self {
        let mut partners: Vec<Option<usize>> = vec![None; compiled.len()];
        let mut taken = vec![false; running.len()];
        // Names repeat, so the same is found before the similar.
        let closeness: [fn(&Form<'a>, &Form<'a>) -> bool; 3] =
            [|a, b| a == b, Form::is_near, Form::is_version_of];
        for is_close in closeness {
            for (form, partner) in compiled.iter().zip(&mut partners) {
                if partner.is_none() {
                    *partner =
                        (0..running.len()).find(|at| !taken[*at] && is_close(form, &running[*at]));
                    if let Some(at) = *partner {
                        taken[at] = true;
                    }
                }
            }
        }
        let pairs = || compiled.iter().zip(&partners);
        let different = pairs()
            .filter_map(|(form, at)| Some((form, &running[(*at)?])))
            .filter(|(form, other)| form != other);
        let surplus = running.iter().zip(&taken).filter(|(_, taken)| !**taken);
        Self {
            different: different.collect(),
            missing: pairs()
                .filter_map(|(form, at)| at.is_none().then_some(form))
                .collect(),
            surplus: surplus.map(|(form, _)| form).collect(),
            reordered: !partners.iter().flatten().is_sorted(),
        }
    }

    fn summary(&self) -> Vec<String> {
        let mut summary = Vec::new();
        let mut count = |found: usize, one: &str, many: &str| {
            if found > 0 {
                let verb = if found == 1 { one } else { many };
                summary.push(format!("{} {verb}", rules(found)));
            }
        };
        count(self.different.len(), "differs", "differ");
        count(self.missing.len(), "is missing", "are missing");
        count(self.surplus.len(), "too many", "too many");
        if self.reordered {
            summary.push("in another order".to_owned());
        }
        summary
    }

    /// From what is loaded to what should be, in lines.
    fn shown(&self) -> Vec<String> {
        let different = self.different.iter();
        let different = different.map(|(expected, found)| {
            let mut lines = vec![format!("{}:", expected.title())];
            lines.extend(diff(found, expected));
            lines
        });
        let single = |what: &str, form: &&Form<'_>| vec![format!("{what}: {}", form.title())];
        let missing = self.missing.iter().map(|form| single("missing", form));
        let surplus = self.surplus.iter().map(|form| single("too many", form));
        let mut all: Vec<Vec<String>> = different.chain(missing).chain(surplus).collect();
        if all.is_empty() {
            return Vec::new();
        }
        let more = all.len().saturating_sub(MOST_SHOWN);
        all.truncate(MOST_SHOWN);
        let head = ["--- loaded", "+++ compiled from the specs"].map(str::to_owned);
        let rest = (more > 0).then(|| format!("… and {} more", rules(more)));
        head.into_iter()
            .chain(all.into_iter().flatten())
            .chain(rest)
            .collect()
    }
}

fn diff(found: &Form<'_>, expected: &Form<'_>) -> Vec<String> {
    let (from, to) = (found.lines(), expected.lines());
    let diff = TextDiff::from_lines(&from, &to);
    let unified = diff.unified_diff().context_radius(2).to_string();
    let lines = unified.lines().filter(|line| !line.starts_with("@@"));
    let mut shown: Vec<String> = lines.map(shortened).collect();
    if shown.len() > MOST_LINES {
        let more = shown.len() - MOST_LINES;
        shown.truncate(MOST_LINES);
        shown.push(format!("… and {more} more lines"));
    }
    shown
}

fn shortened(line: &str) -> String {
    let most = if line.starts_with(' ') {
        LONGEST_COMMON
    } else {
        LONGEST_LINE
    };
    let is_cut = line.chars().nth(most).is_some();
    let kept = line.chars().take(most);
    kept.chain(is_cut.then_some('…')).collect()
}
