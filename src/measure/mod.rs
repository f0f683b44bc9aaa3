//! What was measured of SLOs over a stretch of time: the tiles that the rules recorded, and
//! the raw metrics where they have recorded too little.

use crate::budget::{Span, Track};
use crate::progress::Progress;
use crate::prometheus::{Client, Error};
use crate::rules::Catalogue;
use crate::slo::Slo;

/// What is asked.
pub struct Request<'a, 'p> {
    /// Who is asked.
    pub client: &'a Client,
    /// The SLOs that are looked at, in the order of the answer.
    pub slos: Vec<&'a Slo>,
    /// All SLOs, so that composites find their components.
    pub all: Catalogue<'a>,
    /// The stretch of time; its ends are multiples of a tile.
    pub span: Span,
    /// Told how many SLOs are done.
    pub progress: &'p dyn Progress,
}

/// Where numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// What the rules recorded.
    Recorded,
    /// The raw metrics.
    Raw,
    /// Both.
    Mixed,
    /// There is nothing.
    Nothing,
}

/// What was measured of an SLO.
#[derive(Debug)]
pub struct Measured<'a> {
    /// The SLO.
    pub slo: &'a Slo,
    /// One per group; none where nothing was measured.
    pub tracks: Vec<Track>,
    /// Where they come from.
    pub origin: Origin,
    /// Why the raw metrics could not be read, in the server's words.
    pub failed: Option<String>,
}

/// Measures every SLO; an error is one of the server, not of an SLO.
pub async fn measure<'a>(_request: &Request<'a, '_>) -> Result<Vec<Measured<'a>>, Error> {
    Ok(Vec::new())
}
