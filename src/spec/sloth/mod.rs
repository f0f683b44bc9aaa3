//! Sloth: `prometheus/v1`, `PrometheusServiceLevel`, `AlertWindows`.
//!
//! Both kinds of specs are read by the same code: only their keys are spelt
//! differently (see `keys`). Sloth's SLOs name no period; without
//! `--default-slo-period` it is 30 days, here as there.

mod alerting;
mod chain;
mod exhausted;
mod keys;
mod labels;
mod pairs;
mod raw;
mod sli;
mod windows;

use std::sync::Arc;

use chain::Chain;
use keys::{
    DESCRIPTION, FILE, GROUP, LABELS, Map, NAME, OBJECTIVE, PLUGINS, RESOURCE, Reader, SERVICE,
    SLI, SLO, SLO_PLUGINS, SLOS, SPEC, Spelling,
};
use labels::Own;
use pairs::Goal;
pub(crate) use windows::Windows;

use super::decode::{Decoder, UnknownKeys};
use super::foreign::{Surroundings, Translated};
use super::format::Format;
use super::node::{Entry, Node};
use super::values::parse_decimal;
use super::{make, native};
use crate::diagnostic::codes::spec;
use crate::duration::Duration;
use crate::slo::Objective;
use crate::source::SourceSpan;

/// The period of Sloth's SLOs when nobody says otherwise; natively, too.
const DEFAULT_PERIOD: Duration = Duration::from_days(30);

/// The SLOs of a spec of Sloth, each as a native document.
pub(crate) fn translate(
    document: &Node,
    format: Format,
    around: &Surroundings,
    decoder: &mut Decoder<'_>,
) -> Vec<Translated> {
    let spelling = match format {
        Format::SlothKubernetes => Spelling::Camel,
        _ => Spelling::Snake,
    };
    let keys = std::mem::replace(&mut decoder.unknown_keys, UnknownKeys::Warning);
    let mut reader = Reader { spelling, decoder };
    let translated = read(document, around, &mut reader).unwrap_or_default();
    reader.decoder.unknown_keys = keys;
    translated
}

fn read(
    document: &Node,
    around: &Surroundings,
    reader: &mut Reader<'_, '_>,
) -> Option<Vec<Translated>> {
    let before = reader.decoder.errors();
    let map = match reader.spelling {
        Spelling::Snake => reader.map(document, &FILE)?,
        Spelling::Camel => {
            let resource = reader.map(document, &RESOURCE)?;
            let entry = reader.required(&resource, SPEC)?;
            reader.map(&entry.value, &GROUP)?
        }
    };
    let service = reader.required(&map, SERVICE);
    let group = Group {
        at: map.at(),
        whole: document.at,
        service: service.map(|entry| (entry.key_at, reader.text(entry))),
        labels: reader.texts(&map, LABELS),
        chain: Chain::read(&map, SLO_PLUGINS, reader),
        around,
    };
    let entry = reader.required(&map, SLOS)?;
    let slos = reader.items(entry);
    if slos.is_empty() && reader.decoder.errors() == before {
        reader.decoder.error_with_help(
            &spec::EMPTY_VALUE,
            entry.value.at,
            "this list is empty",
            "write at least one SLO",
        );
    }
    let is_whole = reader.decoder.errors() == before;
    let slos = slos.iter().filter_map(|node| {
        let mut translated = group.slo(node, reader)?;
        translated.usable &= is_whole;
        Some(translated)
    });
    Some(slos.collect())
}

/// What the SLOs of a spec have in common.
struct Group<'g> {
    /// A place that stands for it.
    at: SourceSpan,
    /// All of it.
    whole: SourceSpan,
    /// With the place of its key; what is wrong with it has been reported.
    service: Option<(SourceSpan, Arc<Node>)>,
    labels: Vec<Entry>,
    chain: Chain,
    around: &'g Surroundings,
}

impl Group<'_> {
    /// One SLO as a native document.
    fn slo(&self, node: &Node, reader: &mut Reader<'_, '_>) -> Option<Translated> {
        let before = reader.decoder.errors();
        if let Some(name) = node.get(NAME.spelt(reader.spelling)) {
            reader.decoder.enter(node.at, name.value.at);
        }
        let map = reader.map(node, &SLO);
        let document = map.map(|map| self.document(node, &map, reader));
        reader.decoder.leave();
        Some(Translated {
            document: document?,
            usable: reader.decoder.errors() == before,
        })
    }

    fn document(&self, node: &Node, map: &Map<'_>, reader: &mut Reader<'_, '_>) -> Arc<Node> {
        let name = reader
            .get(map, NAME)
            .map(|entry| (entry.key_at, reader.text(entry)));
        let mut labels = labels::merge(&self.labels, reader.texts(map, LABELS));
        let owner = labels::take(&mut labels, "owner");
        let own = Own {
            service: self.service.as_ref().and_then(|(_, node)| text_of(node)),
            slo: name.as_ref().and_then(|(_, node)| text_of(node)),
            owner: owner.as_ref().and_then(|entry| text_of(&entry.value)),
        };
        let chain = self.chain.then(Chain::read(map, PLUGINS, reader));
        let sli = reader
            .get(map, SLI)
            .map(|entry| (entry.key_at, sli::translate(entry, reader)));
        let alerts = alerting::read(map, &own, chain.is_silent(), reader);
        let counts = sli.as_ref().is_some_and(|(_, sli)| sli.counts);
        let mut extras = chain.extras(&alerts, counts, reader);
        let labels = labels::merge(&std::mem::take(&mut extras.labels), labels);
        let pairs = self.goal(map, reader).and_then(|goal| {
            pairs::translate(&self.around.windows, &goal, &alerts, reader.decoder)
        });
        let (name_at, name) = name.unzip();
        let objective = reader.get(map, OBJECTIVE);
        let (sli_at, sli) = sli.unzip();
        let (group_by, sli) = sli.map_or((None, None), |sli| (sli.group_by, Some(sli.node)));
        let sli_at = sli_at.unwrap_or(node.at);
        let alerts = alerting::node(alerts, pairs, &extras);
        let slo = make::map(node.at)
            .put_some("name", name_at.unwrap_or(node.at), name)
            .put_some("description", map.at(), description(map, reader))
            .put_some(
                "objective",
                objective.map_or(node.at, |entry| entry.key_at),
                objective.map(|entry| Arc::clone(&entry.value)),
            )
            .put_some("period", map.at(), self.period())
            .put_some("group_by", sli_at, group_by)
            .put_some("sli", sli_at, sli)
            .put_some("alerts", map.at(), alerts)
            .done();
        let labels = labels::of_slo(labels, &own, reader.decoder);
        self.wrap(slo, owner, labels::node(labels))
    }

    /// The native document around an SLO.
    fn wrap(&self, slo: Arc<Node>, owner: Option<Entry>, labels: Option<Arc<Node>>) -> Arc<Node> {
        let at = self.at;
        // What is missing has been reported.
        let (service_at, service) = self
            .service
            .clone()
            .unwrap_or_else(|| (at, make::text("unknown", at)));
        let (owner_at, owner) = owner.map(|owner| (owner.key_at, owner.value)).unzip();
        let slo_at = slo.at;
        make::map(self.whole)
            .put("apiVersion", at, make::plain(native::API_VERSION, at))
            .put("service", service_at, service)
            .put_some("owner", owner_at.unwrap_or(at), owner)
            .put_some(
                "labels",
                labels.as_ref().map_or(at, |labels| labels.at),
                labels,
            )
            .put("slos", at, make::seq(vec![slo], slo_at))
            .done()
    }

    /// The period, unless it is the native default.
    fn period(&self) -> Option<Arc<Node>> {
        let written = self.around.default_period.as_ref()?;
        (self.length() != Some(DEFAULT_PERIOD)).then(|| Arc::clone(written))
    }

    /// The length of the period, unless it is none.
    fn length(&self) -> Option<Duration> {
        match &self.around.default_period {
            None => Some(DEFAULT_PERIOD),
            Some(written) => Duration::parse(&written.as_scalar()?.text).ok(),
        }
    }

    /// What is to be held over which period, unless something is wrong with it.
    fn goal(&self, slo: &Map<'_>, reader: &Reader<'_, '_>) -> Option<Goal> {
        let objective = &reader.get(slo, OBJECTIVE)?.value;
        let percent = parse_decimal(&objective.as_scalar()?.text)?;
        // Less is taken for a ratio, and reported.
        if percent <= rust_decimal::Decimal::ONE {
            return None;
        }
        Some(Goal {
            objective: Objective::from_percent(percent)?,
            objective_at: objective.at,
            period: self.length()?,
        })
    }
}

fn text_of(node: &Node) -> Option<String> {
    Some(node.as_scalar()?.text.clone())
}

/// The description, unless it says nothing.
fn description(slo: &Map<'_>, reader: &Reader<'_, '_>) -> Option<Arc<Node>> {
    let text = reader.text(reader.get(slo, DESCRIPTION)?);
    let is_blank = text
        .as_scalar()
        .is_some_and(|scalar| scalar.text.trim().is_empty());
    (!is_blank).then_some(text)
}
