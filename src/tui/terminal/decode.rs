//! What comes from the terminal, byte by byte: keys, pasted text, the mouse, and answers to questions.
//!
//! Sequences may come in pieces, and the Escape key is the beginning of every other one: what could go on is held until
//! more comes, or until [`Decoder::patience`] is over. An answer is never a key, however late it comes.
//!
//! Sources: ECMA-48; xterm's control sequences; the manual page of the Linux console's codes.

use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Something a person did.
    Input(Event),
    /// A whole control sequence that no key sends.
    Answer(Vec<u8>),
}

/// How long a lone Escape may be the beginning of a sequence whose rest is on its way.
const ESCAPE: Duration = Duration::from_millis(50);
/// The same for what has begun as a sequence.
const SEQUENCE: Duration = Duration::from_millis(500);
/// How long a paste may pause.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of an answer at the most. A longer one is none of those that were asked for.
const LONGEST: usize = 16 * 1024;
/// Bytes of a paste that are kept.
const PASTE: usize = 64 * 1024;
/// What makes a sequence of an Escape before it.
const OPENERS: &[u8] = b"[OPX]^_\x1b";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Makes items of bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    /// What was pasted so far, while that goes on.
    pasted: Option<Vec<u8>>,
}

/// What stands at the beginning of some bytes.
enum Found {
    /// Something of so many bytes.
    Whole(usize, Option<Item>),
    /// The beginning of a paste, so many bytes.
    Paste(usize),
    /// A part of something.
    Part,
}

impl Decoder {
    /// Takes bytes in; gives what is whole.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Item> {
        let mut items = Vec::new();
        // With Alt both come at once: what comes a moment after Escape and goes on with no sequence is another key.
        if self.held == [0x1b] && bytes.first().is_some_and(|next| !OPENERS.contains(next)) {
            items.extend(self.settle());
        }
        self.held.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            if let Some(pasted) = &mut self.pasted {
                let (taken, is_over) = paste(pasted, &self.held[at..]);
                at += taken;
                if !is_over {
                    break;
                }
                items.extend(self.end_paste());
            }
            match found(&self.held[at..]) {
                Found::Whole(length, item) => {
                    at += length;
                    items.extend(item);
                }
                Found::Paste(length) => {
                    at += length;
                    self.pasted = Some(Vec::new());
                }
                Found::Part => break,
            }
        }
        self.held.drain(..at);
        items
    }

    /// Nothing more came in time: what is held is all there is of it.
    pub fn settle(&mut self) -> Vec<Item> {
        let paste = self.end_paste();
        let held = std::mem::take(&mut self.held);
        let key = match held.as_slice() {
            [0x1b] => Some(key(KeyCode::Esc)),
            // What else begins sequences: with Alt.
            [0x1b, c] if OPENERS.contains(c) => {
                Some(with(KeyModifiers::ALT, character(char::from(*c))))
            }
            _ => None,
        };
        paste.into_iter().chain(key.map(Item::Input)).collect()
    }

    /// How long to wait for more before [`Decoder::settle`]; none where nothing is held.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        if self.pasted.is_some() {
            return Some(PAUSE);
        }
        match self.held.len() {
            0 => None,
            1 => Some(ESCAPE),
            _ => Some(SEQUENCE),
        }
    }

    /// Whether what comes is part of a paste.
    #[must_use]
    pub fn is_pasting(&self) -> bool {
        self.pasted.is_some()
    }

    fn end_paste(&mut self) -> Option<Item> {
        let text = self.pasted.take()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        Some(Item::Input(Event::Paste(text)))
    }
}

/// Moves bytes to what was pasted. Says how many, and whether the end was among them; what could be the beginning of the
/// end stays where it is.
fn paste(pasted: &mut Vec<u8>, bytes: &[u8]) -> (usize, bool) {
    let end = bytes
        .windows(PASTE_ENDS.len())
        .position(|window| window == PASTE_ENDS);
    let length = end.unwrap_or_else(|| {
        let could_begin = |tail: &usize| PASTE_ENDS.starts_with(&bytes[bytes.len() - tail..]);
        let tail = (1..PASTE_ENDS.len())
            .rev()
            .filter(|tail| *tail <= bytes.len());
        bytes.len() - tail.into_iter().find(could_begin).unwrap_or(0)
    });
    let room = PASTE.saturating_sub(pasted.len());
    pasted.extend_from_slice(&bytes[..length.min(room)]);
    match end {
        Some(end) => (end + PASTE_ENDS.len(), true),
        None => (length, false),
    }
}

fn found(bytes: &[u8]) -> Found {
    let Some(&first) = bytes.first() else {
        return Found::Part;
    };
    if first == 0x1b {
        return escape(bytes);
    }
    let whole = |length, event| Found::Whole(length, Some(Item::Input(event)));
    if first < 0x80 {
        return whole(1, single(first));
    }
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        // No character begins so.
        _ => return Found::Whole(1, None),
    };
    let there = &bytes[..length.min(bytes.len())];
    let broken = there[1..].iter().position(|b| !(0x80..0xc0).contains(b));
    if let Some(at) = broken {
        return Found::Whole(at + 1, None);
    }
    if there.len() < length {
        return Found::Part;
    }
    match std::str::from_utf8(there)
        .ok()
        .and_then(|text| text.chars().next())
    {
        Some(c) if !c.is_control() => whole(length, character(c)),
        _ => Found::Whole(length, None),
    }
}

/// A key that is one byte.
fn single(byte: u8) -> Event {
    match byte {
        b'\r' => key(KeyCode::Enter),
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

fn character(c: char) -> Event {
    let modifiers = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    with(modifiers, key(KeyCode::Char(c)))
}

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn with(modifiers: KeyModifiers, event: Event) -> Event {
    match event {
        Event::Key(mut key) => {
            key.modifiers |= modifiers;
            Event::Key(key)
        }
        other => other,
    }
}

/// What begins with an escape character.
fn escape(bytes: &[u8]) -> Found {
    let Some(&second) = bytes.get(1) else {
        return Found::Part;
    };
    match second {
        // The key, pressed; and the beginning of something else.
        0x1b => Found::Whole(1, Some(Item::Input(key(KeyCode::Esc)))),
        b'[' => csi(bytes),
        b'O' => ss3(bytes),
        b'P' | b'X' | b']' | b'^' | b'_' => string(bytes),
        _ => match found(&bytes[1..]) {
            Found::Whole(length, Some(Item::Input(event))) => {
                let event = with(KeyModifiers::ALT, event);
                Found::Whole(length + 1, Some(Item::Input(event)))
            }
            Found::Whole(length, other) => Found::Whole(length + 1, other),
            other => other,
        },
    }
}

/// `ESC P … ESC \` and the like: no key sends them. An operating system command may end with a bell.
fn string(bytes: &[u8]) -> Found {
    for (at, byte) in bytes.iter().enumerate().skip(2) {
        match byte {
            0x07 if bytes[1] == b']' => {
                return Found::Whole(at + 1, Some(Item::Answer(bytes[..=at].to_vec())));
            }
            0x1b => {
                return match bytes.get(at + 1) {
                    None => Found::Part,
                    Some(b'\\') => {
                        Found::Whole(at + 2, Some(Item::Answer(bytes[..at + 2].to_vec())))
                    }
                    // It was cut off.
                    Some(_) => Found::Whole(at, None),
                };
            }
            // Whoever presses Ctrl-C means it, whatever was cut off before.
            0..0x20 => return Found::Whole(at, None),
            _ if at > LONGEST => return Found::Whole(at, None),
            _ => {}
        }
    }
    Found::Part
}

/// `ESC O A`: a key of the application keypad.
fn ss3(bytes: &[u8]) -> Found {
    let Some(&last) = bytes.get(2) else {
        return Found::Part;
    };
    let code = match last {
        b'A'..=b'H' | b'P'..=b'S' => lettered(last),
        b'M' => Some(KeyCode::Enter),
        b'X' => Some(KeyCode::Char('=')),
        b'j'..=b'y' => Some(KeyCode::Char(char::from(last - b'j' + b'*'))),
        // Not one of those: Alt-O, and then a key.
        _ => {
            let event = with(KeyModifiers::ALT, character('O'));
            return Found::Whole(2, Some(Item::Input(event)));
        }
    };
    Found::Whole(3, code.map(|code| Item::Input(key(code))))
}

/// `ESC [ … letter`.
fn csi(bytes: &[u8]) -> Found {
    match bytes.get(2) {
        None => return Found::Part,
        // The Linux console's first function keys.
        Some(b'[') => {
            return match bytes.get(3) {
                None => Found::Part,
                Some(c @ b'A'..=b'E') => {
                    let code = KeyCode::F(c - b'A' + 1);
                    Found::Whole(4, Some(Item::Input(key(code))))
                }
                Some(_) => Found::Whole(3, None),
            };
        }
        // The oldest form of the mouse's reports: three bytes that may be any.
        Some(b'M') => {
            let Some(&[button, x, y]) = bytes.get(3..6) else {
                return Found::Part;
            };
            let [button, x, y] = [button, x, y].map(|b| u16::from(b.saturating_sub(32)));
            return Found::Whole(6, mouse(button, x, y, None).map(Item::Input));
        }
        Some(_) => {}
    }
    let end = bytes[2..]
        .iter()
        .position(|b| !(0x20..=0x3f).contains(b))
        .map(|at| at + 2);
    let Some(end) = end else {
        return if bytes.len() > LONGEST {
            Found::Whole(bytes.len(), None)
        } else {
            Found::Part
        };
    };
    let last = bytes[end];
    if !(0x40..=0x7e).contains(&last) {
        // It was cut off.
        return Found::Whole(end, None);
    }
    let parameters = std::str::from_utf8(&bytes[2..end]).unwrap_or_default();
    let length = end + 1;
    if (parameters, last) == ("200", b'~') {
        return Found::Paste(length);
    }
    let is_answer = parameters.starts_with(['?', '>', '=']) || b"Rnctxy".contains(&last);
    if is_answer {
        return Found::Whole(length, Some(Item::Answer(bytes[..length].to_vec())));
    }
    Found::Whole(length, sequence(parameters, last).map(Item::Input))
}

fn sequence(parameters: &str, last: u8) -> Option<Event> {
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
        // Modified as xterm does it, where that was asked for.
        b'~' if number(0) == Some(27) && numbers.len() == 3 => {
            Some(modified(1, coded(number(2)?)?))
        }
        b'~' => Some(modified(1, numbered(number(0)?)?)),
        b'u' => Some(modified(1, coded(number(0)?)?)),
        _ => Some(modified(1, lettered(last)?)),
    }
}

fn lettered(last: u8) -> Option<KeyCode> {
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

/// A report of the mouse; `pressed` where the form tells by itself.
fn mouse(code: u16, x: u16, y: u16, pressed: Option<bool>) -> Option<Event> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of bytes, taken in at once and then byte by byte.
    fn read(bytes: &[u8]) -> Vec<Item> {
        let mut whole = Decoder::default();
        let mut items = whole.feed(bytes);
        items.extend(whole.settle());
        let mut pieces = Decoder::default();
        let mut same: Vec<Item> = bytes.iter().flat_map(|b| pieces.feed(&[*b])).collect();
        same.extend(pieces.settle());
        assert_eq!(items, same, "in pieces");
        assert_eq!(whole.patience(), None);
        items
    }

    fn keys(bytes: &[u8]) -> Vec<(KeyCode, KeyModifiers)> {
        let items = read(bytes).into_iter();
        items
            .filter_map(|item| match item {
                Item::Input(Event::Key(key)) => Some((key.code, key.modifiers)),
                _ => None,
            })
            .collect()
    }

    const NONE: KeyModifiers = KeyModifiers::NONE;

    #[test]
    fn keys_are_what_terminals_send_for_them() {
        assert_eq!(keys(b"a"), [(KeyCode::Char('a'), NONE)]);
        assert_eq!(keys(b"Q"), [(KeyCode::Char('Q'), KeyModifiers::SHIFT)]);
        assert_eq!(keys(b"\x03"), [(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
        assert_eq!(
            keys(b"\r\x7f\t"),
            [
                (KeyCode::Enter, NONE),
                (KeyCode::Backspace, NONE),
                (KeyCode::Tab, NONE)
            ]
        );
        assert_eq!(keys("字".as_bytes()), [(KeyCode::Char('字'), NONE)]);
        assert_eq!(
            keys(b"\x1b[A\x1bOB"),
            [(KeyCode::Up, NONE), (KeyCode::Down, NONE)]
        );
        assert_eq!(
            keys(b"\x1b[1;5C"),
            [(KeyCode::Right, KeyModifiers::CONTROL)]
        );
        assert_eq!(
            keys(b"\x1b[3~\x1b[15~"),
            [(KeyCode::Delete, NONE), (KeyCode::F(5), NONE)]
        );
        assert_eq!(
            keys(b"\x1b[[C\x1b[21~"),
            [(KeyCode::F(3), NONE), (KeyCode::F(10), NONE)]
        );
        assert_eq!(keys(b"\x1b[Z"), [(KeyCode::BackTab, KeyModifiers::SHIFT)]);
        assert_eq!(
            keys(b"\x1b[97;5u"),
            [(KeyCode::Char('a'), KeyModifiers::CONTROL)]
        );
    }

    #[test]
    fn escape_is_a_key_when_nothing_follows_at_once() {
        let mut decoder = Decoder::default();
        let (x, escape) = (character('x'), Item::Input(key(KeyCode::Esc)));
        let with_alt = Item::Input(with(KeyModifiers::ALT, x.clone()));
        assert_eq!(decoder.feed(b"\x1bx"), [with_alt]);
        assert_eq!(decoder.feed(b"\x1b"), []);
        assert_eq!(decoder.feed(b"x"), [escape, Item::Input(x)]);
        assert_eq!(decoder.feed(b"\x1b"), []);
        assert_eq!(decoder.patience(), Some(ESCAPE));
        assert_eq!(decoder.settle(), [Item::Input(key(KeyCode::Esc))]);
        assert_eq!(
            keys(b"\x1b\x1b"),
            [(KeyCode::Esc, NONE), (KeyCode::Esc, NONE)]
        );
        assert_eq!(keys(b"\x1b["), [(KeyCode::Char('['), KeyModifiers::ALT)]);
        // Half a sequence is no key.
        assert_eq!(keys(b"\x1b[1;"), []);
    }

    #[test]
    fn answers_are_never_keys() {
        for answer in [
            &b"\x1bP>|tmux 3.3a\x1b\\"[..],
            b"\x1b_Gi=31;OK\x1b\\",
            b"\x1b[?62;4;22c",
            b"\x1b[>84;0;0c",
            b"\x1b[12;3R",
            b"\x1b[6;16;8t",
            b"\x1b]11;rgb:0000/0000/0000\x1b\\",
            b"\x1b]1337;ReportCellSize=16.0;8.0\x07",
            b"\x1b[?2026;2$y",
        ] {
            let around = [b"a", answer, b"b"].concat();
            let wanted = [
                Item::Input(character('a')),
                Item::Answer(answer.to_vec()),
                Item::Input(character('b')),
            ];
            assert_eq!(read(&around), wanted);
            // One that is cut off takes nothing with it that comes later.
            let mut decoder = Decoder::default();
            decoder.feed(&answer[..answer.len() - 1]);
            decoder.settle();
            assert_eq!(decoder.feed(b"q"), [Item::Input(character('q'))]);
        }
        assert_eq!(
            keys(b"\x1b_Gi=3\x03"),
            [(KeyCode::Char('c'), KeyModifiers::CONTROL)]
        );
    }

    #[test]
    fn a_paste_is_one_text_with_all_that_is_in_it() {
        let paste = |text: &str| vec![Item::Input(Event::Paste(text.to_owned()))];
        assert_eq!(read(b"\x1b[200~q\r\x1b[A\x1b[201~"), paste("q\r\x1b[A"));
        assert_eq!(read("\x1b[200~数字\x1b[201~".as_bytes()), paste("数字"));
        // Without its end it is over when nothing more comes.
        assert_eq!(read(b"\x1b[200~abc"), paste("abc"));
        let mut decoder = Decoder::default();
        decoder.feed(b"\x1b[200~");
        (0..100).for_each(|_| assert_eq!(decoder.feed(&[b'x'; 4096]), []));
        let items = decoder.feed(b"\x1b[201~z");
        assert!(matches!(&items[..], [Item::Input(Event::Paste(text)), _] if text.len() == PASTE));
    }

    #[test]
    fn the_mouse_in_its_three_forms() {
        let kind = |bytes: &[u8]| match read(bytes).as_slice() {
            [Item::Input(Event::Mouse(mouse))] => Some((mouse.kind, mouse.column, mouse.row)),
            _ => None,
        };
        let down = MouseEventKind::Down(MouseButton::Left);
        for form in [&b"\x1b[<0;5;7M"[..], b"\x1b[32;5;7M", b"\x1b[M %'"] {
            assert_eq!(kind(form), Some((down, 4, 6)));
        }
        let up = MouseEventKind::Up(MouseButton::Left);
        assert_eq!(kind(b"\x1b[<0;5;7m"), Some((up, 4, 6)));
        assert_eq!(
            kind(b"\x1b[<64;1;1M"),
            Some((MouseEventKind::ScrollUp, 0, 0))
        );
        let drag = MouseEventKind::Drag(MouseButton::Left);
        assert_eq!(kind(b"\x1b[<32;9;1M"), Some((drag, 8, 0)));
    }

    #[test]
    fn bytes_that_are_no_text_are_passed_over() {
        assert_eq!(keys(b"\xff\xc3q\xe6\x95"), [(KeyCode::Char('q'), NONE)]);
        assert_eq!(
            keys(b"\x1b[1\x01"),
            [(KeyCode::Char('a'), KeyModifiers::CONTROL)]
        );
    }
}
