//! Queries the terminal's capabilities and waits for the answers, with a timeout.
//!
//! Queries that every terminal answers or ignores are sent together: its name, its kind, the size of a character, the width
//! of an ambiguous one, and the primary attributes, which every terminal answers and which therefore end the wait. Graphics
//! are queried only if the answers show that the terminal would not print the query.
//!
//! The dashboard sends the same queries with its first frame and does not wait. [`probe`] is for commands that print once and
//! exit, before any other thread reads the terminal: what is typed while it waits is lost, except Ctrl-C.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::decode::{Decoder, Item};

mod raw;

pub use raw::{RawMode, ask, probe};

/// How long to wait for a terminal that does not answer.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// The terminal's answers.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent yes-or-no answers"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// It answered the query that every terminal answers.
    pub attributes: bool,
    /// It supports kitty graphics.
    pub kitty: bool,
    /// It supports iTerm2's inline images.
    pub iterm2: bool,
    /// Its attributes include sixel.
    pub sixel: bool,
    /// How many colours a sixel image may have.
    pub registers: Option<usize>,
    /// Width and height of a character, in pixels.
    pub cell_px: Option<(u16, u16)>,
    /// Its name and version.
    pub name: Option<String>,
    /// The kind of terminal, from its secondary attributes.
    pub kind: Option<u32>,
    /// Whether a character of ambiguous width takes two cells.
    pub wide: Option<bool>,
    /// Ctrl-C was typed in the meantime.
    pub interrupted: bool,
    /// How long the answers took.
    pub took: Duration,
}

/// Why the terminal was not queried.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// There is no terminal.
    #[error("there is no terminal to query")]
    NoTerminal(#[source] std::io::Error),
    /// The process is in the background, where the shell would stop it for using the terminal.
    #[error("the program runs in the background")]
    Background,
    /// The terminal or its driver failed.
    #[error("the terminal cannot be queried")]
    Terminal(#[from] std::io::Error),
}

/// Two characters of ambiguous width in the first column, each followed by a query for the cursor position, then erased.
const ASK_WIDTH: &str = "\r\u{2500}\x1b[6n\r\u{b7}\x1b[6n\r\x1b[K";
/// Name and version.
const ASK_NAME: &str = "\x1b[>q";
/// Secondary device attributes: what kind of terminal it is.
const ASK_KIND: &str = "\x1b[>c";
/// The size of a character in pixels.
const ASK_CELL: &str = "\x1b[16t";
/// kitty: queries support with an image of one pixel that is not shown.
const ASK_KITTY: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
/// iTerm2: the size of a character. Terminals that answer support inline images.
const ASK_ITERM2: &str = "\x1b]1337;ReportCellSize\x07";
/// xterm's query for the number of sixel's colour registers.
const ASK_REGISTERS: &str = "\x1b[?1;1;0S";
/// Primary device attributes: every terminal answers, in order, so this ends the wait.
const ASK_ATTRIBUTES: &str = "\x1b[c";

/// The first queries, which any terminal answers or ignores. The width is queried if the locale is UTF-8, with the cursor on
/// an empty line.
#[must_use]
pub fn questions(width: bool) -> String {
    let width = if width { ASK_WIDTH } else { "" };
    format!("{width}{ASK_NAME}{ASK_KIND}{ASK_CELL}{ASK_ATTRIBUTES}")
}

/// The queries for graphics, for terminals that neither print them nor take them for a title; of those with sixel also how
/// many colours it has.
#[must_use]
pub fn graphics_questions(sixel: bool) -> String {
    let registers = if sixel { ASK_REGISTERS } else { "" };
    format!("{ASK_KITTY}{ASK_ITERM2}{registers}{ASK_ATTRIBUTES}")
}

impl Answers {
    /// Takes an answer. Returns whether it is the one that ends the wait.
    pub fn take_in(&mut self, answer: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(answer) else {
            return false;
        };
        if let Some(body) = text.strip_prefix("\x1b_") {
            self.kitty |= body == "Gi=31;OK\x1b\\";
        } else if let Some(body) = text.strip_prefix("\x1bP>|") {
            let name = crate::text::line(body.strip_suffix("\x1b\\").unwrap_or(body));
            self.name = (!name.trim().is_empty()).then(|| name.trim().to_owned());
        } else if text.starts_with("\x1b]1337;ReportCellSize=") {
            self.iterm2 = true;
        } else if let Some(body) = text.strip_prefix("\x1b[") {
            return self.take_in_csi(body);
        }
        false
    }

    /// `?62;4;22c` is the attributes, `>84;0;0c` the kind, `6;15;7t` the size of a character (height first), `1;2R` where the
    /// cursor is.
    fn take_in_csi(&mut self, body: &str) -> bool {
        if let Some(attributes) = body.strip_prefix('?').and_then(|t| t.strip_suffix('c')) {
            self.attributes = true;
            // The first number is the kind of terminal.
            let mut attributes = attributes.split(';').skip(1);
            self.sixel |= attributes.any(|attribute| attribute == "4");
            return true;
        }
        if let Some(count) = body.strip_prefix("?1;0;").and_then(|t| t.strip_suffix('S')) {
            self.registers = count.parse().ok();
        } else if let Some(kind) = body.strip_prefix('>').and_then(|t| t.strip_suffix('c')) {
            self.kind = kind.split(';').next().and_then(|kind| kind.parse().ok());
        } else if let Some(size) = body.strip_prefix("6;").and_then(|t| t.strip_suffix('t')) {
            self.cell_px = size
                .split_once(';')
                .and_then(|(height, width)| Some((width.parse().ok()?, height.parse().ok()?)))
                .filter(|&(width, height)| width > 0 && height > 0);
        } else if let Some(place) = body.strip_suffix('R') {
            let column = place.split_once(';').map(|(_, column)| column.parse());
            if let Some(Ok(column)) = column {
                // From the first column, one cell leads to the second.
                let column: u16 = column;
                self.wide = Some(self.wide.unwrap_or(false) || column > 2);
            }
        }
        false
    }

    /// Reads the answers from what the terminal has sent, ignoring keys. Returns also the number of final answers.
    #[must_use]
    pub fn read(bytes: &[u8]) -> (Self, usize) {
        let (mut answers, mut ends) = (Self::default(), 0);
        for item in Decoder::default().feed(bytes) {
            match item {
                Item::Answer(answer) => ends += usize::from(answers.take_in(&answer)),
                Item::Input(input) => answers.interrupted |= is_interrupt(&input),
            }
        }
        (answers, ends)
    }
}

/// Returns whether this is Ctrl-C.
fn is_interrupt(input: &Event) -> bool {
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    *input == Event::Key(interrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Answers {
        Answers::read(bytes).0
    }

    #[test]
    fn kitty_answers_every_query() {
        let answers = b"\x1bP>|kitty(0.26.5)\x1b\\\x1b[>1;4000;26c\x1b[6;16;8t\x1b[?62;c\x1b_Gi=31;OK\x1b\\\x1b[?62;c";
        let expected = Answers {
            attributes: true,
            kitty: true,
            cell_px: Some((8, 16)),
            name: Some("kitty(0.26.5)".to_owned()),
            kind: Some(1),
            ..Answers::default()
        };
        assert_eq!(Answers::read(answers), (expected, 2));
    }

    #[test]
    fn sixel_is_attribute_four_and_not_terminal_kind_four() {
        assert!(parse(b"\x1b[?63;1;2;4;6;9;15;22c").sixel);
        assert!(parse(b"\x1b[?62;4c").sixel);
        assert!(!parse(b"\x1b[?4;6c").sixel);
        assert!(!parse(b"\x1b[?62;14;40c").sixel);
    }

    #[test]
    fn the_registers_of_sixel_are_a_number_and_an_error_is_none() {
        assert_eq!(parse(b"\x1b[?1;0;256S\x1b[?62;4c").registers, Some(256));
        assert_eq!(parse(b"\x1b[?1;3S\x1b[?62;4c").registers, None);
        assert_eq!(parse(b"\x1b[?2;0;640;360S\x1b[?62;4c").registers, None);
        assert!(graphics_questions(true).contains(ASK_REGISTERS));
        assert!(!graphics_questions(false).contains(ASK_REGISTERS));
    }

    #[test]
    fn a_refusal_means_no_support() {
        assert!(!parse(b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\\x1b[?62;c").kitty);
    }

    #[test]
    fn the_cursor_shows_the_width_of_a_character() {
        assert_eq!(parse(b"\x1b[1;2R\x1b[1;2R\x1b[?62c").wide, Some(false));
        assert_eq!(parse(b"\x1b[9;3R").wide, Some(true));
        assert_eq!(parse(b"\x1b[1;2R\x1b[1;3R").wide, Some(true));
        assert_eq!(parse(b"\x1b[?62c").wide, None);
    }

    #[test]
    fn typed_keys_are_not_answers() {
        // c, arrow up, F5, a pasted number, then the answers with a key after them.
        let answers = parse(b"c\x1b[A\x1b[15~64c\x1b_Gi=31;OK\x1b\\\x1b[?62;4cq");
        assert_eq!(
            answers,
            Answers {
                attributes: true,
                kitty: true,
                sixel: true,
                ..Answers::default()
            }
        );
        assert_eq!(parse(b"c4;c\x1b[c6;15;7t"), Answers::default());
    }

    #[test]
    fn half_an_answer_does_not_count() {
        assert_eq!(parse(b"\x1b[?62;4"), Answers::default());
        assert_eq!(parse(b"\x1b_Gi=31;OK\x1b"), Answers::default());
    }

    #[test]
    fn control_c_is_noticed_outside_answers() {
        assert!(parse(b"ab\x03").interrupted);
        assert!(!parse(b"\x1b[?62;c").interrupted);
    }

    #[test]
    fn a_size_of_zero_is_ignored() {
        assert_eq!(parse(b"\x1b[6;0;0t\x1b[?1;2c").cell_px, None);
    }
}
