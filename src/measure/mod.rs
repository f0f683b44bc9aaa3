//! What was measured of SLOs over a stretch of time: the tiles that the rules recorded, and
//! the raw metrics where they have recorded too little.
//!
//! | module | is |
//! |---|---|
//! | `recorded` | the tiles that rules recorded, of many SLOs at once |
//! | `raw` | the tiles as rules would have recorded them |
//! | `tiles` | tiles by group, before anybody asks what they mean |
//! | `tracks` | from tiles to tracks, of composites as well |

mod raw;
mod recorded;
mod tiles;
mod tracks;

pub(crate) use tracks::join;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use crate::budget::{Span, Track};
use crate::progress::Progress;
use crate::prometheus::{Client, Error};
use crate::rules::{self, Catalogue};
use crate::scope::Scope;
use crate::slo::{Sli, Slo, SloId};
use tiles::Tiles;

/// Recorded tiles (0–1) from which nobody asks the raw metrics.
const ENOUGH: f64 = 0.95;
/// SLOs for which the raw metrics are asked at once.
const AHEAD: usize = 2;

/// What is asked.
pub struct Request<'a, 'p> {
    /// Who is asked.
    pub client: &'a Client,
    /// The SLOs that are looked at, in the order of the answer.
    pub slos: Vec<&'a Slo>,
    /// All SLOs, so that composites find their components.
    pub all: &'a Catalogue<'a>,
    /// What narrows every question.
    pub scope: &'a Scope,
    /// The stretch of time; its ends are multiples of a tile.
    pub span: Span,
    /// Told how many SLOs are done.
    pub progress: &'p dyn Progress,
}

/// Where numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// There is nothing.
    Nothing,
    /// What the rules recorded.
    Recorded,
    /// The raw metrics.
    Raw,
    /// What the rules recorded, and the raw metrics where they have recorded nothing.
    Mixed,
}

/// What was measured of an SLO.
#[derive(Debug)]
pub struct Measured<'a> {
    /// The SLO.
    pub slo: &'a Slo,
    /// One per group, sorted; a listed group, or an SLO without any, has one even where
    /// nothing was measured.
    pub tracks: Vec<Track>,
    /// Where they come from.
    pub origin: Origin,
    /// Why raw metrics could not be read, in the server's words.
    pub failed: Option<String>,
}

impl Measured<'_> {
    /// Whether the server has nothing of it, though it could be asked.
    pub fn is_nothing(&self) -> bool {
        self.origin == Origin::Nothing && self.failed.is_none()
    }
}

/// What was measured of an SLO that measures by itself.
struct Leaf {
    tiles: Tiles,
    origin: Origin,
    failed: Option<String>,
}

/// Measures every SLO; an error is one of the server, not of an SLO.
pub async fn measure<'a>(request: &Request<'a, '_>) -> Result<Vec<Measured<'a>>, Error> {
    let leaves = leaves(request);
    let mut recorded = recorded::tiles(request, &leaves).await?;
    let asked = leaves.iter().map(|slo| {
        let recorded = recorded.remove(&slo.id);
        async move { leaf(request, slo, recorded.unwrap_or_default()).await }
    });
    let mut answers = stream::iter(asked).buffered(AHEAD);
    let mut found: BTreeMap<&SloId, Leaf> = BTreeMap::new();
    for (index, slo) in leaves.iter().enumerate() {
        if let Some(answer) = answers.next().await {
            found.insert(&slo.id, answer?);
        }
        request.progress.at("SLOs", index + 1, leaves.len());
    }
    let slos = request.slos.iter();
    Ok(slos.map(|slo| measured(request, slo, &found)).collect())
}

/// The SLOs that measure by themselves, each once.
fn leaves<'a>(request: &Request<'a, '_>) -> Vec<&'a Slo> {
    let ids: BTreeSet<&SloId> = request
        .slos
        .iter()
        .flat_map(|slo| match slo.sli.value {
            Sli::Composite(_) => rules::components(slo, request.all),
            _ => vec![&slo.id],
        })
        .collect();
    let slos = ids
        .into_iter()
        .filter_map(|id| request.all.get(id).copied());
    slos.collect()
}

async fn leaf(request: &Request<'_, '_>, slo: &Slo, recorded: Tiles) -> Result<Leaf, Error> {
    let known = recorded.coverage(request.span);
    let of_recorded = if known > 0.0 {
        Origin::Recorded
    } else {
        Origin::Nothing
    };
    if known >= ENOUGH {
        return Ok(Leaf {
            tiles: recorded,
            origin: of_recorded,
            failed: None,
        });
    }
    // What was recorded stands; the raw metrics fill what is missing.
    let (raw, failed) = match raw::tiles(request, slo).await? {
        Ok(raw) => (raw, None),
        Err(reason) => (Tiles::default(), Some(reason)),
    };
    Ok(Leaf {
        origin: match (known > 0.0, raw.groups.is_empty()) {
            (_, true) => of_recorded,
            (true, false) => Origin::Mixed,
            (false, false) => Origin::Raw,
        },
        tiles: recorded.or(raw),
        failed,
    })
}

fn measured<'a>(
    request: &Request<'a, '_>,
    slo: &'a Slo,
    leaves: &BTreeMap<&SloId, Leaf>,
) -> Measured<'a> {
    let ids = match slo.sli.value {
        Sli::Composite(_) => rules::components(slo, request.all),
        _ => vec![&slo.id],
    };
    let parts: Vec<&Leaf> = ids.iter().filter_map(|id| leaves.get(id)).collect();
    let tiles: Vec<&Tiles> = parts.iter().map(|leaf| &leaf.tiles).collect();
    Measured {
        slo,
        tracks: tracks::tracks(request, slo, &ids, &tiles),
        origin: parts
            .iter()
            .map(|leaf| leaf.origin)
            .max()
            .unwrap_or(Origin::Nothing),
        failed: parts.iter().find_map(|leaf| leaf.failed.clone()),
    }
}

/// Instants are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
const fn float(instant: i64) -> f64 {
    instant as f64
}
