//! Characters that take two cells, and those that some terminals draw in two.

use super::terminal::{ATTRIBUTES, Answers, PLAIN, Terminal, interactive};
use crate::workbench::Bench;

/// A terminal that draws characters of ambiguous width in two cells.
const WIDE: Answers = &[("\x1b[6n", "\x1b[1;3R"), (ATTRIBUTES, "\x1b[?62;22c")];

fn paused(bench: &Bench, answers: Answers, more: &[&str]) -> Terminal {
    named("a", bench, answers, more)
}

fn named(name: &str, bench: &Bench, answers: Answers, more: &[&str]) -> Terminal {
    let mut flags = interactive(&[&["--at", "4:pause"], more].concat());
    let at = flags.iter().position(|flag| *flag == "--name").unwrap();
    flags[at + 1] = name;
    let terminal = Terminal::start_answering(bench, &flags, &[], answers);
    terminal.shows(&["PAUSED", "step       4"]);
    terminal
}

/// Characters that such a terminal would draw in two cells.
fn ambiguous(text: &str) -> String {
    let boxes = '\u{2500}'..='\u{258f}';
    let others = "·…→▸◌×±½°≈▲▼●";
    text.chars()
        .filter(|c| boxes.contains(c) || others.contains(*c))
        .collect()
}

#[test]
fn frames_are_plain_if_box_characters_are_wide() {
    let bench = Bench::new();
    let mut terminal = named("数字", &bench, WIDE, &[]);
    terminal.wait_until("plain frames", |screen| {
        let contents = screen.contents();
        contents.starts_with("+ genai-tui -") && ambiguous(&contents).is_empty()
    });
    // Text of users stays as it is.
    terminal.shows(&["数字"]);
    for (key, dialog) in [
        ("?", "pause / resume"),
        ("l", "LSGAN"),
        (":", "Command"),
        ("2", "Scores"),
        ("3", "Samples"),
        ("5", "Training health"),
    ] {
        terminal.keys(key);
        terminal.shows(&[dialog]);
        let text = terminal.text();
        assert!(
            ambiguous(&text).is_empty(),
            "{:?} in\n{text}",
            ambiguous(&text)
        );
        terminal.escapes();
    }
}

#[test]
fn frames_are_boxes_if_supported_and_as_configured() {
    let bench = Bench::new();
    let terminal = paused(&bench, PLAIN, &[]);
    terminal.wait_until("boxes", |screen| screen.contents().starts_with('╭'));
    let plain = Bench::new();
    let terminal = paused(&plain, PLAIN, &["--set", "ui.frames=plain"]);
    terminal.wait_until("plain frames", |screen| {
        screen.contents().starts_with("+ genai-tui -")
    });
    let boxes = Bench::new();
    let terminal = paused(&boxes, WIDE, &["--set", "ui.frames=unicode"]);
    terminal.wait_until("boxes", |screen| screen.contents().starts_with('╭'));
}

#[test]
fn the_cursor_follows_typed_text_of_any_width() {
    let bench = Bench::new();
    let mut terminal = paused(&bench, PLAIN, &[]);
    // Two cells each; two that combine into one; marks without width; one that changes the direction.
    for (typed, columns) in [
        ("数字が薄い😀", 12),
        ("e\u{301}a\u{308}", 2),
        ("a\u{200b}b\u{200d}c\u{202e}d", 4),
        ("👩\u{200d}🔬❤\u{fe0f}", 5),
    ] {
        terminal.keys(":note ");
        terminal.shows(&[": note "]);
        terminal.keys(typed);
        terminal.wait_until(&format!("the cursor behind {typed}"), |screen| {
            let (row, column) = screen.cursor_position();
            let line = screen
                .rows(0, 120)
                .nth(usize::from(row))
                .unwrap_or_default();
            // The box is centred; all characters before it take one cell.
            let before = line.find(": note").map(|at| line[..at].chars().count());
            before.is_some_and(|before| usize::from(column) == before + ": note ".len() + columns)
        });
        terminal.escapes();
        terminal.hides(": note");
    }
    // One key removes one character.
    terminal.keys(":note 数字😀e\u{301}");
    terminal.keys("\x7f\x7f\x1b[D\x7fX");
    terminal.shows(&["note X字"]);
    terminal.keys("\r");
    terminal.shows(&["X字"]);
}

#[test]
fn long_texts_without_blanks_are_wrapped_inside_frames() {
    let bench = Bench::new();
    let mut terminal = named("とても長い名前の実行でございます", &bench, PLAIN, &[]);
    terminal.keys(&format!(":note {}終\r", "数字が薄い".repeat(20)));
    terminal.shows(&["終"]);
    let (rows, columns) = terminal.look(|screen| {
        let (rows, columns) = screen.size();
        (rows.get(), columns.get())
    });
    // The last column contains a frame, or nothing.
    let edge: Vec<String> = (0..rows)
        .filter_map(|row| {
            terminal.look(|screen| {
                screen
                    .cell(row, columns - 1)
                    .map(|cell| cell.contents().to_owned())
            })
        })
        .filter(|cell| !["╮", "│", "╯", "", " "].contains(&cell.as_str()))
        .collect();
    assert!(edge.is_empty(), "{edge:?} in\n{}", terminal.text());
}
