//! The dashboard of a run in another process: it is complete, and leaving it does not affect the run.

use rustix::process::Signal;

use super::terminal::{Terminal, interactive, send};
use crate::workbench::{Bench, Program, small};

/// An endless run without a terminal, past its first steps.
fn host(bench: &Bench) -> Program {
    let flags = [&small("a")[..], &["--format", "json"]].concat();
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"step""#);
    program
}

#[test]
fn two_attached_screens_pass_control_to_each_other() {
    let bench = Bench::new();
    let program = host(&bench);
    let mut first = Terminal::start(&bench, &["attach"]);
    first.shows(&["RUNNING", "steps/s"]);
    let mut second = Terminal::start(&bench, &["attach", "runs/a"]);
    // One of the two has control.
    second.shows(&["RUNNING", "WATCHING", "has control"]);
    second.keys("T");
    second.shows(&["you have control"]);
    first.shows(&["WATCHING", "took control"]);
    second.keys(" ");
    for screen in [&first, &second] {
        screen.shows(&["PAUSED"]);
    }
    // Leaving needs no question, and the remaining viewer has control again.
    second.keys("d");
    assert_eq!(second.ended(), 0);
    second.is_restored();
    first.shows(&["you have control"]);
    first.keys(" ");
    first.shows(&["RUNNING"]);
    // A watching viewer is informed of the end, like the process that started the run.
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    first.shows(&["stopped on request"]);
    first.keys("q");
    assert_eq!(first.ended(), 0);
    first.is_restored();
    first.shows(&["stopped: stopped on request", "everything is in runs/a"]);
    assert_eq!(program.finish().code, Some(0));
}

#[test]
fn attaching_to_a_detached_run_gives_control() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &interactive(&[]));
    terminal.shows(&["RUNNING", "steps/s"]);
    terminal.host();
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    let mut again = Terminal::start(&bench, &["attach", "a"]);
    again.shows(&["RUNNING", "steps/s"]);
    again.keys(" ");
    again.shows(&["PAUSED"]);
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    again.shows(&["stopped on request"]);
    again.keys("q");
    assert_eq!(again.ended(), 0);
}

#[test]
fn a_finished_run_is_shown() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "40"]);
    let mut screen = Terminal::start(&bench, &["attach", "a"]);
    screen.shows(&["FINISHED", "reached 40 steps"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
    screen.is_restored();
    // A crashed run is shown as such, with how to continue.
    let mut flags = small("c").to_vec();
    flags.extend(["--at", "3:checkpoint", "--format", "json"]);
    let mut program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"checkpoint""#);
    program.wait_for(r#""event":"step""#);
    program.signal(rustix::process::Signal::KILL);
    assert!(crate::workbench::poll_until(
        || program.is_running(),
        |running| !running
    ));
    let mut screen = Terminal::start(&bench, &["attach", "c"]);
    screen.shows(&["FAILED", "was not ended", "resumes from step"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
}

#[test]
fn one_of_several_live_runs_is_picked_from_a_list() {
    let bench = Bench::new();
    let first = host(&bench);
    let flags = [&small("b")[..], &["--format", "json"]].concat();
    let second = Program::start(&mut bench.command(&flags));
    second.wait_for(r#""event":"step""#);
    let done = bench.run(&["attach"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.err.contains("several runs are training"),
        "{}",
        done.err
    );
    let mut screen = Terminal::start(&bench, &["attach"]);
    screen.shows(&["Which run? [1-2]", "  a  step ", "  b  step "]);
    screen.keys("3\r");
    assert_eq!(screen.ended(), 2);
    let mut screen = Terminal::start(&bench, &["attach"]);
    screen.shows(&["Which run? [1-2]"]);
    screen.keys("1\r");
    screen.shows(&["RUNNING", "steps/s"]);
    screen.keys("d");
    assert_eq!(screen.ended(), 0);
    for (run, program) in [("a", first), ("b", second)] {
        assert_eq!(bench.run(&["stop", run]).code, Some(0));
        assert_eq!(program.finish().code, Some(0));
    }
}

#[test]
fn a_terminated_viewer_restores_the_terminal() {
    let bench = Bench::new();
    let mut program = host(&bench);
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let mut viewer = Terminal::start(&bench, &["attach", "a"]);
        viewer.shows(&["RUNNING"]);
        send(viewer.front(), signal);
        assert_eq!(viewer.ended(), code);
        viewer.is_restored();
    }
    assert!(program.is_running(), "the run continues");
}
