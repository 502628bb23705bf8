//! A trial that somebody steers while it trains.

use super::{WORK, new};
use crate::workbench::{Bench, Program, poll_until};

#[test]
fn a_best_trial_that_was_changed_by_hand_says_so() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "600"]);
    let worker = Program::start(&mut bench.command(&WORK));
    let send = |command: &str| bench.run(&["send", "s/runs/0000-0", command]).code;
    assert!(poll_until(|| send("pause"), |code| *code == Some(0)));
    assert_eq!(send("lr /2"), Some(0));
    assert_eq!(send("resume"), Some(0));
    assert_eq!(worker.finish().code, Some(0));
    let words = "trial 0 was changed by hand once while it trained";
    let best = bench.run(&["sweep", "best", "s"]);
    assert!(best.out.contains(words), "{}", best.out);
    let json = bench.run(&["sweep", "best", "s", "--format", "json"]).out;
    assert!(json.contains(r#""best_changed_by_hand":1"#), "{json}");
    // So do those who list the trials.
    let status = bench.run(&["sweep", "status", "s"]).out;
    assert!(status.contains(words), "{status}");
    assert!(status.contains("done, by hand"), "{status}");
    let status = bench.run(&["sweep", "status", "s", "--format", "json"]).out;
    assert!(status.contains(r#""changed_by_hand":1"#), "{status}");
    assert!(status.contains(r#""state":"done""#), "{status}");
    let report = bench.run(&["report", "s", "-o", "s.md"]);
    assert_eq!(report.code, Some(0), "{}", report.err);
    let report = std::fs::read_to_string(bench.path("s.md")).unwrap();
    assert!(
        report.contains("Somebody changed it while it trained"),
        "{report}"
    );
    let applied = bench.run(&["sweep", "best", "s", "--apply", "-"]);
    assert!(applied.err.contains(words), "{}", applied.err);
    assert!(!applied.out.contains(words), "{}", applied.out);
}
