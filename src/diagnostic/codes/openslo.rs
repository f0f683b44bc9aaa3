//! What the `OpenSLO` SDK says of `OpenSLO` documents: `OSL…`.

use crate::diagnostic::code::findings;

findings! {
    VIOLATION = OSL001 "openslo-violation" Warning;
    INVALID = OSL002 "openslo-invalid" Error;
    PASSES = OSL003 "openslo-passes" Warning;
}
