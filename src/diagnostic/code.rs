use std::fmt;

/// How bad a finding is; fixed per code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Stops `generate`.
    Error,
    /// Is reported; stops only with `--fail-on warning`.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A kind of finding. Stable: an id is never given to something else.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Family and number: `SPEC001`.
    pub id: &'static str,
    /// The same in words: `unknown-key`.
    pub name: &'static str,
    /// Fixed per code.
    pub severity: Severity,
    /// A heuristic finding, which a spec may accept under `ignore`.
    pub acceptable: bool,
    /// The long form in Markdown, shown by `explain`: the file `docs/findings/<id>.md`.
    pub explanation: &'static str,
}

impl Code {
    /// The first sentence of the explanation, or the name.
    pub fn summary(&self) -> String {
        let body = self.explanation.lines().skip(1).map(str::trim);
        let paragraph: Vec<_> = body
            .skip_while(|line| line.is_empty())
            .take_while(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        let paragraph = paragraph.join(" ");
        match paragraph.split_once(". ") {
            Some((first, _)) => format!("{first}."),
            None if paragraph.is_empty() => self.name.to_owned(),
            None => paragraph,
        }
    }
}

/// Declares a family of codes, each with its explanation in `docs/findings/<id>.md`.
///
/// ```ignore
/// findings! {
///     UNKNOWN_KEY = SPEC001 "unknown-key" Error;
///     SUSPICIOUS = SLI012 "suspicious" Warning acceptable;
/// }
/// ```
macro_rules! findings {
    ($($constant:ident = $id:ident $name:literal $severity:ident $($acceptable:ident)?;)*) => {
        $(
            #[doc = $name]
            pub static $constant: $crate::diagnostic::Code = $crate::diagnostic::Code {
                id: stringify!($id),
                name: $name,
                severity: $crate::diagnostic::Severity::$severity,
                acceptable: findings!(@acceptable $($acceptable)?),
                explanation: include_str!(concat!("../../../docs/findings/", stringify!($id), ".md")),
            };
        )*
        /// All codes of this family.
        pub static FAMILY: &[&$crate::diagnostic::Code] = &[$(&$constant),*];
    };
    (@acceptable acceptable) => { true };
    (@acceptable) => { false };
}
pub(crate) use findings;
