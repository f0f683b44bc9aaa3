//! Values on one line.

use super::scalar::{self, Around};
use super::{Place, Style};
use crate::spec::node::{Kind, Node};

/// The longest line with a map or a list on it, in characters.
const WIDTH: usize = 110;
/// The most scalars in a map or list on one line.
const MOST: usize = 5;
/// The deepest map or list on one line.
const DEPTH: usize = 2;

/// A value on one line that begins at a column, where that reads well.
pub(super) fn line(node: &Node, place: Place, column: usize) -> Option<String> {
    match &node.kind {
        Kind::Scalar(_) if scalar::block(node).is_some() => return None,
        Kind::Scalar(_) => {}
        Kind::Map(entries) => {
            let fits = match place.style {
                Style::Paragraphs | Style::Block => entries.is_empty(),
                Style::Kind => entries.len() <= 1,
                Style::Short => true,
            };
            if !(fits && is_short(node, DEPTH)) {
                return None;
            }
        }
        Kind::Seq(items) => {
            let few_maps = items.len() <= 1 || items.iter().all(|item| is_scalar(item));
            let fits = items.is_empty() || (place.style == Style::Short && few_maps);
            if !(fits && is_short(node, DEPTH)) {
                return None;
            }
        }
    }
    let text = value(node, place);
    let fits = is_scalar(node) || column + text.chars().count() <= WIDTH;
    fits.then_some(text)
}

fn is_scalar(node: &Node) -> bool {
    matches!(node.kind, Kind::Scalar(_))
}

fn is_short(node: &Node, depth: usize) -> bool {
    fn leaves(node: &Node, depth: usize) -> Option<usize> {
        match &node.kind {
            Kind::Scalar(scalar) => (!scalar.text.contains('\n')).then_some(1),
            _ if depth == 0 => None,
            Kind::Map(entries) => entries
                .iter()
                .map(|entry| leaves(&entry.value, depth - 1))
                .sum(),
            Kind::Seq(items) => items.iter().map(|item| leaves(item, depth - 1)).sum(),
        }
    }
    // A list of scalars is as good as one, of however many.
    let plain_list =
        matches!(&node.kind, Kind::Seq(items) if items.iter().all(|item| is_scalar(item)));
    leaves(node, depth).is_some_and(|count| count <= MOST || plain_list)
}

/// A value on one line, however long.
pub(super) fn value(node: &Node, place: Place) -> String {
    write(node, place, Around::Block)
}

fn write(node: &Node, place: Place, around: Around) -> String {
    match &node.kind {
        Kind::Scalar(text) => scalar::line(text, place, around),
        Kind::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|entry| {
                    let place = place.under(&entry.key);
                    let key = scalar::flow_key(&entry.key);
                    format!("{key}: {}", write(&entry.value, place, Around::Flow))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Kind::Seq(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| write(item, place.item(), Around::Flow))
                .collect();
            format!("[{}]", items.join(", "))
        }
    }
}
