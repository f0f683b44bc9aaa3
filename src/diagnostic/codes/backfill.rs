//! What of a history cannot be computed: `BKF…`.

use crate::diagnostic::code::findings;

findings! {
    NO_RAW_DATA = BKF001 "no-raw-data" Warning;
    NOT_COMPUTED = BKF002 "history-not-computed" Warning;
}
