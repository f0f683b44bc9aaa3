//! Rules → a Prometheus rule file.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_yaml::SpaceAfter;

use super::header::{comment, header};
use super::yaml::{self, Expression, Text};
use crate::promql;
use crate::rules::{Group, Rule, RuleFile};

/// Longest line of an expression, in characters, where it can be broken.
const WIDTH: usize = 100;

/// A rule file: one YAML document, for Prometheus reads only the first.
///
/// `sources` are the names of the spec files, for the header.
pub fn render(file: &RuleFile, sources: &[String]) -> String {
    let head = header(
        sources.iter().map(String::as_str),
        file.notes.iter().map(String::as_str),
    );
    head + &yaml::to_string(&Groups::new(&file.groups))
}

/// The rules of several services as one document, piece by piece, so that they
/// need not all be held at once.
#[derive(Debug)]
pub struct Document {
    head: Option<String>,
}

impl Document {
    /// An empty document. `sources` are the names of the spec files, for the header.
    pub fn new(sources: &[String]) -> Self {
        Self {
            head: Some(header(sources.iter().map(String::as_str), [])),
        }
    }

    /// The next piece: the rules of another service, as [`Document::piece`] made them.
    pub fn add(&mut self, piece: &str) -> String {
        if piece.is_empty() {
            return String::new();
        }
        let before = self
            .head
            .take()
            .map_or("\n".to_owned(), |head| head + "groups:\n");
        before + piece
    }

    /// What is left to be written after the last piece.
    pub fn end(self) -> String {
        self.head
            .map_or(String::new(), |head| head + "groups: []\n")
    }

    /// The groups of a service as items of a list, its notes before them.
    pub fn piece(file: &RuleFile) -> String {
        let groups = yaml::to_string(&Groups::new(&file.groups));
        // Without groups there is nothing but `groups: []`.
        let Some(groups) = groups.strip_prefix("groups:\n") else {
            return String::new();
        };
        let notes = comment(file.notes.iter().map(String::as_str));
        let notes = notes.lines().map(|line| format!("  {line}\n"));
        notes.collect::<String>() + groups
    }
}

/// `groups:`, with a blank line between them. What the Prometheus file and the
/// operator's resource have in common.
#[derive(Serialize)]
pub(super) struct Groups<'a> {
    groups: Vec<SpaceAfter<GroupYaml<'a>>>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(groups: impl IntoIterator<Item = &'a Group>) -> Self {
        Self {
            groups: groups
                .into_iter()
                .map(|group| SpaceAfter(GroupYaml::new(group)))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct GroupYaml<'a> {
    name: &'a str,
    interval: String,
    rules: Vec<RuleYaml<'a>>,
}

#[derive(Serialize)]
struct RuleYaml<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<&'a str>,
    expr: Expression,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'a str, Text<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, Text<'a>>,
}

impl<'a> GroupYaml<'a> {
    fn new(group: &'a Group) -> Self {
        Self {
            name: &group.name,
            interval: group.interval.to_string(),
            rules: group.rules.iter().map(RuleYaml::new).collect(),
        }
    }
}

impl<'a> RuleYaml<'a> {
    fn new(rule: &'a Rule) -> Self {
        match rule {
            Rule::Record {
                record,
                expr,
                labels,
            } => Self {
                record: Some(record),
                alert: None,
                expr: Expression(promql::print_pretty(expr, WIDTH)),
                hold: None,
                labels: texts(labels),
                annotations: BTreeMap::new(),
            },
            Rule::Alert {
                alert,
                expr,
                hold,
                labels,
                annotations,
            } => Self {
                record: None,
                alert: Some(alert),
                expr: Expression(promql::print_pretty(expr, WIDTH)),
                hold: hold.map(|duration| duration.to_string()),
                labels: texts(labels),
                annotations: texts(annotations),
            },
        }
    }
}

fn texts(map: &BTreeMap<String, String>) -> BTreeMap<&str, Text<'_>> {
    map.iter()
        .map(|(key, value)| (key.as_str(), Text(value)))
        .collect()
}

#[cfg(test)]
mod tests;
