//! Text that is safe within XML 1.0.

use crate::diagnostic::untrusted;

/// The value of an attribute: one line.
pub(super) fn attribute(text: &str) -> String {
    escape(&untrusted::line(text))
}

/// The same however long it is.
pub(super) fn whole_attribute(text: &str) -> String {
    let text: String = text.chars().map(untrusted::visible).collect();
    escape(&text)
}

/// The text of an element, which may have several lines.
pub(super) fn body(text: &str) -> String {
    let visible = |c| if c == '\n' { c } else { untrusted::visible(c) };
    let text: String = text.chars().map(visible).collect();
    escape(&text)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // No characters, says XML 1.0; the other ones it forbids are visible by now.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_is_xml() {
        let all: String = (0..=0x1_1000_u32).filter_map(char::from_u32).collect();
        for text in [body(&all), attribute("a\n\u{0}\u{ffff}\"<&'>")] {
            let xml = format!("<a b=\"{}\">{text}</a>", attribute(&all));
            roxmltree::Document::parse(&xml).unwrap();
        }
        assert_eq!(attribute("a\n\"<&'>\u{1b}"), "a␊&quot;&lt;&amp;&apos;&gt;␛");
        assert_eq!(body("a\nb"), "a\nb");
    }
}
