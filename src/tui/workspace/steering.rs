//! What is asked of runs: to be opened, and those of this program to be steered and deleted. Each answer comes back by the run's name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::logs::{Found, Removal};
use crate::protocol::Command;
use crate::session::Viewer;
use crate::tui::run::TuiOptions;
use crate::workspace::RunId;

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

    /// The files that go if the run is deleted.
    ///
    /// # Errors
    /// When it cannot be deleted.
    fn removal(&self, found: &Found) -> Result<Removal, String>;

    /// Deletes a run; refuses one that a process holds, and one whose files are not those that were counted.
    ///
    /// # Errors
    /// When it is refused, or the system refuses.
    fn delete(&self, removal: &Removal) -> Result<(), String>;
}

/// An answer.
pub(super) enum Answer {
    /// What was asked, the run, whether it took effect, and what was said.
    Said(String, (String, bool, String)),
    /// What goes if this run is deleted, or why it cannot be.
    Removal(RunId, Result<Removal, String>),
}

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

    /// See [`Runs::removal`].
    pub fn removal(&self, id: RunId, found: Found) {
        let runs = Arc::clone(&self.runs);
        let failed = move |why| Answer::Removal(id, Err(why));
        self.work(move || Answer::Removal(id, runs.removal(&found)), failed);
    }

    /// Deletes a run.
    pub fn delete(&self, name: String, removal: Removal) {
        let runs = Arc::clone(&self.runs);
        self.ask("delete".to_owned(), name, move || {
            runs.delete(&removal).map(|()| format!("deleted {removal}"))
        });
    }

    fn ask(
        &self,
        title: String,
        name: String,
        ask: impl FnOnce() -> Result<String, String> + Send + 'static,
    ) {
        let (of, named) = (title.clone(), name.clone());
        self.work(
            move || {
                let answer = match ask() {
                    Ok(text) => (name, true, text),
                    Err(text) => (name, false, text),
                };
                Answer::Said(title, answer)
            },
            |why| Answer::Said(of, (named, false, why)),
        );
    }

    /// Has an answer found in the background; without another thread it is that of `failed`.
    fn work(
        &self,
        find: impl FnOnce() -> Answer + Send + 'static,
        failed: impl FnOnce(String) -> Answer,
    ) {
        let (tell, waker) = (self.tell.clone(), self.waker.clone());
        let asked = thread::Builder::new()
            .name("ask".to_owned())
            .spawn(move || {
                // The workspace may have been left.
                let _ = tell.send(find());
                let _ = waker.try_send(());
            });
        if let Err(error) = asked {
            let _ = self.tell.send(failed(error.to_string()));
        }
    }
}
