//! PromQL as trees: parse, inspect, rewrite, print. Never text splicing.

pub mod ast;
pub mod build;
pub mod rewrite;
