//! Terminals without a user: a CI job, a script in a pseudo-terminal. Nothing waits for a key there.

use super::terminal::{Terminal, interactive};
use crate::workbench::Bench;

const ALTERNATE_SCREEN: &str = "\x1b[?1049h";
const CI: [(&str, &str); 1] = [("CI", "true")];

#[test]
fn a_ci_job_gets_no_dashboard_but_the_reason() {
    let bench = Bench::new();
    let mut terminal = Terminal::start_with(&bench, &interactive(&["--steps", "3"]), &CI);
    assert_eq!(terminal.ended(), 0);
    terminal.shows(&[
        "no dashboard: CI is set",
        "--tui",
        "finished: reached 3 steps",
    ]);
    assert_eq!(terminal.written(ALTERNATE_SCREEN), 0);
    let mut terminal = Terminal::start_with(&bench, &["attach", "a"], &CI);
    assert_eq!(terminal.ended(), 2);
    terminal.shows(&["CI is set", "genai-tui runs"]);
}

#[test]
fn a_dashboard_can_be_requested_in_ci() {
    let bench = Bench::new();
    let mut terminal = Terminal::start_with(&bench, &interactive(&["--tui"]), &CI);
    terminal.shows(&["RUNNING", "steps/s"]);
    terminal.host();
    terminal.keys("q\r");
    assert_eq!(terminal.ended(), 0);
    let done = bench.run(&["--tui", "--steps", "1"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("--tui"), "{}", done.err);
    assert!(done.err.contains("standard output"), "{}", done.err);
}

#[test]
fn an_untouched_dashboard_closes_after_the_end() {
    for (flags, code, says) in [
        (["--steps", "3"], 0, "finished: reached 3 steps"),
        (["--fail-if", "d_loss > 0"], 3, "failed: `d_loss > 0`"),
    ] {
        let bench = Bench::new();
        let flags = [&flags[..], &["--set", "ui.close_after=2s"]].concat();
        let mut terminal = Terminal::start(&bench, &interactive(&flags));
        // What `script` sends when its own input ends.
        terminal.keys("\x04");
        terminal.shows(&["closes in", "any key keeps it open"]);
        assert_eq!(terminal.ended(), code);
        terminal.is_restored();
        terminal.shows(&[says]);
    }
}

#[test]
fn any_key_keeps_it_open() {
    let bench = Bench::new();
    let flags = ["--steps", "3", "--set", "ui.close_after=1h"];
    let mut terminal = Terminal::start(&bench, &interactive(&flags));
    terminal.shows(&["closes in 3600 s"]);
    terminal.keys("m");
    terminal.hides("closes in");
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}
