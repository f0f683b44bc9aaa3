//! Synthetic raw series for an SLO: what its counters and gauges look like when
//! a given share of its events is bad.
