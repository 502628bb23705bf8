//! The Python client: its own tests, and its conversation with a panel that checks every message.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workbench::{Bench, Done, Program};

/// The interpreter for tests: `GENAI_TUI_TEST_PYTHON`, or `python3`. `None` if there is none, after saying so.
pub fn python_or_skip() -> Option<PathBuf> {
    let named = std::env::var_os("GENAI_TUI_TEST_PYTHON");
    let asked = Command::new(named.unwrap_or_else(|| "python3".into()))
        .args(["-c", "import sys; print(sys.executable)"])
        .output();
    let Some(found) = asked.ok().filter(|asked| asked.status.success()) else {
        skip("no python3 here");
        return None;
    };
    Some(PathBuf::from(
        String::from_utf8(found.stdout).unwrap().trim(),
    ))
}

/// The same if it has a module.
pub fn has_or_skip(module: &str) -> Option<PathBuf> {
    let python = python_or_skip()?;
    let found = format!(
        "import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"
    );
    let asked = Command::new(&python).args(["-c", &found]).status();
    if asked.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    skip(&format!("no {module} here"));
    None
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// A file of the source tree.
pub fn source(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

/// Runs Python in the folder of the client, to the end.
fn beside_the_client(python: &Path, arguments: &[&str]) -> Done {
    let bench = Bench::new();
    let mut command = Command::new(python);
    bench.settle(&mut command);
    command
        .args(arguments)
        .current_dir(source("clients/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Program::start(&mut command).finish()
}

#[test]
fn the_client_is_printed_as_it_is() {
    let bench = Bench::new();
    let done = bench.run(&["client", "python"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let file = std::fs::read_to_string(source("clients/python/genai_tui.py")).unwrap();
    assert!(done.out == file, "{}", done.out);
    let unknown = bench.run(&["client", "cobol"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("python"), "{}", unknown.err);
}

#[test]
fn the_clients_own_tests_pass() {
    let Some(python) = python_or_skip() else {
        return;
    };
    let done = beside_the_client(&python, &["-m", "unittest", "test_genai_tui"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn the_client_speaks_as_the_page_of_the_protocol_says() {
    let Some(python) = python_or_skip() else {
        return;
    };
    let program = python.to_str().unwrap();
    let trainer = [
        "conformance.py",
        "client",
        "--",
        program,
        "conforming_trainer.py",
    ];
    let done = beside_the_client(&python, &trainer);
    assert_eq!(done.code, Some(0), "{}\n{}", done.out, done.err);
}

#[test]
fn the_panel_speaks_as_the_page_of_the_protocol_says() {
    let Some(python) = python_or_skip() else {
        return;
    };
    let bench = Bench::new();
    let (program, script) = (
        python.to_str().unwrap(),
        source("clients/python/conformance.py"),
    );
    let trainer = [program, script.to_str().unwrap(), "trainer"];
    let flags = ["run", "--no-tui", "--run-dir", "runs/a", "--"];
    let done = bench.run(&[&flags[..], &trainer].concat());
    let printed = bench.record("a").text("output.log");
    assert_eq!(done.code, Some(0), "{printed}\n{}", done.err);
    assert!(!printed.contains("WRONG"), "{printed}");
}
