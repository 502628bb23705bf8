//! Progress of a long computation on stderr: a spinner on a terminal, elsewhere a line now and then. Short computations print
//! nothing.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use indicatif::{ProgressBar, ProgressStyle};

use super::say;

/// Time until the first line.
const FIRST: Duration = Duration::from_secs(1);
/// Time between two lines.
const EVERY: Duration = Duration::from_secs(10);

/// Shows what is being done, until dropped.
pub(super) enum Working {
    Terminal(ProgressBar),
    Lines {
        stage: Arc<Mutex<String>>,
        /// Closed at the end.
        _running: Sender<()>,
    },
}

impl Working {
    /// Starts, with nothing to show yet.
    pub fn new() -> Self {
        if io::stderr().is_terminal() {
            let bar = ProgressBar::no_length();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            return Self::Terminal(bar);
        }
        let stage = Arc::new(Mutex::new(String::new()));
        let (running, over) = crossbeam_channel::bounded(0);
        let shared = Arc::clone(&stage);
        // Without a thread there are only fewer lines.
        let _ = thread::Builder::new()
            .name("working".into())
            .spawn(move || tell(&shared, &over));
        Self::Lines {
            stage,
            _running: running,
        }
    }

    /// Shows this from now on.
    pub fn on(&self, what: impl Into<String>) {
        match self {
            Self::Terminal(bar) => bar.set_message(what.into()),
            Self::Lines { stage, .. } => {
                *stage.lock().unwrap_or_else(PoisonError::into_inner) = what.into();
            }
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Self::Terminal(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Prints a line now and then, until the end.
fn tell(stage: &Mutex<String>, over: &Receiver<()>) {
    let started = Instant::now();
    let mut wait = FIRST;
    while over.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let what = stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        say(&format!(
            "{what} ({} s so far)",
            started.elapsed().as_secs()
        ));
        wait = EVERY;
    }
}
