//! What dashboards and the web interface for Sloth's rules ask, in our own words.

use slosmith::prometheus::Client;

/// Questions about the SLO `web` of the service `shop`; each must have an answer.
pub(crate) const QUERIES: [&str; 17] = [
    // Which SLOs there are: variables of dashboards, and lists.
    "sloth_slo_info{sloth_id!=\"\"}",
    "group by (sloth_service, sloth_slo) (sloth_slo_info{sloth_service=~\"shop\"})",
    "count(sloth_slo_info{sloth_objective=~\"99.*\"})",
    // Which windows are recorded, and over which period the budget holds.
    "count by (__name__, sloth_id) ({__name__=~\"^slo:sli_error:ratio_rate.*\"})",
    "max by (sloth_id) (slo:time_period:days{sloth_id!=\"\"})",
    "slo:objective:ratio{sloth_service=\"shop\", sloth_slo=\"web\"}",
    // How fast it burns, and what is left.
    "slo:current_burn_rate:ratio{sloth_id!=\"\"}",
    "slo:period_burn_rate:ratio{sloth_service=\"shop\", sloth_slo=\"web\"}",
    "slo:period_error_budget_remaining:ratio{sloth_id!=\"\"}",
    "sort(avg by (sloth_service, sloth_slo) (slo:period_error_budget_remaining:ratio))",
    // Charts of the SLI, and of the burn rate of a window.
    "1 - max(slo:sli_error:ratio_rate5m{sloth_id=\"shop-web\"})",
    "1 - max(slo:sli_error:ratio_rate1h{sloth_service=\"shop\", sloth_slo=\"web\"})",
    "slo:sli_error:ratio_rate1h{sloth_slo=\"web\"} / on (sloth_id, sloth_slo, sloth_service) \
     group_left () slo:error_budget:ratio{sloth_slo=\"web\"}",
    "slo:sli_error:ratio_rate6h / on (sloth_id) group_left () (1 - slo:objective:ratio)",
    "max(slo:sli_error:ratio_rate5m > (14.4 * 0.001)) without (sloth_window)",
    // Who is alerted, and who has a budget but no burn rate.
    "count by (sloth_severity) (ALERTS{sloth_id!=\"\", alertstate=\"firing\"})",
    "count(slo:error_budget:ratio unless on (sloth_id) slo:current_burn_rate:ratio) or vector(0)",
];

/// The budget of a calendar month: the mean of what every hour of it burnt.
pub(crate) const MONTH: &str = "1 - sum_over_time((slo:sli_error:ratio_rate1h{sloth_service=\"shop\", \
     sloth_slo=\"web\"} * on () group_left () (month() == bool month()))[32d:1h]) / on (sloth_id) \
     (slo:error_budget:ratio{sloth_service=\"shop\", sloth_slo=\"web\"} * on () group_left () \
     (24 * days_in_month()))";

/// The questions that have no answer at an instant.
pub(crate) async fn unanswered(client: &Client, queries: &[&str], at: f64) -> Vec<String> {
    let mut unanswered = Vec::new();
    for query in queries {
        match client.query(query, at).await {
            Ok(answer) if !answer.samples.is_empty() => {}
            Ok(_) => unanswered.push((*query).to_owned()),
            Err(error) => unanswered.push(format!("{query}: {error}")),
        }
    }
    unanswered
}
