//! Writing the generated files: `OUT…`.

use crate::diagnostic::code::findings;

findings! {}
