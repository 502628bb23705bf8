//! Asks the terminal what it can do, and waits for the answers, but not for ever.
//!
//! Three questions go out in one piece: kitty graphics, the size of a character, and the primary attributes, which every
//! terminal answers and which therefore end the wait. Only for commands that print once and leave, and before any other
//! thread reads the terminal: what is typed while the probe waits is lost, except Ctrl-C.

use std::time::Duration;

/// How long to wait for a terminal that does not answer.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// What the terminal has answered.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent yes-or-no answers"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// It answered the question that every terminal answers.
    pub attributes: bool,
    /// It takes kitty graphics.
    pub kitty: bool,
    /// Its attributes include sixel.
    pub sixel: bool,
    /// Width and height of a character, in pixels.
    pub cell_px: Option<(u16, u16)>,
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

/// kitty: would a picture of one pixel be taken? Query only, nothing is shown.
const ASK_KITTY: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
/// The size of a character in pixels.
const ASK_CELL: &str = "\x1b[16t";
/// Primary device attributes.
const ASK_ATTRIBUTES: &str = "\x1b[c";

/// The questions as they are written to the terminal.
#[must_use]
pub fn questions(ask_kitty: bool) -> String {
    format!(
        "{}{ASK_CELL}{ASK_ATTRIBUTES}",
        if ask_kitty { ASK_KITTY } else { "" }
    )
}

/// Reads answers out of all that the terminal has sent; keys that were typed in between are passed over.
#[must_use]
pub fn parse(mut bytes: &[u8]) -> Answers {
    let mut answers = Answers::default();
    while let Some((&first, rest)) = bytes.split_first() {
        if let Some((answer, after)) = sequence(bytes) {
            match answer {
                Sequence::Kitty(body) => answers.kitty |= body == b"Gi=31;OK",
                Sequence::Csi(body) => read_csi(body, &mut answers),
            }
            bytes = after;
        } else {
            answers.interrupted |= first == 0x03;
            bytes = rest;
        }
    }
    answers
}

/// A control sequence, without what opens it.
enum Sequence<'a> {
    /// `ESC _ … ESC \`, the body alone.
    Kitty(&'a [u8]),
    /// `ESC [ …`, its last byte included.
    Csi(&'a [u8]),
}

/// The whole control sequence at the start of `bytes`, and what follows it.
fn sequence(bytes: &[u8]) -> Option<(Sequence<'_>, &[u8])> {
    if let Some(body) = bytes.strip_prefix(b"\x1b_") {
        let end = body.iter().position(|&b| b == 0x1b)?;
        let after = body[end..].strip_prefix(b"\x1b\\")?;
        return Some((Sequence::Kitty(&body[..end]), after));
    }
    let body = bytes.strip_prefix(b"\x1b[")?;
    let end = body.iter().position(|b| !(0x20..=0x3f).contains(b))?;
    (0x40..=0x7e)
        .contains(&body[end])
        .then(|| (Sequence::Csi(&body[..=end]), &body[end + 1..]))
}

/// `?62;4;22c` is the attributes, `6;15;7t` the size of a character (height first); anything else is a key.
fn read_csi(body: &[u8], answers: &mut Answers) {
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    if let Some(attributes) = text.strip_prefix('?').and_then(|t| t.strip_suffix('c')) {
        answers.attributes = true;
        // The first number is the kind of terminal.
        answers.sixel = attributes
            .split(';')
            .skip(1)
            .any(|attribute| attribute == "4");
    } else if let Some(size) = text.strip_prefix("6;").and_then(|t| t.strip_suffix('t')) {
        answers.cell_px = size
            .split_once(';')
            .and_then(|(height, width)| Some((width.parse().ok()?, height.parse().ok()?)))
            .filter(|&(width, height)| width > 0 && height > 0);
    }
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

    use super::{Answers, PATIENCE, ProbeError, parse, questions};

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
            // Nothing better can be done than to have tried.
            let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
        }
    }

    /// Asks the terminal that controls this process; at most [`PATIENCE`]. A Ctrl-C typed meanwhile takes effect afterwards.
    ///
    /// # Errors
    /// When it cannot be asked. A terminal that does not answer is no error.
    pub fn probe(ask_kitty: bool) -> Result<Answers, ProbeError> {
        let raw = RawMode::enter()?;
        let answers = ask(&raw, ask_kitty, PATIENCE);
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
    pub fn ask(raw: &RawMode, ask_kitty: bool, patience: Duration) -> Result<Answers, ProbeError> {
        let mut terminal = &raw.terminal;
        let start = Instant::now();
        terminal.write_all(questions(ask_kitty).as_bytes())?;
        let (mut received, mut buffer) = (Vec::new(), [0; 256]);
        loop {
            match terminal.read(&mut buffer) {
                Ok(count) => received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
            let answers = parse(&received);
            let took = start.elapsed();
            if answers.attributes || took >= patience {
                return Ok(Answers { took, ..answers });
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
pub fn probe(_ask_kitty: bool) -> Result<Answers, ProbeError> {
    Err(ProbeError::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kitty_answers_all_three() {
        let answers = parse(b"\x1b_Gi=31;OK\x1b\\\x1b[6;16;8t\x1b[?62;c");
        let expected = Answers {
            attributes: true,
            kitty: true,
            cell_px: Some((8, 16)),
            ..Answers::default()
        };
        assert_eq!(answers, expected);
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
    fn typed_keys_are_not_answers() {
        // c, arrow up, F5, a pasted number, Alt-underscore, then the answers with a key after them.
        let answers = parse(b"c\x1b[A\x1b[15~64c\x1b_x\x1b_Gi=31;OK\x1b\\\x1b[?62;4cq");
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
