//! Signals: the first asks the run to stop at the next step, with a checkpoint; the second ends the process at once. Whether
//! SIGHUP is such a signal depends on whether there is a terminal whose loss would matter.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Commander;
use crate::protocol::Command;

/// One signal to a process group may arrive twice: from the terminal, and passed on by the front.
const ECHO: Duration = Duration::from_millis(200);

/// What came so far, and what SIGHUP means.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<State>);

#[derive(Debug, Default)]
struct State {
    first: AtomicI32,
    hangups_ignored: AtomicBool,
}

impl Watch {
    /// The number of the signal that came first, if any.
    #[must_use]
    pub fn first(&self) -> Option<i32> {
        Some(self.0.first.load(Ordering::Relaxed)).filter(|s| *s != 0)
    }

    /// From here on SIGHUP stops nothing: the run does without a terminal, or its viewer sees to it.
    pub fn ignore_hangups(&self) {
        self.0.hangups_ignored.store(true, Ordering::SeqCst);
    }
}

/// Signals that wait for what they are to stop.
#[derive(Debug)]
pub struct Caught(Signals);

/// From here on SIGHUP, SIGINT and SIGTERM wait, until there is a run that they can stop: one that came while its directory
/// was made would leave half of it.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn catch() -> io::Result<Caught> {
    Ok(Caught(Signals::new([SIGHUP, SIGINT, SIGTERM])?))
}

/// Watches for signals, those that have waited included, on a thread of its own. `last_words` run before a second one ends
/// the process.
///
/// # Errors
/// When the thread cannot be started.
pub fn watch(
    caught: Caught,
    commander: Commander,
    last_words: impl Fn() + Send + 'static,
) -> io::Result<Watch> {
    let Caught(mut signals) = caught;
    let watch = Watch::default();
    let seen = watch.clone();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut since: Option<Instant> = None;
            for signal in signals.forever() {
                if signal == SIGHUP && seen.0.hangups_ignored.load(Ordering::SeqCst) {
                    continue;
                }
                match since {
                    None => {
                        since = Some(Instant::now());
                        seen.0.first.store(signal, Ordering::Relaxed);
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
    Ok(watch)
}
