//! A Prometheus forgets what it has in memory when it is started again with newer blocks.

use std::time::Duration;

use crate::world::{World, runtime, samples};

const SPEC: &str = "\
apiVersion: slosmith/v1
service: shop
slos:
- {name: up, objective: 99, period: 1d, sli: {probe: {metric: up}}}
";

/// It scrapes itself, so that there is something in its memory.
fn config(address: std::net::SocketAddr) -> String {
    format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: self\n  \
         static_configs: [{{targets: ['{address}']}}]\n"
    )
}

#[test]
fn a_history_ends_where_the_memory_of_the_server_begins() {
    runtime().block_on(async {
        let mut world = World::new(SPEC, &[], &[]).await;
        world.restart(config, &[]).await;
        let client = world.client();
        let begins = loop {
            if let Some(begins) = client.head_begins().await.unwrap() {
                break begins;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        // All there is, is in memory: nothing can be written safely.
        let run = world.backfill(&["-o", "h.om"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(run.err.contains("BKF001"), "{}", run.err);

        // Who asks for it is warned.
        let run = world.backfill(&["-o", "h.om", "--until", "now"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(run.err.contains("do not restart it"), "{}", run.err);
        let until = format!("{:.0}", begins.floor() - 1.0);
        let run = world.backfill(&["-o", "h.om", "--until", &until]);
        assert!(!run.err.contains("do not restart it"), "{}", run.err);
        let nothing = std::fs::read_to_string(world.path("h.om")).unwrap();
        assert!(samples(&nothing).is_empty());
    });
}
