//! Expressions that are not `PromQL`: `PQL…`.

use crate::diagnostic::code::findings;

findings! {}
