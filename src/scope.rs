//! What narrows every question.

use crate::prometheus::Labels;
use crate::promql::ast::{Expr, MatchOp, Matcher, VectorSelector};
use crate::promql::{inspect, print, rewrite};

/// What narrows every question: `--where 'cluster="eu"'`, for a server that holds
/// several clusters.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    matchers: Vec<Matcher>,
}

impl Scope {
    /// Narrows every selector by these matchers.
    pub const fn new(matchers: Vec<Matcher>) -> Self {
        Self { matchers }
    }

    /// Whether everything is looked at.
    pub fn is_all(&self) -> bool {
        self.matchers.is_empty()
    }

    /// Labels that all series in scope have with one value.
    pub fn fixed(&self) -> impl Iterator<Item = (&str, &str)> {
        let equal = self.matchers.iter().filter(|m| m.op == MatchOp::Equal);
        equal.map(|m| (m.label.name.as_str(), m.value.value.as_str()))
    }

    /// Whether series with these labels are in scope.
    pub fn holds(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| {
            let value = labels.get(matcher.label.name.as_str());
            inspect::accepts(matcher, value.map_or("", String::as_str)) == Some(true)
        })
    }

    /// An expression of which every selector is narrowed.
    pub fn expr(&self, expr: &Expr) -> Expr {
        rewrite::add_matchers(expr, &self.matchers)
    }

    /// The same, as text to be asked.
    pub fn query(&self, expr: &Expr) -> String {
        print(&self.expr(expr))
    }

    /// A selector that is narrowed.
    pub fn selector(&self, selector: &VectorSelector) -> VectorSelector {
        let mut selector = selector.clone();
        selector.matchers.extend_from_slice(&self.matchers);
        selector
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse_matchers;

    #[test]
    fn holds_what_all_matchers_let_pass() {
        let scope = Scope::new(parse_matchers(r#"cluster=~"eu-.*", stage!="test""#).unwrap());
        let labels = |labels: &[(&str, &str)]| -> Labels {
            let owned = labels
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            owned.collect()
        };
        assert!(scope.holds(&labels(&[("cluster", "eu-1")])));
        assert!(scope.holds(&labels(&[("cluster", "eu-1"), ("stage", "prod")])));
        assert!(!scope.holds(&labels(&[("cluster", "eu-1"), ("stage", "test")])));
        assert!(!scope.holds(&labels(&[("cluster", "us-1")])));
        assert!(!scope.holds(&labels(&[])));
        assert!(Scope::default().holds(&labels(&[])));
    }
}
