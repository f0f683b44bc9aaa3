//! What product managers and programs see.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use super::sample::{NASTY, hostile, plain};
use super::{html, json, markdown, text};
use crate::review::Review;

/// The page as XML, which it is, too.
fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(page, options).unwrap()
}

fn pages() -> [String; 3] {
    [plain(), hostile(), empty()].map(|review| html(&review))
}

fn empty() -> Review {
    Review {
        at: i64::MAX,
        time_zone: "Mars/Olympus".to_owned(),
        period: String::new(),
        server: String::new(),
        headlines: Vec::new(),
        rollups: Vec::new(),
        slos: Vec::new(),
        notes: Vec::new(),
    }
}

fn all_text(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text);
    texts.filter_map(|node| node.text()).collect()
}

#[test]
fn every_link_goes_somewhere() {
    for page in pages() {
        let xml = parsed(&page);
        let mut ids = BTreeSet::new();
        for id in xml.descendants().filter_map(|node| node.attribute("id")) {
            assert!(ids.insert(id), "{id} twice");
        }
        for node in xml.descendants() {
            for name in ["aria-labelledby", "href"] {
                let Some(target) = node.attribute(name) else {
                    continue;
                };
                match target.strip_prefix('#') {
                    None if name == "href" => {
                        assert_eq!(target, "https://runbooks.example/billing?a=1&b=2");
                    }
                    target => assert!(ids.contains(target.unwrap_or_default()) || name != "href"),
                }
            }
            if let Some(label) = node.attribute("aria-labelledby") {
                assert!(ids.contains(label), "{label}");
            }
        }
    }
}

#[test]
fn nothing_comes_from_elsewhere_and_nothing_runs() {
    for page in pages() {
        let xml = parsed(&page);
        for node in xml.descendants().filter(Node::is_element) {
            let name = node.tag_name().name();
            let runs = [
                "script", "iframe", "object", "embed", "img", "link", "base", "form",
            ];
            assert!(!runs.contains(&name), "{name}");
            for attribute in node.attributes() {
                let name = attribute.name();
                assert!(!name.starts_with("on"), "{name}");
                assert!(
                    !["src", "srcset", "action", "data", "style"].contains(&name),
                    "{name}"
                );
            }
        }
        let style = xml.descendants().find(|node| node.has_tag_name("style"));
        let style = all_text(style.unwrap());
        for from_elsewhere in ["url(", "@import", "expression(", "image-set("] {
            assert!(!style.contains(from_elsewhere));
        }
        let acts = |c: char| c != '\n' && crate::diagnostic::untrusted::is_control(c);
        assert!(!page.contains(acts));
    }
}

#[test]
fn hostile_texts_are_only_text() {
    let page = html(&hostile());
    assert!(!page.contains("<script"));
    assert!(!page.contains("<img"));
    let xml = parsed(&page);
    let text = all_text(xml.root());
    // The headline, as it was written, with what is invisible made visible.
    let shown: String = NASTY
        .chars()
        .map(|c| match c {
            '\n' => '\n',
            '\u{ffff}' => '\u{fffd}',
            c => crate::diagnostic::untrusted::visible(c),
        })
        .collect();
    assert!(text.contains(&shown));
    assert!(text.contains("Runbook: javascript:alert('1')"));
}

#[test]
fn headings_and_landmarks_are_in_order() {
    for page in pages() {
        let xml = parsed(&page);
        let html = xml.root_element();
        assert_eq!(html.attribute("lang"), Some("en"));
        for landmark in ["header", "nav", "main", "footer", "h1", "title"] {
            let all = xml.descendants().filter(|node| node.has_tag_name(landmark));
            let all = all.filter(|node| node.parent().is_none_or(|p| !p.has_tag_name("svg")));
            assert_eq!(all.count(), 1, "{landmark}");
        }
        let mut before = 0;
        for node in xml.descendants().filter(Node::is_element) {
            let level = match node.tag_name().name() {
                "h1" => 1,
                "h2" => 2,
                "h3" => 3,
                "h4" => 4,
                _ => continue,
            };
            assert!(level <= before + 1, "h{level} after h{before}");
            before = level;
        }
    }
}

#[test]
fn charts_and_tables_can_be_heard() {
    for page in pages() {
        let xml = parsed(&page);
        let all = |name: &'static str| xml.descendants().filter(move |n| n.has_tag_name(name));
        for svg in all("svg") {
            let is_inside = svg.ancestors().skip(1).any(|node| node.has_tag_name("svg"));
            let is_hidden = svg.attribute("aria-hidden") == Some("true");
            if is_inside || is_hidden {
                continue;
            }
            assert_eq!(svg.attribute("role"), Some("img"));
            let child = |name: &str| {
                let child = svg.children().find(|node| node.has_tag_name(name));
                all_text(child.unwrap())
            };
            assert!(!child("title").is_empty());
            assert!(!child("desc").is_empty());
        }
        for head in all("th") {
            assert!(matches!(head.attribute("scope"), Some("row" | "col")));
        }
        for table in all("table") {
            assert!(table.children().any(|node| node.has_tag_name("caption")));
            let columns = table
                .descendants()
                .filter(|n| n.attribute("scope") == Some("col"));
            let columns = columns.count();
            for row in table.descendants().filter(|node| node.has_tag_name("tr")) {
                assert_eq!(row.children().filter(Node::is_element).count(), columns);
            }
        }
        // A status is a sign and a word, never a colour alone.
        for status in all("span") {
            if status
                .attribute("class")
                .is_some_and(|class| class.starts_with("status"))
            {
                assert!(!all_text(status).is_empty());
                assert!(status.descendants().any(|node| node.has_tag_name("use")));
            }
        }
    }
}

#[test]
fn numbers_are_short_in_charts() {
    let page = html(&hostile());
    let xml = parsed(&page);
    let text = all_text(xml.root());
    let numbers = |c: char| !c.is_alphabetic();
    assert!(
        !text
            .split(numbers)
            .any(|word| word == "NaN" || word == "inf")
    );
    for node in xml.descendants() {
        for name in ["d", "x", "y", "x1", "x2", "y1", "y2", "width", "height"] {
            let value = node.attribute(name).unwrap_or_default();
            let is_long = |part: &str| part.split_once('.').is_some_and(|(_, rest)| rest.len() > 1);
            let is_digit = |c: char| c.is_ascii_digit() || c == '.';
            assert!(!value.split(|c| !is_digit(c)).any(is_long), "{value}");
        }
    }
}

#[test]
fn a_page_with_a_hundred_slos_can_be_sent() {
    let mut review = plain();
    review.slos = review.slos.iter().cycle().take(100).cloned().collect();
    let page = html(&review);
    let kilobytes = page.len() / 1000;
    assert!(kilobytes < 3_000, "{kilobytes} kB");
    parsed(&page);
}

/// Colours of a scheme by their names, from the first or the second block of variables.
fn colours(style: &str, block: usize) -> BTreeMap<String, [f64; 3]> {
    let block = style.split(":root {").nth(block + 1).unwrap();
    let (block, _) = block.split_once('}').unwrap();
    let variables = block.split(';').filter_map(|pair| pair.split_once(':'));
    variables
        .filter_map(|(name, value)| {
            let hex = value.trim().strip_prefix('#')?;
            let part = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
            Some((name.trim().to_owned(), [part(0), part(2), part(4)]))
        })
        .collect()
}

/// As WCAG 2 has it.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let luminance = |rgb: [f64; 3]| {
        let [r, g, b] = rgb.map(|part| {
            let part = part / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn everything_can_be_seen_in_both_schemes() {
    let style = include_str!("html/style.css");
    for block in 0..2 {
        let colours = colours(style, block);
        let colour = |name: &str| *colours.get(name).unwrap_or_else(|| panic!("{name}"));
        let texts = ["text", "muted", "link", "good", "warn", "bad", "unknown"];
        for text in texts {
            for surface in ["page", "card", "soft"] {
                let found = contrast(
                    colour(&format!("--{text}")),
                    colour(&format!("--{surface}")),
                );
                assert!(
                    found >= 4.5,
                    "{text} on {surface}: {found:.2} in block {block}"
                );
            }
        }
        // What is drawn.
        for (sign, surface) in [
            ("budget", "card"),
            ("budget", "area"),
            ("budget", "track"),
            ("spent", "track"),
            ("over", "track"),
            ("limit", "buffer"),
            ("limit", "track"),
            ("spent", "buffer"),
            ("over", "buffer"),
            ("zero", "card"),
            ("bad", "card"),
            ("index", "halo"),
            ("mark", "good"),
            ("mark", "warn"),
            ("mark", "bad"),
            ("mark", "unknown"),
        ] {
            let found = contrast(
                colour(&format!("--{sign}")),
                colour(&format!("--{surface}")),
            );
            assert!(
                found >= 3.0,
                "{sign} on {surface}: {found:.2} in block {block}"
            );
        }
    }
}

#[test]
fn every_colour_is_a_variable() {
    let style = include_str!("html/style.css");
    let (_, rules) = style.split_once("*, *::before").unwrap();
    let (screen, print) = rules.split_once("@media print").unwrap();
    let is_colour = |text: &str| text.contains('#') || text.contains("rgb(");
    assert!(!is_colour(screen));
    assert_eq!(print.matches('#').count(), 1);
}

#[test]
fn for_mails_and_wikis() {
    insta::assert_snapshot!(markdown(&plain()));
}

#[test]
fn markdown_is_only_what_we_write() {
    for review in [plain(), hostile(), empty()] {
        let text = markdown(&review);
        let acts = |c: char| c != '\n' && crate::diagnostic::untrusted::is_control(c);
        assert!(!text.contains(acts));
        assert!(!text.contains("<script") && !text.contains("<img"));
        assert_eq!(text.matches("](").count(), text.matches("\\](").count());
        assert!(!text.contains("<https:"));
        assert!(!text.contains("@someone"));
        assert!(text.ends_with('\n') && !text.contains("\n\n\n"));
        // Every row of a table has the cells of its head.
        let mut cells = None;
        for line in text.lines() {
            let bars = line.matches('|').count();
            let is_row = line.starts_with('|');
            assert_eq!(bars > 0, is_row, "{line}");
            if is_row {
                assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
            } else {
                cells = None;
            }
        }
    }
}

#[test]
fn little_data_is_compared_with_nothing() {
    let mut slo = plain().slos.remove(0);
    assert_eq!(text::change(&slo), "worse");
    slo.previous.as_mut().unwrap().coverage = Some(0.01);
    assert_eq!(text::change(&slo), "not comparable");
}

#[test]
fn for_programs() {
    let mut review = plain();
    for slo in &mut review.slos {
        slo.timeline.truncate(2);
        if let Some(happiness) = &mut slo.happiness {
            happiness.points.truncate(2);
        }
    }
    insta::assert_snapshot!(json(&review));
}

#[test]
fn json_says_the_same_of_hostile_texts() {
    let text = json(&hostile());
    let acts = |c: char| c != '\n' && crate::diagnostic::untrusted::is_control(c);
    assert!(!text.contains(acts));
    let parsed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["headlines"][3], NASTY);
    let slos = parsed["slos"].as_array().unwrap();
    let broken = slos.last().unwrap();
    assert_eq!(broken["objective"]["left"], Value::Null);
    assert_eq!(broken["objective"]["start"], Value::Null);
    assert_eq!(parsed["at"], "2026-10-21T06:00:00Z");
}

#[test]
fn every_field_is_documented() {
    fn fields(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    into.insert(key.clone());
                    // What is in these are labels, not fields.
                    if key != "group" && key != "labels" {
                        fields(value, into);
                    }
                }
            }
            Value::Array(array) => array.iter().for_each(|value| fields(value, into)),
            _ => {}
        }
    }
    let of = |text: &str| {
        let mut keys = BTreeSet::new();
        fields(&serde_json::from_str(text).unwrap(), &mut keys);
        keys
    };
    let page = include_str!("../../../docs/report-json.md");
    let keys = of(&json(&plain()));
    let undocumented: Vec<_> = keys
        .iter()
        .filter(|key| !page.contains(&format!("`{key}`")))
        .collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
    let (_, example) = page.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(of(example), keys);
}

#[test]
#[ignore = "writes pages for scripts/look-at-report into the folder LOOK_AT"]
fn to_be_looked_at() {
    let folder = std::env::var("LOOK_AT").unwrap_or_else(|_| "target".to_owned());
    for (name, review) in [("report", plain()), ("report-hostile", hostile())] {
        fs::write(format!("{folder}/{name}.html"), html(&review)).unwrap();
    }
}
