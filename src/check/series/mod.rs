//! Whether the raw series behind the SLIs are what the SLIs need.
//!
//! One file per finding or small family. Identical selectors of all SLOs are asked about
//! once, many in one request; only those with a problem are looked at one by one. A part
//! whose SLO has no data for a reason that was found already stays silent.

mod absent;
mod blame;
mod buckets;
mod constant;
mod counters;
mod gone;
mod groups;
mod history;
mod matchers;
mod missing;
mod operators;
mod ratio;
mod reads;
mod scrape;
mod survey;
mod targets;
mod traffic;
mod types;
mod words;

use super::{Context, Findings};
use crate::prometheus::{Error, ServerInfo};
use survey::Survey;

/// Looks at the raw series of all SLOs. Composites have none of their own.
pub async fn check(
    cx: &Context<'_>,
    server: &ServerInfo,
    findings: &mut Findings,
) -> Result<(), Error> {
    let mut survey = Survey::new(cx).await?;
    if survey.subjects.is_empty() {
        return Ok(());
    }
    types::fetch(&mut survey, findings).await?;
    absent::check(&mut survey, findings).await?;
    types::check(&survey, findings);
    targets::check(&survey, findings).await?;
    buckets::check(&survey, findings).await?;
    scrape::check(&survey, findings).await?;
    counters::check(&survey, findings).await?;
    let histories = history::fetch(&survey).await?;
    history::check(&survey, server, &histories, findings).await?;
    let wrong = ratio::check(&survey, findings).await?;
    survey.dead.extend(wrong);
    traffic::check(&survey, &histories, findings).await?;
    constant::check(&survey, findings).await
}
