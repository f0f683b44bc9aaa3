# Every target does its own set-up; on a fresh Debian nothing but Rust is needed.

.PHONY: help demo test lint prove bench prometheus servers

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: prometheus ## Compile slo-specs/, run the rules in a real Prometheus, show what they say
	cargo build --locked --release
	@$${CARGO_TARGET_DIR:-target}/release/slosmith demo slo-specs --report $${CARGO_TARGET_DIR:-target}/demo-report.html

test: servers ## All tests, those against a real Prometheus included
	cargo test --locked
	scripts/prove generated/tests

lint: ## Format and lints
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

prove: prometheus ## Only the generated rule unit tests
	scripts/prove generated/tests

bench: prometheus ## Compile 10,000 SLOs and check 1,000 in a real Prometheus, against slokit
	scripts/bench
	scripts/bench-check

# prometheus and promtool, from the distribution when they are missing.
prometheus:
	@scripts/install-prometheus

# The same, and what else the tests ask.
servers:
	@scripts/install-prometheus victoria-metrics
