//! The trainer's thread, from loading the data to the end of the run.

use std::cell::RefCell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::evaluator::evaluator;
use super::launch::{Launch, Start};
use super::opening::compare_data;
use super::recording::Progress;
use super::{SessionError, panics};
use crate::config::RunConfig;
use crate::data::{self, DataError, Dataset, LoadOptions};
use crate::files;
use crate::protocol::{
    Body, Command, Event, Live, Metrics, Outcome, Position, Recorded, Request, Source, Summary,
};
use crate::record::{RecordError, RunDir};
use crate::train::{AwaitRecord, Beginning, Trainer, TrainerParts, select_device, thread_pool};

/// What the thread needs besides the launch.
pub(super) struct Training {
    pub dir: Arc<RunDir>,
    pub beginning: Beginning,
    /// Whether a viewer has control.
    pub attended: Arc<AtomicBool>,
    /// Whether another process has taken the run directory over.
    pub lost: Arc<AtomicBool>,
    pub recorded: Progress,
    pub events: Sender<Event>,
    pub requests: Receiver<Request>,
}

impl Training {
    /// Loads and trains. Whatever ends the run without a summary, a panic too, is also an event.
    pub fn run(self, launch: Launch) -> Result<Summary, SessionError> {
        let events = self.events.clone();
        let result = catch_unwind(AssertUnwindSafe(|| self.train(launch)))
            .unwrap_or_else(|cause| Err(SessionError::Panic(panics::message(&*cause))));
        if let Err(error) = &result {
            let error = error.to_string();
            send(&events, Recorded::Failed { error });
        }
        result
    }

    fn train(self, launch: Launch) -> Result<Summary, SessionError> {
        let Launch {
            mut config,
            name,
            mirror,
            start,
            mut notices,
            ..
        } = launch;
        let mut beginning = self.beginning;
        let events = &self.events;
        let waiting = |what: String, done, total| send(events, Live::Loading { what, done, total });
        let stopped = RefCell::new(None);
        let held = RefCell::new(Vec::new());
        let dataset = {
            let options = LoadOptions {
                data_dir: config.data_dir.clone(),
                mirror,
                ..LoadOptions::default()
            };
            let cancelled = || hold_while_loading(&self.requests, &stopped, &held, events);
            waiting(format!("opening dataset {}", config.dataset), None, None);
            match data::load(
                &config.dataset,
                &options,
                &mut |p| waiting(p.what, p.done, p.total),
                &cancelled,
            ) {
                Ok(dataset) => dataset,
                Err(DataError::Cancelled) => {
                    return Ok(never_began(&config, stopped.take(), events));
                }
                Err(error) => return Err(error.into()),
            }
        };
        let about = dataset.info();
        compare_data(&start, &about, &mut beginning, &mut notices)?;
        let pool = thread_pool(config.threads)?;
        waiting("opening the device".to_owned(), None, None);
        let (device, device_info) = select_device(&config.device, pool.current_num_threads())?;
        config.dataset.clone_from(&dataset.name);
        config.device.clone_from(&device_info.name);
        self.dir.write_config(&config.to_toml()?)?;
        // The run has not ended after all. Only now, when nothing can stop it from resuming.
        self.dir.remove_summary()?;
        waiting("building networks".to_owned(), None, None);

        let commands = match start {
            Start::Resume { commands, .. } => commands,
            _ => Vec::new(),
        };
        let commands = commands.into_iter().map(|command| Request {
            id: None,
            source: Source::Script,
            signal: None,
            command,
        });
        let evaluator = evaluator(&dataset, config.evaluation.samples);
        let Dataset { train: images, .. } = dataset;
        let parts = TrainerParts {
            config,
            name,
            place: self.dir.place().clone(),
            dataset: about,
            images,
            device,
            device_info,
            events: events.clone(),
            requests: self.requests.clone(),
            held: commands.chain(held.into_inner()).collect(),
            beginning,
            attended: self.attended,
            notices,
            evaluator,
            lost: Arc::clone(&self.lost),
            recorded: await_record(self.dir, self.recorded, self.lost),
        };
        // The whole loop runs on a thread of the pool: a matrix product does not wait to be handed over.
        Ok(pool.install(|| Trainer::new(parts)?.run())?)
    }
}

/// What waits for the record before a checkpoint is written: also on disk, and still this process's.
fn await_record(dir: Arc<RunDir>, recorded: Progress, lost: Arc<AtomicBool>) -> AwaitRecord {
    Arc::new(move |seq| {
        recorded.wait_for(seq);
        // Also against a power cut. A record that cannot be synced is no reason to skip a checkpoint.
        let _ = File::open(dir.events()).and_then(|file| files::sync_data(&file));
        // The lock itself is checked: after a long suspension this thread may be faster than the recorder.
        match dir.beat() {
            Err(RecordError::TakenOver { .. }) => {
                lost.store(true, Ordering::Release);
                false
            }
            beaten => {
                let in_place = beaten.is_ok() || dir.place().check().is_ok();
                in_place && !lost.load(Ordering::Acquire)
            }
        }
    })
}

/// Sends an event of before the first step.
fn send(events: &Sender<Event>, body: impl Into<Body>) {
    // Without a receiver there is no one to report to.
    let _ = events.send(Event::new(Position::default(), body));
}

/// The source of a stop while data was loaded, and the signal if it was one.
type Stopped = (Source, Option<String>);

/// Before there is a trainer: a stop ends the loading, anything else waits for the first step.
fn hold_while_loading(
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
            *stopped.borrow_mut() = Some((source, signal.clone()));
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

/// The end of a run that was stopped while its data was loaded.
fn never_began(config: &RunConfig, by: Option<Stopped>, events: &Sender<Event>) -> Summary {
    let (source, signal) = by.unzip();
    let summary = Summary {
        outcome: if matches!(source, Some(Source::Signal | Source::Output)) {
            Outcome::Interrupted
        } else {
            Outcome::Stopped
        },
        reason: "stopped before the first step".to_owned(),
        signal: signal.flatten(),
        step: 0,
        images: 0,
        epochs: 0.0,
        seconds: 0.0,
        steps_per_second: 0.0,
        objective: config.objective.clone(),
        interventions: 0,
        metrics: Metrics::new(),
        quality: None,
        conditions: Vec::new(),
        checkpoint: None,
    };
    send(events, Recorded::Finished(Box::new(summary.clone())));
    summary
}
