//! What a session runs: an engine, of which the session knows only what it sends, takes and returns.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::{Receiver, Sender};

use super::run_record::RunRecord;
use super::window::Window;
use crate::protocol::{Event, Request, Summary};
use crate::record::Tail;

/// Something that trains: this program's own trainer, or anything else that sends the same events.
pub trait Engine: Send + 'static {
    /// Why it failed.
    type Error: EngineError;

    /// Trains, on the thread that calls, until the run has ended.
    ///
    /// Until it can begin, it may say with [`crate::protocol::Live::Loading`] what it waits for. It sends `started` when
    /// nothing can stop it from beginning any more, after [`RunRecord::begin`]; its last event is `finished`, with the
    /// summary that it returns. Events for the record have numbers ([`Event::numbered`]) that continue from
    /// [`Wiring::before`], and a run that resumes is on a branch above the last one there. It answers every request with
    /// `applied` or `rejected`. Requests may come before `started`; a stop then ends a run of which no record stays.
    ///
    /// An error or a panic becomes a `failed` event; the engine sends none. It must not keep `events` beyond its return:
    /// the session ends when every clone is gone.
    ///
    /// # Errors
    /// Why the run ended without a summary.
    fn run(self, wiring: Wiring) -> Result<Summary, Self::Error>;

    /// Whether the training stands still while this process is stopped.
    fn is_in_this_process(&self) -> bool {
        true
    }
}

/// Why an engine failed.
pub trait EngineError: Error + Send + Sync + 'static {
    /// Returns whether what was given is at fault (exit code 2), not what happened (exit code 1).
    fn is_input(&self) -> bool;
}

/// What a session hands to its engine.
#[derive(Debug)]
pub struct Wiring {
    /// Name of the run.
    pub name: String,
    /// What a person should know of how it starts: warnings for the first events.
    pub notices: Vec<String>,
    /// Of a run that resumes, what its record holds; nothing of a new one.
    pub before: Tail,
    /// Where events go. Sending never waits.
    pub events: Sender<Event>,
    /// Where commands come from. Disconnected when nobody is left who could give one.
    pub requests: Receiver<Request>,
    /// Whether a viewer has control: then a person decides what a guard would.
    pub attended: Arc<AtomicBool>,
    /// The size of the place where output is shown.
    pub window: Window,
    /// Becomes true when another process has taken the run directory over: then the run ends at once and saves nothing.
    pub lost: Arc<AtomicBool>,
    /// The run directory, and how far the record has come.
    pub record: RunRecord,
}
