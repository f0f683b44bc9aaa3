//! What of a change cannot be told: `WIF…`.

use crate::diagnostic::code::findings;

findings! {
    NO_BOUND = WIF001 "nothing-to-be-slower" Warning;
    COUNTS_SLICES = WIF002 "change-of-slices" Warning;
    NO_ANSWER = WIF003 "change-without-data" Warning;
}
