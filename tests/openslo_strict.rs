//! `validate --strict`: the rules of the OpenSLO SDK, one by one, on documents that break
//! exactly one of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "openslo_strict/objects.rs"]
mod objects;
#[path = "openslo_strict/slo.rs"]
mod slo;
#[path = "support/slosmith.rs"]
mod slosmith_command;
#[path = "openslo_strict/versions.rs"]
mod versions;

use std::fs;

use slosmith::diagnostic::{Diagnostic, Diagnostics, Severity};
use slosmith::source::Sources;
use slosmith::spec::{Options, load_with};

use slosmith_command::{run, slosmith};

/// What `validate --strict` finds in a text, apart from lints.
fn findings(name: &str, text: &str) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let id = sources.add(name, text);
    let mut diagnostics = Diagnostics::default();
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let loaded = load_with(&sources, &[id], &options, &mut diagnostics);
    loaded.verdict.unwrap().apply(&sources, &mut diagnostics);
    diagnostics.sorted().into_iter().cloned().collect()
}

/// The errors as `path: code`.
fn errors(name: &str, text: &str) -> Vec<String> {
    let findings = findings(name, text).into_iter();
    let errors = findings.filter(|finding| finding.code.severity == Severity::Error);
    let mut errors: Vec<String> = errors
        .map(|finding| {
            assert_eq!(finding.code.id, "OSL002", "{finding:?}\n{text}");
            assert!(finding.help.is_some(), "{finding:?}");
            let message = finding.message;
            match message.split_once("`: ") {
                Some((path, rest)) => format!("{}: {}", &path[1..], code(rest)),
                None => format!(": {}", code(&message)),
            }
        })
        .collect();
    errors.sort();
    errors.dedup();
    errors
}

/// The code that a message begins with; empty when it has none.
fn code(message: &str) -> &str {
    let (code, _) = message.rsplit_once(": ").unwrap_or(("", message));
    let end = code.find(": ").unwrap_or(code.len());
    let code = &code[..end];
    let is_code = code
        .chars()
        .all(|c| c.is_ascii_lowercase() || c == '_' || c == ':');
    if is_code { code } else { "" }
}

/// A change of a valid document, and the violations that it must give.
type Case<'a> = (&'a str, &'a str, &'a [&'a str]);

fn check(document: &str, cases: &[Case<'_>]) {
    assert_eq!(
        errors("a.yaml", document),
        Vec::<String>::new(),
        "{document}"
    );
    for (from, to, expected) in cases {
        assert_eq!(document.matches(from).count(), 1, "{from:?} in\n{document}");
        let changed = document.replace(from, to);
        assert_eq!(errors("a.yaml", &changed), *expected, "{from:?} → {to:?}");
    }
}

const SERVICE: &str = "\
apiVersion: openslo/v1
kind: Service
metadata:
  name: checkout
  displayName: Checkout
  labels: {team: [a, b], tier: '1'}
  annotations: {acme.org/owner: me}
spec:
  description: sells
";

const CONDITION: &str = "\
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: burn}
spec:
  severity: page
  condition:
    kind: burnrate
    op: gte
    threshold: 0
    lookbackWindow: 1h
    alertAfter: 5m
";

#[test]
fn streams() {
    let (name, bad) = ("a.yaml", SERVICE.replace("name: checkout", "name: C"));
    let dns = "metadata.name: string_dns_label:string_match_regexp";
    let list = |text: &str| format!("- {}", text.trim_end().replace('\n', "\n  "));
    for (text, expected) in [
        (String::new(), &[][..]),
        ("\n\n".to_owned(), &[]),
        ("[]\n".to_owned(), &[]),
        (
            format!("---\n# a comment\n{SERVICE}---\n---\n{SERVICE}---\n"),
            &[],
        ),
        (format!("{SERVICE}---\n{bad}"), &[dns]),
        (list(SERVICE) + "\n" + &list(&bad), &[dns]),
        (list(SERVICE) + "\n- null\n", &[": decode"]),
        ("# nothing\n".to_owned(), &[": decode"]),
        ("null\n".to_owned(), &[": decode"]),
        (format!("# a licence\n---\n{SERVICE}"), &[": decode"]),
        (format!("--- # a comment\n{SERVICE}"), &[": decode"]),
        (format!("{bad}---\n{SERVICE}"), &[dns]),
        // Only the first document before a line of dashes is read.
        (format!("{SERVICE}...\n{bad}"), &[]),
    ] {
        assert_eq!(errors(name, &text), expected, "{text}");
    }
    let json = r#"{"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "a"}}"#;
    for (text, expected) in [
        (json.to_owned(), &[][..]),
        (format!("[{json}, {json}]"), &[]),
        (format!("[{json},]"), &[": decode"]),
        (format!("# a comment\n{json}"), &[": decode"]),
        (json.replace("\"a\"", "5"), &["metadata.name: decode"]),
    ] {
        assert_eq!(errors("a.json", &text), expected, "{text}");
    }
}

/// What we refuse and the SDK does not is a warning, at the same place.
#[test]
fn what_the_sdk_lets_pass() {
    let twice = "\
apiVersion: openslo/v1
kind: Service
metadata: {name: a}
spec: {description: a, description: b}
";
    let found = findings("a.yaml", twice);
    let about_key: Vec<_> = found
        .iter()
        .filter(|finding| finding.message.contains("SPEC004"))
        .collect();
    assert_eq!(about_key.len(), 1, "{found:?}");
    assert_eq!(about_key[0].code.id, "OSL003");
    assert_eq!(about_key[0].help.as_deref(), Some("keep one of them"));
    assert_eq!(about_key[0].secondary.len(), 1);
    // What is no OpenSLO is judged as ever, and so is what is no YAML.
    let broken = format!("{SERVICE}---\napiVersion: slosmith/v1\nservice: a\nslos: 5\n");
    let found = findings("a.yaml", &broken);
    let ids: Vec<&str> = found.iter().map(|finding| finding.code.id).collect();
    assert_eq!(ids, ["SPEC002"]);
    let found = findings("a.yaml", &format!("{SERVICE}---\na: [\n"));
    assert!(
        found.iter().any(|finding| finding.code.id == "SPEC005"),
        "{found:?}"
    );
}

#[test]
fn exit_codes_and_places() {
    let folder = tempfile::tempdir().unwrap();
    let validate = |text: &str, args: &[&str]| {
        fs::write(folder.path().join("a.yaml"), text).unwrap();
        run(slosmith(folder.path())
            .args(["validate", "a.yaml"])
            .args(args))
    };
    assert_eq!(validate("", &["--strict"]).code, Some(0));
    assert_eq!(validate("", &[]).code, Some(2));
    assert_eq!(validate(SERVICE, &["--strict"]).code, Some(0));
    assert_eq!(
        validate(SERVICE, &["--strict", "--fail-on", "warning"]).code,
        Some(1)
    );
    let bad = SERVICE.replace("name: checkout", "name: Checkout");
    let shown = validate(&bad, &["--strict"]);
    assert_eq!(shown.code, Some(2));
    assert!(shown.err.contains("a.yaml:4:9"), "{}", shown.err);
    let message = "`metadata.name`: string_dns_label:string_match_regexp: ";
    assert!(shown.err.contains(message), "{}", shown.err);
    // Without --strict it is only a warning.
    let shown = validate(&bad, &[]);
    assert!(shown.err.contains("[OSL001]"), "{}", shown.err);
}

/// An SLO of the version that is not compiled is judged, and refused otherwise.
#[test]
fn the_version_that_is_not_compiled() {
    let text = SERVICE
        .replace("openslo/v1", "openslo.com/v2alpha")
        .replace("  displayName: Checkout\n", "")
        .replace("[a, b]", "a");
    assert_eq!(errors("a.yaml", &text), Vec::<String>::new());
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let mut diagnostics = Diagnostics::default();
    load_with(&sources, &[id], &Options::default(), &mut diagnostics);
    let found = diagnostics.sorted();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code.id, "SPEC012");
    assert!(found[0].help.as_deref().unwrap().contains("openslo/v1"));
}
