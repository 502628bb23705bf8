//! Good behaviour on any size, palette and character set.

use super::terminal::{Terminal, interactive};
use crate::workbench::Bench;

#[test]
fn any_size_works_and_a_small_one_shows_a_message() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &interactive(&[]));
    terminal.shows(&["RUNNING", "lr D"]);
    for (columns, rows) in [
        (5, 2),
        (200, 60),
        (1, 1),
        (40, 10),
        (39, 10),
        (80, 24),
        (300, 3),
    ] {
        terminal.resize(columns, rows);
    }
    terminal.resize(30, 8);
    terminal.shows(&["RUNNING", "too small: 30×8, need 40×10"]);
    // A question must be visible, or Enter would answer it unseen.
    terminal.keys("q");
    terminal.shows(&["Stop the run?", "Esc"]);
    terminal.escapes();
    terminal.hides("Stop the run?");
    terminal.resize(5, 2);
    terminal.wait_until("anything at all", |screen| {
        !screen.contents().trim().is_empty() && !screen.contents().contains("30×8")
    });
    terminal.resize(40, 10);
    terminal.shows(&["RUNNING", "step"]);
    terminal.hides("too small");
    terminal.resize(120, 40);
    terminal.shows(&["RUNNING", "lr D", "steps/s", "quit"]);
    terminal.wait_until("a whole frame", |screen| {
        // The corners of the frame around the header.
        let corner = |column| {
            screen
                .cell(0, column)
                .is_some_and(vt100::Cell::has_contents)
        };
        corner(0) && corner(119)
    });
}

/// Returns whether any cell has a colour.
fn has_colour(screen: &vt100::Screen) -> bool {
    let (rows, columns) = screen.size();
    (0..rows.get()).any(|row| {
        (0..columns.get()).any(|column| {
            screen.cell(row, column).is_some_and(|cell| {
                cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
            })
        })
    })
}

#[test]
fn no_color_disables_colours() {
    let bench = Bench::new();
    let flags = interactive(&["--at", "30:pause"]);
    let terminal = Terminal::start_with(&bench, &flags, &[("NO_COLOR", "1")]);
    terminal.shows(&["PAUSED"]);
    assert!(!terminal.look(has_colour), "{}", terminal.text());
    // The state still stands out.
    assert!(terminal.look(|screen| {
        let (rows, columns) = screen.size();
        (0..rows.get()).any(|row| {
            (0..columns.get()).any(|column| {
                screen
                    .cell(row, column)
                    .is_some_and(|c| c.inverse() || c.bold())
            })
        })
    }));
}

#[test]
fn colours_are_used_by_default() {
    let bench = Bench::new();
    let terminal = Terminal::start(&bench, &interactive(&["--at", "30:pause"]));
    terminal.shows(&["PAUSED"]);
    assert!(terminal.look(has_colour));
}

#[test]
fn a_locale_without_utf8_gets_ascii_only() {
    let bench = Bench::new();
    let flags = interactive(&["--at", "30:pause"]);
    let mut terminal = Terminal::start_with(&bench, &flags, &[("LANG", "C")]);
    terminal.shows(&["PAUSED", "d_loss"]);
    let is_ascii = |terminal: &Terminal| {
        let text = terminal.text();
        let stray: String = text.chars().filter(|c| !c.is_ascii()).collect();
        assert!(stray.is_empty(), "{stray:?} in\n{text}");
    };
    is_ascii(&terminal);
    for (key, dialog) in [
        ("l", "LSGAN"),
        ("?", "both learning rates"),
        ("q", "Stop the run?"),
    ] {
        terminal.keys(key);
        terminal.shows(&[dialog]);
        is_ascii(&terminal);
        terminal.escapes();
        terminal.hides(dialog);
    }
}
