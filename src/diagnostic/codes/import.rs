//! What the specs of other tools say that does not carry over as it is: `IMP…`.

use crate::diagnostic::code::findings;

findings! {
    NOT_CARRIED_OVER = IMP001 "not-carried-over" Warning;
    READ_AS = IMP002 "read-as" Warning;
    UNKNOWN_PLUGIN = IMP003 "unknown-plugin" Error;
    NEVER_FIRES = IMP004 "foreign-alert-never-fires" Warning;
    REWRITTEN_QUERY = IMP005 "rewritten-query" Warning;
    UNRESOLVED_REFERENCE = IMP006 "unresolved-reference" Error;
    DUPLICATE_OBJECT = IMP007 "duplicate-object" Error;
    CONFLICTING_WINDOWS = IMP008 "conflicting-windows" Error;
    UNRESOLVED_OBJECT = IMP009 "unresolved-object" Warning;
    OTHER_DATA_SOURCE = IMP010 "other-data-source" Error;
}
