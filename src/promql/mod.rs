//! PromQL as trees: parse, inspect, rewrite, print. Never text splicing.

pub mod ast;
pub mod build;
mod print;
pub mod rewrite;

pub use print::{print, print_pretty, symbol};
