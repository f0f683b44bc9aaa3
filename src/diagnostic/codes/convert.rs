//! What another format cannot say: `CNV…`.

use crate::diagnostic::code::findings;

findings! {
    NOT_IN_OPENSLO = CNV001 "not-in-openslo" Warning;
}
