//! Between restoring the screen and the end of the process (or its detaching), input is neither echoed nor left for the shell to
//! run. Keys that send signals keep working.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};

use super::job;

/// The previous modes.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Keeps the terminal quiet until it is dropped.
#[derive(Debug)]
pub struct Quiet(());

impl Quiet {
    /// Starts, if this process is in the foreground. The terminal is reached through standard output, because standard input may be
    /// closed by the end.
    #[must_use]
    pub fn begin() -> Self {
        if !job::in_background()
            && let Ok(before) = tcgetattr(io::stdout())
        {
            let mut modes = before.clone();
            modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
            if tcsetattr(io::stdout(), OptionalActions::Now, &modes).is_ok() {
                *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
            }
        }
        Self(())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        end();
    }
}

/// Ends it, if it was started. May be called from any thread, and twice.
pub(super) fn end() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    // In the background the modes are the shell's, and setting them would stop this process.
    if let Some(before) = before
        && !job::in_background()
    {
        let _ = tcflush(io::stdout(), QueueSelector::IFlush);
        let _ = tcsetattr(io::stdout(), OptionalActions::Now, &before);
    }
}
