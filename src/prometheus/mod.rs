//! The HTTP API of Prometheus.
