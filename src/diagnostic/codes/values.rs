//! Recorded values that are not what the definition says: `VAL…`.

use crate::diagnostic::code::findings;

findings! {
    WINDOW_DIFFERS = VAL001 "window-differs" Error;
    PERIOD_DIFFERS = VAL002 "period-differs" Error;
}
