//! How far into the past everything is needed.

use super::node::{Node, Plan, Range, Read};

/// By rule and by question, in milliseconds before the first instant that is looked at.
#[derive(Debug)]
pub(crate) struct Reach {
    pub(crate) rules: Vec<i64>,
    pub(crate) questions: Vec<i64>,
}

impl Reach {
    /// What a plan needs when its looks begin `looks` before that instant, and these rules
    /// so long before.
    pub(crate) fn of(
        plan: &Plan,
        looks: i64,
        rules: impl IntoIterator<Item = (usize, i64)>,
    ) -> Self {
        let mut reach = Self {
            rules: vec![0; plan.rules.len()],
            questions: vec![0; plan.questions.len()],
        };
        for (rule, back) in rules {
            widen(&mut reach.rules, rule, back);
        }
        for look in &plan.looks {
            reach.node(&look.node, looks);
        }
        // Each rule reads only what comes before it.
        for (index, rule) in plan.rules.iter().enumerate().rev() {
            let back = reach.rules[index];
            reach.node(&rule.node, back);
        }
        reach
    }

    fn node(&mut self, node: &Node, back: i64) {
        match node {
            Node::Number(_) | Node::Time => {}
            Node::Raw { question, .. } => widen(&mut self.questions, *question, back),
            Node::Recorded(read) => self.read(read, back),
            Node::OverTime { of, .. } => match of {
                Range::Recorded { read, range } => self.read(read, back.saturating_add(*range)),
                Range::Subquery { of, range, .. } => self.node(of, back.saturating_add(*range)),
            },
            Node::Binary(binary) => {
                self.node(&binary.lhs, back);
                self.node(&binary.rhs, back);
            }
            Node::Negative(of) | Node::Aggregate { of, .. } | Node::Function { of, .. } => {
                self.node(of, back);
            }
        }
    }

    /// What `@ end()` reads is read when its rule is evaluated, which is less far back.
    fn read(&mut self, read: &Read, back: i64) {
        widen(&mut self.rules, read.rule, back.saturating_add(read.offset));
    }
}

fn widen(all: &mut [i64], index: usize, back: i64) {
    if let Some(reach) = all.get_mut(index) {
        *reach = back.max(*reach);
    }
}
