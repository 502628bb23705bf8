//! The time between giving the screen back and the end of this process, or its leaving the terminal: nobody reads what is
//! typed then. It is not echoed, and not left for the shell to run. Keys that send signals still do so.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};

use super::job;

/// The modes from before.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Keeps the terminal quiet until it is dropped.
#[derive(Debug)]
pub struct Quiet(());

impl Quiet {
    /// From now on, where the terminal is this process's. It is reached through the standard output: the input may have been
    /// given up by the time that this is over.
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

/// Ends it, if it was begun. May be called from any thread, and twice.
pub(super) fn end() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    // In the background the modes belong to the shell, and setting them would stop this process.
    if let Some(before) = before
        && !job::in_background()
    {
        let _ = tcflush(io::stdout(), QueueSelector::IFlush);
        let _ = tcsetattr(io::stdout(), OptionalActions::Now, &before);
    }
}
