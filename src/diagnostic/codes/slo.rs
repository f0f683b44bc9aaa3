//! What an SLO says: objective, period, promise, names, references: `SLO…`.

use crate::diagnostic::code::findings;

findings! {}
