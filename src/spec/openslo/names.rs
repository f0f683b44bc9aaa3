//! The names of the SLOs that become of one object.

use std::sync::Arc;

use super::read::{value, word};
use crate::spec::make;
use crate::spec::node::Node;

/// A name for each objective: that of the object, when it has one objective. v1alpha is
/// numbered as Sloth does it, so that its SLOs keep their names.
pub(super) fn of(name: &Arc<Node>, objectives: &[&Arc<Node>], alpha: bool) -> Vec<Arc<Node>> {
    if objectives.len() == 1 && !alpha {
        return vec![Arc::clone(name)];
    }
    let base = word(name).unwrap_or_default();
    let mut taken = Vec::new();
    let each = objectives.iter().enumerate().map(|(index, objective)| {
        let display = value(objective, &["displayName"]).filter(|_| !alpha);
        let slug = display.and_then(|node| slug(word(node)?));
        let (suffix, at) = match (slug, display) {
            (Some(slug), Some(node)) if !taken.contains(&slug) => (slug, node.at),
            _ => (free(index, &taken), name.at),
        };
        taken.push(suffix.clone());
        make::text(format!("{base}-{suffix}"), at)
    });
    each.collect()
}

/// The first number from `index` on that is no name yet.
fn free(index: usize, taken: &[String]) -> String {
    let mut number = index;
    while taken.contains(&number.to_string()) {
        number += 1;
    }
    number.to_string()
}

/// `Search is fast` → `search-is-fast`
fn slug(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words: Vec<_> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join("-"))
}
