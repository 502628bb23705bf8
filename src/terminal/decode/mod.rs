//! Decodes the bytes from the terminal: keys, pasted text, the mouse, and answers to queries.
//!
//! Sequences may arrive in pieces, and the Escape key is a prefix of all others: an incomplete sequence is held until more
//! arrives or [`Decoder::patience`] has passed. An answer is never taken for a key, however late it arrives; nor is the rest
//! of a sequence whose Escape has already counted as the key.
//!
//! Sources: ECMA-48; xterm's control sequences; the manual page of the Linux console's codes.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyModifiers};

mod keys;

use keys::{character, key, lettered, mouse, sequence, single, with};

/// A decoded item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// User input.
    Input(Event),
    /// A complete control sequence that no key sends.
    Answer(Vec<u8>),
}

/// How long to wait for the rest of a sequence after a lone Escape.
const ESCAPE: Duration = Duration::from_millis(50);
/// The same after the start of a sequence.
const SEQUENCE: Duration = Duration::from_millis(500);
/// How long the rest of a late sequence, or of a character, may take once it has started to arrive.
const REST: Duration = Duration::from_secs(1);
/// How long after an Escape that counted as a key a continuation of its sequence is still recognised.
pub const LATE: Duration = Duration::from_secs(5);
/// Maximum pause within a paste.
const PAUSE: Duration = Duration::from_secs(1);
/// Maximum length of an answer in bytes; no expected answer is longer.
const LONGEST: usize = 16 * 1024;
/// Maximum length of a paste in bytes; the rest is dropped.
const PASTE: usize = 64 * 1024;
/// Bytes that start a sequence after Escape.
const OPENERS: &[u8] = b"[OPX]^_\x1b";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Turns bytes into items.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    /// The start of a sequence that counted as a key because no more arrived in time.
    begun: Vec<u8>,
    /// How many of the held bytes are that start, restored because more has arrived.
    late: usize,
    /// The paste in progress.
    pasted: Option<Vec<u8>>,
}

/// What the bytes start with.
enum Found {
    /// A complete item of this many bytes.
    Whole(usize, Option<Item>),
    /// The start marker of a paste, of this many bytes.
    Paste(usize),
    /// An incomplete item.
    Part,
}

impl Decoder {
    /// Takes bytes and returns the complete items.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Item> {
        let mut items = Vec::new();
        let begun = std::mem::take(&mut self.begun);
        if bytes.first().is_some_and(|next| is_rest(&begun, *next)) {
            self.late = begun.len();
            self.held = begun;
        }
        // Alt sends both bytes at once: a byte that arrives later and continues no sequence is another key.
        if self.held == [0x1b] && bytes.first().is_some_and(|next| !OPENERS.contains(next)) {
            items.extend(self.settle());
            self.begun.clear();
        }
        self.held.extend_from_slice(bytes);
        items.extend(self.take_whole());
        items
    }

    /// Removes and returns the complete items.
    fn take_whole(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
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
                // It was not a sequence: what came late are keys.
                Found::Whole(_, None) if self.late > 0 => at += std::mem::take(&mut self.late),
                Found::Whole(length, item) => {
                    self.late = 0;
                    at += length;
                    items.extend(item);
                }
                Found::Paste(length) => {
                    self.late = 0;
                    at += length;
                    self.pasted = Some(Vec::new());
                }
                Found::Part => break,
            }
        }
        self.held.drain(..at);
        items
    }

    /// No more bytes arrived in time: what is held is complete.
    pub fn settle(&mut self) -> Vec<Item> {
        let paste = self.end_paste();
        if self.late > 0 {
            let rest = self.held.split_off(std::mem::take(&mut self.late));
            // One byte may be a key; more are a sequence that was cut off.
            self.held = if rest.len() == 1 { rest } else { Vec::new() };
            return self.take_whole();
        }
        let held = std::mem::take(&mut self.held);
        if matches!(held.as_slice(), [0x1b] | [0x1b, b'[' | b'O']) {
            self.begun.clone_from(&held);
        }
        let key = match held.as_slice() {
            [0x1b] => Some(key(KeyCode::Esc)),
            // The other openers: with Alt.
            [0x1b, c] if OPENERS.contains(c) => {
                Some(with(KeyModifiers::ALT, character(char::from(*c))))
            }
            _ => None,
        };
        paste.into_iter().chain(key.map(Item::Input)).collect()
    }

    /// How long to wait for more before calling [`Decoder::settle`]; `None` if nothing is held.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        if self.pasted.is_some() {
            return Some(PAUSE);
        }
        if self.late > 0 {
            return Some(REST);
        }
        match self.held.as_slice() {
            [] => None,
            [0x1b] => Some(ESCAPE),
            [0x1b, ..] => Some(SEQUENCE),
            // A character in pieces, which can be nothing else.
            _ => Some(REST),
        }
    }

    /// Forgets the start of a sequence that counted as a key: what arrives now does not continue it.
    pub fn forget(&mut self) {
        self.begun.clear();
    }

    /// Returns whether the rest of a late sequence is being held: each byte of it may be late again.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.late > 0
    }

    /// Returns whether a paste is in progress.
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

/// Returns whether a byte may continue this start of a sequence.
fn is_rest(begun: &[u8], next: u8) -> bool {
    match begun {
        [_] => matches!(next, b'[' | b'O'),
        [_, b'['] => matches!(next, b'0'..=b'?' | b'Z') || lettered(next).is_some(),
        [_, _] => lettered(next).is_some(),
        _ => false,
    }
}

/// Moves bytes to the paste. Returns how many, and whether the end marker was among them; a possible start of the end marker
/// is not consumed.
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
        // Not valid at the start of a character.
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

/// Decodes what starts with an escape character.
fn escape(bytes: &[u8]) -> Found {
    let Some(&second) = bytes.get(1) else {
        return Found::Part;
    };
    match second {
        // The Escape key, followed by something else.
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
                    // Truncated.
                    Some(_) => Found::Whole(at, None),
                };
            }
            // Ctrl-C counts, even after a truncated sequence.
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
        // Otherwise: Alt-O, then a key.
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
        // The oldest form of mouse reports: three arbitrary bytes.
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
        // Truncated.
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

#[cfg(test)]
mod tests;
