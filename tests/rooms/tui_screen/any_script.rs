//! Names and notes in any script: wide characters keep both cells on every screen and in every dialog.

use crossterm::event::KeyCode;
use genai_tui::protocol::State;
use genai_tui::text::width;
use ratatui::buffer::Buffer;

use super::{FULL, Stage};

const NAMES: [&str; 3] = [
    "数字が薄い-学習-実験",
    "e\u{301}te\u{301}-un\u{303}o",
    "😀-run-🚀-7",
];

/// A run with this name and notes with it in the log.
fn named(name: &str) -> Stage {
    let mut stage = Stage::new();
    name.clone_into(&mut stage.run.name);
    let started = stage.run.started();
    stage.ui.on_event(&started);
    let running = stage.run.state(State::Running, "");
    stage.ui.on_event(&running);
    stage.train(500);
    stage.script(&format!("note {name} {}", name.repeat(8)));
    stage.train(500);
    stage
}

/// Rows that a terminal would show with another width, because the cell after a wide character is overwritten.
fn torn(buffer: &Buffer) -> Vec<String> {
    let columns = usize::from(buffer.area.width);
    let rows = buffer.content().chunks(columns);
    let is_torn = |row: &[ratatui::buffer::Cell]| {
        let cells = row.iter().map(|cell| width(cell.symbol())).enumerate();
        cells.filter(|(_, wide)| *wide > 1).any(|(x, wide)| {
            let behind = row.get(x + 1..x + wide);
            behind.is_none_or(|cells| cells.iter().any(|cell| !cell.symbol().trim().is_empty()))
        })
    };
    rows.filter(|row| is_torn(row))
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}

#[test]
fn wide_characters_keep_their_cells_on_every_screen_and_in_every_dialog() {
    for name in NAMES {
        for key in ['1', '2', '3', '4', '5', ':', '?', 'q', 'r', '/'] {
            let mut stage = named(name);
            stage.press(key);
            if key == ':' {
                format!("note {name}")
                    .chars()
                    .for_each(|c| drop(stage.press(c)));
            }
            for (width, height) in [(200, 60), (120, 40), (80, 24), (60, 16), (41, 13)] {
                let torn = torn(&stage.draw(width, height, FULL));
                assert!(
                    torn.is_empty(),
                    "{name}, key {key}, {width}x{height}: {torn:#?}"
                );
            }
            stage.key(KeyCode::Esc);
        }
    }
}

#[test]
fn wide_names_do_not_shift_the_rest_of_the_header() {
    let row = |name: &str| -> Vec<String> {
        let buffer = named(name).draw(120, 40, FULL);
        // Below the frame.
        let cells = buffer.content()[120..240].iter();
        cells.map(|cell| cell.symbol().to_owned()).collect()
    };
    // Equally wide, in columns.
    let (plain, wide) = (row("abcdef"), row("数字薄"));
    assert_eq!(width("abcdef"), width("数字薄"));
    let end = plain.iter().position(|cell| cell == "f").unwrap();
    assert_eq!(plain[end + 1..], wide[end + 1..]);
    assert!(wide.contains(&"薄".to_owned()), "{wide:?}");
}
