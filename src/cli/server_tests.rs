use std::fs;

use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    server: ServerArgs,
}

type Environment<'a> = &'a [(&'a str, &'a str)];

/// The client that these arguments make, or all that is said about them.
fn client(args: &[&str], environment: Environment<'_>) -> Result<Client, String> {
    let args = ["slosmith", "--prometheus", "http://prom:9090"]
        .iter()
        .chain(args);
    let args = Args::try_parse_from(args).map_err(|error| error.to_string())?;
    let env = |name: &str| {
        let found = environment.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    };
    let client = args.server.client_in(env);
    client.map_err(|error| format!("{error:#}"))
}

fn refused(args: &[&str], environment: Environment<'_>) -> String {
    client(args, environment).unwrap_err()
}

/// A folder with a file of this text.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// What the client shows of its access.
fn shown(args: &[&str], environment: Environment<'_>) -> String {
    format!("{:?}", client(args, environment).unwrap())
}

#[test]
fn takes_a_token() {
    let (_folder, token) = file("t0ps3cret\n");
    for (args, environment) in [
        (vec!["--bearer-token-file", &token], vec![]),
        (vec![], vec![(TOKEN, "t0ps3cret")]),
        (
            vec!["--bearer-token-file", &token],
            vec![(TOKEN, ""), (PASSWORD, "p")],
        ),
    ] {
        let shown = shown(&args, &environment);
        assert!(shown.contains(r#"credentials: Some("token")"#), "{shown}");
        assert!(!shown.contains("t0ps3cret"), "{shown}");
    }
}

#[test]
fn takes_a_user_with_a_password() {
    let (_folder, password) = file("pass word\r\n");
    for (args, environment) in [
        (
            vec!["--username", "me", "--password-file", &password],
            vec![],
        ),
        (
            vec!["--username", "me"],
            vec![(PASSWORD, "pass word"), (TOKEN, "x")],
        ),
    ] {
        let shown = shown(&args, &environment);
        assert!(
            shown.contains(r#"credentials: Some("password")"#),
            "{shown}"
        );
        assert!(!shown.contains("pass word"), "{shown}");
    }
}

#[test]
fn says_how_to_give_credentials() {
    let (_folder, token) = file("one\ntwo\n");
    let (_folder, empty) = file("\n");
    let (_folder, space) = file("t0p s3cret");
    for (args, environment, expected) in [
        (
            vec!["--bearer-token-file", "/none"],
            vec![],
            "--bearer-token-file `/none`: cannot be read: No such file",
        ),
        (
            vec!["--bearer-token-file", &empty],
            vec![],
            "file`: there is nothing in it",
        ),
        (
            vec!["--bearer-token-file", &token],
            vec![],
            "file`: expected one line, found several",
        ),
        (
            vec!["--bearer-token-file", &space],
            vec![],
            "file`: a token is one line",
        ),
        (
            vec![],
            vec![(TOKEN, "")],
            "PROMETHEUS_BEARER_TOKEN: there is nothing in it",
        ),
        (
            vec![],
            vec![(PASSWORD, "p")],
            "PROMETHEUS_PASSWORD needs --username",
        ),
        (
            vec!["--username", "me"],
            vec![],
            "--username needs --password-file FILE",
        ),
        (
            vec!["--username", "a:b"],
            vec![(PASSWORD, "p")],
            "--username: a user has a name",
        ),
        (vec!["--password-file", &space], vec![], "--username <USER>"),
        (
            vec!["--username", "me", "--bearer-token-file", &space],
            vec![],
            "cannot be used with",
        ),
    ] {
        let said = refused(&args, &environment);
        assert!(said.contains(expected), "{args:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn takes_headers_and_keeps_their_values() {
    let (_folder, headers) = file("# secret\n\nX-Key: s3cret\nX-Other:a:b\n");
    let args = [
        "--header",
        "X-Scope-OrgID: tenant",
        "--header-file",
        &headers,
    ];
    let shown = shown(&args, &[]);
    assert!(
        shown.contains(r#"["x-scope-orgid", "x-key", "x-other"]"#),
        "{shown}"
    );
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn says_which_header_is_wrong() {
    let (_folder, headers) = file("X-Key: a\nAuthorization Bearer s3cret\n");
    for (args, environment, expected) in [
        (
            vec!["--header", "X: a", "--header", "s3cret"],
            vec![],
            "--header, number 2: expected `Name: value`",
        ),
        (
            vec!["--header", "Key=s3cret: a"],
            vec![],
            "--header, number 1: not a name that a header can have",
        ),
        (
            vec!["--header", "Key: s3cret\u{7}"],
            vec![],
            "--header, number 1: the value of header `Key` must be one line",
        ),
        (
            vec!["--header-file", &headers],
            vec![],
            "file`, line 2: expected `Name: value`",
        ),
        (
            vec!["--header", "Authorization: s3cret"],
            vec![(TOKEN, "token")],
            "--header, number 1: give one of",
        ),
    ] {
        let said = refused(&args, &environment);
        assert!(said.contains(expected), "{args:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn says_what_is_wrong_with_certificates() {
    let key = rcgen::generate_simple_self_signed(vec!["me".to_owned()]).unwrap();
    let (_folder, certificate) = file(&key.cert.pem());
    let (_folder, key) = file(&key.signing_key.serialize_pem());
    assert!(client(&["--ca-file", &certificate], &[]).is_ok());
    assert!(client(&["--cert-file", &certificate, "--key-file", &key], &[]).is_ok());
    for (args, expected) in [
        (vec!["--ca-file", &key], "--ca-file `"),
        (
            vec!["--ca-file", "/none"],
            "--ca-file `/none`: cannot be read",
        ),
        (vec!["--cert-file", &certificate], "--key-file <FILE>"),
        (vec!["--key-file", &key], "--cert-file <FILE>"),
        (
            vec!["--cert-file", &key, "--key-file", &key],
            "--cert-file `",
        ),
        (
            vec!["--cert-file", &certificate, "--key-file", &certificate],
            "--key-file `",
        ),
    ] {
        let said = refused(&args, &[]);
        assert!(said.contains(expected), "{args:?}: {said}");
        assert!(!said.contains("-----\n"), "{said}");
    }
}

#[test]
fn limits_are_checked() {
    for (args, expected) in [
        (["--timeout", "5"], "not a duration"),
        (["--timeout", "0s"], "no time"),
        (["--concurrency", "0"], "0 is not in 1.."),
    ] {
        let said = refused(&args, &[]);
        assert!(said.contains(expected), "{said}");
    }
    assert!(client(&["--timeout", "1m30s", "--concurrency", "2"], &[]).is_ok());
}

#[test]
fn the_url_is_needed_and_kept() {
    let parse = |url: &str| Args::try_parse_from(["slosmith", "--prometheus", url]).unwrap();
    let said = parse(" ")
        .server
        .client_in(|_| None)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("--prometheus URL or PROMETHEUS_URL"),
        "{said}"
    );
    let args = parse("http://me:s3cret@prom:9090/x?y=z");
    let error = args.server.client_in(|_| None).unwrap_err();
    let said = format!("{args:?} {error:#} {error:?}");
    assert!(
        said.contains("--prometheus: `http://prom:9090/x` is not"),
        "{said}"
    );
    assert!(!said.contains("s3cret"), "{said}");
}
