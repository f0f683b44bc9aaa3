//! What the specs of other tools say that does not carry over as it is: `IMP…`.

use crate::diagnostic::code::findings;

findings! {
    NOT_CARRIED_OVER = IMP001 "not-carried-over" Warning;
    READ_AS = IMP002 "read-as" Warning;
    UNKNOWN_PLUGIN = IMP003 "unknown-plugin" Error;
    NEVER_FIRES = IMP004 "dead-alert" Warning;
    CONFLICTING_WINDOWS = IMP008 "conflicting-windows" Error;
}
