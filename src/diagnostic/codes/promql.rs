//! Expressions that are not `PromQL`: `PQL…`.

use crate::diagnostic::code::findings;

findings! {
    SYNTAX = PQL001 "syntax-error" Error;
    TYPE_MISMATCH = PQL002 "type-mismatch" Error;
    UNKNOWN_FUNCTION = PQL003 "unknown-function" Error;
    NEEDS_FLAG = PQL004 "needs-flag" Warning acceptable;
    NEEDS_VERSION = PQL005 "needs-version" Warning acceptable;
    WINDOW = PQL006 "window-placeholder" Error;
}
