//! A line of text that is edited at its end only.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::text;

/// Takes in a key.
pub fn edit(typed: &mut String, key: &KeyEvent) {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('u') if control => typed.clear(),
        KeyCode::Char(c) if !control => typed.push(c),
        KeyCode::Backspace => {
            let last = text::graphemes(typed).next_back().map_or(0, str::len);
            typed.truncate(typed.len() - last);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backspace_takes_what_a_person_sees_as_one_character() {
        let mut typed = String::new();
        let press = |typed: &mut String, code, modifiers| {
            edit(typed, &KeyEvent::new(code, modifiers));
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
