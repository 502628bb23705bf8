//! Signals: the first asks the run to stop at the next step, with a checkpoint; the second ends the process at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Commander;
use crate::protocol::Command;

/// One signal to a process group may arrive twice: from the terminal, and passed on by the front.
const ECHO: Duration = Duration::from_millis(200);

/// Which signal came first, if any.
#[derive(Debug, Clone, Default)]
pub struct FirstSignal(Arc<AtomicI32>);

impl FirstSignal {
    /// Its number.
    #[must_use]
    pub fn get(&self) -> Option<i32> {
        Some(self.0.load(Ordering::Relaxed)).filter(|s| *s != 0)
    }
}

/// Watches for SIGHUP, SIGINT and SIGTERM on a thread of its own. `last_words` run before a second one ends the process.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn watch(
    commander: Commander,
    last_words: impl Fn() + Send + 'static,
) -> io::Result<FirstSignal> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let first = FirstSignal::default();
    let seen = first.clone();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut since: Option<Instant> = None;
            for signal in signals.forever() {
                match since {
                    None => {
                        since = Some(Instant::now());
                        seen.0.store(signal, Ordering::Relaxed);
                        // A trainer that is gone has stopped already.
                        let _ = commander.send(Command::Stop);
                    }
                    Some(at) if at.elapsed() < ECHO => {}
                    Some(_) => {
                        last_words();
                        std::process::exit(128 + signal);
                    }
                }
            }
        })?;
    Ok(first)
}
