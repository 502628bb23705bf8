//! Asks the terminal what it supports, with a timeout.
//!
//! What every terminal answers or passes over goes out in one piece: its name, its kind, the size of a character, how wide an
//! ambiguous one is, and the primary attributes, which every terminal answers and which therefore end the wait. Whether
//! it has graphics is asked only of one whose answers do not say that it would print the question.
//!
//! The dashboard sends the same questions with its first frame and waits for nothing. [`probe`] is for commands that print
//! once and leave, and before any other thread reads the terminal: what is typed while it waits is lost, except Ctrl-C.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::decode::{Decoder, Item};

/// How long to wait for a terminal that does not answer.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// What the terminal has answered.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent yes-or-no answers"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// It answered the question that every terminal answers.
    pub attributes: bool,
    /// It takes kitty graphics.
    pub kitty: bool,
    /// It takes iTerm2's inline images.
    pub iterm2: bool,
    /// Its attributes include sixel.
    pub sixel: bool,
    /// Width and height of a character, in pixels.
    pub cell_px: Option<(u16, u16)>,
    /// What it calls itself, with its version.
    pub name: Option<String>,
    /// The kind of terminal, of its secondary attributes.
    pub kind: Option<u32>,
    /// Whether a character of ambiguous width took two cells.
    pub wide: Option<bool>,
    /// Ctrl-C was typed meanwhile.
    pub interrupted: bool,
    /// How long the answers took.
    pub took: Duration,
}

/// Why the terminal was not asked.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// There is no terminal to ask.
    #[error("there is no terminal to ask")]
    NoTerminal(#[source] std::io::Error),
    /// The shell would stop a job in the background that touches the terminal.
    #[error("the program runs in the background")]
    Background,
    /// The terminal or its driver failed.
    #[error("the terminal cannot be asked")]
    Terminal(#[from] std::io::Error),
    /// This system's terminals are not asked.
    #[error("terminals are asked on Unix alone")]
    Unsupported,
}

/// Two characters of ambiguous width in the first column, and after each the question where the cursor is. They are wiped
/// away again.
const ASK_WIDTH: &str = "\r\u{2500}\x1b[6n\r\u{b7}\x1b[6n\r\x1b[K";
/// Name and version.
const ASK_NAME: &str = "\x1b[>q";
/// Secondary device attributes: what kind of terminal it is.
const ASK_KIND: &str = "\x1b[>c";
/// The size of a character in pixels.
const ASK_CELL: &str = "\x1b[16t";
/// kitty: would a picture of one pixel be taken? Query only, nothing is shown.
const ASK_KITTY: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
/// iTerm2: the size of a character. Whoever knows it shows inline images.
const ASK_ITERM2: &str = "\x1b]1337;ReportCellSize\x07";
/// Primary device attributes: every terminal answers, and in order, so that this ends the wait.
const ASK_ATTRIBUTES: &str = "\x1b[c";

/// What is asked first: what any terminal answers or passes over. The width is asked where the locale is UTF-8, with the
/// cursor on a line that is free.
#[must_use]
pub fn questions(width: bool) -> String {
    let width = if width { ASK_WIDTH } else { "" };
    format!("{width}{ASK_NAME}{ASK_KIND}{ASK_CELL}{ASK_ATTRIBUTES}")
}

/// What is asked of a terminal of which the first answers do not tell that it would print the question, or take it for a
/// title: its graphics.
#[must_use]
pub fn graphics_questions() -> String {
    format!("{ASK_KITTY}{ASK_ITERM2}{ASK_ATTRIBUTES}")
}

impl Answers {
    /// Takes one in. Returns whether it ends the wait.
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
        if let Some(kind) = body.strip_prefix('>').and_then(|t| t.strip_suffix('c')) {
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

    /// Reads them out of all that the terminal has sent; keys that were typed in between are passed over. Returns how often the
    /// wait was ended.
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

/// Whether this is Ctrl-C.
fn is_interrupt(input: &Event) -> bool {
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    *input == Event::Key(interrupt)
}

#[cfg(unix)]
pub use unix::{RawMode, ask, probe};

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions};
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::time::{Duration, Instant};

    use rustix::process::{Signal, getpgrp, getpid, kill_process};
    use rustix::termios::{
        OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };

    use super::{Answers, PATIENCE, ProbeError, graphics_questions, questions};

    /// The terminal without echo, line editing and signal keys for as long as this lives; its old mode is restored when
    /// this goes, also in a panic. Output is processed as before: a newline still returns to the first column.
    #[derive(Debug)]
    pub struct RawMode {
        terminal: File,
        before: Termios,
    }

    impl RawMode {
        /// For the terminal that controls this process.
        ///
        /// # Errors
        /// When there is none, or this process runs in its background.
        pub fn enter() -> Result<Self, ProbeError> {
            let mut options = OpenOptions::new();
            options
                .read(true)
                .write(true)
                .custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed());
            let terminal = options.open("/dev/tty").map_err(ProbeError::NoTerminal)?;
            if tcgetpgrp(&terminal).map_err(std::io::Error::from)? != getpgrp() {
                return Err(ProbeError::Background);
            }
            Self::enter_on(terminal)
        }

        /// For this terminal.
        ///
        /// # Errors
        /// When it is not a terminal.
        pub fn enter_on(terminal: File) -> Result<Self, ProbeError> {
            let before = tcgetattr(&terminal).map_err(std::io::Error::from)?;
            let mut raw = before.clone();
            raw.make_raw();
            raw.output_modes = before.output_modes;
            // A read returns what is there, or nothing after a tenth of a second: no system fails to do this for a terminal,
            // while some cannot poll one.
            raw.special_codes[SpecialCodeIndex::VMIN] = 0;
            raw.special_codes[SpecialCodeIndex::VTIME] = 1;
            tcsetattr(&terminal, OptionalActions::Drain, &raw).map_err(std::io::Error::from)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for RawMode {
        fn drop(&mut self) {
            // Discard late answers, which the shell would take for keys. A failure cannot be handled.
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        }
    }

    /// Asks the terminal that controls this process; at most [`PATIENCE`]. `more` looks at the first answers and says whether
    /// the terminal may be asked for its graphics as well. A Ctrl-C typed meanwhile takes effect afterwards.
    ///
    /// # Errors
    /// When it cannot be asked. A terminal that does not answer is no error.
    pub fn probe(width: bool, more: impl FnOnce(&Answers) -> bool) -> Result<Answers, ProbeError> {
        let raw = RawMode::enter()?;
        let answers = ask(&raw, width, more, PATIENCE);
        drop(raw);
        let answers = answers?;
        if answers.interrupted {
            kill_process(getpid(), Signal::INT).map_err(std::io::Error::from)?;
        }
        Ok(answers)
    }

    /// Writes the questions to a terminal and collects its answers until the last has come or `patience` is over.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn ask(
        raw: &RawMode,
        width: bool,
        more: impl FnOnce(&Answers) -> bool,
        patience: Duration,
    ) -> Result<Answers, ProbeError> {
        let mut terminal = &raw.terminal;
        let start = Instant::now();
        terminal.write_all(questions(width).as_bytes())?;
        let (mut more, mut wanted) = (Some(more), 1);
        let (mut received, mut buffer) = (Vec::new(), [0; 256]);
        loop {
            match terminal.read(&mut buffer) {
                Ok(count) => received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
            let (answers, ends) = Answers::read(&received);
            let took = start.elapsed();
            let answers = Answers { took, ..answers };
            if took >= patience {
                return Ok(answers);
            }
            if ends >= wanted {
                let Some(more) = more.take().filter(|_| wanted == 1) else {
                    return Ok(answers);
                };
                if !more(&answers) {
                    return Ok(answers);
                }
                terminal.write_all(graphics_questions().as_bytes())?;
                wanted = 2;
            }
        }
    }
}

/// There is no such mode on this system.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct RawMode;

#[cfg(not(unix))]
impl RawMode {
    /// Never succeeds here.
    ///
    /// # Errors
    /// Always [`ProbeError::Unsupported`].
    pub fn enter() -> Result<Self, ProbeError> {
        Err(ProbeError::Unsupported)
    }
}

/// Terminals are asked on Unix alone.
///
/// # Errors
/// Always [`ProbeError::Unsupported`].
#[cfg(not(unix))]
pub fn probe(_width: bool, _more: impl FnOnce(&Answers) -> bool) -> Result<Answers, ProbeError> {
    Err(ProbeError::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Answers {
        Answers::read(bytes).0
    }

    #[test]
    fn kitty_answers_all_of_it() {
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
    fn a_refusal_is_no_support() {
        assert!(!parse(b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\\x1b[?62;c").kitty);
    }

    #[test]
    fn the_cursor_tells_how_wide_a_character_was() {
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
    fn half_an_answer_is_none_yet() {
        assert_eq!(parse(b"\x1b[?62;4"), Answers::default());
        assert_eq!(parse(b"\x1b_Gi=31;OK\x1b"), Answers::default());
    }

    #[test]
    fn control_c_is_noticed_outside_answers() {
        assert!(parse(b"ab\x03").interrupted);
        assert!(!parse(b"\x1b[?62;c").interrupted);
    }

    #[test]
    fn a_size_of_nothing_is_no_size() {
        assert_eq!(parse(b"\x1b[6;0;0t\x1b[?1;2c").cell_px, None);
    }
}
