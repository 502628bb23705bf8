//! The workspace of many runs in a pseudo-terminal.

use std::fs;

use super::terminal::Terminal;
use crate::workbench::{Bench, Program, small};

#[test]
fn runs_of_all_origins_are_listed_opened_and_left() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "40"]);
    fs::create_dir(bench.path("runs/other")).unwrap();
    // More steps than are kept one by one: the newest value is the last one, not a mean of some.
    let rows: Vec<String> = (1..5000).map(|step| format!("{step},0.5")).collect();
    let log = format!("step,loss\n{}\n5000,0.4321\n", rows.join("\n"));
    fs::write(bench.path("runs/other/log.csv"), log).unwrap();
    let mut screen = Terminal::start(&bench, &["watch"]);
    // Before a filter leaves only one of them to be selected.
    screen.shows(&["2 runs", "finished", "other", "d_loss", "2 selected"]);
    screen.keys("/state = finished\r");
    screen.shows(&["1 of 2 runs"]);
    // Its own dashboard, and back.
    screen.keys("\r");
    screen.shows(&["FINISHED", "reached 40 steps"]);
    screen.escapes();
    screen.shows(&["1 of 2 runs"]);
    screen.escapes();
    screen.hides("1 of 2 runs");
    screen.shows(&["2 runs"]);
    // That of a log, and back.
    screen.keys("/origin = csv\r");
    screen.shows(&["1 of 2 runs", "other"]);
    screen.keys("\r");
    screen.shows(&["CSV log", "loss", "0.4321", "a log of CSV"]);
    screen.escapes();
    screen.shows(&["1 of 2 runs"]);
    screen.escapes();
    screen.hides("1 of 2 runs");
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
    screen.shows(&["stopped"]);
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
    screen.hides("did you mean");
    screen.shows(&["Enter open"]);
    screen.keys("Aoptimizer.g.lr=-1\r");
    screen.shows(&["optimizer.g.lr", "expected"]);
    screen.escapes();
    screen.hides("expected");
    screen.shows(&["Enter open"]);
    assert_eq!(fs::read_dir(bench.path("runs")).unwrap().count(), 1);
    screen.keys("Alsgan\r");
    screen.shows(&["started: first-lsgan", "from step"]);
    screen.escapes();
    screen.shows(&["2 live", "2 selected", "first-lsgan", "Enter open"]);
    screen.keys(":stop\r");
    // Both have answered.
    screen.wait_until("two answers", |screen| {
        screen.contents().matches(": stop").count() == 2
    });
    assert_eq!(first.finish().code, Some(0));
    screen.escapes();
    screen.hides(" live");
    screen.shows(&["stopped", "Enter open"]);
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

#[test]
fn the_dashboard_of_another_tools_log_has_its_histograms_its_texts_and_what_is_added() {
    let bench = Bench::new();
    let logs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs/pytorch");
    let logs = logs.to_str().unwrap();
    let mut screen = Terminal::start(&bench, &["watch", logs]);
    screen.shows(&["Runs 1 selected"]);
    screen.keys("\r");
    // Three lines: of each its newest value.
    screen.shows(&["TensorBoard log", "Loss", "0.66", "0.50", "-0.42"]);
    screen.keys("5");
    screen.shows(&["Distributions", "scores"]);
    screen.keys("4");
    screen.hides("Distributions");
    screen.shows(&["note: a *note*"]);
    screen.keys("1");
    screen.shows(&["Values", "0.66"]);
    screen.escapes();
    screen.shows(&["Runs 1 selected"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
    // One that grows.
    let log = bench.path("grows.csv");
    fs::write(&log, "step,loss\n1,0.5\n2,0.25\n").unwrap();
    let mut screen = Terminal::start(&bench, &["watch", "grows.csv"]);
    screen.shows(&["Runs 1 selected"]);
    screen.shows(&["grows", "0.2500"]);
    screen.keys("\r");
    screen.shows(&["CSV log", "0.2500"]);
    let mut file = fs::File::options().append(true).open(&log).unwrap();
    std::io::Write::write_all(&mut file, b"3,0.125\n4,0.0625\n").unwrap();
    screen.shows(&["0.0625", "RUNNING"]);
    // Nobody can steer it; so there is nothing to ask, either.
    screen.keys(" ");
    screen.shows(&["a log takes no commands"]);
    screen.keys("q");
    screen.shows(&["Runs 1 selected"]);
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
}
