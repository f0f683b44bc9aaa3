//! How names, labels and annotations may be written.

/// `my-name`, of any length.
pub(super) fn is_dns_label(text: &str) -> bool {
    is_framed(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit(), "-")
}

/// `[-._a-zA-Z0-9]`, up to 63 of them.
pub(super) fn is_label_key(text: &str) -> bool {
    text.len() <= 63 && is_framed(text, |c| c.is_ascii_alphanumeric(), "-._")
}

/// Empty, or as a label's key, with small letters.
pub(super) fn is_label_value(text: &str) -> bool {
    let frame = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.is_empty() || (text.len() <= 63 && is_framed(text, frame, "-._"))
}

/// `name` or `my-domain.org/name`, the domain of up to 253 characters.
pub(super) fn is_annotation_key(text: &str) -> bool {
    let Some((domain, name)) = text.split_once('/') else {
        return is_label_key(text);
    };
    let is_part = |part: &str| part.len() <= 63 && is_dns_label(part);
    domain.len() <= 253 && domain.split('.').all(is_part) && is_label_key(name)
}

/// The code of what is wrong with a qualified name of Kubernetes, if anything.
pub(super) fn qualified_name(text: &str) -> Option<&'static str> {
    if !(1..=317).contains(&text.chars().count()) {
        return Some("string_kubernetes_qualified_name:string_length");
    }
    let (domain, name) = match text.split_once('/') {
        Some((domain, name)) => (Some(domain), name),
        None => (None, text),
    };
    let is_domain = |domain: &str| domain.len() <= 253 && domain.split('.').all(is_dns_label);
    let is_fine = domain.is_none_or(is_domain) && is_label_key(name);
    (!is_fine).then_some("string_kubernetes_qualified_name")
}

/// Whether a text begins and ends with one of `frame`, and has only such and `inner` between.
fn is_framed(text: &str, frame: fn(char) -> bool, inner: &str) -> bool {
    text.starts_with(frame)
        && text.ends_with(frame)
        && text.chars().all(|c| frame(c) || inner.contains(c))
}

/// A key as a segment of a path: as it is, or in brackets and quotes.
pub(super) fn segment(key: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let is_plain =
        key.starts_with(is_letter) && key.chars().all(|c| is_letter(c) || c.is_ascii_digit());
    if is_plain {
        return format!(".{key}");
    }
    let escaped: String = key.chars().map(escape).collect();
    format!("['{escaped}']")
}

fn escape(c: char) -> String {
    match c {
        '\'' => "\\'".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        c if c < ' ' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_paths() {
        for (key, expected) in [
            ("team", ".team"),
            ("_net", "._net"),
            ("東京", ".東京"),
            ("", "['']"),
            ("9net", "['9net']"),
            ("net-", "['net-']"),
            ("a/b", "['a/b']"),
            ("it's", "['it\\'s']"),
            ("\n", "['\\n']"),
            ("\u{1}", "['\\u0001']"),
        ] {
            assert_eq!(segment(key), expected);
        }
    }

    #[test]
    fn annotations() {
        let long = |count| "l".repeat(count);
        for (key, expected) in [
            (long(63), true),
            (long(64), false),
            (format!("{0}.{0}.{0}/{0}", long(63)), true),
            (format!("{}/net", long(64)), false),
            (format!("{0}.{0}.{0}.{0}/net", long(63)), false),
            ("net".to_owned(), true),
            ("9net".to_owned(), true),
            ("net_".to_owned(), false),
            ("domain.this.org/service.foo".to_owned(), true),
            ("openslo.com/".to_owned(), false),
            ("/service".to_owned(), false),
            ("a/b/c".to_owned(), false),
            ("openslo..this.com/service".to_owned(), false),
            ("openslo_this.org/service".to_owned(), false),
            ("Openslo.com/service".to_owned(), false),
        ] {
            assert_eq!(is_annotation_key(&key), expected, "{key}");
        }
    }

    #[test]
    fn names_of_kubernetes() {
        let code = "string_kubernetes_qualified_name";
        let too_long = "l".repeat(318);
        for (key, expected) in [
            ("my.domain/MyName", None),
            ("MyName", None),
            ("", Some("string_kubernetes_qualified_name:string_length")),
            (
                too_long.as_str(),
                Some("string_kubernetes_qualified_name:string_length"),
            ),
            ("/name", Some(code)),
            ("domain/", Some(code)),
            ("a/b/c", Some(code)),
            ("-a", Some(code)),
        ] {
            assert_eq!(qualified_name(key), expected, "{key}");
        }
    }
}
