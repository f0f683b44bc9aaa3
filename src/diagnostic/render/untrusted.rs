//! Specs may come from a pull request of somebody we do not know: what they
//! contain must not be able to move the cursor, hide or reorder what we print.

/// Whether a terminal or a reader acts on `c` instead of showing it.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00ad}'
                | '\u{061c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A visible character for every invisible one, so that columns stay right.
pub(crate) fn visible(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if is_control(c) => '\u{fffd}',
        c => c,
    }
}

/// Characters of a message that are shown; what it quotes from a spec may be of any length.
const MOST: usize = 400;
/// The same of a query.
const MOST_OF_QUERY: usize = 4_000;
/// The same of lines that show a finding, such as a difference.
const MOST_OF_BLOCK: usize = 8_000;

/// One line of text in which nothing is invisible, not longer than a reader bears.
pub(crate) fn line(text: &str) -> String {
    cut(text, MOST).map(visible).collect()
}

/// One line of a query, which somebody will want to copy as a whole.
pub(crate) fn query(text: &str) -> String {
    cut(text, MOST_OF_QUERY).map(visible).collect()
}

fn cut(text: &str, most: usize) -> impl Iterator<Item = char> {
    let is_cut = text.chars().nth(most).is_some();
    text.chars().take(most).chain(is_cut.then_some('…'))
}

/// Several lines of text in which nothing else is invisible.
pub(crate) fn lines(text: &str) -> String {
    some_lines(text, MOST)
}

/// Many lines, such as those of a difference.
pub(crate) fn block(text: &str) -> String {
    some_lines(text, MOST_OF_BLOCK)
}

fn some_lines(text: &str, most: usize) -> String {
    let shown = |c| if c == '\n' { c } else { visible(c) };
    cut(text, most).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_would_act() {
        for (text, shown) in [
            ("plain ä 日本", "plain ä 日本"),
            ("\u{1b}[31mred", "␛[31mred"),
            ("a\tb\r\n", "a␉b␍␊"),
            ("\u{9b}2J", "\u{fffd}2J"),
            ("evil\u{202e}txt", "evil\u{fffd}txt"),
            ("\u{feff}\u{7f}", "\u{fffd}␡"),
        ] {
            assert_eq!(line(text), shown);
        }
        assert_eq!(lines("a\n\u{1b}b"), "a\n␛b");
    }
}
