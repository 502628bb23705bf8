//! The workspace of many runs in a pseudo-terminal.

use std::fs;

use super::terminal::Terminal;
use crate::workbench::{Bench, Program, small};

#[test]
fn runs_of_all_origins_are_listed_opened_and_left() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "40"]);
    fs::create_dir(bench.path("runs/other")).unwrap();
    fs::write(
        bench.path("runs/other/log.csv"),
        "step,loss\n1,0.5\n2,0.25\n",
    )
    .unwrap();
    let mut screen = Terminal::start(&bench, &["watch"]);
    screen.shows(&["2 runs", "finished", "other", "d_loss"]);
    screen.keys("/state = finished\r");
    screen.shows(&["1 of 2 runs"]);
    // Its own dashboard, and back.
    screen.keys("\r");
    screen.shows(&["FINISHED", "reached 40 steps"]);
    screen.escapes();
    screen.shows(&["1 of 2 runs"]);
    screen.escapes();
    screen.shows(&["2 runs"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
    screen.is_restored();
    // What was decided is remembered, and Ctrl-C leaves while a text is typed.
    let mut again = Terminal::start(&bench, &["watch", "runs"]);
    again.shows(&["2 selected"]);
    again.keys("/lo\x03");
    assert_eq!(again.ended(), 0);
    again.is_restored();
}

#[test]
fn live_runs_are_steered_together_and_answer_by_name() {
    let bench = Bench::new();
    let start = |name: &'static str| {
        let flags = [&small(name)[..], &["--format", "json"]].concat();
        let program = Program::start(&mut bench.command(&flags));
        program.wait_for(r#""event":"step""#);
        program
    };
    let (first, second) = (start("first"), start("second"));
    let mut screen = Terminal::start(&bench, &["watch"]);
    screen.shows(&["2 live", "2 selected"]);
    screen.keys(":pause\r");
    screen.shows(&["first", "second", "pause"]);
    first.wait_for(r#""state":"paused""#);
    second.wait_for(r#""state":"paused""#);
    screen.escapes();
    screen.shows(&["paused"]);
    screen.keys(":stop\r");
    assert_eq!(first.finish().code, Some(0));
    assert_eq!(second.finish().code, Some(0));
    screen.escapes();
    screen.shows(&["finished"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
    screen.is_restored();
}

#[test]
fn a_live_run_is_forked_and_both_are_drawn_from_their_common_past() {
    let bench = Bench::new();
    let flags = [&small("first")[..], &["--format", "json"]].concat();
    let first = Program::start(&mut bench.command(&flags));
    first.wait_for(r#""event":"step""#);
    let mut screen = Terminal::start(&bench, &["watch"]);
    screen.shows(&["1 live", "first"]);
    // What is wrong is said before anything is saved or started.
    screen.keys("Awgan-gd\r");
    screen.shows(&["did you mean `wgan-gp`"]);
    screen.escapes();
    screen.keys("Aoptimizer.g.lr=-1\r");
    screen.shows(&["optimizer.g.lr", "expected"]);
    screen.escapes();
    assert_eq!(fs::read_dir(bench.path("runs")).unwrap().count(), 1);
    screen.keys("Alsgan\r");
    screen.shows(&["started: first-lsgan", "from step"]);
    screen.escapes();
    screen.shows(&["2 live", "2 selected", "first-lsgan"]);
    screen.keys(":stop\r");
    screen.shows(&["first", "first-lsgan", "stop"]);
    assert_eq!(first.finish().code, Some(0));
    screen.escapes();
    screen.shows(&["finished"]);
    screen.keys("A");
    screen.shows(&["is not live", "--fork"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
    let facts = bench.run(&["runs", "runs", "--format", "json"]).out;
    assert!(facts.contains("first-lsgan"), "{facts}");
}

#[test]
fn a_path_that_is_not_there_is_an_error_and_a_directory_without_runs_says_what_was_looked_for() {
    let bench = Bench::new();
    let done = bench.run(&["watch", "nowhere"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("cannot read nowhere"), "{}", done.err);
    fs::create_dir(bench.path("empty")).unwrap();
    let mut screen = Terminal::start(&bench, &["watch", "empty"]);
    screen.shows(&["no runs in empty", "TensorBoard", "trainer_state.json"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
}
