//! What a change would do to an error budget: a journey that gets slower, a dependency
//! with an SLO of its own.
//!
//! Every change is a share of good events that turn bad: what is within a bound today and
//! would not be, what a dependency fails. Changes that know nothing of each other multiply,
//! so that their order does not matter: e′ = 1 − (1 − e)(1 − a)(1 − b).
//!
//! | module | is |
//! |---|---|
//! | `change` | what is asked |
//! | `ask` | what a server knows of how long things took |
//! | `curve` | a histogram, read between the bounds of its buckets |
//! | `loss` | the share of good events that turn bad |
//! | `outcome`, `alerts` | what becomes of objective, promise and alerts |
//! | `run` | from questions to answers |

mod alerts;
mod ask;
mod change;
mod curve;
mod loss;
mod outcome;
mod run;

pub use alerts::Raised;
pub use ask::{Asked, Between, Failed, Shifted, shifted};
pub use change::{Bound, Dependency, Slower, bounds};
pub use curve::Curve;
pub use loss::{Estimate, Loss};
pub use outcome::{Held, Outcome, like, outcome, strictest};
pub use run::{Answer, Assumed, Called, Changed, Found, Request, Unknown, run};
