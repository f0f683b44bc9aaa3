//! What the specs of other tools say that does not carry over as it is: `IMP…`.

use crate::diagnostic::code::findings;

findings! {
    NOT_CARRIED_OVER = IMP001 "not-carried-over" Warning;
    READ_AS = IMP002 "read-as" Warning;
}
