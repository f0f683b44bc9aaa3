//! Rules on a server that are not what the specs compile to: `RUL…`.

use crate::diagnostic::code::findings;

findings! {
    NOT_LOADED = RUL001 "rules-not-loaded" Error;
    DIFFERENT = RUL002 "rules-differ" Error;
    LEFT_OVER = RUL003 "rules-left-over" Warning;
    FAILING = RUL004 "rule-failing" Error;
    SLOW = RUL005 "rules-slow" Warning acceptable;
    NOT_EVALUATED = RUL006 "rules-not-evaluated" Error;
    RECORDED_TWICE = RUL007 "recorded-twice" Error;
    RELOAD_FAILED = RUL008 "reload-failed" Error;
}
