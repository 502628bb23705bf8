//! The screens other than the dashboard, in a real terminal.

use super::terminal::{Terminal, interactive};
use crate::workbench::Bench;

/// A run paused after its 40th step.
fn paused(bench: &Bench, more: &[&str]) -> Terminal {
    let flags = [&["--at", "40:pause"], more].concat();
    let terminal = Terminal::start(bench, &interactive(&flags));
    terminal.shows(&["PAUSED", "step      40"]);
    terminal
}

#[test]
fn every_screen_has_a_key_and_a_clickable_name() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    for (key, shown) in [
        ("2", "Gradients"),
        ("3", "Samples"),
        ("4", "pause (script)"),
        ("5", "Training health"),
        ("1", "Values"),
    ] {
        terminal.keys(key);
        terminal.shows(&[shown]);
    }
    let first = terminal
        .text()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    let at = first
        .find("health")
        .map_or(0, |byte| first[..byte].chars().count());
    // A click in SGR coordinates, which begin at 1: press and release.
    terminal.keys(&format!("\x1b[<0;{c};1M\x1b[<0;{c};1m", c = at + 1));
    terminal.shows(&["Training health"]);
}

#[test]
fn charts_zoom_and_metrics_are_found_by_name() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    terminal.keys("2zx");
    terminal.shows(&["by images"]);
    terminal.keys("/grad\r");
    terminal.shows(&["Gradients"]);
    terminal.hides("Accuracy");
    terminal.keys("o");
    terminal.shows(&["this screen:", "KB/s", "of a core"]);
}

#[test]
fn custom_keys_work_and_conflicting_ones_are_refused_at_the_start() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &["--set", "keys.step=F2"]);
    terminal.keys("\x1bOQ");
    terminal.shows(&["step      41"]);
    let elsewhere = Bench::new();
    let refused = Terminal::start(&elsewhere, &interactive(&["--set", "keys.step=q"]));
    refused.shows(&["keys.step", "`q` is already bound"]);
    let mut refused = refused;
    assert_eq!(refused.ended(), 2);
}

#[test]
fn looked_up_images_are_shown_next_to_the_samples_and_change_nothing() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    terminal.keys("i");
    terminal.shows(&["from sample 1 to sample 2", "Samples", "step 40"]);
    terminal.keys("i");
    terminal.shows(&["from sample 2 to sample 3"]);
    terminal.keys("n");
    terminal.shows(&["training images nearest to sample 1"]);
    terminal.keys("tt");
    terminal.shows(&["dimension 1 of sample 1", "+3.0"]);
    terminal.keys("b");
    terminal.shows(&["real images of"]);
    terminal.keys("b");
    terminal.hides("real images of");
    terminal.keys(":walk 3 700\r");
    terminal.shows(&["there is no sample 700"]);
    terminal.keys("q");
    terminal.shows(&["save a checkpoint and stop"]);
    terminal.keys("\r");
    terminal.ended();
    let record = std::fs::read_to_string(bench.path("runs/a/events.jsonl")).unwrap();
    assert!(!record.contains("looked"));
    let applied = record.lines().filter(|line| line.contains("applied"));
    assert_eq!(applied.count(), 2, "the script's pause, and the end");
}
