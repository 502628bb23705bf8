//! The run continues without its terminal, because a user wants that or because the terminal is gone.

use rustix::process::{Pid, Signal};
use serde_json::Value;

use super::terminal::{Terminal, interactive, is_alive, send};
use crate::workbench::{Bench, Program, TINY, poll_until};

/// A host without a front. It is killed at the end of the test.
pub struct Host<'a> {
    bench: &'a Bench,
    pub pid: Pid,
}

impl Drop for Host<'_> {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.pid, Signal::KILL);
    }
}

impl<'a> Host<'a> {
    pub fn new(bench: &'a Bench, pid: Pid) -> Self {
        Self { bench, pid }
    }

    /// The host named by the lock of run `a`.
    pub fn of_lock(bench: &'a Bench) -> Self {
        Self::new(bench, bench.holder("a"))
    }

    fn log(&self) -> String {
        self.bench.record("a").text("host.log")
    }

    /// Waits until it has trained further.
    pub fn continues(&self) {
        let step = || {
            // The record begins a moment after the run; its last line may be incomplete.
            let path = self.bench.record("a").path("events.jsonl");
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let mut whole = text
                .lines()
                .rev()
                .filter_map(|l| serde_json::from_str(l).ok());
            whole
                .find_map(|event: Value| event["step"].as_u64())
                .unwrap_or(0)
        };
        let before = step();
        assert!(
            poll_until(step, |step| *step > before),
            "it stays at step {before}"
        );
        assert!(is_alive(self.pid));
    }

    /// Waits until its standard streams are not connected to anything else.
    pub fn has_no_terminal(&self) {
        let log = self.bench.record("a").path("host.log");
        let log = std::fs::canonicalize(self.bench.path(""))
            .unwrap()
            .join(log.strip_prefix(self.bench.path("")).unwrap());
        for (stream, wanted) in [("0", "/dev/null".as_ref()), ("1", &*log), ("2", &*log)] {
            let fd = format!("/proc/{}/fd/{stream}", self.pid.as_raw_nonzero());
            let is = || std::fs::read_link(&fd).unwrap();
            assert!(
                poll_until(is, |is| is == wanted),
                "stream {stream}: {}",
                is().display()
            );
        }
    }

    fn ended(&self) {
        assert!(poll_until(|| is_alive(self.pid), |alive| !alive));
    }

    /// SIGTERM stops it with a checkpoint.
    pub fn stops_by_signal(&self) {
        send(self.pid, Signal::TERM);
        self.ended();
        let record = self.bench.record("a");
        let summary = record.summary();
        assert_eq!(summary["outcome"], "interrupted");
        assert_eq!(record.last().state()["step"], summary["total_steps"]);
    }

    /// It ignores a hangup; SIGTERM still stops it.
    pub fn stops_when_asked(&self) {
        send(self.pid, Signal::HUP);
        self.continues();
        self.stops_by_signal();
        assert!(self.log().contains("interrupted:"), "{}", self.log());
    }
}

fn running(bench: &Bench) -> Terminal {
    let mut terminal = Terminal::start(bench, &interactive(&[]));
    terminal.shows(&["RUNNING", "steps/s"]);
    terminal.host();
    terminal
}

#[test]
fn d_returns_the_terminal_and_the_run_continues() {
    let bench = Bench::new();
    let mut terminal = running(&bench);
    let host = Host::new(&bench, terminal.host());
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    terminal.is_restored();
    let process = format!(
        "detached: a continues as process {}",
        host.pid.as_raw_nonzero()
    );
    terminal.shows(&[&process, "genai-tui attach a"]);
    host.has_no_terminal();
    host.continues();
    terminal.unplug();
    host.stops_when_asked();
}

#[test]
fn a_detached_run_finishes_by_itself_with_no_step_lost() {
    let bench = Bench::new();
    let flags = interactive(&["--at", "4:pause", "--steps", "120"]);
    let mut terminal = Terminal::start(&bench, &flags);
    terminal.shows(&["PAUSED"]);
    let host = Host::new(&bench, terminal.host());
    terminal.keys(" d");
    assert_eq!(terminal.left(), 0);
    host.ended();
    let record = bench.record("a");
    assert_eq!(record.summary()["outcome"], "completed");
    assert_eq!(record.summary()["total_steps"], 120);
    let mut next = 1;
    for window in record.of_kind("step") {
        assert_eq!(window["from_step"], next);
        next = window["step"].as_u64().unwrap() + 1;
    }
    assert_eq!(next, 121);
    let log = host.log();
    assert!(log.contains("finished: reached 120 steps"), "{log}");
    assert!(log.contains("genai-tui sample runs/a"), "{log}");
}

#[test]
fn the_command_line_and_the_quit_dialog_detach_as_well() {
    for keys in [":detach\r", "qd"] {
        let bench = Bench::new();
        let mut terminal = running(&bench);
        let host = Host::new(&bench, terminal.host());
        terminal.keys(keys);
        assert_eq!(terminal.left(), 0);
        terminal.is_restored();
        host.continues();
    }
}

#[test]
fn a_detached_run_can_be_attached_and_left_again() {
    let bench = Bench::new();
    let mut terminal = running(&bench);
    let host = Host::new(&bench, terminal.host());
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    // Alone, it has control; a second one watches, then takes control.
    let mut first = Terminal::start(&bench, &["attach", "a"]);
    first.shows(&["RUNNING", "quit"]);
    let mut second = Terminal::start(&bench, &["attach", "a"]);
    second.shows(&["RUNNING", "WATCHING", "has control"]);
    first.shows(&["2 viewers"]);
    second.keys("T");
    second.shows(&["you have control"]);
    second.hides("WATCHING");
    first.shows(&["WATCHING", "took control (T to take it back)"]);
    for viewer in [&mut first, &mut second] {
        viewer.keys("d");
        assert_eq!(viewer.ended(), 0);
        viewer.is_restored();
    }
    host.continues();
    let mut third = Terminal::start(&bench, &["attach", "a"]);
    third.shows(&["RUNNING"]);
    third.keys("q");
    third.shows(&["Stop the run?", "leave; training continues"]);
    third.keys("\r");
    assert_eq!(third.ended(), 0);
    host.ended();
    assert_eq!(bench.record("a").summary()["outcome"], "stopped");
}

#[test]
fn a_hangup_detaches_from_either_process() {
    for (front, host) in [(true, false), (false, true), (true, true)] {
        let bench = Bench::new();
        let mut terminal = running(&bench);
        let run = Host::new(&bench, terminal.host());
        if host {
            send(run.pid, Signal::HUP);
        }
        if front {
            send(terminal.front(), Signal::HUP);
        }
        assert_eq!(terminal.left(), 129, "to the front: {front}, host: {host}");
        terminal.is_restored();
        run.has_no_terminal();
        run.stops_when_asked();
    }
}

#[test]
fn a_vanished_terminal_does_not_affect_the_run() {
    let bench = Bench::new();
    let mut terminal = running(&bench);
    let host = Host::new(&bench, terminal.host());
    terminal.unplug();
    assert_eq!(terminal.left(), 129);
    host.has_no_terminal();
    host.stops_when_asked();
}

#[test]
fn a_killed_front_does_not_affect_the_run() {
    let bench = Bench::new();
    let mut terminal = running(&bench);
    let host = Host::new(&bench, terminal.host());
    send(terminal.front(), Signal::KILL);
    terminal.left();
    terminal.is_restored();
    host.continues();
    host.has_no_terminal();
    host.stops_when_asked();
}

fn in_background<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "--detach"], &interactive(more)[..]].concat()
}

#[test]
fn a_run_can_begin_without_a_terminal() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&in_background(&[])));
    program.wait_for("genai-tui attach a");
    let host = Host::of_lock(&bench);
    // The command ends when both its streams are closed: the host holds neither.
    let done = program.finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    let pid = host.pid.as_raw_nonzero();
    assert!(
        done.out
            .contains(&format!("started: a trains as process {pid}")),
        "{}",
        done.out
    );
    host.has_no_terminal();
    host.continues();
    assert!(host.log().contains("run a in runs/a"), "{}", host.log());
    host.stops_when_asked();
}

#[test]
fn errors_of_a_background_run_are_reported_at_once() {
    let bench = Bench::new();
    for (flags, says) in [
        (&["--detach", "--dataset", "nosuch"][..], "nosuch"),
        (&["--detach", "--set", "batch_size=0"], "batch_size"),
        (
            &["--detach", "--dataset", TINY, "--device", "cuda:7"],
            "cuda",
        ),
        (&["--detach", "--no-tui"], "--no-tui"),
        (&["--detach", "--format", "json"], "--format"),
    ] {
        let done = bench.run(flags);
        assert_eq!(done.code, Some(2), "{flags:?}: {}", done.err);
        assert!(done.err.contains(says), "{flags:?}: {}", done.err);
        assert!(done.out.is_empty(), "{flags:?}: {}", done.out);
    }
    bench.trained("a", &["--steps", "2"]);
    let done = bench.run(&in_background(&[]));
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("runs/a"), "{}", done.err);
}
