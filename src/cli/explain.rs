use std::io::Write;

use anyhow::bail;

use super::{Exit, Streams};
use crate::diagnostic::{Code, codes};
use crate::suggest::closest;

/// Explains a finding: why it is bad, an example, what to write instead
///
/// Without a code, lists all of them.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Code of a finding, such as PQL006, or its name
    code: Option<String>,
}

const BOLD: &str = "\u{1b}[1m";
const CYAN: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

pub(super) fn run(args: &Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Some(text) = &args.code else {
        for code in codes::all() {
            let severity = code.severity.to_string();
            writeln!(
                streams.out,
                "{BOLD}{:8}{RESET}{severity:9}{}",
                code.id,
                code.summary()
            )?;
        }
        return Ok(Exit::AllWell);
    };
    if let Some(code) = codes::find(text) {
        write!(streams.out, "{}", page(code))?;
        return Ok(Exit::AllWell);
    }
    let known = codes::all().flat_map(|code| [code.id, code.name]);
    match closest(text, known) {
        Some(near) => bail!("there is no finding `{text}`; did you mean `{near}`?"),
        None => bail!("there is no finding `{text}`; `slosmith explain` lists all of them"),
    }
}

/// The page of a finding for a terminal: headings bold, code indented and in a colour of its own.
fn page(code: &Code) -> String {
    let mut shown = format!(
        "{BOLD}{}[{}] {}{RESET}\n",
        code.severity, code.id, code.name
    );
    let mut in_code = false;
    for line in code.explanation.lines().skip(1) {
        let line = if line.starts_with("```") {
            in_code = !in_code;
            continue;
        } else if in_code && !line.is_empty() {
            format!("    {CYAN}{line}{RESET}")
        } else if let Some(heading) = line.strip_prefix("## ") {
            format!("{BOLD}{heading}{RESET}")
        } else {
            line.to_owned()
        };
        shown.push_str(&line);
        shown.push('\n');
    }
    if code.acceptable {
        shown.push_str(&accepting(code));
    }
    shown
}

fn accepting(code: &Code) -> String {
    format!(
        "\n{BOLD}Accepting it{RESET}\n\n\
         Where it does no harm, the SLO can say so, best with a date to look again:\n\n    \
         {CYAN}ignore: [{{code: {}, reason: \"why it does no harm\", until: 2030-01-31}}]{RESET}\n",
        code.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_code_without_fences() {
        let shown = page(&codes::promql::SYNTAX);
        assert!(
            shown.starts_with("\u{1b}[1merror[PQL001] syntax-error"),
            "{shown}"
        );
        assert!(!shown.contains("```"), "{shown}");
        assert!(shown.contains("    \u{1b}[36mtotal: "), "{shown}");
        assert!(!shown.contains("Accepting"), "{shown}");
        assert!(page(&codes::sli::RATE_OF_SUM).contains("{code: SLI009, reason"));
    }
}
