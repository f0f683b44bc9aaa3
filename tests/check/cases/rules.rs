//! Rules that are not what the specs compile to, and alerts that do not do what they
//! should. All measure the requests of `calm` or `burning`.

use super::traffic::api;
use crate::case::{Case, case};

const FAILING: &str =
    "calm_requests_total * on (job) sum by (job) (calm_requests_total) or 0 * sum(";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        on("rul001", "calm").not_loaded().finds(&["RUL001"]),
        on("rul002-factor", "calm")
            .edited("> 14.4", "> 14")
            .finds(&["RUL002"]),
        on("rul002-label", "calm")
            .edited("severity: page", "severity: call")
            .finds(&["RUL002"]),
        // What is left over is about no SLO that a spec has.
        on("rul003", "calm").beside(|text| {
            let renamed = text.replace("rul003/api", "rul003/gone");
            let renamed = renamed.replace("slo: api", "slo: gone");
            renamed.replace("slo=\"api\"", "slo=\"gone\"")
        }),
        on("rul004", "calm")
            .edited("0 * sum(", FAILING)
            .finds(&["RUL002", "RUL004"]),
        // Which files these are is not about one SLO.
        on("rul007", "calm").beside(str::to_owned),
        on("fir001", "burning")
            .edited("> 14.4", "> 1440")
            .finds(&["RUL002", "FIR001"])
            .verdict("api", "at_risk"),
        on("fir002", "calm")
            .edited("> 14.4", "> -1")
            .finds(&["RUL002", "FIR002"])
            .verdict("api", "at_risk"),
    ]
}

fn on(service: &'static str, job: &str) -> Case {
    case(service, &api(job)).verdict("api", "ok")
}
