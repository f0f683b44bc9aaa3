//! The pages of `docs/findings`: their form, and that their examples say the truth.

use slosmith::diagnostic::codes;

const HEADINGS: [&str; 3] = ["## Why it is bad", "## Example", "## Instead"];

#[test]
fn pages_have_the_fixed_form() {
    let mut wrong = String::new();
    for code in codes::all() {
        if let Err(problem) = form(code.explanation, &format!("# {} {}", code.id, code.name)) {
            wrong += &format!("docs/findings/{}.md: {problem}\n", code.id);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Title, what it means, why it is bad, an example, what to write instead.
fn form(page: &str, title: &str) -> Result<(), String> {
    let headings: Vec<_> = page.lines().filter(|line| line.starts_with('#')).collect();
    let expected: Vec<_> = std::iter::once(title).chain(HEADINGS).collect();
    let outside_code = |line: &&str| expected.contains(line);
    let headings: Vec<_> = headings.into_iter().filter(outside_code).collect();
    if headings != expected {
        return Err(format!(
            "expected the headings {expected:?}, found {headings:?}"
        ));
    }
    let mut rest = page;
    for heading in expected.into_iter().rev() {
        let (before, section) = rest.rsplit_once(heading).unwrap_or_default();
        if section.trim().is_empty() {
            return Err(format!("nothing below {heading:?}"));
        }
        if heading == "## Example" && !section.contains("```") {
            return Err("the example is no block".to_owned());
        }
        rest = before;
    }
    Ok(())
}
