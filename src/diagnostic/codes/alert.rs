//! Alerts that cannot work: `ALR…`.

use crate::diagnostic::code::findings;

findings! {}
