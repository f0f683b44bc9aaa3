pub(super) use crate::report::words::count;
