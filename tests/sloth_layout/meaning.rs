//! Values and labels to the letter, in Prometheus' own engine.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const SPEC: &str = "\
apiVersion: slosmith/v1
service: shop
owner: storefront
labels: {tier: gold}
defaults: {scrape_interval: 1m}
slos:
- name: web
  objective: 99.9
  period: 30d
  sli: {events: {total: requests_total, bad_where: 'code=\"500\"'}}
  alerts:
    name: ShopErrors
    labels: {team: core, tier: silver}
    page: {severity: critical, labels: {channel: pager}}
    ticket: {labels: {channel: inbox}}
    budget_left: [{below: 50}]
- name: regional
  objective: 95
  period: 28d
  group_by: [region]
  sli: {events: {total: regional_total, bad_where: 'code=\"500\"'}}
  alerts: {min_bad_events: 3}
- name: shares
  objective: 99
  period: 7d
  sli: {events: {total: shares_total, bad_where: 'code=\"500\"'}}
  alerts: {on: budget, page: {labels: {channel: pager}}}
";

/// Ten of a hundred requests fail from the second hour on, and all of one region.
const INPUT: &str = r#"
  - {series: 'requests_total{code="200"}', values: '0+100x60 6090+90x180'}
  - {series: 'requests_total{code="500"}', values: '0x60 10+10x180'}
  - {series: 'regional_total{code="200", region="eu"}', values: '0+100x60 6000x180'}
  - {series: 'regional_total{code="500", region="eu"}', values: '0x60 100+100x180'}
  - {series: 'regional_total{code="200", region="us"}', values: '0+100x240'}
  - {series: 'shares_total{code="200"}', values: '0+100x60 6000x180'}
  - {series: 'shares_total{code="500"}', values: '0x60 100+100x180'}
"#;

const WEB: &str = r#"owner="storefront", sloth_id="shop-web", sloth_service="shop", sloth_slo="web", tier="gold""#;
const REGIONAL: &str = r#"owner="storefront", sloth_id="shop-regional", sloth_service="shop", sloth_slo="regional", tier="gold""#;

/// Tests in the form of promtool.
struct Tests(String);

impl Tests {
    /// An expression and the only samples that it has, as labels and value.
    fn expect(&mut self, at: &str, expr: &str, samples: &[(String, f64)]) {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let samples: Vec<String> = samples
            .iter()
            .map(|(labels, value)| {
                format!(
                    "{{labels: {}, value: {value}}}",
                    quoted(&format!("{{{labels}}}"))
                )
            })
            .collect();
        writeln!(
            self.0,
            "  - {{eval_time: {at}, expr: {}, exp_samples: [{}]}}",
            quoted(expr),
            samples.join(", ")
        )
        .unwrap();
    }

    /// The only series of this name has these labels and almost exactly this value.
    fn value(&mut self, at: &str, series: &str, labels: &str, value: f64) {
        let expr = format!("abs({series} - {value}) < bool 1e-9");
        self.expect(at, &expr, &[(labels.to_owned(), 1.0)]);
    }
}

fn window(labels: &str, window: &str) -> String {
    format!("{labels}, sloth_window=\"{window}\"")
}

fn ratios(tests: &mut Tests) {
    for (name, at, value) in [
        ("5m", "59m", 0.0),
        ("1h", "59m", 0.0),
        ("5m", "80m", 0.1),
        ("30m", "120m", 0.1),
        ("1h", "180m", 0.1),
    ] {
        let series = format!("slo:sli_error:ratio_rate{name}{{sloth_slo=\"web\"}}");
        tests.value(at, &series, &window(WEB, name), value);
    }
    for name in ["30m", "1h", "2h", "6h"] {
        let native = format!("slo:error_ratio:{name}{{slo=\"web\"}}");
        let expr = format!(
            "slo:sli_error:ratio_rate{name}{{sloth_slo=\"web\"}} - on () group_left () {native}"
        );
        tests.expect("200m", &expr, &[(window(WEB, name), 0.0)]);
    }
    let eu = "region=\"eu\", ";
    let us = "region=\"us\", ";
    let regional = window(REGIONAL, "5m");
    tests.expect(
        "80m",
        "abs(slo:sli_error:ratio_rate5m{sloth_slo=\"regional\"}) < bool 1e-9",
        &[
            (format!("{eu}{regional}"), 0.0),
            (format!("{us}{regional}"), 1.0),
        ],
    );
    tests.expect(
        "80m",
        "group by (sloth_window, region) (slo:sli_error:ratio_rate4w)",
        &[
            (format!("{eu}sloth_window=\"4w\""), 1.0),
            (format!("{us}sloth_window=\"4w\""), 1.0),
        ],
    );
}

fn metadata(tests: &mut Tests) {
    let of = |name: &str| format!("{name}{{sloth_slo=\"web\"}}");
    tests.value("80m", &of("slo:objective:ratio"), WEB, 0.999);
    tests.value("80m", &of("slo:error_budget:ratio"), WEB, 0.001);
    tests.value("80m", &of("slo:time_period:days"), WEB, 30.0);
    tests.value(
        "80m",
        &of("slo:current_burn_rate:ratio"),
        &window(WEB, "5m"),
        100.0,
    );
    let period = window(WEB, "30d");
    let burn = of("slo:period_burn_rate:ratio");
    let ratio = of("slo:sli_error:ratio_rate30d");
    let close = |difference: String| format!("abs({difference}) < bool 1e-9");
    let left = of("slo:period_error_budget_remaining:ratio");
    let native = "slo:error_ratio:period{slo=\"web\"}";
    let difference = format!("{burn} - on () group_left () {native} / 0.001");
    tests.expect("80m", &close(difference), &[(period.clone(), 1.0)]);
    tests.expect(
        "80m",
        &close(format!("{left} - (1 - {burn})")),
        &[(period, 1.0)],
    );
    // Three hours of 10 % after one without errors.
    let expr = format!("abs({ratio} / 0.075 - 1) < bool 0.02");
    tests.expect("239m", &expr, &[(window(WEB, "30d"), 1.0)]);
    let info = format!(
        "{WEB}, sloth_mode=\"cli-gen-prom\", sloth_objective=\"99.9\", sloth_spec=\"slosmith/v1\", \
         sloth_version=\"{}\"",
        env!("CARGO_PKG_VERSION")
    );
    tests.value("80m", &of("sloth_slo_info"), &info, 1.0);
}

fn alerts(tests: &mut Tests) {
    tests.expect("59m", "ALERTS", &[]);
    let alert = |more: &str| format!("__name__=\"ALERTS\", alertstate=\"firing\", {more}");
    let ids = |slo: &str| {
        format!(
            "owner=\"storefront\", sloth_id=\"shop-{slo}\", sloth_service=\"shop\", sloth_slo=\"{slo}\""
        )
    };
    let page = format!(
        "alertname=\"ShopErrors\", {}, channel=\"pager\", severity=\"critical\", \
         sloth_severity=\"page\", team=\"core\", tier=\"silver\"",
        ids("web")
    );
    let left = format!(
        "alertname=\"SLOBudgetLow\", {}, channel=\"inbox\", service=\"shop\", slo=\"web\", \
         sloth_severity=\"ticket\", team=\"core\", tier=\"silver\"",
        ids("web")
    );
    tests.expect(
        "85m",
        "ALERTS{sloth_slo=\"web\"}",
        &[(alert(&page), 1.0), (alert(&left), 1.0)],
    );
    let regional = |severity| {
        format!(
            "alertname=\"SLOErrorBudgetBurn\", {}, region=\"eu\", sloth_severity=\"{severity}\", \
             tier=\"gold\"",
            ids("regional")
        )
    };
    let of_regional = "ALERTS{sloth_slo=\"regional\"}";
    tests.expect("85m", of_regional, &[]);
    // A region that fails entirely raises a ticket, too.
    let both = ["page", "ticket"].map(|severity| (alert(&regional(severity)), 1.0));
    tests.expect("118m", of_regional, &both);
    let shares = format!(
        "alertname=\"SLOErrorBudgetBurn\", {}, channel=\"pager\", sloth_severity=\"page\", tier=\"gold\"",
        ids("shares")
    );
    let of_shares = "ALERTS{sloth_slo=\"shares\", sloth_severity=\"page\"}";
    tests.expect("200m", of_shares, &[(alert(&shares), 1.0)]);
}

#[test]
fn values_and_labels_are_sloths() {
    let folder = tempfile::tempdir().unwrap();
    crate::generate(folder.path(), SPEC);
    let mut tests = Tests(String::new());
    ratios(&mut tests);
    metadata(&mut tests);
    alerts(&mut tests);
    // Nothing of it is ever NaN.
    let all = "{__name__=~\"slo.*\"}";
    let not_a_number = format!("count({all}) - count({all} >= -Inf)");
    tests.expect("240m", &not_a_number, &[(String::new(), 0.0)]);
    let order: Vec<String> = ["web", "regional", "shares"]
        .iter()
        .flat_map(|slo| {
            [
                "sli-recordings",
                "extra-rules-000",
                "meta-recordings",
                "alerts",
            ]
            .map(|group| format!("sloth-slo-{group}-shop-{slo}"))
        })
        .collect();
    let text = format!(
        "rule_files: [generated/rules/shop.yaml]\nevaluation_interval: 1m\ngroup_eval_order: [{}]\n\
         tests:\n- interval: 1m\n  input_series:{INPUT}  promql_expr_test:\n{}",
        order.join(", "),
        tests.0
    );
    std::fs::write(folder.path().join("test.yaml"), text).unwrap();
    promtool(folder.path(), "test.yaml");
}

fn promtool(folder: &Path, test: &str) {
    let output = Command::new("promtool")
        .args(["test", "rules", test])
        .current_dir(folder)
        .output()
        .expect("promtool must be installed: make prometheus");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
