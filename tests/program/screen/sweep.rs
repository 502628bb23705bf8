//! A sweep in a pseudo-terminal: looked at and steered while a worker is at it.

use std::fs;

use rustix::process::Signal;

use super::terminal::Terminal;
use crate::sweep::{WORK, new, status};
use crate::workbench::{Bench, Program, poll_until};

/// Asks a worker to end, also where the test fails: the run that it trains would go on without it.
struct Ended<'a>(&'a Bench, &'a Program);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.1.signal(Signal::TERM);
        let claims = || fs::read_dir(self.0.path("s/claims")).map_or(0, Iterator::count);
        poll_until(claims, |count| *count == 0);
    }
}

#[test]
fn a_sweep_is_watched_and_steered_from_the_screen() {
    let bench = Bench::new();
    new(&bench, &["--trials", "2", "--steps", "100000"]);
    let worker = Program::start(&mut bench.command(&WORK));
    let ended = Ended(&bench, &worker);
    let mut screen = Terminal::start(&bench, &["sweep", "watch", "s"]);
    screen.shows(&[
        "Trials",
        "training",
        "1 to come",
        "g_loss",
        "optimizer.g.lr",
    ]);
    screen.keys("7");
    screen.shows(&["Importance", "too few trials to tell"]);
    screen.keys("8");
    screen.shows(&["Parallel coordinates"]);
    screen.keys("6");
    // Its run is opened and left; it pauses and goes on.
    screen.shows(&["Trials", "1 live"]);
    screen.keys("\r");
    screen.shows(&["RUNNING"]);
    screen.escapes();
    screen.shows(&["Trials"]);
    screen.keys("P");
    screen.shows(&[": pause"]);
    screen.shows(&["1 paused"]);
    // Answers are there until the next key, which does what it always does.
    screen.keys("P");
    screen.shows(&[": resume"]);
    screen.keys("+3\r");
    screen.shows(&["4 to come"]);
    // One that is stopped is left by its worker, which goes on with the next.
    screen.keys("Sno\r");
    screen.shows(&["nothing was stopped"]);
    screen.escapes();
    screen.keys("Sstop\r");
    screen.shows(&["1 cancelled", "1 training", "3 to come"]);
    screen.escapes();
    screen.keys("q");
    assert_eq!(screen.ended(), 0);
    screen.is_restored();
    drop(ended);
    assert_eq!(worker.finish().code, Some(0));
    let status = status(&bench);
    assert_eq!(status["trials_in_all"], 5);
    assert_eq!(status["trials"][0]["runs"][0]["state"], "cancelled");
    let missing = bench.run(&["sweep", "watch", "nowhere"]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.err.contains("found no sweep here"),
        "{}",
        missing.err
    );
}
