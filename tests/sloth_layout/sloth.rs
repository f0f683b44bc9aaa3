//! What Sloth itself generates for an SLO over a week, in the shape of its files.

use std::fmt::Write as _;

/// What Sloth selects an SLO by.
const IDS: &str = "{sloth_id=\"shop-web\", sloth_service=\"shop\", sloth_slo=\"web\"}";
/// Short and long window, and factor.
type Pair = (&'static str, &'static str, &'static str);
/// Its pairs: a period of a week.
const PAIRS: [(&str, [Pair; 2]); 2] = [
    ("page", [("5m", "1h", "13.44"), ("30m", "6h", "3.5")]),
    (
        "ticket",
        [("2h", "1d", "1.4000000000000001"), ("6h", "3d", "0.98")],
    ),
];

/// The rules that Sloth makes for such an SLO, in its order.
pub(crate) fn rules() -> String {
    let labels = |more: &str| {
        format!("{{sloth_id: shop-web, sloth_service: shop, sloth_slo: web, tier: gold{more}}}")
    };
    let mut text = String::from("groups:\n- name: sloth-slo-sli-recordings-shop-web\n  rules:\n");
    let record = |text: &mut String, name: &str, expr: &str, more: &str| {
        writeln!(
            text,
            "  - {{record: '{name}', labels: {}, expr: '{expr}'}}",
            labels(more)
        )
        .unwrap();
    };
    for window in ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] {
        let selector = "http_requests_total{job=\"shop\"";
        let expr = format!(
            "(sum(rate({selector},code=\"500\"}}[{window}])))\n\n    / (sum(rate({selector}}}[{window}])))"
        );
        let name = format!("slo:sli_error:ratio_rate{window}");
        record(
            &mut text,
            &name,
            &expr,
            &format!(", sloth_window: {window}"),
        );
    }
    let ratio = |window: &str| format!("slo:sli_error:ratio_rate{window}{IDS}");
    let mean = format!(
        "sum_over_time({0}[7d]) / ignoring (sloth_window) count_over_time({0}[7d])",
        ratio("5m")
    );
    record(
        &mut text,
        "slo:sli_error:ratio_rate1w",
        &mean,
        ", sloth_window: 1w",
    );
    text += "- name: sloth-slo-meta-recordings-shop-web\n  rules:\n";
    let burn = |window: &str| {
        format!(
            "{} / on(sloth_id, sloth_slo, sloth_service) group_left slo:error_budget:ratio{IDS}",
            ratio(window)
        )
    };
    let left = format!("1 - slo:period_burn_rate:ratio{IDS}");
    for (name, expr) in [
        ("slo:objective:ratio", "vector(0.995)"),
        ("slo:error_budget:ratio", "vector(1-0.995)"),
        ("slo:time_period:days", "vector(7)"),
        ("slo:current_burn_rate:ratio", &burn("5m")),
        ("slo:period_burn_rate:ratio", &burn("1w")),
        ("slo:period_error_budget_remaining:ratio", &left),
    ] {
        record(&mut text, name, expr, "");
    }
    let info = ", sloth_version: v0.16.0, sloth_mode: cli-gen-prom, sloth_spec: prometheus/v1, \
                sloth_objective: \"99.5\"";
    record(&mut text, "sloth_slo_info", "vector(1)", info);
    text += "- name: sloth-slo-alerts-shop-web\n  rules:\n";
    for (severity, pairs) in PAIRS {
        let is_over = |window: &str, factor: &str| {
            let ratio = ratio(window);
            format!("max({ratio} > ({factor} * 0.005)) without (sloth_window)")
        };
        let arms = pairs.map(|(short, long, factor)| {
            format!("({} and {})", is_over(short, factor), is_over(long, factor))
        });
        let channel = if severity == "page" {
            ", channel: pager"
        } else {
            ""
        };
        writeln!(
            text,
            "  - {{alert: ShopErrors, labels: {{sloth_severity: {severity}, team: core{channel}}}, \
             expr: '{}'}}",
            arms.join(" or ")
        )
        .unwrap();
    }
    text
}
