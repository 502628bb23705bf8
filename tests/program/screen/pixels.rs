//! Samples in a terminal's own graphics.

use std::time::Duration;

use super::terminal::{Terminal, interactive};
use crate::workbench::{Bench, poll_until};

/// A picture in kitty's protocol, shown; and one taken away.
const SHOWN: &str = "a=T";
const TAKEN: &str = "a=d,d=I";
const KITTY: (&str, &str) = ("TERM", "xterm-kitty");

fn paused(bench: &Bench, environment: &[(&str, &str)], more: &[&str]) -> Terminal {
    let flags = [&["--at", "40:pause"], more].concat();
    let terminal = Terminal::start_with(bench, &interactive(&flags), environment);
    terminal.shows(&["PAUSED", "step      40"]);
    terminal
}

#[test]
fn pictures_are_sent_once_taken_away_under_a_dialog_and_gone_at_the_end() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, &[KITTY], &[]);
    assert!(poll_until(|| terminal.written(SHOWN) > 0, |shown| *shown));
    std::thread::sleep(Duration::from_millis(300));
    let before = terminal.written(SHOWN);
    // What does not change is not sent again.
    terminal.keys("m");
    terminal.shows(&["0.999"]);
    assert_eq!(terminal.written(SHOWN), before);
    assert_eq!(terminal.written(TAKEN), 0);
    terminal.keys("?");
    terminal.shows(&["Keys"]);
    assert!(poll_until(|| terminal.written(TAKEN) > 0, |taken| *taken));
    terminal.keys("\x1b");
    terminal.hides("Keys");
    assert!(poll_until(
        || terminal.written(SHOWN) > before,
        |shown| *shown
    ));
    terminal.keys("q");
    terminal.shows(&["Stop"]);
    terminal.keys("\r");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(terminal.written("\x1b_Ga=d,d=A,q=2\x1b\\"), 1);
    terminal.is_restored();
}

#[test]
fn an_unknown_terminal_gets_characters_and_what_was_asked_for_otherwise() {
    let bench = Bench::new();
    let terminal = paused(&bench, &[], &[]);
    assert_eq!(terminal.written("\x1b_G") + terminal.written("\x1bP"), 0);
    let elsewhere = Bench::new();
    let terminal = paused(&elsewhere, &[], &["--set", "ui.graphics=iterm2"]);
    assert!(terminal.written("\x1b]1337;File=") > 0);
    let without = Bench::new();
    let terminal = paused(&without, &[KITTY], &["--set", "ui.graphics=sextants"]);
    assert_eq!(terminal.written("\x1b_G"), 0);
    let drawn = terminal.text();
    assert!(
        drawn
            .chars()
            .any(|c| ('\u{1FB00}'..'\u{1FB3C}').contains(&c))
    );
}
