//! Anything at all is read, or refused with findings that can be shown.

use std::fs;

use proptest::prelude::*;
use slosmith::diagnostic::{Diagnostics, Severity, render_github, render_json, render_text};
use slosmith::rules::{self, Layout, Options, Rule};
use slosmith::slo::Slo;
use slosmith::source::{Sources, floor_char_boundary};
use slosmith::{lint, output, promql, spec};

use crate::SPEC;

/// What is found to be in order compiles to expressions that read as PromQL, in any layout.
fn compiles(valid: &[&Slo], all: &[Slo]) -> Result<(), TestCaseError> {
    let files = [Layout::Native, Layout::Sloth].map(|layout| {
        let options = Options {
            layout,
            ..Options::default()
        };
        rules::compile(valid.iter().copied(), all, &options)
    });
    for file in files.into_iter().flatten() {
        for rule in file.groups.iter().flat_map(|group| &group.rules) {
            let (Rule::Record { expr, .. } | Rule::Alert { expr, .. }) = rule;
            let text = promql::print(expr);
            prop_assert!(promql::parse(&text).is_ok(), "{}", text);
        }
        output::prometheus::render(&file, &[]);
    }
    Ok(())
}

/// Reads a text as a spec and shows what was found in every form.
fn read(text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let slos = spec::load(&sources, &[id], &mut diagnostics);
    let today = jiff::civil::date(2026, 12, 1);
    let mut valid = Vec::new();
    for slo in &slos {
        let found = lint::check(slo, &sources, today).findings;
        if found
            .iter()
            .all(|finding| finding.code.severity == Severity::Warning)
        {
            valid.push(slo);
        }
        diagnostics.extend(found);
    }
    compiles(&valid, &slos)?;
    for finding in diagnostics.sorted() {
        let help = finding.help.as_deref().unwrap_or_default();
        prop_assert!(!help.is_empty(), "no help: {}", finding.message);
        let places = finding.primary.iter().chain(&finding.secondary);
        for span in places.map(|annotation| annotation.at.span) {
            prop_assert!(
                span.start <= span.end && span.end <= text.len(),
                "{:?}",
                finding
            );
            prop_assert_eq!(floor_char_boundary(text, span.start), span.start);
            prop_assert_eq!(floor_char_boundary(text, span.end), span.end);
        }
    }
    render_text(&diagnostics, &sources, true);
    render_json(&diagnostics, &sources);
    render_github(&diagnostics, &sources);
    Ok(())
}

/// Specs that use everything.
fn seeds() -> Vec<String> {
    let mut paths: Vec<_> = fs::read_dir("slo-specs")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.push("tests/data/every-key.yaml".into());
    paths.push("tests/findings/PQL001.yaml".into());
    paths.push("tests/findings/IMP001-pyrra.yaml".into());
    paths.push("tests/findings/IMP002-pyrra.yaml".into());
    paths.push("tests/findings/IMP004-pyrra.yaml".into());
    paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// A place in a text (as a share of it), how much to take away there, and what to put there.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, String)>> {
    let pieces = prop::sample::select(vec![
        "", " ", "\n", "\n\n", "  ", "\t", "\r\n", ":", ": ", "- ", "'", "\"", "\\", "{", "}", "[",
        "]", ",", "&a ", "*a", "<<: ", "!!str ", "!x ", "|", ">-", "#", "---\n", "~", "0", "-1",
        "1e400", "99.9", "é", "日", "\u{feff}", "\0", "\u{85}", "\u{2028}", "$window", "{{", "}}",
        "%", "off", "5m", "slos", "a/b",
    ]);
    let piece = prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, piece), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_signs_of_yaml_are_survived(text in "[-a:\\[\\]{},&*!|>'\"%@`#~? \n\t\r0-9é]{0,120}") {
        read(&text)?;
        read(&format!("{SPEC}{text}"))?;
    }

    #[test]
    fn changed_specs_are_survived(seed in any::<prop::sample::Index>(), edits in edits()) {
        let seeds = seeds();
        let mut text = seed.get(&seeds).clone();
        for (at, length, piece) in edits {
            let start = floor_char_boundary(&text, at.index(text.len() + 1));
            let end = floor_char_boundary(&text, start + length);
            text.replace_range(start..end, &piece);
        }
        read(&text)?;
    }
}
