//! Keys and the mouse, from the bytes that terminals send for them.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// A single-byte key.
pub(super) fn single(byte: u8) -> Event {
    match byte {
        // Before the line was raw, the terminal driver converted CR to LF.
        b'\r' | b'\n' => key(KeyCode::Enter),
        b'\t' => key(KeyCode::Tab),
        0x7f => key(KeyCode::Backspace),
        0 => with(KeyModifiers::CONTROL, key(KeyCode::Char(' '))),
        1..=0x1a => with(
            KeyModifiers::CONTROL,
            key(KeyCode::Char(char::from(byte - 1 + b'a'))),
        ),
        0x1c..=0x1f => with(
            KeyModifiers::CONTROL,
            key(KeyCode::Char(char::from(byte - 0x1c + b'4'))),
        ),
        _ => character(char::from(byte)),
    }
}

pub(super) fn character(c: char) -> Event {
    let modifiers = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    with(modifiers, key(KeyCode::Char(c)))
}

pub(super) fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

pub(super) fn with(modifiers: KeyModifiers, event: Event) -> Event {
    match event {
        Event::Key(mut key) => {
            key.modifiers |= modifiers;
            Event::Key(key)
        }
        other => other,
    }
}

pub(super) fn sequence(parameters: &str, last: u8) -> Option<Event> {
    if let Some(report) = parameters.strip_prefix('<') {
        let mut numbers = report.split(';').map(|n| n.parse().ok());
        let (button, x, y) = (numbers.next()??, numbers.next()??, numbers.next()??);
        return mouse(button, x, y, Some(last == b'M'));
    }
    let numbers: Vec<&str> = parameters.split(';').collect();
    let number = |index: usize| -> Option<u32> {
        let text = numbers.get(index)?;
        text.split(':').next()?.parse().ok()
    };
    let modified = |index: usize, code: KeyCode| -> Event {
        let kind = numbers.get(index).and_then(|text| text.split(':').nth(1));
        let mut event = KeyEvent::new(code, modifiers(number(index).unwrap_or(1)));
        event.kind = match kind {
            Some("2") => KeyEventKind::Repeat,
            Some("3") => KeyEventKind::Release,
            _ => KeyEventKind::Press,
        };
        Event::Key(event)
    };
    match last {
        b'I' => Some(Event::FocusGained),
        b'O' => Some(Event::FocusLost),
        b'Z' => Some(with(KeyModifiers::SHIFT, key(KeyCode::BackTab))),
        b'M' => mouse(
            u16::try_from(number(0)?.saturating_sub(32)).ok()?,
            u16::try_from(number(1)?).ok()?,
            u16::try_from(number(2)?).ok()?,
            None,
        ),
        // xterm's modifyOtherKeys form.
        b'~' if number(0) == Some(27) && numbers.len() == 3 => {
            Some(modified(1, coded(number(2)?)?))
        }
        b'~' => Some(modified(1, numbered(number(0)?)?)),
        b'u' => Some(modified(1, coded(number(0)?)?)),
        _ => Some(modified(1, lettered(last)?)),
    }
}

pub(super) fn lettered(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23..=26 => KeyCode::F(number as u8 - 12),
        28..=29 => KeyCode::F(number as u8 - 13),
        31..=34 => KeyCode::F(number as u8 - 14),
        _ => return None,
    })
}

fn coded(number: u32) -> Option<KeyCode> {
    Some(match number {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        _ => KeyCode::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    })
}

fn modifiers(number: u32) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    [
        KeyModifiers::SHIFT,
        KeyModifiers::ALT,
        KeyModifiers::CONTROL,
    ]
    .into_iter()
    .enumerate()
    .filter(|(bit, _)| bits >> bit & 1 == 1)
    .fold(KeyModifiers::NONE, |all, (_, modifier)| all | modifier)
}

/// A mouse report; `pressed` if its form distinguishes press and release.
pub(super) fn mouse(code: u16, x: u16, y: u16, pressed: Option<bool>) -> Option<Event> {
    let button = match code & 0b11 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let moves = code & 0b10_0000 != 0;
    let kind = match (code & 0b1100_0000, code & 0b11) {
        (0, 3) if moves => MouseEventKind::Moved,
        (0, 3) => MouseEventKind::Up(MouseButton::Left),
        (0, _) if moves => MouseEventKind::Drag(button),
        (0, _) if pressed == Some(false) => MouseEventKind::Up(button),
        (0, _) => MouseEventKind::Down(button),
        (64, 0) => MouseEventKind::ScrollUp,
        (64, 1) => MouseEventKind::ScrollDown,
        (64, 2) => MouseEventKind::ScrollLeft,
        (64, _) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let modifiers = modifiers(u32::from(code >> 2 & 0b111) + 1);
    Some(Event::Mouse(MouseEvent {
        kind,
        column: x.saturating_sub(1),
        row: y.saturating_sub(1),
        modifiers,
    }))
}
