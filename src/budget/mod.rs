//! What was measured of an SLO over time, and what it means for its error budget.
//!
//! Pure: nothing here asks a server. Time is cut into tiles of five minutes, aligned to the
//! clock, as the rules record them; instants are Unix seconds. Unmeasured time is not good
//! time: it lowers the coverage, and so is shown beside every number.
//!
//! | module | is |
//! |---|---|
//! | `span` | stretches of time, and the periods that lie in them |
//! | `track` | bad and total events per tile of one group, planned downtime taken out |
//! | `spent` | what an error ratio has spent of a budget, at one instant and over time |
//! | `incident` | stretches that spent budget |
//! | `forecast` | when the budget will be gone, and when it will be back |
//! | `course` | the same when something changes now |
//! | `policy` | what the policy of the spec decides, and what is known enough for it |

mod course;
mod forecast;
mod incident;
mod policy;
mod span;
mod spent;
mod track;

pub use course::{Course, course};
pub use forecast::{Forecast, forecast};
pub use incident::{Incident, incidents};
pub use policy::{Facts, Known, Reason, Ruling, Thaw, default_policy, rule, thaw};
pub(crate) use span::TILE_SECONDS;
pub use span::{Span, TILE, calendar_periods, period_at};
pub use spent::{Goal, Point, Standing, burn_down, standing, standing_over, timeline};
pub(crate) use track::float;
pub use track::{Events, Join, Part, Track};

/// Share of a period (0–1) that must be measured before its budget says something: half,
/// as alerts ask of their long windows, and a little less, so that a server that keeps half
/// of the period does not change its mind with every block.
pub const ENOUGH_COVERAGE: f64 = 0.48;
