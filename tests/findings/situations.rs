//! What no single spec file can provoke: each code with the situation that does.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use slosmith::diagnostic::{Diagnostics, render_text};
use slosmith::output::directory::Plan;
use slosmith::source::Sources;

use crate::slosmith_command::{run, slosmith};

/// How a code is provoked.
pub(crate) struct Situation {
    pub(crate) code: &'static str,
    /// In words, for whoever reads the snapshot.
    how: &'static str,
    /// Builds it in an empty directory, and gives what is reported.
    provoke: fn(&Path) -> String,
}

pub(crate) const ALL: [Situation; 17] = [
    Situation {
        code: "SPEC007",
        how: "a spec of 20 MB",
        provoke: |here| {
            let file = fs::File::create(here.join("large.yaml")).unwrap();
            file.set_len(20_000_000).unwrap();
            validate(here, "large.yaml")
        },
    },
    Situation {
        code: "SPEC008",
        how: "a spec in Latin-1",
        provoke: |here| {
            fs::write(here.join("latin1.yaml"), b"service: shop\nowner: caf\xe9\n").unwrap();
            validate(here, "latin1.yaml")
        },
    },
    Situation {
        code: "SPEC009",
        how: "a link to nowhere among the specs",
        provoke: |here| {
            symlink("nowhere", here.join("link.yaml")).unwrap();
            validate(here, ".")
        },
    },
    Situation {
        code: "SPEC010",
        how: "a directory that holds a link to itself",
        provoke: |here| {
            symlink(".", here.join("loop")).unwrap();
            validate(here, ".")
        },
    },
    Situation {
        code: "SPEC011",
        how: "a directory without specs",
        provoke: |here| validate(here, "."),
    },
    Situation {
        code: "SLO007",
        how: "one SLO in two files",
        provoke: |here| {
            put(here, "a.yaml", &spec("shop"));
            put(here, "b/c.yaml", &spec("shop"));
            validate(here, ".")
        },
    },
    Situation {
        code: "OSL002",
        how: "an alert condition without an operator, judged as the OpenSLO SDK does",
        provoke: |here| {
            put(
                here,
                "a.yaml",
                "apiVersion: openslo/v1\nkind: AlertCondition\nmetadata: {name: fast}\nspec:\n  \
                 severity: page\n  condition: {kind: burnrate, threshold: 14, lookbackWindow: 1h}\n",
            );
            run(slosmith(here).args(["validate", "--strict", "a.yaml"])).err
        },
    },
    Situation {
        code: "OSL003",
        how: "an empty file, which the OpenSLO SDK lets pass",
        provoke: |here| {
            put(here, "a.yaml", "");
            run(slosmith(here).args(["validate", "--strict", "a.yaml"])).err
        },
    },
    Situation {
        code: "OUT001",
        how: "a file written by hand where rules belong",
        provoke: |here| {
            put(here, "generated/rules/shop.yaml", "groups: []\n");
            generate(here, &[])
        },
    },
    Situation {
        code: "OUT002",
        how: "a link where the directory of rules belongs",
        provoke: |here| {
            fs::create_dir_all(here.join("generated")).unwrap();
            symlink("/etc", here.join("generated/rules")).unwrap();
            generate(here, &[])
        },
    },
    Situation {
        code: "OUT003",
        how: "two services that make one resource name",
        provoke: |here| {
            put(here, "slo-specs/other.yaml", &spec("Shop.a"));
            put(here, "slo-specs/third.yaml", &spec("shop_a"));
            generate(here, &["--format", "operator"])
        },
    },
    Situation {
        code: "OUT004",
        how: "specs that were never generated",
        provoke: |here| generate(here, &["--check"]),
    },
    Situation {
        code: "OUT005",
        how: "an output directory that cannot be made",
        provoke: |here| generate(here, &["-o", "/proc/slosmith"]),
    },
    Situation {
        code: "OUT006",
        how: "a service named ../shop, which `SLO006` keeps away from here",
        provoke: |_| {
            let mut plan = Plan::default();
            let problem = plan.add("rules/../../shop.yaml", String::new).unwrap_err();
            let mut findings = Diagnostics::default();
            findings.push(*problem);
            render_text(&findings, &Sources::default(), false)
        },
    },
    Situation {
        code: "OUT007",
        how: "a label that the rules set themselves",
        provoke: |here| generate(here, &["--label", "service=shop"]),
    },
    Situation {
        code: "OUT008",
        how: "two SLOs that are one to Sloth",
        provoke: |here| {
            put(here, "slo-specs/a.yaml", &named("shop-web", "search"));
            put(here, "slo-specs/b.yaml", &named("shop", "web-search"));
            generate(here, &["--layout", "sloth"])
        },
    },
    Situation {
        code: "OUT009",
        how: "labels that Sloth's layout sets itself",
        provoke: |here| {
            let labels = "labels: {sloth_service: storefront, sloth_team: core}\n";
            put(here, "slo-specs/a.yaml", &(spec("web") + labels));
            generate(here, &["--layout", "sloth"])
        },
    },
];

fn put(here: &Path, path: &str, text: &str) {
    let path = here.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn spec(service: &str) -> String {
    named(service, "up")
}

fn named(service: &str, name: &str) -> String {
    format!(
        "apiVersion: slosmith/v1\nservice: {service}\nslos:\n  - name: {name}\n    objective: 99\n    \
         sli: {{probe: {{metric: up}}}}\n"
    )
}

fn validate(here: &Path, specs: &str) -> String {
    run(slosmith(here).args(["validate", specs])).err
}

fn generate(here: &Path, args: &[&str]) -> String {
    put(here, "slo-specs/shop.yaml", &spec("shop"));
    run(slosmith(here).arg("generate").args(args)).err
}

#[test]
fn situations_give_their_codes() {
    let mut shown = String::new();
    for Situation { code, how, provoke } in ALL {
        let directory = tempfile::tempdir().unwrap();
        let text = provoke(directory.path());
        assert!(text.contains(&format!("[{code}]")), "{how}: {text}");
        assert!(text.contains("= help: "), "{how}: no help: {text}");
        writeln!(shown, "## {code}: {how}\n\n{text}").unwrap();
    }
    insta::assert_snapshot!(shown);
}
