//! An SLO object: one native SLO for each of its objectives.

use std::sync::Arc;

use super::indicator::{self, Measure, Measured};
use super::objective::{self, Target};
use super::read::{Reader, entry, items, value, word, word_at};
use super::window::{self, Window};
use crate::source::SourceSpan;
use crate::spec::foreign::Translated;
use crate::spec::make;
use crate::spec::native;
use crate::spec::node::Node;

/// One SLO of the native format, in pieces.
pub(super) struct Draft {
    pub(super) name: Arc<Node>,
    pub(super) target: Target,
    pub(super) measured: Measured,
    pub(super) budgeting: Option<Arc<Node>>,
}

/// The SLOs of an object.
pub(super) fn translate(document: &Node, reader: &mut Reader<'_, '_, '_>) -> Vec<Translated> {
    let before = reader.decoder.errors();
    let Some(name) = value(document, &["metadata", "name"]) else {
        reader.missing(document.head(), "an SLO", "metadata.name");
        return Vec::new();
    };
    let Some(spec) = value(document, &["spec"]) else {
        reader.missing(document.head(), "an SLO", "spec");
        return Vec::new();
    };
    let service = value(spec, &["service"]);
    match service {
        Some(service) if reader.has_any("Service") => {
            reader.resolve(service, "Service", false);
        }
        Some(_) => {}
        None => reader.missing(spec.head(), "an SLO", "service"),
    }
    let period = window::read(spec, reader);
    let drafts = drafts(spec, name, reader);
    let usable = reader.decoder.errors() == before;
    let service = service.cloned();
    let service = service.unwrap_or_else(|| make::text("unknown", name.at));
    if let Some(period) = period.filter(|_| usable) {
        let whole = Whole {
            document,
            spec,
            service,
            period,
        };
        return drafts.iter().map(|draft| whole.native(draft)).collect();
    }
    vec![stand_in(document, service, name)]
}

/// What all SLOs of an object have in common.
struct Whole<'n> {
    document: &'n Node,
    spec: &'n Node,
    service: Arc<Node>,
    period: Window,
}

impl Whole<'_> {
    fn native(&self, draft: &Draft) -> Translated {
        let at = self.document.at;
        let description = value(self.spec, &["description"])
            .or_else(|| value(self.document, &["metadata", "displayName"]));
        let key = draft.name.at;
        let slo = make::map(at)
            .put("name", key, Arc::clone(&draft.name))
            .put_some("description", key, description.cloned())
            .put("objective", draft.target.key_at, draft.target.node())
            .put_some("period", self.period.key_at, self.period.node.clone())
            .put_some("group_by", key, draft.measured.group_by.clone())
            .put("sli", draft.measured.sli.at, Arc::clone(&draft.measured.sli))
            .put_some("budgeting", key, draft.budgeting.clone());
        Translated {
            document: document_of(at, Arc::clone(&self.service), slo.done()),
            usable: true,
        }
    }
}

fn document_of(at: SourceSpan, service: Arc<Node>, slo: Arc<Node>) -> Arc<Node> {
    make::map(at)
        .put("apiVersion", at, make::plain(native::API_VERSION, at))
        .put("service", service.at, service)
        .put("slos", at, make::seq(vec![slo], at))
        .done()
}

/// An SLO that cannot be read, so that others can refer to it.
fn stand_in(document: &Node, service: Arc<Node>, name: &Arc<Node>) -> Translated {
    let at = name.at;
    let probe = make::map(at).put("metric", at, make::text("up", at)).done();
    let sli = make::map(at).put("probe", at, probe).done();
    let slo = make::map(document.at)
        .put("name", at, Arc::clone(name))
        .put("objective", at, make::plain("99", at))
        .put("sli", at, sli)
        .done();
    Translated {
        document: document_of(document.at, service, slo),
        usable: false,
    }
}

fn drafts(spec: &Node, name: &Arc<Node>, reader: &mut Reader<'_, '_, '_>) -> Vec<Draft> {
    let list = items(value(spec, &["objectives"]));
    if list.is_empty() {
        let at = entry(spec, "objectives").map_or(spec.head(), |entry| entry.key_at);
        reader.missing(at, "an SLO", "objectives");
    }
    let names = names(name, &list, reader.alpha);
    list.iter()
        .zip(names)
        .filter_map(|(objective, name)| draft(spec, objective, name, reader))
        .collect()
}

/// The names of the SLOs: that of the object, when it has one objective.
pub(super) fn names(name: &Arc<Node>, objectives: &[&Arc<Node>], alpha: bool) -> Vec<Arc<Node>> {
    if objectives.len() == 1 && !alpha {
        return vec![Arc::clone(name)];
    }
    let base = word(name).unwrap_or_default();
    let mut taken = Vec::new();
    let each = objectives.iter().enumerate().map(|(index, objective)| {
        let display = value(objective, &["displayName"]).filter(|_| !alpha);
        let slug = display.and_then(|node| word(node)).and_then(slug);
        let (suffix, at) = match (slug, display) {
            (Some(slug), Some(node)) if !taken.contains(&slug) => (slug, node.at),
            _ => (index.to_string(), name.at),
        };
        taken.push(suffix.clone());
        make::text(format!("{base}-{suffix}"), at)
    });
    each.collect()
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

fn draft(
    spec: &Node,
    objective: &Arc<Node>,
    name: Arc<Node>,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Draft> {
    let target = objective::read(objective, reader);
    let measured = measured(spec, objective, reader);
    let (target, measured) = (target?, measured?);
    Some(Draft {
        name,
        target,
        budgeting: None,
        measured,
    })
}

fn measured(
    spec: &Node,
    objective: &Node,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Measured> {
    let mean = indicator::method(spec) == "RatioTimeslices";
    if reader.alpha {
        return indicator::of_alpha(objective, mean, reader);
    }
    let indicator = indicator_of(spec, objective, reader)?;
    indicator::read(&indicator, objective, mean, reader)
}

/// The `spec` of the indicator of an objective.
fn indicator_of(
    spec: &Node,
    objective: &Node,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Arc<Node>> {
    let holder = [objective, spec]
        .into_iter()
        .find(|node| entry(node, "indicator").is_some() || entry(node, "indicatorRef").is_some());
    let Some(holder) = holder else {
        reader.missing(spec.head(), "an SLO", "indicator");
        return None;
    };
    let before = reader.decoder.errors();
    let found = reader.inline_or_named(holder, "indicator", "indicatorRef", "SLI");
    if found.is_none() && reader.decoder.errors() == before {
        reader.missing(holder.head(), "an indicator", "spec");
    }
    found
}
