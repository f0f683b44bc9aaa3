//! Specs of other tools, with comments in many places.

pub(crate) const SLOTH: &str = r#"# Copyright of the shop.

# The shop's API, measured at the gateway.
version: "prometheus/v1"
service: "shop-api" # as in the catalogue
labels:
  # who is called
  owner: "shop-team"
  tier: "1"
slos:
  # Customers see errors at once.
  - name: "requests-availability"
    objective: 99.9 # was 99.5 until March
    description: "Requests are answered without a server error."
    sli:
      events:
        # 429 is not our fault
        error_query: sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}])) # errors
        total_query: sum(rate(http_requests_total{job="shop"}[{{.window}}]))
    alerting:
      name: ShopAvailability
      labels:
        category: "availability"
      annotations:
        # the new one
        runbook: "https://runbooks.example.com/shop"
      page_alert:
        labels:
          severity: critical # pagerduty
      ticket_alert:
        disable: true # nobody reads them
    # latency is below
  - name: "latency"
    objective: 99
    sli:
      raw:
        error_ratio_query: |
          1 - (
            sum(rate(http_request_duration_seconds_bucket{job="shop",le="0.5"}[{{.window}}]))
            /
            sum(rate(http_request_duration_seconds_count{job="shop"}[{{.window}}]))
          )
    alerting:
      page_alert:
        disable: true
      ticket_alert:
        disable: true
# the end
"#;

pub(crate) const KUBERNETES: &str = r#"# As a resource.
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: # of the resource
  name: cart
  namespace: monitoring
spec:
  service: "cart"
  slos:
    - name: "add" # to the cart
      objective: 99.5
      sli:
        events:
          errorQuery: sum(rate(cart_add_total{result="error"}[{{.window}}]))
          # all of them
          totalQuery: sum(rate(cart_add_total[{{.window}}]))
      alerting:
        pageAlert: {labels: {severity: page}}
"#;

pub(crate) const PYRRA: &str = r#"apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: checkout-errors
  namespace: monitoring
  labels:
    prometheus: k8s # for the operator
    pyrra.dev/team: shop # the team
spec:
  # half a percent
  target: "99.5"
  window: 4w
  description: Checkout works.
  indicator:
    ratio:
      errors:
        metric: http_requests_total{job="checkout",code=~"5.."} # failures
      total:
        metric: http_requests_total{job="checkout"}
      grouping:
        - handler
---
# how fast
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: checkout-latency
  namespace: monitoring
  labels: {pyrra.dev/team: shop}
spec:
  target: "99"
  window: 4w
  indicator:
    latency:
      success:
        metric: http_request_duration_seconds_bucket{job="checkout",le="1"}
      total:
        metric: http_request_duration_seconds_count{job="checkout"}
"#;

pub(crate) const NATIVE: &str = "# ours\napiVersion: slosmith/v1\nservice:   website\nslos:\n\
    - {name: up, objective: 99, sli: {probe: {metric: up}}}   # odd, but ours\n";

pub(crate) const WINDOWS: &str = "\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  # one week
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
";
