//! Files, YAML and the shape of a spec: `SPEC…`.

use crate::diagnostic::code::findings;

findings! {
    UNKNOWN_KEY = SPEC001 "unknown-key" Error;
    WRONG_TYPE = SPEC002 "wrong-type" Error;
    MISSING_KEY = SPEC003 "missing-key" Error;
    DUPLICATE_KEY = SPEC004 "duplicate-key" Error;
    INVALID_YAML = SPEC005 "invalid-yaml" Error;
    TOO_MUCH = SPEC006 "too-much" Error;
    FILE_TOO_LARGE = SPEC007 "file-too-large" Error;
    NOT_UTF8 = SPEC008 "not-utf8" Error;
    UNREADABLE = SPEC009 "unreadable" Error;
    DIRECTORY_LOOP = SPEC010 "directory-loop" Error;
    NOTHING_FOUND = SPEC011 "nothing-found" Error;
    UNKNOWN_FORMAT = SPEC012 "unknown-format" Error;
    INVALID_VALUE = SPEC013 "invalid-value" Error;
    EMPTY_VALUE = SPEC014 "empty-value" Error;
    CONFLICTING_KEYS = SPEC015 "conflicting-keys" Error;
    CONFLICTING_DEFAULTS = SPEC016 "conflicting-defaults" Error;
    IGNORED_KEY = SPEC017 "ignored-key" Warning;
}
