//! The names of the SLOs that become of one object.

use std::sync::Arc;

use super::read::{value, word};
use crate::spec::make;
use crate::spec::node::Node;
use crate::spec::values::is_name;

/// A name for each objective: that of the object, when it has one objective. v1alpha is
/// numbered from 0, as Sloth does it, so that its SLOs keep their names.
pub(super) fn of(name: &Arc<Node>, objectives: &[&Arc<Node>], alpha: bool) -> Vec<Arc<Node>> {
    if objectives.len() == 1 && !alpha {
        return vec![Arc::clone(name)];
    }
    let base = word(name).unwrap_or_default();
    let first = usize::from(!alpha);
    let mut taken = Vec::new();
    let each = objectives.iter().enumerate().map(|(index, objective)| {
        let display = value(objective, &["displayName"]).filter(|_| !alpha);
        let slug = display
            .and_then(|node| slug(word(node)?))
            .filter(|slug| is_name(&format!("{base}-{slug}")));
        let (suffix, at) = match (slug, display) {
            (Some(slug), Some(node)) if !taken.contains(&slug) => (slug, node.at),
            _ => (free(index + first, &taken), name.at),
        };
        taken.push(suffix.clone());
        make::text(format!("{base}-{suffix}"), at)
    });
    each.collect()
}

/// The first number from `number` on that is no name yet.
fn free(mut number: usize, taken: &[String]) -> String {
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
