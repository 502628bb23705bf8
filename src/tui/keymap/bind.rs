//! Making rows of the table.

use crossterm::event::KeyCode;

use super::{Action, Binding, Hint, Key};
use crate::tui::screen::Screen;

/// The arrow up.
pub const UP: Key = named(KeyCode::Up);
/// The arrow down.
pub const DOWN: Key = named(KeyCode::Down);
/// Enter.
pub const ENTER: Key = named(KeyCode::Enter);
/// Escape.
pub const ESCAPE: Key = named(KeyCode::Esc);

/// The key of a character.
#[must_use]
pub const fn key(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        control: false,
    }
}

/// A letter with Control.
#[must_use]
pub const fn control(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        control: true,
    }
}

/// A named key.
#[must_use]
pub const fn named(code: KeyCode) -> Key {
    Key {
        code,
        control: false,
    }
}

/// A row of a table.
#[must_use]
pub const fn bind(
    keys: &'static [Key],
    action: Action,
    hint: Option<Hint>,
    about: &'static str,
) -> Binding {
    Binding {
        keys,
        action,
        hint,
        about,
    }
}

/// How the key line shows it; rank 0 is dropped last when space runs out.
#[must_use]
pub const fn hint(keys: &'static str, label: &'static str, rank: u8) -> Option<Hint> {
    Some(Hint {
        keys,
        label,
        home: None,
        rank: Some(rank),
    })
}

/// A hint that comes first on its own screen.
#[must_use]
pub const fn first_on(home: Screen, hint: Option<Hint>) -> Option<Hint> {
    match hint {
        Some(hint) => Some(Hint {
            home: Some(home),
            ..hint
        }),
        None => None,
    }
}

/// A hint that is shown on its own screen only.
#[must_use]
pub const fn only_on(home: Screen, keys: &'static str, label: &'static str) -> Option<Hint> {
    Some(Hint {
        keys,
        label,
        home: Some(home),
        rank: None,
    })
}
