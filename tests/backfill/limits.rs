//! What a server does not answer at once is asked for in parts.

use crate::past::{END, SPEC, raw};
use crate::world::{World, runtime};

#[test]
fn a_server_that_reads_few_samples_gives_the_same_history() {
    runtime().block_on(async {
        let mut world = World::new(SPEC, &raw(), &[]).await;
        let until = END.to_string();
        // Composites read the others again, and slices the same counters.
        let args = [
            "--until",
            &until,
            "--since",
            "8d",
            "--select",
            "slo=web,slo=queue,slo=month",
        ];
        let whole = world.history("whole.om", &args);
        // A query over all instants needs far more at once.
        let few = ["--query.max-samples=3000"];
        world.restart(|_| "global: {}\n".to_owned(), &few).await;
        let parts = world.history("parts.om", &args);
        assert!(whole == parts, "the histories differ");
        let client = world.client();
        let refused = client
            .query_range("requests_total", (END - 86_400) as f64, END as f64, 60.0)
            .await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("too many samples"), "{refused}");

        // What cannot be read even at one instant costs one SLO, not the others.
        let none = ["--query.max-samples=8"];
        world.restart(|_| "global: {}\n".to_owned(), &none).await;
        let args = ["--until", &until, "--since", "2h", "-o", "some.om"];
        let select = ["--select", "slo=sliced,slo=calm"];
        let run = world.backfill(&[&args[..], &select].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(run.err.contains("BKF002"), "{}", run.err);
        assert!(run.err.contains("shop/sliced: its history"), "{}", run.err);
        assert!(!run.err.contains("shop/calm: its history"), "{}", run.err);
    });
}
