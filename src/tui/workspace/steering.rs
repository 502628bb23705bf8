//! What is asked of runs: to be opened, and those of this program to be steered and deleted. Each answer comes back by the run's name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::logs::Found;
use crate::protocol::Command;
use crate::session::Viewer;
use crate::tui::run::TuiOptions;

/// The title of answers to [`Runs::fork`].
pub(super) const FORK: &str = "fork";

/// What can be done with a run: opened whoever wrote it, the rest with one of this program in its directory. Errors are in words.
pub trait Runs: Send + Sync {
    /// A viewer of the run, and how its dashboard is to behave.
    ///
    /// # Errors
    /// When there is nothing to show, or it cannot be reached.
    fn open(&self, found: &Found) -> Result<(Viewer, TuiOptions), String>;

    /// Sends the run a command and waits for the answer.
    ///
    /// # Errors
    /// When it was rejected, or there was no answer.
    fn send(&self, dir: &Path, command: &Command) -> Result<String, String>;

    /// Saves the present state of a live run and starts a second one from it, with these settings, beside it and without a
    /// terminal. Nothing starts before everything was checked.
    ///
    /// # Errors
    /// When the run is not live, a setting is wrong, or the second one could not start.
    fn fork(&self, dir: &Path, set: &[String]) -> Result<String, String>;

    /// Deletes the files of the run's log, and nothing else; refuses a run that is live.
    ///
    /// # Errors
    /// When it is live, or the system refuses.
    fn delete(&self, found: &Found) -> Result<(), String>;
}

/// An answer: what was asked, the run, whether it took effect, and what was said.
pub(super) type Answer = (String, (String, bool, String));

/// Asks runs in the background, because an answer may take seconds.
pub(super) struct Steering {
    runs: Arc<dyn Runs>,
    tell: Sender<Answer>,
    /// The answers.
    pub answers: Receiver<Answer>,
    waker: Sender<()>,
    /// Ready when there are answers.
    pub wake: Receiver<()>,
}

impl Steering {
    pub fn new(runs: Arc<dyn Runs>) -> Self {
        let (tell, answers) = unbounded();
        let (waker, wake) = crossbeam_channel::bounded(1);
        Self {
            runs,
            tell,
            answers,
            waker,
            wake,
        }
    }

    /// See [`Runs::open`].
    pub fn open(&self, found: &Found) -> Result<(Viewer, TuiOptions), String> {
        self.runs.open(found)
    }

    /// Sends a command to a run. Returns what its answer will be under.
    pub fn send(&self, name: String, dir: PathBuf, command: &Command) {
        let (runs, command) = (Arc::clone(&self.runs), command.clone());
        let title = command.to_string();
        self.ask(title, name, move || runs.send(&dir, &command));
    }

    /// See [`Runs::fork`].
    pub fn fork(&self, name: String, dir: PathBuf, set: Vec<String>) {
        let runs = Arc::clone(&self.runs);
        self.ask(FORK.to_owned(), name, move || runs.fork(&dir, &set));
    }

    /// Deletes a run.
    pub fn delete(&self, name: String, found: Found) {
        let runs = Arc::clone(&self.runs);
        self.ask("delete".to_owned(), name, move || {
            runs.delete(&found).map(|()| "deleted".to_owned())
        });
    }

    fn ask(
        &self,
        title: String,
        name: String,
        ask: impl FnOnce() -> Result<String, String> + Send + 'static,
    ) {
        let (tell, waker) = (self.tell.clone(), self.waker.clone());
        let (of, named) = (title.clone(), name.clone());
        let asked = thread::Builder::new()
            .name("ask".to_owned())
            .spawn(move || {
                let answer = match ask() {
                    Ok(text) => (name, true, text),
                    Err(text) => (name, false, text),
                };
                // The workspace may have been left.
                let _ = tell.send((title, answer));
                let _ = waker.try_send(());
            });
        if let Err(error) = asked {
            let _ = self.tell.send((of, (named, false, error.to_string())));
        }
    }
}
