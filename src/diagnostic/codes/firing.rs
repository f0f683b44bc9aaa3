//! Alerts that do not do what the recorded numbers ask of them: `FIR…`.

use crate::diagnostic::code::findings;

findings! {
    SILENT = FIR001 "alert-silent" Error;
    STUCK = FIR002 "alert-stuck" Error;
}
