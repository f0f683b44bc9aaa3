//! Files, YAML and the shape of a spec: `SPEC…`.

use crate::diagnostic::code::findings;

findings! {}
