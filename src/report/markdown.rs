use std::fmt::Write as _;

use super::field::{self, Field};
use super::summary::{self, Summary};
use crate::check::{Outcome, Standing, Verdict};
use crate::diagnostic::{Diagnostic, Places, untrusted};
use crate::source::Sources;

/// Bytes for the table, and for everything: GitHub takes comments of up to 65,536 characters.
const TABLE: usize = 25_000;
const MOST: usize = 60_000;

/// A summary, a table with the worst first, why it is so, and the findings, for a comment on
/// a pull request or the summary of a step. What is too much for one is counted.
///
/// Text of others is escaped: it makes no markup, calls nobody, refers to no issue.
pub fn markdown(outcome: &Outcome, sources: &Sources) -> String {
    let findings = summary::diagnostics(&outcome.findings);
    let sum = Summary::of(outcome, &findings).line();
    let mut text = format!("### SLO check\n\n{sum}\n");
    table(&outcome.standings, &mut text);
    let reasons = outcome.standings.iter().filter_map(reasons).collect();
    list("Why", reasons, "row", &mut text);
    let mut places = Places::new(sources);
    let shown = findings.sorted().into_iter();
    let shown = shown.map(|finding| item(finding, &mut places)).collect();
    list("Findings", shown, "finding", &mut text);
    let notes = outcome
        .notes
        .iter()
        .map(|note| format!("- {}\n", plain(note)));
    list("Notes", notes.collect(), "note", &mut text);
    text
}

fn table(standings: &[Standing], text: &mut String) {
    if standings.is_empty() {
        return;
    }
    let fields = Field::used(standings);
    let heads: Vec<_> = fields.iter().map(|field| field.head()).collect();
    let lines: Vec<_> = fields
        .iter()
        .map(|field| if field.is_number() { "--:" } else { "---" })
        .collect();
    let _ = write!(
        text,
        "\n| {} |\n| {} |\n",
        heads.join(" | "),
        lines.join(" | ")
    );
    for (index, standing) in standings.iter().enumerate() {
        if text.len() > TABLE {
            let rest = standings.len() - index;
            let worst = summary::word(standing.verdict);
            let _ = writeln!(text, "\nNot shown: {rest} more, {worst} or better.");
            break;
        }
        let cells: Vec<_> = fields.iter().map(|field| cell(*field, standing)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    if field::any_raw(standings) {
        let _ = writeln!(text, "\n\\* {}", field::RAW);
    }
}

fn cell(field: Field, standing: &Standing) -> String {
    let text = field.text(standing);
    match field {
        Field::Verdict => verdict(standing.verdict),
        Field::Slo => cell_code(&text),
        Field::BudgetLeft if field::is_raw(standing) => format!("{} \\*", plain(&text)),
        Field::Alerts => {
            let alerts = field::alerts(standing);
            let alerts = alerts.map(|(alert, state)| format!("{} {state}", cell_code(&alert.name)));
            alerts.collect::<Vec<_>>().join(", ")
        }
        _ => plain(&text),
    }
}

/// With a sign that is seen at a glance, since there are no colours.
fn verdict(verdict: Verdict) -> String {
    let word = summary::word(verdict);
    match verdict {
        Verdict::Ok => format!("✅ {word}"),
        Verdict::AtRisk => format!("⚠️ **{word}**"),
        Verdict::Unknown => format!("❔ **{word}**"),
        Verdict::Breached => format!("❌ **{word}**"),
    }
}

/// Items under a heading, as many as there is room for.
fn list(heading: &str, items: Vec<String>, noun: &str, text: &mut String) {
    if items.is_empty() {
        return;
    }
    let _ = write!(text, "\n#### {heading}\n\n");
    let all = items.len();
    for (index, item) in items.into_iter().enumerate() {
        if text.len() + item.len() > MOST {
            let rest = crate::words::count(all - index, noun);
            let _ = writeln!(text, "- and {rest} more");
            break;
        }
        text.push_str(&item);
    }
}

/// Why a standing is not ok.
fn reasons(standing: &Standing) -> Option<String> {
    if standing.verdict == Verdict::Ok || standing.reasons.is_empty() {
        return None;
    }
    let reasons: Vec<_> = standing.reasons.iter().map(|text| plain(text)).collect();
    Some(format!(
        "- {} **{}**: {}\n",
        code(&Field::Slo.text(standing)),
        summary::word(standing.verdict),
        reasons.join(" ")
    ))
}

fn item(finding: &Diagnostic, places: &mut Places<'_>) -> String {
    let mut item = format!("- **{}** `{}`", finding.code.severity, finding.code.id);
    if let Some(primary) = &finding.primary {
        let place = places.of(primary.at);
        let place = format!("{}:{}", place.file, place.line);
        let _ = write!(item, " {}", code(&place));
    }
    let _ = writeln!(item, ": {}", plain(&finding.message));
    if let Some(detail) = &finding.detail {
        // Each line is code of its own: no text can end the block.
        let lines: Vec<_> = untrusted::block(detail).lines().map(code).collect();
        let _ = writeln!(item, "  - {}", lines.join("<br>"));
    }
    if let Some(help) = &finding.help {
        let lines: Vec<_> = help.lines().map(plain).collect();
        let _ = writeln!(item, "  - help: {}", lines.join("<br>"));
    }
    if let Some(query) = &finding.query {
        let _ = writeln!(item, "  - query: {}", code(query));
    }
    item
}

/// Text of others as text: one line, no markup, no HTML, nobody called.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in untrusted::line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Within a table not even code may hold one.
            '|' => escaped.push_str("&#124;"),
            // GitHub looks for names and issues after the markup is gone, so that
            // escaping helps nothing; a space of no width does.
            '@' | '#' => {
                escaped.push(c);
                escaped.push_str("&#8203;");
            }
            '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '$' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text of others as code, in which nothing is markup and nobody is called: between more
/// backticks than it holds in a row.
pub(super) fn code(text: &str) -> String {
    let text = untrusted::query(text);
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    // One space on each side is taken off again.
    if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// The same within a table, where `|` ends a cell even in code, and what stands for it
/// depends on the backslashes before it. As HTML it has one meaning everywhere.
pub(super) fn cell_code(text: &str) -> String {
    if !text.contains(['|', '\\']) {
        return code(text);
    }
    let mut html = String::from("<code>");
    for c in untrusted::line(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '/' | '=' | '-' | '.' | ',') {
            let _ = write!(html, "&#{};", u32::from(c));
        } else {
            html.push(c);
        }
    }
    html.push_str("</code>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_makes_no_markup() {
        for (text, escaped) in [
            ("a|b", "a&#124;b"),
            ("<img src=x>", "&lt;img src=x&gt;"),
            ("@someone #12", "@&#8203;someone #&#8203;12"),
            ("![x](y) `z`", "\\!\\[x\\](y) \\`z\\`"),
            ("a\n# b", "a␊#&#8203; b"),
        ] {
            assert_eq!(plain(text), escaped);
        }
    }

    #[test]
    fn code_does_not_end_early() {
        for (text, span) in [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("a\nb", "`a␊b`"),
        ] {
            assert_eq!(code(text), span);
        }
        assert_eq!(cell_code("a=b"), "`a=b`");
        assert_eq!(cell_code("a\\|`@x"), "<code>a&#92;&#124;&#96;&#64;x</code>");
    }
}
