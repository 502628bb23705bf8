//! However a run ends, the terminal is restored, the training is saved, and no process is left.

use rustix::process::Signal;

use super::terminal::{Terminal, interactive, send};
use crate::workbench::Bench;

/// One of the two processes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum To {
    Front,
    Host,
}

fn running(bench: &Bench) -> Terminal {
    let mut terminal = Terminal::start(bench, &interactive(&[]));
    terminal.shows(&["RUNNING", "steps/s"]);
    terminal.host();
    terminal
}

fn saved(bench: &Bench) {
    let record = bench.record("a");
    let summary = record.summary();
    assert_eq!(summary["outcome"], "interrupted");
    assert_eq!(record.last().state()["step"], summary["total_steps"]);
}

fn stops(to: To, signal: Signal, code: u32) {
    let bench = Bench::new();
    let mut terminal = running(&bench);
    let pid = match to {
        To::Front => terminal.front(),
        To::Host => terminal.host(),
    };
    send(pid, signal);
    assert_eq!(terminal.ended(), code, "{signal:?} to the {to:?}");
    terminal.is_restored();
    saved(&bench);
}

#[test]
fn a_signal_to_the_front_stops_the_run_and_restores_the_terminal() {
    stops(To::Front, Signal::TERM, 143);
    stops(To::Front, Signal::INT, 130);
}

#[test]
fn a_signal_to_the_host_does_the_same() {
    stops(To::Host, Signal::TERM, 143);
    stops(To::Host, Signal::INT, 130);
}

#[test]
fn the_front_restores_the_terminal_after_a_killed_host() {
    let bench = Bench::new();
    let mut terminal = running(&bench);
    let host = terminal.host();
    send(host, Signal::KILL);
    assert_eq!(terminal.ended(), 137);
    terminal.is_restored();
}

#[test]
fn a_failed_start_is_reported_on_the_normal_screen() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &["--dataset", "nosuch"]);
    assert_eq!(terminal.ended(), 2);
    terminal.is_restored();
    terminal.shows(&["nosuch", "digits"]);
}

#[test]
fn a_rule_pauses_the_run_once_and_a_condition_ends_it() {
    let bench = Bench::new();
    let flags = [
        "--set",
        "rules=[{ when = 'd_loss > 0', do = 'pause' }]",
        "--fail-if",
        "d_loss > 0 for 40",
    ];
    let mut terminal = Terminal::start(&bench, &interactive(&flags));
    terminal.shows(&["PAUSED", "step       1"]);
    terminal.host();
    terminal.keys(" ");
    terminal.shows(&["Failed", "`d_loss > 0 for 40` held at step 40: d_loss was"]);
    terminal.keys("q");
    assert_eq!(terminal.ended(), 3);
    terminal.is_restored();
    terminal.shows(&["failed: `d_loss > 0 for 40` held at step 40", "fail_if=[]"]);
    let record = bench.record("a");
    let mut pauses = record.of_kind("applied");
    pauses.retain(|e| e["command"] == "pause");
    assert_eq!(pauses.len(), 1);
    assert_eq!(pauses[0]["source"], "rule");
    assert_eq!(record.summary()["outcome"], "failed_condition");
}
