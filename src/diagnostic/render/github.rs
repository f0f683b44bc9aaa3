use super::place::{Place, Places};
use super::untrusted;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::Sources;

/// All findings as workflow commands, which GitHub shows beside the changed lines.
///
/// <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>
pub fn render_github(diagnostics: &Diagnostics, sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let mut text = String::new();
    for diagnostic in diagnostics.sorted() {
        command(diagnostic, &mut places, &mut text);
    }
    text
}

fn command(diagnostic: &Diagnostic, places: &mut Places<'_>, text: &mut String) {
    let place = (diagnostic.primary.as_ref()).map(|primary| places.of(primary.at));
    let title = format!("{} {}", diagnostic.code.id, diagnostic.code.name);
    let mut message = untrusted::line(&diagnostic.message);
    // Each is cut for itself, so that a long message does not cost the query.
    if let Some(detail) = &diagnostic.detail {
        message = format!("{message}\n{}", untrusted::block(detail));
    }
    if let Some(help) = &diagnostic.help {
        message = format!("{message}\nhelp: {}", untrusted::lines(help));
    }
    if let Some(query) = &diagnostic.query {
        message = format!("{message}\nquery: {}", untrusted::query(query));
    }
    text.push_str(&workflow_command(
        diagnostic.code.severity,
        place,
        &title,
        &message,
    ));
}

/// One line that GitHub shows beside the place, with whatever is in the texts escaped.
pub(crate) fn workflow_command(
    severity: Severity,
    place: Option<Place<'_>>,
    title: &str,
    message: &str,
) -> String {
    let level = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = Vec::new();
    if let Some(place) = place {
        properties.push(format!("file={}", property(place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line));
        properties.push(format!("col={}", place.column));
        // GitHub takes columns only when begin and end are on one line.
        if place.end_line == place.line {
            properties.push(format!("endColumn={}", place.end_column));
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

/// The message: the only characters that end it are escaped, as GitHub's toolkit does.
fn data(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '\n' => escaped.push_str("%0A"),
            c => escaped.push(untrusted::visible(c)),
        }
    }
    escaped
}

/// A property's value: a comma or a colon would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn everything_is_said_on_one_line() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(
            Diagnostic::new(&codes::rules::DIFFERENT, "100 % differ")
                .with_detail("-a\u{1b}\n+b")
                .with_help("deploy\nreload")
                .with_query("up"),
        );
        assert_eq!(
            render_github(&diagnostics, &Sources::default()),
            "::error title=RUL002 rules-differ::\
             100 %25 differ%0A-a␛%0A+b%0Ahelp: deploy%0Areload%0Aquery: up\n"
        );
    }
}
