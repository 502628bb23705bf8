//! Downloads in real environments: behind a company's TLS-intercepting proxy, behind SOCKS, behind a proxy that
//! requires a login, and without any network. No test leaves this machine.

mod servers;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crate::workbench::{Bench, Done, Program, mnist};
use servers::{Authority, Server, Site, signed_by_itself};

/// The hosts of MNIST's mirrors.
const MIRRORS: [&str; 2] = ["ossci-datasets.s3.amazonaws.com", "storage.googleapis.com"];

/// Runs `data fetch mnist` with these variables.
fn fetch(bench: &Bench, mirror: Option<&str>, variables: &[(&str, &str)]) -> Done {
    let mut arguments = vec!["data", "fetch", "mnist"];
    arguments.extend(
        mirror
            .map(|mirror| ["--mirror", mirror])
            .into_iter()
            .flatten(),
    );
    let mut command = bench.command(&arguments);
    command.envs(variables.iter().copied());
    Program::start(&mut command).finish()
}

#[track_caller]
fn assert_said(done: &Done, code: i32, words: &[&str]) {
    assert_eq!(done.code, Some(code), "{}", done.err);
    for words in words {
        assert!(done.err.contains(words), "no `{words}` in: {}", done.err);
    }
}

fn written(bench: &Bench, name: &str, text: &str) -> String {
    let path = bench.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

fn site_of(folder: &Path) -> Site {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let files = files.map(|file| {
        let name = file.file_name().into_string().unwrap();
        (name, fs::read(file.path()).unwrap())
    });
    Site {
        files: Arc::new(files.collect()),
        moved_to: None,
    }
}

#[test]
fn a_companys_authority_is_trusted_if_a_variable_names_it() {
    let bench = Bench::new();
    let authority = Authority::new("Example Proxy CA");
    let server = Server::tls(authority.server(&["localhost"]), Site::default());
    let mirror = format!("https://localhost:{}/", server.address.port());
    let fetch = |variables: &[(&str, &str)]| fetch(&bench, Some(&mirror), variables);

    // Without it the error names the certificate and what would help.
    assert_said(
        &fetch(&[]),
        1,
        &[
            "the certificate of the server is not trusted",
            "issued by \"CN=Example Proxy CA\"",
            "SSL_CERT_FILE",
        ],
    );
    assert_eq!(server.asked(), [""; 0]);

    let file = written(&bench, "certificates/company.pem", &authority.pem);
    let folder = bench.path("certificates").to_string_lossy().into_owned();
    for variables in [
        [("SSL_CERT_FILE", file.as_str())],
        [("SSL_CERT_DIR", folder.as_str())],
        [("CURL_CA_BUNDLE", file.as_str())],
        [("REQUESTS_CA_BUNDLE", file.as_str())],
        [("REQUESTS_CA_BUNDLE", folder.as_str())],
    ] {
        let before = server.asked().len();
        assert_said(&fetch(&variables), 1, &["found HTTP status 404"]);
        assert_eq!(server.asked().len(), before + 1, "{variables:?}");
    }

    // Another authority is named as such; a file without certificates is a different error.
    let other = written(&bench, "other.pem", &Authority::new("Other CA").pem);
    assert_said(
        &fetch(&[("SSL_CERT_FILE", &other)]),
        1,
        &["not trusted", &format!("those of SSL_CERT_FILE={other}")],
    );
    let text = written(&bench, "text.pem", "no certificate at all");
    for (value, words) in [
        (text.as_str(), "found no certificate"),
        ("/no/such.pem", "No such file"),
    ] {
        assert_said(
            &fetch(&[("SSL_CERT_FILE", value)]),
            2,
            &[&format!("SSL_CERT_FILE={value}: "), words],
        );
    }
}

#[test]
fn wrong_names_and_self_signed_certificates_are_distinguished() {
    let bench = Bench::new();
    let authority = Authority::new("Example CA");
    let file = written(&bench, "ca.pem", &authority.pem);
    let server = Server::tls(authority.server(&["elsewhere.test"]), Site::default());
    let mirror = format!("https://localhost:{}/", server.address.port());
    assert_said(
        &fetch(&bench, Some(&mirror), &[("SSL_CERT_FILE", &file)]),
        1,
        &[
            "the certificate of the server is not valid",
            "elsewhere.test",
        ],
    );

    let (config, pem) = signed_by_itself("localhost");
    let server = Server::tls(config, Site::default());
    let mirror = format!("https://localhost:{}/", server.address.port());
    let file = written(&bench, "own.pem", &pem);
    assert_said(
        &fetch(&bench, Some(&mirror), &[("SSL_CERT_FILE", &file)]),
        1,
        &["found HTTP status 404"],
    );
}

#[test]
fn an_intercepting_proxy_works_once_it_is_trusted() {
    let bench = Bench::new();
    let authority = Authority::new("Example Proxy CA");
    let data = mnist();
    let site = data.as_deref().map(site_of).unwrap_or_default();
    let proxy = Server::http_proxy(authority.server(&MIRRORS), site, None);
    let address = format!("http://{}", proxy.address);

    // A run that names no dataset continues with other images and reports why, in every output.
    let mut command = bench.command(&[
        "--no-tui", "--steps", "1", "--name", "a", "--format", "json",
    ]);
    let done = Program::start(command.env("https_proxy", &address)).finish();
    assert_said(
        &done,
        0,
        &[
            "MNIST is not here and could not be downloaded",
            "issued by \"CN=Example Proxy CA\"",
            "Using the built-in digits instead",
            "`--dataset mnist` makes this an error",
        ],
    );
    let explains = |event: &serde_json::Value| {
        let notice = event["dataset"]["notice"].as_str().unwrap_or_default();
        notice.contains("Example Proxy CA")
    };
    assert!(bench.record("a").of_kind("started").iter().all(explains));
    assert!(done.json().iter().any(explains), "{}", done.out);

    // With the dataset's name it is an error.
    let named = [
        "--no-tui",
        "--steps",
        "1",
        "--name",
        "b",
        "--dataset",
        "mnist",
    ];
    let mut command = bench.command(&named);
    let done = Program::start(command.env("https_proxy", &address)).finish();
    assert_said(&done, 1, &["Example Proxy CA"]);

    let file = written(&bench, "ca.pem", &authority.pem);
    let variables = [
        ("HTTPS_PROXY", address.as_str()),
        ("SSL_CERT_FILE", file.as_str()),
    ];
    let done = fetch(&bench, None, &variables);
    if data.is_some() {
        assert_said(&done, 0, &[]);
        assert!(done.out.contains("mnist: complete"), "{}", done.out);
    } else {
        assert_said(
            &done,
            1,
            &[
                "found HTTP status 404",
                "through the proxy http://127.0.0.1:",
                "(HTTPS_PROXY)",
            ],
        );
    }
    let connect = format!("CONNECT {}:443 HTTP/1.1", MIRRORS[0]);
    assert!(proxy.asked().contains(&connect), "{:?}", proxy.asked());
}

#[test]
fn a_proxy_that_requires_a_login_gets_it() {
    let bench = Bench::new();
    let authority = Authority::new("Example CA");
    let file = written(&bench, "ca.pem", &authority.pem);
    let config = authority.server(&["data.test"]);
    let proxy = Server::http_proxy(config, Site::default(), Some("ada:p@ss:word"));
    let address = proxy.address;
    for (mirror, variable) in [
        ("https://data.test/", "HTTPS_PROXY"),
        ("http://data.test/", "http_proxy"),
    ] {
        let fetch = |user: &str| {
            let value = format!("http://{user}{address}");
            let variables = [(variable, value.as_str()), ("SSL_CERT_FILE", &file)];
            fetch(&bench, Some(mirror), &variables)
        };
        let asks = ["the proxy asks for a user name and a password", variable];
        assert_said(&fetch(""), 1, &asks);
        let wrong = fetch("ada:secret@");
        assert_said(
            &wrong,
            1,
            &["does not accept those it was given", "ada:***@"],
        );
        assert!(!wrong.err.contains("secret"), "{}", wrong.err);
        assert_said(&fetch("ada:p%40ss:word@"), 1, &["found HTTP status 404"]);
    }
    // Without TLS the proxy is asked for the whole address, as many of them only connect to port 443.
    let file = "http://data.test/train-images-idx3-ubyte.gz";
    let whole = format!("GET {file} HTTP/1.1");
    assert!(proxy.asked().contains(&whole), "{:?}", proxy.asked());
}

#[test]
fn a_proxys_refusal_is_reported() {
    let bench = Bench::new();
    let proxy = Server::refusing_proxy(403);
    let value = format!("http://{}", proxy.address);
    assert_said(
        &fetch(&bench, None, &[("HTTPS_PROXY", &value)]),
        1,
        &[
            "the proxy refused to connect to the server: HTTP status 403",
            "(HTTPS_PROXY)",
        ],
    );
    let socks = Server::socks(Site::default(), Some(("ada", "right")));
    // HTTP spoken to a SOCKS proxy, and the other way round.
    let value = format!("http://{}", socks.address);
    assert_eq!(
        fetch(&bench, None, &[("HTTPS_PROXY", &value)]).code,
        Some(1)
    );
    drop(proxy);
    let closed = Server::refusing_proxy(403).address;
    let value = format!("http://{closed}");
    assert_said(
        &fetch(&bench, None, &[("ALL_PROXY", &value)]),
        1,
        &["the proxy refused the connection", "(ALL_PROXY)"],
    );
    for (variable, value, words) in [
        (
            "HTTPS_PROXY",
            "ftp://proxy:21",
            "\"ftp\" is not a kind of proxy",
        ),
        ("ALL_PROXY", "http://proxy:port", "\"port\" is not a port"),
    ] {
        assert_said(
            &fetch(&bench, None, &[(variable, value)]),
            2,
            &[
                &format!("{variable}={value}: {words}"),
                "expected [SCHEME://]",
            ],
        );
    }
}

#[test]
fn every_socks_version_works_and_resolves_names_where_it_should() {
    let bench = Bench::new();
    let open = Server::socks(Site::default(), None);
    for (scheme, host, asked) in [
        ("socks5h", "data.test", "5 data.test:80"),
        // An address that this machine's name may have, of either family.
        ("socks5", "localhost", "1:80"),
        ("socks4a", "data.test", "4 data.test:80"),
        ("socks4", "127.0.0.1", "4 127.0.0.1:80"),
        ("SOCKS5H", "data.test", "5 data.test:80"),
    ] {
        let value = format!("{scheme}://{}", open.address);
        let mirror = format!("http://{host}/");
        let before = open.asked().len();
        assert_said(
            &fetch(&bench, Some(&mirror), &[("ALL_PROXY", &value)]),
            1,
            &["found HTTP status 404", "(ALL_PROXY)"],
        );
        let target = open.asked().get(before).cloned().unwrap_or_default();
        let right = target == asked || (target.ends_with(asked) && !target.contains(host));
        assert!(right, "{scheme}: {target}");
    }

    let closed = Server::socks(Site::default(), Some(("ada", "p@ss")));
    let fetch = |user: &str| {
        let value = format!("socks5h://{user}{}", closed.address);
        fetch(&bench, Some("http://data.test/"), &[("all_proxy", &value)])
    };
    assert_said(&fetch("ada:p%40ss@"), 1, &["found HTTP status 404"]);
    for user in ["", "ada:wrong@"] {
        let done = fetch(user);
        assert_said(&done, 1, &["no connection", "(all_proxy)"]);
        assert!(!done.err.contains("404"), "{}", done.err);
    }
}

#[test]
fn no_proxy_servers_are_reached_directly() {
    let bench = Bench::new();
    let server = Server::plain(Site::default());
    let proxy = Server::refusing_proxy(502);
    let mirror = format!("http://{}/", server.address);
    let value = format!("http://{}", proxy.address);
    for (no_proxy, status) in [
        ("", 502),
        ("localhost,.example.org", 502),
        ("127.0.0.1", 404),
        ("10.0.0.0/8, 127.0.0.0/8", 404),
        ("*", 404),
    ] {
        let variables = [("http_proxy", value.as_str()), ("NO_PROXY", no_proxy)];
        let words = format!("found HTTP status {status}");
        assert_said(&fetch(&bench, Some(&mirror), &variables), 1, &[&words]);
    }
    // A request header must not become a proxy.
    let variables = [("HTTP_PROXY", value.as_str())];
    assert_said(
        &fetch(&bench, Some(&mirror), &variables),
        1,
        &["status 404"],
    );
}

#[test]
fn a_redirection_is_followed_and_its_target_is_reported() {
    let bench = Bench::new();
    let site = Site {
        moved_to: Some("/moved/".to_owned()),
        ..Site::default()
    };
    let server = Server::plain(site);
    let mirror = format!("http://{}/", server.address);
    assert_said(
        &fetch(&bench, Some(&mirror), &[]),
        1,
        &[
            "redirected to http://127.0.0.1:",
            "/moved/train-images-idx3-ubyte.gz",
            "status 404",
        ],
    );
}

/// A network namespace without any network.
#[test]
#[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
fn without_a_network_failed_name_resolution_is_the_reason() {
    let isolated = |command: &Command| {
        let mut outer = Command::new("unshare");
        outer.args(["--user", "--map-root-user", "--net"]);
        outer.arg(command.get_program()).args(command.get_args());
        outer.env_clear();
        outer.envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))));
        outer.current_dir(command.get_current_dir().unwrap());
        outer
    };
    if !isolated(Command::new("true").current_dir("/"))
        .status()
        .is_ok_and(|s| s.success())
    {
        eprintln!("skipped: no network namespaces here");
        return;
    }
    let bench = Bench::new();
    let command = bench.command(&["--no-tui", "--steps", "1", "--name", "a"]);
    let done = Program::start(isolated(&command).stdin(std::process::Stdio::null())).finish();
    assert_said(
        &done,
        0,
        &[
            "MNIST is not here and could not be downloaded: no connection: the name of the server could not be resolved",
            MIRRORS[0],
            "Using the built-in digits instead",
        ],
    );
}
