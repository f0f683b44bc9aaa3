use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{SourceSpan, Sources, Span};
use crate::spec::{documents, make};

fn read(text: &str) -> Arc<Node> {
    let mut sources = Sources::default();
    let id = sources.add("printed.yaml", text);
    let mut found = Diagnostics::default();
    let documents = documents(&sources, id, &mut found);
    assert_eq!(found.sorted(), Vec::<&Diagnostic>::new(), "{text}");
    let [document] = documents.as_slice() else {
        panic!("{} documents in {text}", documents.len());
    };
    Arc::clone(document)
}

/// A tree without places: what it says, and what it is taken for.
fn meaning(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(scalar) => format!(
            "{:?}{}",
            scalar.text,
            match () {
                () if scalar.is_null() => "/null",
                () if scalar.as_bool().is_some() => "/bool",
                () if scalar.is_number() => "/number",
                () => "",
            }
        ),
        Kind::Seq(items) => {
            let items: Vec<_> = items.iter().map(|item| meaning(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let entries = entries.iter();
            let entries =
                entries.map(|entry| format!("{:?}: {}", entry.key, meaning(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What people write, and what nobody would.
const TEXTS: &str = "(?s:.{0,12})|\\PC{0,10}|[ -~]{0,10}|[-+.0-9eExo_:]{0,6}|[0-9]{1,3}(ms|[smhdwy])\
    |(?i:null|true|false|nan|inf|yes|no|on|off|y|n|~|)|([ \t]?[a-z#:\"'{}\\\\]{0,5}[ \t]?\r?\n){1,4}[a-z]{0,3}\
    |[ \t]{0,2}[#:!&*|>%@`'\"?-]{1,2} ?[a-z]{0,3}[:#]?|[\u{85}\u{a0}\u{2028}\u{2029}\u{feff}\u{1f600}\u{7}\u{7f} a]{1,4}\
    |sum\\(rate\\(a_total\\{b=\"[a-z.]{0,3}\"\\}\\[\\$window\\]\\)\\)|\\{\\{ \\$labels.a \\}\\}|2026-01-0[1-9]|1:30";

fn a_scalar() -> impl Strategy<Value = Arc<Node>> {
    let at = SourceSpan::new(Sources::default().add("", ""), Span::default());
    let words = "-?[1-9][0-9]{0,3}(\\.[0-9])?|true|false|off|30d|5m|~|null|page";
    prop_oneof![
        4 => TEXTS.prop_map(move |text| make::text(text, at)),
        1 => words.prop_map(move |text| make::plain(text, at)),
    ]
}

fn a_tree() -> impl Strategy<Value = Arc<Node>> {
    let at = SourceSpan::new(Sources::default().add("", ""), Span::default());
    let key =
        "slos|sli|events|total|good|alerts|page|labels|[a-z]{1,8}|\\PC{1,5}|[ -~]{0,6}|(?s:.{0,4})";
    a_scalar().prop_recursive(5, 40, 5, move |inner| {
        let entries = proptest::collection::vec((key, inner.clone()), 0..5);
        prop_oneof![
            1 => proptest::collection::vec(inner, 0..5).prop_map(move |items| make::seq(items, at)),
            2 => entries.prop_map(move |entries| {
                let mut map = make::map(at);
                let mut known = std::collections::HashSet::from(["<<".to_owned()]);
                for (key, value) in entries {
                    if known.insert(key.clone()) {
                        map = map.put(key, at, value);
                    }
                }
                map.done()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn what_is_printed_is_read_back(tree in a_tree()) {
        // A document that is nothing is none.
        prop_assume!(!tree.is_null());
        let text = document(&tree, Layout::Native, &Comments::new());
        prop_assert_eq!(meaning(&read(&text)), meaning(&tree), "{}", text);
        prop_assert!(text.ends_with('\n') && !text.contains(" \n\n\n"));
    }
}

#[test]
fn looks_like_what_people_write() {
    for text in [
        include_str!("../../../slo-specs/billing.yaml"),
        include_str!("../../../slo-specs/prometheus.yaml"),
        include_str!("../../../slo-specs/shop-api.yaml"),
        include_str!("../../../slo-specs/video.yaml"),
    ] {
        let (_, text) = text.split_once("apiVersion").unwrap();
        let text = format!("apiVersion{text}");
        let printed = document(&read(&text), Layout::Native, &Comments::new());
        assert_eq!(meaning(&read(&printed)), meaning(&read(&text)));
        let differences: Vec<_> = similar::TextDiff::from_lines(&text, &printed)
            .iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal)
            .map(|change| format!("{}{change}", change.tag()))
            .collect();
        assert_eq!(differences.concat(), "");
    }
}
