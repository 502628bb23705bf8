//! Text that is being typed into a dialog.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::text;

/// A text that keys edit.
pub trait Typing {
    /// Takes in a key.
    fn edit(&mut self, key: &KeyEvent);

    /// Takes in one line of pasted text.
    fn insert(&mut self, text: &str);
}

/// Edited at its end only.
impl Typing for String {
    fn edit(&mut self, key: &KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => self.clear(),
            KeyCode::Char(c) if !control => self.push(c),
            KeyCode::Backspace => {
                let last = text::graphemes(self).next_back().map_or(0, str::len);
                self.truncate(self.len() - last);
            }
            _ => {}
        }
    }

    fn insert(&mut self, text: &str) {
        self.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backspace_deletes_one_visible_character() {
        let mut typed = String::new();
        let press = |typed: &mut String, code, modifiers| {
            typed.edit(&KeyEvent::new(code, modifiers));
        };
        for c in ['a', 'e', '\u{301}'] {
            press(&mut typed, KeyCode::Char(c), KeyModifiers::NONE);
        }
        press(&mut typed, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(typed, "a");
        press(&mut typed, KeyCode::Char('x'), KeyModifiers::CONTROL);
        assert_eq!(typed, "a");
        press(&mut typed, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(typed, "");
    }
}
