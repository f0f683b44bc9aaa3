//! Expressions that parse but do not measure what they should: `SLI…`.

use crate::diagnostic::code::findings;

findings! {}
