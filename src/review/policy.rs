use super::model::PolicyReview;
use crate::budget::Track;
use crate::slo::Slo;
use jiff::tz::TimeZone;
/// Stand-in.
pub fn policy_review(_: &Slo, _: &Track, _: i64, _: &TimeZone) -> PolicyReview {
    PolicyReview {
        decision: None,
        reason: String::new(),
        meaning: String::new(),
        overridden: None,
        thaw: None,
        thaws_at: None,
    }
}
