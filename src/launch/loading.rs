//! Before there is a trainer: data is loaded, and requests wait or end the run.

use std::cell::RefCell;

use crossbeam_channel::{Receiver, Sender};

use crate::config::RunConfig;
use crate::data::{self, DataError, Dataset, LoadOptions};
use crate::protocol::{
    Body, Command, Event, Live, Metrics, Outcome, Position, Recorded, Request, Source, Summary,
};

/// What became of the loading.
pub(super) enum Loaded {
    /// The dataset, and the requests that wait for the first step.
    Ready(Box<Dataset>, Vec<Request>),
    /// Somebody stopped it.
    Stopped(Stopped),
}

/// The source of a stop while data was loaded, and the signal if it was one.
pub(super) struct Stopped {
    source: Source,
    signal: Option<String>,
}

/// Loads the data that the configuration names.
///
/// # Errors
/// When it is unavailable.
pub(super) fn load(
    config: &RunConfig,
    mirror: Option<String>,
    requests: &Receiver<Request>,
    events: &Sender<Event>,
) -> Result<Loaded, DataError> {
    let options = LoadOptions {
        data_dir: config.data_dir.clone(),
        fit: config.images,
        mirror,
        ..LoadOptions::default()
    };
    let stopped = RefCell::new(None);
    let held = RefCell::new(Vec::new());
    let cancelled = || hold(requests, &stopped, &held, events);
    say(events, format!("opening dataset {}", config.dataset));
    let loading = &mut |p: data::Progress| {
        let (what, done, total) = (p.what, p.done, p.total);
        send(events, Live::Loading { what, done, total });
    };
    match (
        data::load(&config.dataset, &options, loading, &cancelled),
        stopped.take(),
    ) {
        (Err(DataError::Cancelled), Some(by)) => Ok(Loaded::Stopped(by)),
        (dataset, _) => Ok(Loaded::Ready(Box::new(dataset?), held.take())),
    }
}

/// Says what the run waits for.
pub(super) fn say(events: &Sender<Event>, what: impl Into<String>) {
    let (what, done, total) = (what.into(), None, None);
    send(events, Live::Loading { what, done, total });
}

/// Sends an event of before the first step.
fn send(events: &Sender<Event>, body: impl Into<Body>) {
    // Without a receiver there is no one to report to.
    let _ = events.send(Event::new(Position::default(), body));
}

/// A stop ends the loading, anything else waits for the first step. Returns whether it is stopped.
fn hold(
    requests: &Receiver<Request>,
    stopped: &RefCell<Option<Stopped>>,
    held: &RefCell<Vec<Request>>,
    events: &Sender<Event>,
) -> bool {
    for request in requests.try_iter() {
        if request.command == Command::Stop {
            let Request {
                id,
                source,
                signal,
                command,
            } = request;
            *stopped.borrow_mut() = Some(Stopped {
                source,
                signal: signal.clone(),
            });
            let applied = Recorded::Applied {
                request: id,
                source,
                signal,
                command,
                changes: Vec::new(),
                objective: None,
            };
            send(events, applied);
        } else {
            held.borrow_mut().push(request);
        }
    }
    stopped.borrow().is_some()
}

impl Stopped {
    /// The end of the run, which never began.
    pub fn end(self, config: RunConfig, events: &Sender<Event>) -> Summary {
        let summary = Summary {
            outcome: if matches!(self.source, Source::Signal | Source::Output) {
                Outcome::Interrupted
            } else {
                Outcome::Stopped
            },
            reason: "stopped before the first step".to_owned(),
            signal: self.signal,
            step: 0,
            images: 0,
            epochs: 0.0,
            seconds: 0.0,
            steps_per_second: 0.0,
            objective: config.objective,
            interventions: 0,
            metrics: Metrics::new(),
            quality: None,
            conditions: Vec::new(),
            checkpoint: None,
            exit_code: None,
        };
        send(events, Recorded::Finished(Box::new(summary.clone())));
        summary
    }
}
