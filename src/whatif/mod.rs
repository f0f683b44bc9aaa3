//! What a change would do to an error budget: a journey that gets slower, a dependency
//! with an SLO of its own.

mod alerts;
mod ask;
mod change;
mod curve;
mod loss;
mod outcome;

pub use alerts::Raised;
pub use ask::{Between, Failed, Slowed, slowed};
pub use change::{Bound, Dependency, Slower, bounds};
pub use curve::Curve;
pub use loss::{Estimate, Loss};
pub use outcome::{Held, Outcome, like, outcome, strictest};
