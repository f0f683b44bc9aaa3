//! An SLO object: one native SLO for each of its objectives.

use std::sync::Arc;

use super::alerts::{self, Policies};
use super::budgeting::{self, Method};
use super::indicator::{self, Measure, Measured};
use super::labels::{self, Labels};
use super::objective::{self, Target};
use super::patch::{self, Patch};
use super::read::{Reader, entry, items, value, word};
use super::window::{self, Window};
use super::{composite, names};
use crate::source::SourceSpan;
use crate::spec::foreign::Translated;
use crate::spec::make;
use crate::spec::native;
use crate::spec::node::Node;

/// Keys of a native document, not of its SLOs.
const OF_DOCUMENT: [&str; 3] = ["service", "owner", "labels"];

/// Keys of an SLO that say how it is measured, which hold for components, too.
const OF_COMPONENT: [&str; 4] = ["scrape_interval", "group_by", "groups", "downtime"];

/// One SLO of the native format, in pieces.
pub(super) struct Draft {
    pub(super) name: Arc<Node>,
    pub(super) target: Target,
    measured: Measured,
    budgeting: Option<Arc<Node>>,
    role: Role,
}

/// What an SLO is to the others of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Whole,
    /// Part of a composite, which alerts for it.
    Component,
}

impl Draft {
    /// An SLO that is made of others.
    pub(super) fn composite(name: Arc<Node>, target: Target, sli: Arc<Node>) -> Self {
        Self {
            name,
            target,
            measured: Measured {
                sli,
                kind: Measure::Ratio,
                group_by: None,
            },
            budgeting: None,
            role: Role::Whole,
        }
    }
}

/// The SLOs of an object.
pub(super) fn translate(document: &Node, reader: &mut Reader<'_, '_, '_>) -> Vec<Translated> {
    let before = reader.decoder.errors();
    let patches = patch::read(document, reader);
    let own = |key| patch::of(&patches, key).map(|patch| &patch.value);
    let Some(name) = own("name").or_else(|| value(document, &["metadata", "name"])) else {
        reader.missing(document.head(), "an SLO", "metadata.name");
        return Vec::new();
    };
    let Some(spec) = value(document, &["spec"]) else {
        reader.missing(document.head(), "an SLO", "spec");
        return Vec::new();
    };
    let service = own("service").or_else(|| service(spec, reader));
    let service = service
        .cloned()
        .unwrap_or_else(|| make::text("unknown", name.at));
    let read = Reading {
        spec,
        name,
        service: word(&service).unwrap_or_default(),
        method: budgeting::method(spec, reader),
        sli: own("sli"),
    };
    let drafts = read.drafts(reader);
    let period = window::read(spec, reader);
    // An annotation for all of them leaves nothing to be said about policies.
    let policies = match own("alerts") {
        Some(_) => Policies::default(),
        None => alerts::read(spec, reader),
    };
    let labels = labels::read(document, reader);
    if let Some(period) = period
        && reader.decoder.errors() == before
    {
        let whole = Whole {
            document,
            spec,
            service,
            period,
            policies,
            labels,
            patches: &patches,
        };
        return drafts
            .iter()
            .map(|draft| whole.native(draft, reader))
            .collect();
    }
    vec![stand_in(document, service, name)]
}

/// The service, which should be there as an object.
fn service<'n>(spec: &'n Node, reader: &mut Reader<'_, '_, '_>) -> Option<&'n Arc<Node>> {
    let service = value(spec, &["service"]);
    match service {
        // Most have none; where some are described, a missing one is a slip.
        Some(service) if reader.objects.has("Service") => {
            reader.resolve(service, "Service", false);
        }
        Some(_) => {}
        None => reader.missing(spec.head(), "an SLO", "service"),
    }
    service
}

/// What all SLOs of an object have in common.
struct Whole<'n> {
    document: &'n Node,
    spec: &'n Node,
    service: Arc<Node>,
    period: Window,
    policies: Policies,
    labels: Labels,
    patches: &'n [Patch],
}

impl Whole<'_> {
    fn native(&self, draft: &Draft, reader: &mut Reader<'_, '_, '_>) -> Translated {
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
            .put(
                "sli",
                draft.measured.sli.at,
                Arc::clone(&draft.measured.sli),
            )
            .put_some("budgeting", key, draft.budgeting.clone())
            .put("alerts", key, self.alerts(draft, reader));
        let (of_document, of_slo): (Vec<_>, Vec<_>) = self
            .patches
            .iter()
            .filter(|patch| patch.path[..] != ["name"])
            .partition(|patch| OF_DOCUMENT.contains(&&*patch.path[0]));
        let patched = |node: Arc<Node>, patches: Vec<&Patch>| {
            patches
                .into_iter()
                .fold(node, |node, patch| patch::apply(&node, &patch.path, patch))
        };
        // A component is only measured: what is made of it is said of the composite.
        let of_slo = match draft.role {
            Role::Whole => of_slo,
            Role::Component => of_slo
                .into_iter()
                .filter(|patch| OF_COMPONENT.contains(&&*patch.path[0]))
                .collect(),
        };
        let document = document_of(
            at,
            Arc::clone(&self.service),
            &self.labels,
            patched(slo.done(), of_slo),
        );
        Translated {
            document: patched(document, of_document),
            usable: true,
        }
    }

    fn alerts(&self, draft: &Draft, reader: &mut Reader<'_, '_, '_>) -> Arc<Node> {
        let at = entry(self.spec, "alertPolicies").map_or(draft.name.at, |entry| entry.key_at);
        let nothing = Policies::default();
        let policies = match draft.role {
            Role::Whole => &self.policies,
            Role::Component => &nothing,
        };
        policies.native(&draft.target, self.period.nominal, at, reader)
    }
}

fn document_of(at: SourceSpan, service: Arc<Node>, labels: &Labels, slo: Arc<Node>) -> Arc<Node> {
    make::map(at)
        .put("apiVersion", at, make::plain(native::API_VERSION, at))
        .put("service", service.at, service)
        .put_some("owner", at, labels.owner.clone())
        .put_some("labels", at, labels.labels.clone())
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
    let labels = Labels {
        owner: None,
        labels: None,
    };
    Translated {
        document: document_of(document.at, service, &labels, slo),
        usable: false,
    }
}

/// What the objectives of an object are read with.
struct Reading<'n> {
    spec: &'n Node,
    name: &'n Arc<Node>,
    service: &'n str,
    method: Option<Method>,
    /// An SLI of the native format that takes the place of the indicator.
    sli: Option<&'n Arc<Node>>,
}

impl Reading<'_> {
    fn drafts(&self, reader: &mut Reader<'_, '_, '_>) -> Vec<Draft> {
        let list = items(value(self.spec, &["objectives"]));
        if list.is_empty() {
            let at = entry(self.spec, "objectives").map_or(self.spec.head(), |entry| entry.key_at);
            reader.missing(at, "an SLO", "objectives");
            self.check_indicator(reader);
            return Vec::new();
        }
        let composite = if reader.alpha || self.sli.is_some() {
            Some(false)
        } else {
            composite::is_composite(self.spec, &list, reader)
        };
        let names = names::of(self.name, &list, reader.alpha);
        let each: Vec<_> = list
            .iter()
            .zip(names)
            .filter_map(|(objective, name)| self.draft(objective, name, reader))
            .collect();
        match (composite, self.method) {
            (Some(true), Some(method)) if each.len() == list.len() => {
                self.composite(&list, each, method, reader)
            }
            _ => each,
        }
    }

    /// The components and what is made of them.
    fn composite(
        &self,
        objectives: &[&Arc<Node>],
        each: Vec<Draft>,
        method: Method,
        reader: &mut Reader<'_, '_, '_>,
    ) -> Vec<Draft> {
        let mut parts = Vec::new();
        for (mut draft, objective) in each.into_iter().zip(objectives) {
            draft.role = Role::Component;
            parts.extend(composite::weight(objective, reader).map(|weight| (draft, weight)));
        }
        if parts.len() < objectives.len() {
            return Vec::new();
        }
        let whole = composite::draft(self.spec, self.name, self.service, &parts, method, reader);
        let mut drafts: Vec<_> = parts.into_iter().map(|(draft, _)| draft).collect();
        drafts.extend(whole);
        drafts
    }

    fn draft(
        &self,
        objective: &Arc<Node>,
        name: Arc<Node>,
        reader: &mut Reader<'_, '_, '_>,
    ) -> Option<Draft> {
        let target = objective::read(objective, reader);
        let measured = self.measured(objective, reader);
        let (target, measured) = (target?, measured?);
        let budgeting = match self.method? {
            Method::Timeslices => Some(budgeting::slices(objective, measured.kind, reader)?),
            Method::Occurrences => None,
            Method::RatioTimeslices => {
                if measured.kind == Measure::Ratio {
                    budgeting::warn_of_means(self.spec, objective, reader);
                }
                None
            }
        };
        Some(Draft {
            name,
            target,
            measured,
            budgeting,
            role: Role::Whole,
        })
    }

    /// What is wrong with the indicator is told also where there is nothing to read it for.
    fn check_indicator(&self, reader: &mut Reader<'_, '_, '_>) {
        if self.sli.is_some() || reader.alpha || !composite::has_indicator(self.spec) {
            return;
        }
        let found = reader.inline_or_named(self.spec, "indicator", "indicatorRef", "SLI");
        // A threshold is not whole without an objective.
        if let Some(found) = found
            && entry(found.as_ref(), "ratioMetric").is_some()
        {
            indicator::read(found.as_ref(), self.spec, false, reader);
        }
    }

    fn measured(&self, objective: &Node, reader: &mut Reader<'_, '_, '_>) -> Option<Measured> {
        if let Some(sli) = self.sli {
            return Some(Measured {
                sli: Arc::clone(sli),
                kind: Measure::Events,
                group_by: None,
            });
        }
        let mean = self.method == Some(Method::RatioTimeslices);
        if reader.alpha {
            return indicator::of_alpha(self.spec, objective, mean, reader);
        }
        let holder = [objective, self.spec]
            .into_iter()
            .find(|node| composite::has_indicator(node));
        let Some(holder) = holder else {
            reader.missing(self.spec.head(), "an SLO", "indicator");
            return None;
        };
        let before = reader.decoder.errors();
        let found = reader.inline_or_named(holder, "indicator", "indicatorRef", "SLI");
        if found.is_none() && reader.decoder.errors() == before {
            reader.missing(holder.head(), "an indicator", "spec");
        }
        indicator::read(found?.as_ref(), objective, mean, reader)
    }
}
