//! What product managers read: whether customers were served well, what is left of the
//! budget, who spent it, and what to do. `report` shows it.

mod model;
pub(crate) mod moment;
pub(crate) mod policy;

pub use model::{
    Attribution, Band, Counts, DowntimeReview, GoalReview, Happiness, HappinessPoint, Held,
    IncidentReview, PolicyReview, Previous, Review, Rollup, SloReview, ValueShare,
};
pub use policy::policy_review;
