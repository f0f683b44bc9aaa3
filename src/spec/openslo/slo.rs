//! SLOs of v1.

use std::sync::Arc;

use super::alerts::{self, Alerts};
use super::budgeting::{self, Method};
use super::indicator::{self, Sli};
use super::metadata::{self, Metadata};
use super::objects::Objects;
use super::target::{self, Target};
use super::window::{self, Window};
use super::{annotations, composite, get};
use crate::diagnostic::codes::spec;
use crate::source::SourceSpan;
use crate::spec::decode::Decoder;
use crate::spec::foreign::Translated;
use crate::spec::make;
use crate::spec::native::API_VERSION;
use crate::spec::node::Node;

/// What the native SLOs of an object share.
pub(super) struct Frame<'n> {
    /// The whole object.
    pub(super) whole: &'n Node,
    pub(super) spec: &'n Node,
    pub(super) metadata: Metadata<'n>,
    pub(super) service: Arc<Node>,
    pub(super) window: Option<Window>,
}

pub(super) fn translate(
    document: &Node,
    objects: &Objects,
    decoder: &mut Decoder<'_>,
) -> Option<Vec<Translated>> {
    let before = decoder.errors();
    let frame = Frame::read(document, window::translate, decoder)?;
    let spec = frame.spec;
    known_service(&frame, objects, decoder);
    let method = budgeting::method(spec, decoder);
    let objectives = objectives(spec, decoder)?;
    let said = |key| annotations::says(frame.metadata.annotations, key);
    let alerts = if said("alerts") {
        Alerts::none(get::key_at(spec, "alertPolicies"))
    } else {
        alerts::translate(spec, frame.window.as_ref(), objects, decoder)
    };
    if objectives
        .iter()
        .any(|objective| composite::is_part(objective))
    {
        let parts = composite::Parts {
            frame: &frame,
            objectives,
            method,
            objects,
        };
        return Some(parts.translate(alerts, before, decoder));
    }
    let sli = indicator::of(spec, objects, decoder);
    if sli.is_none() && decoder.errors() == before {
        decoder.error_with_help(
            &spec::MISSING_KEY,
            spec.head(),
            "an SLO needs one of the keys `indicator` and `indicatorRef`",
            "add the one that fits",
        );
    }
    let names = names(&frame, objectives);
    let slos = objectives.iter().zip(names).map(|(objective, name)| {
        let before = decoder.errors();
        let measured = if said("sli") {
            Some(indicator::stand_in(objective.head()))
        } else {
            sli.and_then(|sli| indicator::translate(sli, objective, method, objects, decoder))
        };
        let part = Part {
            name,
            objective,
            target: target::read(objective, decoder),
            sli: measured,
            alerts: alerts.clone(),
        };
        let complete = decoder.errors() == before;
        frame.slo(part, method, complete, decoder)
    });
    let mut slos: Vec<Translated> = slos.collect();
    if decoder.errors() > before {
        slos.iter_mut().for_each(|slo| slo.usable = false);
    }
    Some(slos)
}

/// One objective with what it is about.
pub(super) struct Part<'n> {
    pub(super) name: Arc<Node>,
    pub(super) objective: &'n Node,
    pub(super) target: Option<Target>,
    pub(super) sli: Option<Sli>,
    pub(super) alerts: Alerts,
}

impl<'n> Frame<'n> {
    pub(super) fn read(
        document: &'n Node,
        window: impl FnOnce(&'n Node, &mut Decoder<'_>) -> Option<Window>,
        decoder: &mut Decoder<'_>,
    ) -> Option<Self> {
        let metadata = metadata::read(document, decoder);
        let spec = &get::required(document, "spec", "an SLO", decoder)?.value;
        let service = get::required(spec, "service", "an SLO", decoder);
        let window = window(spec, decoder);
        Some(Self {
            whole: document,
            spec,
            metadata: metadata?,
            service: Arc::clone(&service?.value),
            window,
        })
    }

    /// A native SLO of one objective.
    pub(super) fn slo(
        &self,
        part: Part<'_>,
        method: Method,
        complete: bool,
        decoder: &mut Decoder<'_>,
    ) -> Translated {
        let before = decoder.errors();
        let at = part.objective.head();
        let sliced = method == Method::Timeslices;
        let is_gauge = part.sli.as_ref().is_some_and(|sli| sli.is_gauge);
        let budgeting = if sliced && part.sli.is_some() {
            budgeting::slices(part.objective, is_gauge, decoder)
        } else {
            None
        };
        if method == Method::RatioTimeslices && !is_gauge {
            let key_at = get::key_at(self.spec, "budgetingMethod");
            indicator::mean_of_ratios(key_at, decoder);
        }
        let sli = part.sli.unwrap_or_else(|| indicator::stand_in(at));
        let alerts = part.alerts.node(part.target.as_ref(), decoder);
        let target = part
            .target
            .map_or_else(|| make::plain("99", at), |target| target.node());
        let slo = self
            .head(&part.name)
            .put("objective", at, target)
            .put_some("period", at, self.period())
            .put_some("group_by", at, sli.group_by)
            .put("sli", get::key_at(self.spec, "indicator"), sli.node)
            .put_some("budgeting", at, budgeting)
            .put("alerts", at, alerts);
        let usable = complete && decoder.errors() == before && self.window.is_some();
        self.document(slo, usable, decoder)
    }

    pub(super) fn period(&self) -> Option<Arc<Node>> {
        self.window.as_ref()?.node.clone()
    }

    /// What every native SLO begins with.
    pub(super) fn head(&self, name: &Arc<Node>) -> make::Map {
        let description = get::value(self.spec, "description").or(self.metadata.display_name);
        let description = description.filter(|node| get::scalar(node) != Some(""));
        make::map(self.whole.at)
            .put("name", name.at, Arc::clone(name))
            .put_some("description", name.at, description.cloned())
    }

    /// A native document with this SLO.
    pub(super) fn document(
        &self,
        slo: make::Map,
        usable: bool,
        decoder: &mut Decoder<'_>,
    ) -> Translated {
        let before = decoder.errors();
        let at = self.whole.head();
        let slo = annotations::patch(&slo.done(), self.metadata.annotations, decoder);
        let document = make::map(self.whole.at)
            .put("apiVersion", at, make::plain(API_VERSION, at))
            .put("service", self.service.at, Arc::clone(&self.service))
            .put_some("owner", at, self.metadata.owner.clone())
            .put_some("labels", at, self.metadata.labels.clone())
            .put("slos", at, make::seq(vec![slo], self.whole.at));
        let document =
            annotations::patch_document(&document.done(), self.metadata.annotations, decoder);
        Translated {
            document,
            usable: usable && decoder.errors() == before,
        }
    }
}

/// Reports that the service is nowhere described, where others are.
fn known_service(frame: &Frame<'_>, objects: &Objects, decoder: &mut Decoder<'_>) {
    if objects.has("Service") {
        objects.find_if_there("Service", &frame.service, decoder);
    }
}

fn objectives<'n>(spec: &'n Node, decoder: &mut Decoder<'_>) -> Option<&'n [Arc<Node>]> {
    let entry = get::required(spec, "objectives", "an SLO", decoder)?;
    let items = get::items(spec, "objectives", decoder)?;
    if items.is_empty() {
        decoder.error_with_help(
            &spec::EMPTY_VALUE,
            entry.key_at,
            "an SLO needs at least one objective",
            "add `- target: 0.999`",
        );
        return None;
    }
    Some(items)
}

/// The object's name for its only objective; else its name with what the objective is called.
pub(super) fn names(frame: &Frame<'_>, objectives: &[Arc<Node>]) -> Vec<Arc<Node>> {
    if objectives.len() == 1 {
        return vec![Arc::clone(frame.metadata.name)];
    }
    numbered(frame.metadata.name, objectives, 1)
}

/// `name-slug`, or `name-<number>` where there is no slug or it is taken.
pub(super) fn numbered(name: &Node, objectives: &[Arc<Node>], first: usize) -> Vec<Arc<Node>> {
    let whole = get::scalar(name).unwrap_or_default();
    let mut taken: Vec<String> = Vec::new();
    let mut nodes = Vec::new();
    for (index, objective) in objectives.iter().enumerate() {
        let label = get::value(objective, "displayName");
        let slug = label.and_then(|label| slug(get::scalar(label)?));
        let slug = slug
            .filter(|slug| !taken.contains(slug))
            .unwrap_or_else(|| (index + first).to_string());
        let at: SourceSpan = label.map_or(objective.head(), |label| label.at);
        nodes.push(make::text(format!("{whole}-{slug}"), at));
        taken.push(slug);
    }
    nodes
}

/// A name as part of another one.
fn slug(text: &str) -> Option<String> {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let slug: String = text.chars().map(plain).collect();
    let words: Vec<&str> = slug.split('-').filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("-"))
}
