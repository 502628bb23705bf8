//! Large amounts of input: a paste, a spinning wheel, a slow line that catches up; and input that arrives in pieces.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::terminal::{PLAIN, Terminal, interactive};
use crate::workbench::Bench;

fn paused(bench: &Bench, more: &[&str]) -> Terminal {
    let flags = [&["--at", "4:pause"], more].concat();
    let terminal = Terminal::start_answering(bench, &interactive(&flags), &[], PLAIN);
    terminal.shows(&["PAUSED", "step       4"]);
    terminal
}

#[test]
fn the_last_of_ten_thousand_keys_takes_effect() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    terminal.keys(&format!("{}?", "m".repeat(9_999)));
    terminal.shows(&["Help", "pause / resume"]);
    terminal.escapes();
    terminal.hides("pause / resume");
    // Typed text as well: a paste without brackets.
    terminal.keys(&format!(":note {}the end", "0123456789".repeat(990)));
    terminal.shows(&["789the end"]);
    terminal.escapes();
    terminal.hides("789the end");
}

#[test]
fn a_spinning_wheel_does_not_delay_the_next_key() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    let storm = "\x1b[<64;40;12M\x1b[<65;40;12M".repeat(2_500);
    terminal.keys(&format!("{storm}?"));
    terminal.shows(&["Help", "pause / resume"]);
}

/// A key held down on a line with a limit; how many bytes a second that costs, besides the first frame that it asks for.
fn hold(terminal: &mut Terminal, keys: &[&str]) -> f64 {
    let (before, began) = (terminal.count(), Instant::now());
    let mut first = 0;
    for key in keys.iter().cycle().take(60) {
        terminal.keys(key);
        thread::sleep(Duration::from_millis(50));
        if first == 0 {
            first = terminal.count() - before;
        }
    }
    (terminal.count() - before - first) as f64 / began.elapsed().as_secs_f64()
}

#[test]
fn held_keys_keep_to_the_limit_of_a_slow_line_and_the_last_one_shows() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &["--low-bandwidth"]);
    let rate = hold(&mut terminal, &["4", "1", "5", "2"]);
    assert!(rate < 5_000.0, "{rate} bytes a second");
    terminal.keys("4?");
    terminal.shows(&["Help", "pause / resume"]);
    // The workspace has the same rule.
    let mut log = "step,loss,accuracy\n".to_owned();
    for step in 0..400 {
        let line = format!("{step},{},{}\n", step * step % 97, step % 13);
        log.push_str(&line);
    }
    for run in ["one", "two", "three"] {
        fs::create_dir_all(bench.path("logs").join(run)).unwrap();
        fs::write(bench.path("logs").join(run).join("log.csv"), &log).unwrap();
    }
    let mut workspace =
        Terminal::start_answering(&bench, &["watch", "logs", "--low-bandwidth"], &[], PLAIN);
    workspace.shows(&["3 runs", "3 selected", "accuracy"]);
    workspace.keys("3");
    workspace.hides("3 selected");
    let rate = hold(&mut workspace, &["z", "z", "z", "Z", "Z", "Z"]);
    assert!(rate < 5_000.0, "{rate} bytes a second");
    workspace.keys("?");
    workspace.shows(&["Help"]);
}

#[test]
fn a_paste_is_text_in_text_fields_and_ignored_elsewhere() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    let paste = |text: &str| format!("\x1b[200~{text}\x1b[201~");
    terminal.keys(&paste(&"q\rd+u\r".repeat(2_000)));
    terminal.shows(&["pasted text ignored"]);
    assert!(!terminal.text().contains("Stop the run?"));
    terminal.keys(":note ");
    terminal.keys(&paste("数字が薄い\nq\r"));
    terminal.shows(&["note 数字が薄い"]);
    terminal.keys("\r");
    terminal.shows(&["PAUSED", "数字が薄い"]);
    assert!(!terminal.text().contains("Stop the run?"));
}

#[test]
fn split_sequences_and_characters_are_joined() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    let in_pieces = |terminal: &mut Terminal, pieces: &[&[u8]]| {
        for piece in pieces {
            terminal.bytes(piece);
            thread::sleep(Duration::from_millis(15));
        }
    };
    // This scrolls the help by a line; the Escape key would close it, and B is not bound there.
    terminal.keys("?");
    terminal.shows(&["Help", "1-"]);
    in_pieces(&mut terminal, &[b"\x1b[", b"1;1", b"B"]);
    terminal.shows(&["Help", " 2-"]);
    terminal.escapes();
    terminal.hides("pause / resume");
    terminal.keys(":note ");
    let [a, b, c] = [0, 1, 2].map(|at| "数".as_bytes()[at]);
    in_pieces(&mut terminal, &[&[a], &[b], &[c], b"!"]);
    terminal.shows(&["note 数!"]);
}

#[test]
fn a_late_answer_is_never_a_key() {
    let bench = Bench::new();
    let flags = interactive(&["--at", "4:pause"]);
    let mut terminal = Terminal::start(&bench, &flags);
    terminal.shows(&["PAUSED", "step       4"]);
    thread::sleep(Duration::from_millis(400));
    for part in [
        &b"\x1bP>|quit l(3"[..],
        b".3a)\x1b",
        b"\\\x1b[>84;0;0c\x1b[1;2R",
        b"\x1b[6;16;8t\x1b[?1;2c\x1b_Gi=31;qqq\x1b\\",
        b"\x1b]1337;ReportCellSize=8;16\x07",
    ] {
        terminal.bytes(part);
        thread::sleep(Duration::from_millis(15));
    }
    terminal.keys("m");
    terminal.shows(&["PAUSED", "0.999"]);
    let text = terminal.text();
    for dialog in [
        "Stop the run?",
        "LSGAN",
        "Help: ",
        "Gi=31",
        "switch the loss",
    ] {
        assert!(!text.contains(dialog), "{dialog}:\n{text}");
    }
}

#[test]
fn a_key_that_arrives_with_a_resize_is_read_at_once() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[]);
    for (columns, rows) in [(100, 30), (110, 36), (120, 40)] {
        terminal.resize(columns, rows);
        terminal.keys("?");
        terminal.shows(&["Help", "pause / resume"]);
        terminal.resize(columns - 1, rows);
        terminal.escapes();
        terminal.hides("pause / resume");
    }
}
