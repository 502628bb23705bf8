//! Raw mode, and queries with a timeout.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpgrp, getpid, kill_process};
use rustix::termios::{
    OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

use super::{Answers, PATIENCE, ProbeError, graphics_questions, questions};

/// The terminal without echo, line editing and signal keys; dropping it restores the old mode, even during a panic. Output
/// processing is unchanged: a newline still returns to the first column.
#[derive(Debug)]
pub struct RawMode {
    terminal: File,
    before: Termios,
}

impl RawMode {
    /// For the controlling terminal.
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
        // A read returns what is available, or nothing after a tenth of a second: every system supports this for terminals,
        // while some cannot poll them.
        raw.special_codes[SpecialCodeIndex::VMIN] = 0;
        raw.special_codes[SpecialCodeIndex::VTIME] = 1;
        tcsetattr(&terminal, OptionalActions::Drain, &raw).map_err(std::io::Error::from)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // Discard late answers, which the shell would take for keys; best effort.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Queries the controlling terminal for at most [`PATIENCE`]. `more` decides by the first answers whether to query graphics as
/// well. A Ctrl-C typed in the meantime takes effect afterwards.
///
/// # Errors
/// When it cannot be queried. A terminal that does not answer is not an error.
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

/// Sends the queries to a terminal and collects its answers until the last one arrives or `patience` has passed.
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
            terminal.write_all(graphics_questions(answers.sixel).as_bytes())?;
            wanted = 2;
        }
    }
}
