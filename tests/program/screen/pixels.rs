//! Samples in a terminal's graphics protocol.

use std::time::Duration;

use super::terminal::{self, Answers, PLAIN, Terminal, interactive};
use crate::workbench::{Bench, poll_until};

/// A picture shown in kitty's protocol; and one removed.
const SHOWN: &str = "a=T";
const TAKEN: &str = "a=d,d=I";
const KITTY: (&str, &str) = ("TERM", "xterm-kitty");

fn paused(
    bench: &Bench,
    environment: &[(&str, &str)],
    more: &[&str],
    answers: Answers,
) -> Terminal {
    let flags = [&["--at", "4:pause"], more].concat();
    let terminal = Terminal::start_answering(bench, &interactive(&flags), environment, answers);
    terminal.shows(&["PAUSED", "step       4"]);
    terminal
}

#[test]
fn pictures_are_sent_once_removed_under_dialogs_and_at_the_end() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[KITTY], &[], terminal::KITTY);
    assert!(poll_until(|| terminal.written(SHOWN) > 0, |shown| *shown));
    terminal.shows(&["Samples step 4"]);
    std::thread::sleep(Duration::from_millis(300));
    let before = terminal.written(SHOWN);
    // Unchanged pictures are not sent again.
    terminal.keys("m");
    terminal.shows(&["0.999"]);
    assert_eq!(terminal.written(SHOWN), before);
    assert_eq!(terminal.written(TAKEN), 0);
    terminal.keys("?");
    terminal.shows(&["Keys"]);
    assert!(poll_until(|| terminal.written(TAKEN) > 0, |taken| *taken));
    terminal.escapes();
    terminal.hides("Keys");
    assert!(poll_until(
        || terminal.written(SHOWN) > before,
        |shown| *shown
    ));
    terminal.keys("q");
    terminal.shows(&["Stop"]);
    terminal.keys("\r");
    assert_eq!(terminal.ended(), 0);
    let cleared = || terminal.written("\x1b_Ga=d,d=A,q=2\x1b\\");
    assert!(poll_until(cleared, |count| *count == 1));
    terminal.is_restored();
}

#[test]
fn an_unknown_terminal_gets_characters_unless_configured() {
    let bench = Bench::new();
    let terminal = paused(&bench, &[], &[], &[]);
    assert_eq!(terminal.written("\x1b_G") + terminal.written("\x1bP"), 0);
    // A name alone is not an answer.
    let named = Bench::new();
    let terminal = paused(&named, &[KITTY], &[], PLAIN);
    assert!(poll_until(|| terminal.written(ASKED), |count| *count == 1));
    assert_eq!(terminal.written(SHOWN), 0);
    let elsewhere = Bench::new();
    let terminal = paused(&elsewhere, &[], &["--set", "ui.graphics=iterm2"], &[]);
    let shown = || terminal.written("\x1b]1337;File=");
    assert!(poll_until(shown, |count| *count > 0));
    let without = Bench::new();
    let flags = ["--set", "ui.graphics=sextants"];
    let terminal = paused(&without, &[KITTY], &flags, terminal::KITTY);
    assert_eq!(terminal.written(SHOWN), 0);
    let drawn = terminal.text();
    assert!(
        drawn
            .chars()
            .any(|c| ('\u{1FB00}'..'\u{1FB3C}').contains(&c))
    );
}

#[test]
fn a_terminal_without_graphics_gets_characters_and_a_message() {
    let bench = Bench::new();
    let flags = interactive(&["--at", "4:pause", "--set", "ui.graphics=kitty"]);
    let terminal = Terminal::start_answering(&bench, &flags, &[], PLAIN);
    terminal.shows(&["this terminal reports no kitty graphics"]);
    terminal.shows(&["PAUSED", "step       4"]);
    assert_eq!(terminal.written(SHOWN), 0);
}

/// The query for kitty graphics.
const ASKED: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d";

#[test]
fn f_shows_the_samples_over_the_whole_terminal_until_the_next_key() {
    const HAS: Answers = &[
        (terminal::ATTRIBUTES, "\x1b[?62;c"),
        ("\x1b[16t", "\x1b[6;16;8t"),
        (ASKED, "\x1b_Gi=31;OK\x1b\\"),
    ];
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[], &["--set", "ui.graphics=none"], HAS);
    let asked = |terminal: &Terminal, text: &str, times: usize| {
        let asked = || terminal.written(text);
        assert!(poll_until(asked, |count| *count == times), "{text}");
    };
    asked(&terminal, ASKED, 1);
    terminal.keys("f");
    terminal.shows(&["step 4 · 64 images · a still · any key returns"]);
    assert_eq!(terminal.written(SHOWN), 1);
    assert!(!terminal.text().contains("PAUSED"));
    // The key that returns does nothing else.
    terminal.keys("m");
    terminal.shows(&["PAUSED", "smooth 0.99"]);
    assert!(!terminal.text().contains("0.999"));
    terminal.hides("any key returns");
    asked(&terminal, "\x1b_Ga=d,d=A,q=2\x1b\\", 1);
    // A query that was answered is not repeated.
    terminal.keys("f");
    terminal.shows(&["any key returns"]);
    assert_eq!(terminal.written(ASKED), 1);
    // In a window of another size it is shown anew.
    let shown = terminal.written(SHOWN);
    terminal.resize(100, 30);
    asked(&terminal, SHOWN, shown + 1);
    terminal.shows(&["any key returns"]);
    terminal.keys(" ");
    terminal.shows(&["PAUSED"]);
    terminal.keys("q");
    terminal.shows(&["Stop"]);
    terminal.keys("\r");
    assert_eq!(terminal.ended(), 0);
    terminal.is_restored();
}

#[test]
fn f_shows_characters_and_the_reason_without_pixels() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[], &[], &[]);
    terminal.keys("f");
    // This terminal does not answer.
    terminal.shows(&[
        "in characters (the terminal did not answer within",
        "any key returns",
    ]);
    assert!(!terminal.text().contains("PAUSED"));
    terminal.resize(40, 10);
    // Drawn for this size, rather than cut from the old line.
    terminal.shows(&["step 4 · 64 images · in characters ·"]);
    terminal.resize(120, 40);
    terminal.shows(&["in characters (the terminal did not answer within"]);
    terminal.keys("?");
    terminal.shows(&["PAUSED"]);
    assert!(!terminal.text().contains("Help"));
    terminal.keys("?");
    terminal.shows(&["Help"]);
}

#[test]
fn sixel_is_used_if_reported_and_the_cell_size_is_known() {
    let bench = Bench::new();
    let terminal = paused(&bench, &[], &[], terminal::SIXEL);
    assert!(poll_until(|| terminal.written("\x1bP"), |count| *count > 0));
}
