//! Expressions that are not `PromQL`: `PQL…`.

use crate::diagnostic::code::findings;

findings! {
    SYNTAX = PQL001 "syntax-error" Error;
    TYPE_MISMATCH = PQL002 "type-mismatch" Error;
    UNKNOWN_FUNCTION = PQL003 "unknown-function" Error;
    WINDOW = PQL006 "window-placeholder" Error;
}
