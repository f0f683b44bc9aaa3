//! PromQL as trees: parse, inspect, rewrite, print. Never text splicing.

pub mod ast;
pub mod build;
mod equal;
mod error;
pub mod functions;
pub mod inspect;
mod lexer;
mod parser;
mod print;
pub mod rewrite;
mod types;

pub use equal::{equivalent, normalize};
pub use error::{ErrorKind, ParseError};
pub(crate) use lexer::comments;
pub use parser::{parse, parse_matchers};
pub(crate) use print::push_blanks;
pub use print::{print, print_pretty, print_pretty_to, symbol};
pub use types::{is_comparison, value_type};
