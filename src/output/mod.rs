//! Rules → Prometheus rule file, operator resource, rule unit tests.
