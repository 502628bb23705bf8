//! A screen that something else has written over.

use std::time::Duration;

use rustix::process::Signal;

use super::terminal::{KITTY, PLAIN, Terminal, interactive, send};
use crate::workbench::{Bench, poll_until};

/// The output of `wall`, or of a background job.
const BROADCAST: &str = "Broadcast message: reboot at noon";

fn paused(bench: &Bench) -> Terminal {
    let flags = interactive(&["--at", "4:pause"]);
    let terminal = Terminal::start_answering(bench, &flags, &[], PLAIN);
    terminal.shows(&["PAUSED", "step       4"]);
    terminal
}

#[test]
fn ctrl_l_redraws_over_foreign_output() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    for open in ["", "?", ":", "l", "q"] {
        terminal.keys(open);
        std::thread::sleep(Duration::from_millis(50));
        terminal.scribble(BROADCAST);
        terminal.shows(&[BROADCAST]);
        terminal.keys("\x0c");
        terminal.hides(BROADCAST);
        terminal.escapes();
    }
    terminal.hides("Stop the run?");
    terminal.shows(&["PAUSED", "quit"]);
    // Mouse reporting and bracketed paste may also have been switched off.
    terminal.scribble("\x1b[?2004l\x1b[?1049l\x1b[?25h");
    terminal.wait_until("another screen", |screen| !screen.alternate_screen());
    terminal.keys("\x0c");
    terminal.wait_until("the program's screen", |screen| {
        screen.alternate_screen() && screen.bracketed_paste() && screen.hide_cursor()
    });
}

#[test]
fn a_resize_event_redraws_even_at_the_same_size() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    let host = terminal.host();
    terminal.scribble(BROADCAST);
    terminal.shows(&[BROADCAST]);
    send(host, Signal::WINCH);
    terminal.hides(BROADCAST);
    // Smaller and back again before the program noticed: the content at the edge is gone.
    send(host, Signal::STOP);
    terminal.resize(60, 20);
    terminal.resize(120, 40);
    send(host, Signal::CONT);
    terminal.wait_until("the right edge and the bottom line", |screen| {
        let contents = screen.contents();
        contents
            .lines()
            .next()
            .is_some_and(|line| line.ends_with('╮'))
            && contents.contains("quit")
    });
}

#[test]
fn a_stopped_and_continued_program_redraws_and_reads_keys() {
    let bench = Bench::new();
    let mut terminal = paused(&bench);
    let host = terminal.host();
    send(host, Signal::STOP);
    terminal.scribble(BROADCAST);
    terminal.shows(&[BROADCAST]);
    send(host, Signal::CONT);
    terminal.hides(BROADCAST);
    terminal.keys("?");
    terminal.shows(&["Help"]);
}

#[test]
fn an_attached_screen_and_its_pictures_are_redrawn_as_well() {
    let bench = Bench::new();
    let mut first = paused(&bench);
    first.host();
    first.keys("d");
    assert_eq!(first.left(), 0);
    let mut terminal = Terminal::start_answering(&bench, &["attach", "a"], &[], KITTY);
    terminal.shows(&["PAUSED", "quit"]);
    assert!(poll_until(|| terminal.written("a=T"), |shown| *shown > 0));
    std::thread::sleep(Duration::from_millis(200));
    let before = terminal.written("a=T");
    terminal.scribble(BROADCAST);
    terminal.shows(&[BROADCAST]);
    terminal.keys("\x0c");
    terminal.hides(BROADCAST);
    assert!(poll_until(
        || terminal.written("a=T"),
        |shown| *shown > before
    ));
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    terminal.shows(&["stopped on request"]);
    terminal.keys("q");
    assert_eq!(terminal.ended(), 0);
}
