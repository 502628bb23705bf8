//! A program of one's own on the dashboard.

use rustix::process::Signal;

use super::terminal::{Terminal, is_alive, send};
use crate::own_loop::python::{python, trainer};
use crate::workbench::{Bench, poll_until};

/// The dashboard of this program, as the run `a`.
fn start(bench: &Bench, program: &[&str]) -> Terminal {
    let words = [&["run", "--name", "a", "--"], program].concat();
    Terminal::start(bench, &words)
}

#[test]
fn a_programs_output_is_a_screen_with_a_search_and_never_touches_the_other() {
    let bench = Bench::new();
    let script = "test -t 1 && echo 'a terminal'; echo over there > /dev/tty || echo 'no /dev/tty'; \
                  for i in $(seq 1 60); do echo \"line $i of many\"; done; printf ' 10%%|#  |\\r100%%|###|'; exec sleep 1000";
    let mut terminal = start(&bench, &["sh", "-c", script]);
    terminal.shows(&["RUNNING", "6 output", "line 60 of many", "100%|###|"]);
    terminal.keys("6");
    terminal.shows(&["line 40 of many", "64 lines"]);
    assert!(!terminal.text().contains("10%|#  |") && !terminal.text().contains("over there"));
    terminal.keys("/line 7 of\r");
    terminal.shows(&[
        "line 7 of many",
        "1 lines with `line 7 of`",
        "54 lines below",
    ]);
    terminal.hides("line 60 of many");
    terminal.escapes();
    terminal.escapes();
    terminal.shows(&["1 dashboard", "line 60 of many"]);
    // What it does not take is not offered, and said.
    terminal.hides("pause");
    terminal.keys(" ");
    terminal.shows(&["has not connected, and takes no commands but `stop`"]);
    let record = bench.record("a").text("output.log");
    assert!(record.starts_with("a terminal\n"), "{record}");
    assert!(
        record.contains("\nno /dev/tty\nline 1 of many\n"),
        "{record}"
    );
    terminal.keys("q\r");
    terminal.is_restored();
    assert_eq!(terminal.ended(), 143);
    terminal.shows(&["stopped: stopped on request", "everything is in runs/a"]);
}

#[test]
fn controls_are_shown_as_acknowledged_and_survive_detaching() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let mut terminal = start(&bench, &[python, &trainer(&bench), "1000000", "0.01"]);
    terminal.shows(&["RUNNING", "a toy", "objective", "a, b", "steps/s"]);
    terminal.keys(":set lr 0.5\r");
    terminal.shows(&["0.5", "since step", "set lr 0.5"]);
    terminal.keys("l");
    terminal.shows(&["Switch the loss", "current"]);
    terminal.escapes();
    terminal.keys(":loss b\r");
    terminal.shows(&["loss b: objective a → b"]);
    terminal.keys(" ");
    terminal.shows(&["PAUSED", "resume"]);
    terminal.host();
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    let mut again = Terminal::start(&bench, &["attach", "a"]);
    again.shows(&["PAUSED", "a toy", "0.5", "welcome"]);
    again.keys(" ");
    again.shows(&["RUNNING"]);
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    again.shows(&["Stopped", "stopped on request"]);
    again.keys("q");
    assert_eq!(again.ended(), 0);
    // The record shows the same, with what it printed.
    let mut past = Terminal::start(&bench, &["attach", "a"]);
    past.shows(&["STOPPED", "a toy", "Stopped"]);
    past.keys("6");
    past.shows(&["welcome", "2 lines"]);
    past.keys("q");
    assert_eq!(past.ended(), 0);
}

#[test]
fn a_program_ends_with_the_panel_that_is_told_to_end_at_once() {
    let bench = Bench::new();
    let script = "trap '' TERM; echo $$ > pid; echo up; while :; do sleep 0.1; done";
    let mut terminal = start(&bench, &["sh", "-c", script]);
    terminal.shows(&["up"]);
    let host = terminal.host();
    let pid = std::fs::read_to_string(bench.path("pid")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    assert!(is_alive(pid));
    send(host, Signal::QUIT);
    assert_eq!(terminal.ended(), 131);
    assert!(poll_until(|| is_alive(pid), |alive| !alive));
}
