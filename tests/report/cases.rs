//! SLOs of every kind, what their metrics did, and when it went wrong.

use crate::past::{DAY, HOUR, MINUTE, Raw, Stretch, instant, is_in, now};

pub(crate) const SPEC: &str = r#"
apiVersion: slosmith/v1
service: shop
owner: shop-team
labels: {tier: "1"}
defaults: {scrape_interval: 60s, period: 30d}
slos:
- name: api
  description: Requests are answered without a server error.
  objective: 99.9
  promise: 99.5
  sli: {events: {total: requests_total, bad_where: 'code="500"'}}
- name: planned
  objective: 99.9
  sli: {events: {total: requests_total, bad_where: 'code="500"'}}
  downtime:
  - {start: "2025-11-07T10:00:00Z", end: "2025-11-07T10:40:00Z", reason: "move <of> the data", count: exclude}
  - {start: "2025-10-21T10:00:00Z", end: "2025-10-21T10:05:00Z", count: include}
- name: by-route
  objective: 99.9
  group_by: [route]
  groups: {route: [/cart, /pay, /gone]}
  sli: {events: {total: requests_total, bad_where: 'code="500"'}}
- name: monthly
  objective: 99.5
  promise: {objective: 99, period: {calendar: quarter, time_zone: Europe/Berlin}}
  period: {calendar: month, time_zone: Europe/Berlin}
  sli: {events: {total: requests_total, bad_where: 'code="500"'}}
- name: happy
  objective: 95
  sli:
    satisfaction:
      histogram: waiting_seconds
      anchors: [{within: 1s}, {within: 3s, name: annoying, pain: 0.2}, {within: 5s, name: painful, pain: 0.5}, {name: brutal, pain: 1}]
- name: fresh
  objective: 99
  sli: {freshness: {timestamp: imported_timestamp_seconds, max_age: 2h}}
- name: journey
  objective: 99.5
  sli: {composite: {every: [shop/api, shop/fresh]}}
---
apiVersion: slosmith/v1
service: nothing
slos:
- name: there
  objective: 99
  period: 30d
  sli: {events: {total: absent_total, bad_where: 'code="500"'}}
"#;

/// Half of the payments failed, all of them with version 2.
pub(crate) fn outage() -> Stretch {
    let start = instant("2025-11-07T10:00:00Z");
    (start, start + 40 * MINUTE)
}

/// A tenth of the carts failed.
pub(crate) fn trouble() -> Stretch {
    let start = instant("2025-10-21T10:00:00Z");
    (start, start + HOUR)
}

/// Before the period of today.
pub(crate) fn long_ago() -> Stretch {
    (now() - 45 * DAY, now() - 45 * DAY + 2 * HOUR)
}

/// Prometheus saw nothing.
pub(crate) fn gap() -> Stretch {
    let start = instant("2025-10-30T00:00:00Z");
    (start, start + 6 * HOUR)
}

/// The import stood still.
pub(crate) fn stale() -> Stretch {
    let start = instant("2025-11-01T00:00:00Z");
    (start, start + 5 * HOUR)
}

fn failing(route: &str, at: i64) -> f64 {
    match route {
        "/pay" if is_in(at, outage()) => 0.5,
        "/cart" if is_in(at, trouble()) => 0.1,
        "/pay" if is_in(at, long_ago()) => 0.2,
        _ => 0.0,
    }
}

/// Requests per scrape.
pub(crate) fn traffic(route: &str) -> f64 {
    if route == "/pay" { 300.0 } else { 600.0 }
}

pub(crate) fn raw() -> Vec<Raw> {
    let mut raw = Vec::new();
    for route in ["/pay", "/cart"] {
        let labels = |code| [("route", route), ("code", code), ("version", "1")];
        raw.push(Raw::counter("requests_total", &labels("200"), move |at| {
            (1.0 - failing(route, at)) * traffic(route)
        }));
        raw.push(Raw::counter("requests_total", &labels("500"), move |at| {
            let is_new = is_in(at, outage());
            if is_new {
                0.0
            } else {
                failing(route, at) * traffic(route)
            }
        }));
    }
    let new = [("route", "/pay"), ("code", "500"), ("version", "2")];
    raw.push(Raw::counter("requests_total", &new, |at| {
        if is_in(at, outage()) { 150.0 } else { 0.0 }
    }));
    for (le, share) in [("1", 0.7), ("3", 0.9), ("5", 0.95), ("+Inf", 1.0)] {
        let share = move |at| {
            if is_in(at, outage()) {
                share * share
            } else {
                share
            }
        };
        let labels = [("le", le)];
        raw.push(Raw::counter("waiting_seconds_bucket", &labels, move |at| {
            share(at) * 1000.0
        }));
    }
    raw.push(Raw::counter("waiting_seconds_count", &[], |_| 1000.0));
    raw.push(Raw::gauge("imported_timestamp_seconds", &[], |at| {
        let last = if is_in(at, stale()) { stale().0 } else { at };
        (!is_in(at, gap())).then(|| f64::from(i32::try_from(last).unwrap()))
    }));
    raw
}
