//! Every key of the dashboard, and how the screen shows its effect.

use std::time::Duration;

use super::terminal::{Terminal, interactive};
use crate::workbench::{Bench, names, poll_until};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const CTRL_C: &str = "\x03";
const DOWN: &str = "\x1b[B";

/// A run paused after its fourth step.
fn paused(bench: &Bench) -> Terminal {
    let flags = interactive(&["--preset", "gan", "--at", "4:pause"]);
    let terminal = Terminal::start(bench, &flags);
    terminal.shows(&["PAUSED", "step       4"]);
    terminal
}

/// Waits for both learning rates, with their annotations.
fn rates(terminal: &Terminal, d: &str, g: &str) {
    terminal.wait_until(&format!("rates {d} and {g}"), |screen| {
        let contents = screen.contents();
        let has = |title: &str, wanted: &str| {
            contents.lines().any(|line| {
                line.split_once(title)
                    .is_some_and(|(_, rest)| rest.trim_start().starts_with(wanted))
            })
        };
        has("lr D", d) && has("lr G", g)
    });
}

#[test]
fn the_first_frame_comes_before_the_run_and_then_it_runs() {
    let bench = Bench::new();
    let flags = ["--dataset", "digits", "--name", "a", "--batch-size", "8"];
    let terminal = Terminal::start(&bench, &flags);
    terminal.has_shown("STARTING");
    terminal.shows(&["RUNNING", "GAN", "digits", "lr D", "steps/s", "quit"]);
    terminal.wait_until("the chart", |screen| screen.contents().contains("d_loss"));
}

#[test]
fn space_pauses_and_continues_and_s_takes_one_step() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    for step in 5..8 {
        terminal.keys("s");
        terminal.shows(&["PAUSED", &format!("step       {step}")]);
    }
    terminal.keys(" ");
    terminal.shows(&["RUNNING"]);
    terminal.keys(" ");
    terminal.shows(&["PAUSED", "resume"]);
}

#[test]
fn rates_follow_their_keys_and_show_since_when() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    rates(&terminal, "2.00e-4", "2.00e-4");
    for (key, d, g) in [
        ("+", "2.50e-4  since step 4", "2.50e-4  since step 4"),
        ("-", "2.00e-4  since step 4", "2.00e-4  since step 4"),
        ("]", "2.50e-4", "2.00e-4"),
        ("[", "2.00e-4", "2.00e-4"),
        ("}", "2.00e-4", "2.50e-4"),
        ("{", "2.00e-4", "2.00e-4"),
    ] {
        terminal.keys(key);
        rates(&terminal, d, g);
    }
    terminal.keys("s");
    terminal.shows(&["step       5"]);
    terminal.keys("+");
    rates(&terminal, "2.50e-4  since step 5", "2.50e-4  since step 5");
}

#[test]
fn a_request_is_pending_until_the_trainer_answers() {
    let bench = Bench::new();
    // A step of this run takes long enough to see the pending state.
    let slow = [
        "--preset",
        "gan",
        "--set",
        "batch_size=512",
        "--set",
        "critic.n_critic=30",
    ];
    let mut terminal = Terminal::start(&bench, &interactive(&slow));
    terminal.shows(&["RUNNING"]);
    terminal.keys("+");
    terminal.has_shown("◌ lr *1.25");
    terminal.has_shown("2.00e-4  ◌ → 2.50e-4");
    rates(&terminal, "2.50e-4  since step", "2.50e-4  since step");
    terminal.hides("◌");
    // The screen may be ahead of the file.
    let record = bench.record("a");
    let applied = || record.so_far("applied");
    assert!(poll_until(applied, |events| {
        events
            .first()
            .is_some_and(|event| event["command"] == "lr *1.25")
    }));
}

#[test]
fn the_menu_switches_the_objective_and_the_warm_up_shows() {
    let bench = Bench::new();
    let flags = interactive(&["--at", "4:pause", "--set", "switch.warm_up_updates=1000000"]);
    let mut terminal = Terminal::start(&bench, &flags);
    terminal.shows(&["PAUSED"]);
    terminal.keys("l");
    terminal.shows(&["LSGAN", "WGAN-GP", "switch"]);
    terminal.keys(ESCAPE);
    terminal.hides("LSGAN");
    terminal.keys("l");
    terminal.shows(&["LSGAN"]);
    terminal.keys(&[DOWN, DOWN, DOWN, DOWN, ENTER].concat());
    terminal.shows(&["WGAN", "optimizer.d.beta2 0.999 → 0.99", "PAUSED"]);
    rates(&terminal, "5.00e-5", "5.00e-5");
    terminal.keys(" ");
    terminal.shows(&["WARM-UP", "D trains alone"]);
}

#[test]
fn the_command_line_accepts_commands_and_explains_errors() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    terminal.keys(":lr x");
    terminal.shows(&["lr x"]);
    terminal.keys(ENTER);
    terminal.shows(&["lr x", "positive number"]);
    terminal.keys("\x15loss wgna");
    terminal.keys(ENTER);
    terminal.shows(&["expected one of gan, lsgan, hinge"]);
    terminal.keys("\x15lr d 1e-3");
    terminal.keys(ENTER);
    terminal.hides("expected one of");
    rates(&terminal, "1.00e-3  since step 4", "2.00e-4");
    terminal.keys(":note it begins to look like a 7");
    terminal.keys(ENTER);
    terminal.shows(&["it begins to look like a 7"]);
    terminal.keys(":che\t");
    terminal.shows(&["checkpoint"]);
    terminal.keys(ENTER);
    terminal.shows(&["checkpoints/step-00000004 (request)"]);
    // A rejection by the trainer is shown as well.
    terminal.keys(&[":pause", ENTER].concat());
    terminal.shows(&["rejected", "it is paused already"]);
    terminal.keys(&[":lr *1e9", ENTER].concat());
    terminal.shows(&["is not between 0 and 1"]);
    terminal.keys(&[":quit", ENTER].concat());
    terminal.shows(&["Stop the run?"]);
}

#[test]
fn c_saves_p_samples_and_chart_keys_change_the_chart() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    terminal.keys("c");
    terminal.shows(&["checkpoints/step-00000004 (request)"]);
    assert!(!bench.record("a").checkpoint(4).generator().is_empty());
    terminal.keys("p");
    terminal.shows(&["sample"]);
    let samples = bench.path("runs/a/samples");
    let kept = poll_until(
        || names(&samples),
        |found| found.contains(&"step-00000004.png".to_owned()),
    );
    assert!(kept, "{:?}", names(&samples));
    for key in ["m", "y", "w"] {
        let before = terminal.text();
        terminal.keys(key);
        terminal.wait_until(&format!("a change by {key}"), |s| s.contents() != before);
    }
}

#[test]
fn help_lists_the_keymap_and_closes() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    terminal.keys("?");
    terminal.shows(&["Help", "pause / resume", "both learning rates"]);
    terminal.keys(ESCAPE);
    terminal.hides("pause / resume");
    terminal.shows(&["PAUSED"]);
}

#[test]
fn q_asks_and_escape_keeps_going_and_enter_saves() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &interactive(&[]));
    terminal.shows(&["RUNNING"]);
    terminal.keys("q");
    terminal.shows(&["Stop the run?", "Enter", "Esc"]);
    terminal.keys(ESCAPE);
    terminal.hides("Stop the run?");
    terminal.shows(&["RUNNING"]);
    terminal.keys("q");
    terminal.shows(&["Stop the run?"]);
    terminal.host();
    terminal.keys(ENTER);
    assert_eq!(terminal.ended(), 0);
    terminal.is_restored();
    terminal.shows(&["runs/a"]);
    let record = bench.record("a");
    assert_eq!(record.summary()["outcome"], "stopped");
    assert_eq!(
        record.last().state()["step"],
        record.summary()["total_steps"]
    );
}

#[test]
fn ctrl_c_asks_and_a_second_one_saves_and_leaves() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    terminal.keys(CTRL_C);
    terminal.shows(&["Stop the run?", "PAUSED"]);
    terminal.host();
    terminal.keys(CTRL_C);
    assert_eq!(terminal.ended(), 0);
    terminal.is_restored();
    assert_eq!(bench.record("a").last().state()["step"], 4);
}

#[test]
fn pauses_and_single_steps_do_not_change_the_weights() {
    let bench = Bench::new();
    let straight = bench.trained("straight", &["--steps", "9"]);
    let mut terminal = Terminal::start(
        &bench,
        &interactive(&["--steps", "9", "--at", "3:pause", "--at", "7:pause"]),
    );
    terminal.shows(&["PAUSED", "step       3"]);
    terminal.keys("s");
    terminal.shows(&["step       4"]);
    terminal.keys(" ");
    terminal.shows(&["PAUSED", "step       7"]);
    terminal.keys(" ");
    terminal.shows(&["FINISHED", "reached 9 steps"]);
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
    terminal.is_restored();
    let record = bench.record("a");
    for file in ["generator.safetensors", "discriminator.safetensors"] {
        assert!(
            record.last().file(file) == straight.last().file(file),
            "{file}"
        );
    }
}

#[test]
fn a_split_arrow_key_changes_no_rate() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    for pieces in [[ESCAPE, "[", "D"], [ESCAPE, "O", "D"], [ESCAPE, "[", "C"]] {
        for piece in pieces {
            terminal.keys(piece);
            std::thread::sleep(Duration::from_millis(150));
        }
    }
    // Once this key has been answered, the previous ones have been as well.
    terminal.keys("s");
    terminal.shows(&["PAUSED", "step       5"]);
    rates(&terminal, "2.00e-4", "2.00e-4");
    terminal.hides("since step");
}
