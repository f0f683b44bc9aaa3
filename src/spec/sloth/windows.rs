//! Catalogues of alert windows: `AlertWindows`.

#![allow(
    clippy::struct_field_names,
    reason = "the fields are named as the keys of the format"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::diagnostic::{Diagnostic, codes::import, codes::spec};
use crate::duration::Duration;
use crate::slo::{PairSpec, Severity};
use crate::source::Located;
use crate::spec::declare::spec_map;
use crate::spec::decode::{Decode, Decoder, UnknownKeys};
use crate::spec::format::{self, Format};
use crate::spec::node::Node;
use crate::spec::values::{Deferred, Percent, PeriodLength};

spec_map! {
    /// A catalogue of alert windows.
    "an AlertWindows" Document {
        /// Its format.
        required apiVersion: String,
        /// Its kind.
        required kind: String,
        /// What Kubernetes knows of it.
        optional metadata: Deferred<String>,
        /// The windows.
        required spec: Catalogue,
    }
}

spec_map! {
    /// The windows of a period.
    "`spec`" Catalogue {
        /// The period that they are for.
        required sloPeriod: Located<PeriodLength>,
        /// Those that page.
        required page: Speeds,
        /// Those that raise a ticket.
        required ticket: Speeds,
    }
}

spec_map! {
    /// The windows of one severity.
    "an alert" Speeds {
        /// For fast burns.
        required quick: Window,
        /// For slow ones.
        required slow: Window,
    }
}

spec_map! {
    /// A pair of windows.
    "a pair of windows" Window {
        /// Percent of the budget that one long window spends.
        required errorBudgetPercent: Located<Percent>,
        /// The short window.
        required shortWindow: Located<Duration>,
        /// The long window.
        required longWindow: Located<Duration>,
    }
}

/// Catalogues of alert windows, by the period they are for.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    by_period: BTreeMap<Duration, [Located<PairSpec>; 4]>,
}

impl Windows {
    /// Takes up an `AlertWindows` document.
    pub(crate) fn add(&mut self, document: &Arc<Node>, decoder: &mut Decoder<'_>) {
        match format::of(document, decoder) {
            Some(Format::SlothWindows) => {}
            Some(_) => return not_windows(document, decoder),
            None => return,
        }
        let (before, keys) = (decoder.errors(), decoder.unknown_keys);
        decoder.unknown_keys = UnknownKeys::Warning;
        let read = Document::decode(document, decoder);
        decoder.unknown_keys = keys;
        let Some(Document { spec, .. }) = read else {
            return;
        };
        check(&spec, decoder);
        if decoder.errors() == before {
            self.insert(spec, decoder);
        }
    }

    fn insert(&mut self, spec: Catalogue, decoder: &mut Decoder<'_>) {
        let period = spec.sloPeriod.value.0;
        let pairs = pairs(&spec);
        let Some(first) = self.by_period.get(&period) else {
            self.by_period.insert(period, pairs);
            return;
        };
        let differing = first
            .iter()
            .zip(&pairs)
            .find(|(first, second)| first.value != second.value);
        if let Some((first, second)) = differing {
            decoder.push(
                Diagnostic::new(
                    &import::CONFLICTING_WINDOWS,
                    format!(
                        "there are two catalogues of windows for a period of {}, which differ",
                        period.single_unit()
                    ),
                )
                .with_primary(second.at, "this here")
                .with_secondary(first.at, "something else here")
                .with_help("leave one of them out, or give it another `sloPeriod`"),
            );
        }
    }

    /// The pairs of the catalogue for a period, unless they are those that Sloth has anyway.
    pub(super) fn own(&self, period: Duration) -> Option<&[Located<PairSpec>]> {
        let pairs = self.by_period.get(&period)?;
        let built_in = built_in(period);
        let is_built_in = built_in.is_some_and(|built_in| {
            let own = pairs.iter().map(|pair| pair.value);
            own.eq(built_in)
        });
        (!is_built_in).then_some(&pairs[..])
    }
}

/// The windows that Sloth has for a period without a catalogue.
pub(super) fn built_in(period: Duration) -> Option<[PairSpec; 4]> {
    let is_known = [28, 30].map(Duration::from_days).contains(&period);
    let pair = |severity, budget: u32, short, long| PairSpec {
        severity,
        long,
        short,
        budget: Decimal::from(budget),
    };
    let (hours, mins) = (Duration::from_hours, Duration::from_mins);
    is_known.then(|| {
        [
            pair(Severity::Page, 2, mins(5), hours(1)),
            pair(Severity::Page, 5, mins(30), hours(6)),
            pair(Severity::Ticket, 10, hours(2), hours(24)),
            pair(Severity::Ticket, 10, hours(6), hours(72)),
        ]
    })
}

fn not_windows(document: &Node, decoder: &mut Decoder<'_>) {
    decoder.error_with_help(
        &spec::UNKNOWN_FORMAT,
        document.head(),
        "this is no catalogue of alert windows: expected `kind: AlertWindows`",
        "name specs as arguments, and with `--alert-windows` only catalogues",
    );
}

/// The four pairs in Sloth's order.
fn windows(spec: &Catalogue) -> [(Severity, &Window); 4] {
    let Catalogue { page, ticket, .. } = spec;
    [
        (Severity::Page, &page.quick),
        (Severity::Page, &page.slow),
        (Severity::Ticket, &ticket.quick),
        (Severity::Ticket, &ticket.slow),
    ]
}

fn pairs(spec: &Catalogue) -> [Located<PairSpec>; 4] {
    windows(spec).map(|(severity, window)| {
        let pair = PairSpec {
            severity,
            long: window.longWindow.value,
            short: window.shortWindow.value,
            budget: window.errorBudgetPercent.value.0,
        };
        Located::new(pair, window.at)
    })
}

/// Reports windows that are no shorter than what they lie in.
fn check(spec: &Catalogue, decoder: &mut Decoder<'_>) {
    let period = Located::new(spec.sloPeriod.value.0, spec.sloPeriod.at);
    for (_, window) in windows(spec) {
        let (short, long) = (&window.shortWindow, &window.longWindow);
        shorter(short, long, "the short window", "the long one", decoder);
        shorter(long, &period, "the long window", "the period", decoder);
    }
}

fn shorter(
    inner: &Located<Duration>,
    outer: &Located<Duration>,
    inner_is: &str,
    outer_is: &str,
    decoder: &mut Decoder<'_>,
) {
    if inner.value >= outer.value {
        decoder.push(
            Diagnostic::new(
                &spec::INVALID_VALUE,
                format!(
                    "{inner_is} ({}) must be shorter than {outer_is} ({})",
                    inner.value.single_unit(),
                    outer.value.single_unit()
                ),
            )
            .with_primary(inner.at, "")
            .with_secondary(outer.at, outer_is)
            .with_help("shorten it; a short window is usually a twelfth of the long one"),
        );
    }
}
