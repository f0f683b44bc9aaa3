//! Findings about a valid model that can be known without a server: expressions
//! that do not measure what they should, alerts that cannot work.
