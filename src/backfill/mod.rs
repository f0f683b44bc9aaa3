//! History of recorded series: which of them rules read back over time, how far,
//! and in which order they can be computed from the raw metrics.
//!
//! A recording rule starts with its first evaluation. What reads it over a month
//! would be wrong for a month, so its history is computed beforehand and handed to
//! `promtool tsdb create-blocks-from openmetrics`.

mod compute;
pub mod history;
pub mod openmetrics;
mod reads;

pub use compute::{ComputeError, compute, reach};

use std::collections::{BTreeMap, HashMap};

use crate::duration::Duration;
use crate::promql::ast::Expr;
use crate::rules::{Rule, RuleFile, sloth};
use reads::reads;

/// A recorded series whose history other rules read.
#[derive(Debug, Clone)]
pub struct Recorded<'a> {
    /// Name of the series.
    pub record: &'a str,
    /// What is recorded.
    pub expr: &'a Expr,
    /// Labels it gets.
    pub labels: &'a BTreeMap<String, String>,
    /// How often it is evaluated.
    pub interval: Duration,
    /// How far back rules read it.
    pub reach: Duration,
}

/// The recorded series that rules read back over time, in passes: a pass needs
/// the raw metrics and the passes before it, nothing else. What is only read at
/// the instant of its evaluation needs no history and is left out.
pub fn passes(files: &[RuleFile]) -> Vec<Vec<Recorded<'_>>> {
    let graph = Graph::new(files);
    let reaches = graph.reaches();
    let depths = graph.depths(&reaches);
    let mut passes: Vec<Vec<Recorded<'_>>> = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let reach = reaches[index];
        if reach == Duration::ZERO {
            continue;
        }
        let depth = depths[index];
        if passes.len() <= depth {
            passes.resize_with(depth + 1, Vec::new);
        }
        passes[depth].push(Recorded {
            reach,
            ..node.clone()
        });
    }
    passes
}

/// How far back other rules read each recording rule, in written order, by what they
/// say themselves.
pub(crate) fn read_back(files: &[RuleFile]) -> Vec<Duration> {
    let graph = Graph::new(files);
    let mut found = vec![Duration::ZERO; graph.nodes.len()];
    for edge in graph.reads.iter().flatten().chain(&graph.alerts) {
        found[edge.node] = edge.back.max(found[edge.node]);
    }
    found
}

/// Which recorded series reads which.
struct Graph<'a> {
    nodes: Vec<Recorded<'a>>,
    /// Per node: what its rule reads.
    reads: Vec<Vec<Edge>>,
    /// What alerts read.
    alerts: Vec<Edge>,
}

/// A read of a recorded series, by its index.
struct Edge {
    node: usize,
    back: Duration,
}

/// A recorded series is told by its name and by which SLO it belongs to.
type Key<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// Service and name of an SLO from labels, in whichever layout.
fn ids<'t>(label: impl Fn(&str) -> Option<&'t str>) -> (Option<&'t str>, Option<&'t str>) {
    let of = |sloths, ours| label(sloths).or_else(|| label(ours));
    (of(sloth::SERVICE, "service"), of(sloth::NAME, "slo"))
}

impl<'a> Graph<'a> {
    fn new(files: &'a [RuleFile]) -> Self {
        let groups = || files.iter().flat_map(|file| &file.groups);
        let mut nodes = Vec::new();
        let mut index: HashMap<Key<'a>, usize> = HashMap::new();
        for group in groups() {
            for rule in &group.rules {
                if let Rule::Record {
                    record,
                    expr,
                    labels,
                } = rule
                {
                    let (service, slo) = ids(|name| labels.get(name).map(String::as_str));
                    index.insert((record, service, slo), nodes.len());
                    nodes.push(Recorded {
                        record,
                        expr,
                        labels,
                        interval: group.interval,
                        reach: Duration::ZERO,
                    });
                }
            }
        }
        let edges = |expr: &Expr| {
            let mut edges = Vec::new();
            for read in reads(expr) {
                let (service, slo) = ids(|name| read.matcher(name));
                if let Some(&node) = index.get(&(read.name, service, slo)) {
                    edges.push(Edge {
                        node,
                        back: read.back,
                    });
                }
            }
            edges
        };
        let reads = nodes.iter().map(|node| edges(node.expr)).collect();
        let alerts = groups()
            .flat_map(|group| &group.rules)
            .filter_map(|rule| match rule {
                Rule::Alert { expr, .. } => Some(edges(expr)),
                Rule::Record { .. } => None,
            })
            .flatten()
            .collect();
        Self {
            nodes,
            reads,
            alerts,
        }
    }

    /// How far back each node is read, by alerts and by nodes, whose own history
    /// is computed as well.
    fn reaches(&self) -> Vec<Duration> {
        let mut reaches = vec![Duration::ZERO; self.nodes.len()];
        let widen = |node: usize, back: Duration, reaches: &mut Vec<Duration>| {
            let wider = back > reaches[node];
            if wider {
                reaches[node] = back;
            }
            wider
        };
        for edge in &self.alerts {
            widen(edge.node, edge.back, &mut reaches);
        }
        // Once per level of the graph, which has no cycles: no rule reads itself.
        for _ in 0..=self.nodes.len() {
            let mut changed = false;
            for (index, edges) in self.reads.iter().enumerate() {
                for edge in edges {
                    let back = edge.back + reaches[index];
                    changed |= widen(edge.node, back, &mut reaches);
                }
            }
            if !changed {
                break;
            }
        }
        reaches
    }

    /// The pass of each node: one more than that of the last node it reads.
    fn depths(&self, reaches: &[Duration]) -> Vec<usize> {
        let mut depths = vec![0; self.nodes.len()];
        for _ in 0..=self.nodes.len() {
            let mut changed = false;
            for (index, edges) in self.reads.iter().enumerate() {
                if reaches[index] == Duration::ZERO {
                    continue;
                }
                for edge in edges {
                    let depth = depths[edge.node] + 1;
                    if depth > depths[index] {
                        depths[index] = depth;
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        depths
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::rules::{Options, compile};
    use crate::source::Sources;
    use crate::spec::load_all;

    fn rules(text: &str) -> Vec<RuleFile> {
        let mut sources = Sources::default();
        let id = sources.add("spec.yaml", text.to_owned());
        let mut diagnostics = Diagnostics::default();
        let slos = load_all(&sources, &[id], &mut diagnostics).slos;
        assert!(!diagnostics.has_errors());
        compile(&slos, &slos, &Options::default())
    }

    fn named<'a>(passes: &'a [Vec<Recorded<'a>>], name: &str) -> (usize, &'a Recorded<'a>) {
        let mut found = passes
            .iter()
            .enumerate()
            .flat_map(|(pass, series)| series.iter().map(move |series| (pass, series)))
            .filter(|(_, series)| series.record == name);
        let first = found.next().unwrap();
        assert!(found.next().is_none());
        first
    }

    #[test]
    fn tiles_are_read_over_the_period_and_bad_needs_total() {
        let files = rules(
            "apiVersion: slosmith/v1\nservice: shop\nslos:\n- name: web\n  objective: 99.9\n  period: 30d\n  \
             scrape_interval: 30s\n  sli: {events: {total: requests_total, bad_where: 'code=\"500\"'}}\n",
        );
        let passes = passes(&files);
        let (first, total) = named(&passes, "slo:total:tile5m");
        assert_eq!(total.reach, Duration::from_days(30));
        let (second, _) = named(&passes, "slo:bad:tile5m");
        assert_eq!((first, second), (0, 1));
        let (_, rate) = named(&passes, "slo:total:rate5m");
        assert!(rate.reach >= Duration::from_hours(36) && rate.reach < Duration::from_days(2));
        // Alerts read it back so that a late evaluation does not drop it.
        assert_eq!(
            named(&passes, "slo:error_ratio:3d").1.reach,
            Duration::from_mins(12)
        );
        let all = passes.concat();
        assert!(!all.iter().any(|series| series.record == "slo_info"));
    }

    #[test]
    fn tiles_of_gauges_need_the_rates_they_are_made_of() {
        let files = rules(
            "apiVersion: slosmith/v1\nservice: web\nslos:\n- name: up\n  objective: 99\n  period: 30d\n  \
             sli: {probe: {metric: probe_success}}\n",
        );
        let passes = passes(&files);
        let (rate, series) = named(&passes, "slo:total:rate5m");
        assert!(series.reach > Duration::from_days(30));
        assert!(named(&passes, "slo:total:tile5m").0 > rate);
    }
}
