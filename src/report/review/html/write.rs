//! Writes HTML that is XML, too. What is written is escaped by where it stands, and there
//! is no way to write markup but by names that stand in this program.

use std::collections::BTreeSet;

use reqwest::Url;

use crate::report::xml;

/// What was written so far.
#[derive(Debug, Default)]
pub(super) struct Html {
    text: String,
}

/// An element that is begun, and still takes attributes.
#[must_use = "an element ends with `text`, `inside` or `void`"]
pub(super) struct Tag<'h> {
    html: &'h mut Html,
    name: &'static str,
}

impl Html {
    /// Begins an element.
    pub(super) fn tag(&mut self, name: &'static str) -> Tag<'_> {
        self.text.push('<');
        self.text.push_str(name);
        Tag { html: self, name }
    }

    /// Begins an element of a class.
    pub(super) fn class(&mut self, name: &'static str, class: &str) -> Tag<'_> {
        self.tag(name).attr("class", class)
    }

    /// Text, with its lines; invisible characters are made visible, and no line ends
    /// between a number and its percent sign.
    pub(super) fn text(&mut self, text: &str) {
        let text = xml::body(text);
        self.text.push_str(&text.replace(" %", "\u{a0}%"));
    }

    /// Styles, which are written by nobody but us.
    pub(super) fn style(&mut self, css: &'static str) {
        self.text.push_str("<style>");
        self.text.push_str(css);
        self.text.push_str("</style>");
    }

    /// The end of a line, so that the source can be read and compared.
    pub(super) fn line(&mut self) {
        self.text.push('\n');
    }

    /// The document.
    pub(super) fn document(self) -> String {
        format!("<!DOCTYPE html>\n{}\n", self.text)
    }
}

impl Tag<'_> {
    /// An attribute whose value is text. For places use `to` and `web`.
    pub(super) fn attr(self, name: &'static str, value: &str) -> Self {
        let text = &mut self.html.text;
        text.push(' ');
        text.push_str(name);
        text.push_str("=\"");
        text.push_str(&xml::whole_attribute(value));
        text.push('"');
        self
    }

    /// An attribute, where there is something to say.
    pub(super) fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Where a link on this page goes.
    pub(super) fn to(self, anchor: &str) -> Self {
        self.attr("href", &format!("#{anchor}"))
    }

    /// Where a link to another page goes.
    pub(super) fn web(self, link: &WebLink) -> Self {
        self.attr("href", link.0.as_str())
            .attr("rel", "noopener noreferrer")
    }

    /// Ends the element with text in it.
    pub(super) fn text(self, text: &str) {
        self.inside(|html| html.text(text));
    }

    /// Ends the element with elements in it.
    pub(super) fn inside(self, write: impl FnOnce(&mut Html)) {
        self.html.text.push('>');
        write(self.html);
        self.html.text.push_str("</");
        self.html.text.push_str(self.name);
        self.html.text.push('>');
    }

    /// Ends the element with nothing in it.
    pub(super) fn void(self) {
        self.html.text.push_str("/>");
    }
}

/// A place on the web that a browser can go to without running anything.
#[derive(Debug)]
pub(super) struct WebLink(Url);

impl WebLink {
    /// Only http and https, and no user or password.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https");
        let is_plain = url.username().is_empty() && url.password().is_none();
        (is_web && is_plain).then_some(Self(url))
    }
}

/// Names of places on the page, each given once.
#[derive(Debug, Default)]
pub(super) struct Anchors(BTreeSet<String>);

impl Anchors {
    /// Characters of a name that an anchor keeps.
    const MOST: usize = 60;

    /// An anchor that reads like the parts, of ASCII letters and digits.
    pub(super) fn name<'p>(&mut self, parts: impl IntoIterator<Item = &'p str>) -> String {
        let mut name = String::new();
        for part in parts {
            for c in part.chars().chain(['-']) {
                if c.is_ascii_alphanumeric() {
                    name.push(c.to_ascii_lowercase());
                } else if !name.ends_with('-') && !name.is_empty() {
                    name.push('-');
                }
            }
        }
        name.truncate(Self::MOST);
        let name = match name.trim_end_matches('-') {
            "" => "x".to_owned(),
            name => name.to_owned(),
        };
        let mut unique = name.clone();
        let mut number = 1_usize;
        while !self.0.insert(unique.clone()) {
            number += 1;
            unique = format!("{name}--{number}");
        }
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let mut html = Html::default();
        html.tag("p")
            .attr("title", "\"><script>'&\n\u{1b}")
            .text("</p><script>\u{202e}");
        assert_eq!(
            html.document(),
            "<!DOCTYPE html>\n<p title=\"&quot;&gt;&lt;script&gt;&apos;&amp;␊␛\">\
             &lt;/p&gt;&lt;script&gt;\u{fffd}</p>\n"
        );
    }

    #[test]
    fn only_the_web_is_linked() {
        for (text, is_linked) in [
            ("https://runbooks.example/billing", true),
            ("http://runbooks.example", true),
            ("HTTPS://runbooks.example/\"><script>", true),
            ("javascript:alert(1)", false),
            (" javascript:alert(1)", false),
            ("java\nscript:alert(1)", false),
            ("data:text/html,x", false),
            ("vbscript:x", false),
            ("https://user:secret@runbooks.example", false),
            ("/billing", false),
            ("", false),
        ] {
            assert_eq!(WebLink::parse(text).is_some(), is_linked, "{text:?}");
        }
        let mut html = Html::default();
        let link = WebLink::parse("https://a.example/\"><script>'").unwrap();
        html.tag("a").web(&link).text("x");
        assert!(
            html.document()
                .contains("https://a.example/%22%3E%3Cscript%3E")
        );
    }

    #[test]
    fn anchors_are_unique() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.name(["slo", "Billing", "a  b<"]), "slo-billing-a-b");
        assert_eq!(
            anchors.name(["slo", "billing", "a-b"]),
            "slo-billing-a-b--2"
        );
        assert_eq!(anchors.name(["日本"]), "x");
        assert_eq!(anchors.name(["", "日本"]), "x--2");
        assert_eq!(anchors.name(["y".repeat(99).as_str()]).len(), 60);
    }
}
