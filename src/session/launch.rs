//! A run with its threads: the trainer, the pump that fans its events out, and the recorder.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use jiff::Timestamp;

use super::hub::{Before, Commander, Hub, Subscriber, Viewer};
use super::priority::give_way;
use super::{SessionError, panics};
use crate::config::RunConfig;
use crate::data::{self, DataError, Dataset, LoadOptions};
use crate::protocol::{Body, Command, Event, Metrics, Outcome, Request, SCHEMA, Source, Summary};
use crate::record::{Recorder, RunDir};
use crate::train::{OnDivergence, Trainer, TrainerParts, select_device, thread_pool};

/// What to run, and where.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Name of the run.
    pub name: String,
    /// Its directory, which must not hold a run.
    pub dir: PathBuf,
    /// Where to download datasets from, if not from the public mirrors.
    pub mirror: Option<String>,
    /// What to do when the numbers stop being finite.
    pub on_divergence: OnDivergence,
}

/// A run under way.
pub struct Session {
    requests: Sender<Request>,
    trainer: JoinHandle<Result<Summary, SessionError>>,
    pump: JoinHandle<()>,
    recorder: JoinHandle<()>,
}

impl Session {
    /// Starts everything and returns at once; data is loaded on the trainer's thread. The viewer misses no event.
    ///
    /// # Errors
    /// When the run directory is taken or a thread cannot be started.
    pub fn start(launch: Launch) -> Result<(Self, Viewer), SessionError> {
        RunDir::check_free(&launch.dir)?;
        let hub = Hub::new();
        let (requests, taken) = unbounded();
        let (events, emitted) = unbounded::<Event>();
        let (run_dir, opened) = bounded(1);
        let recorder = {
            let (hub, subscriber) = (hub.clone(), hub.subscribe());
            thread::Builder::new()
                .name("recorder".to_owned())
                .spawn(move || {
                    give_way();
                    record(&hub, &subscriber, &opened);
                })?
        };
        let viewer = Viewer {
            id: 0,
            before: Before::default(),
            events: hub.subscribe(),
            commands: Commander::new(requests.clone(), Source::Viewer),
        };
        let pump = {
            let hub = hub.clone();
            thread::Builder::new()
                .name("pump".to_owned())
                .spawn(move || {
                    give_way();
                    for event in emitted {
                        hub.publish(event);
                    }
                    hub.close();
                })?
        };
        let trainer = thread::Builder::new()
            .name("trainer".to_owned())
            .spawn(move || {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    train(launch, &events, &taken, &run_dir)
                }))
                .unwrap_or_else(|cause| Err(SessionError::Panic(panics::message(&*cause))));
                if let Err(error) = &result {
                    let _ = events.send(at_start(Body::Failed {
                        error: error.to_string(),
                    }));
                }
                result
            })?;
        Ok((
            Self {
                requests,
                trainer,
                pump,
                recorder,
            },
            viewer,
        ))
    }

    /// One who commands on behalf of `source`.
    #[must_use]
    pub fn commander(&self, source: Source) -> Commander {
        Commander::new(self.requests.clone(), source)
    }

    /// Waits until the run has ended and its record is complete.
    ///
    /// # Errors
    /// What ended it, if it did not finish.
    pub fn wait(self) -> Result<Summary, SessionError> {
        // From here on nobody can resume a paused run.
        drop(self.requests);
        let result = self
            .trainer
            .join()
            .unwrap_or_else(|cause| Err(SessionError::Panic(panics::message(&*cause))));
        for thread in [self.pump, self.recorder] {
            if let Err(cause) = thread.join()
                && result.is_ok()
            {
                return Err(SessionError::Panic(panics::message(&*cause)));
            }
        }
        result
    }
}

/// An event of before the first step, or of a run that has no position any more.
fn at_start(body: Body) -> Event {
    Event {
        schema: SCHEMA,
        branch: 0,
        seq: None,
        after: None,
        step: 0,
        images: 0,
        time: Timestamp::now(),
        elapsed: 0.0,
        body,
    }
}

/// The trainer's thread, from loading to the end.
fn train(
    launch: Launch,
    events: &Sender<Event>,
    requests: &Receiver<Request>,
    run_dir: &Sender<RunDir>,
) -> Result<Summary, SessionError> {
    let Launch {
        mut config,
        name,
        dir,
        mirror,
        on_divergence,
    } = launch;
    let say = |body| {
        let _ = events.send(at_start(body));
    };
    let waiting = |what: String, done, total| say(Body::Loading { what, done, total });
    let stopped = Cell::new(None);
    let held = RefCell::new(Vec::new());
    let dataset = {
        let options = LoadOptions {
            data_dir: config.data_dir.clone(),
            mirror,
            ..LoadOptions::default()
        };
        let cancelled = || hold_while_loading(requests, &stopped, &held, &say);
        waiting(format!("opening dataset {}", config.dataset), None, None);
        match data::load(
            &config.dataset,
            &options,
            &mut |p| waiting(p.what, p.done, p.total),
            &cancelled,
        ) {
            Ok(dataset) => dataset,
            Err(DataError::Cancelled) => return Ok(never_began(&config, stopped.get(), &say)),
            Err(error) => return Err(error.into()),
        }
    };
    let pool = thread_pool(config.threads)?;
    waiting("opening the device".to_owned(), None, None);
    let (device, device_info) = select_device(&config.device, pool.current_num_threads())?;
    config.dataset.clone_from(&dataset.name);
    config.device.clone_from(&device_info.name);
    let opened = RunDir::create(&dir)?;
    opened.write_config(&config.to_toml()?)?;
    let dir = opened.path().to_owned();
    let _ = run_dir.send(opened);
    waiting("building networks".to_owned(), None, None);

    let about = dataset.info();
    let Dataset { train: images, .. } = dataset;
    let parts = TrainerParts {
        config,
        name,
        dir,
        dataset: about,
        images,
        device,
        device_info,
        events: events.clone(),
        requests: requests.clone(),
        held: held.into_inner(),
        on_divergence,
    };
    // The whole loop runs on a thread of the pool: a product need not wait to be handed over.
    Ok(pool.install(|| Trainer::new(parts)?.run())?)
}

/// Before there is a trainer: a stop ends the loading, anything else waits for the first step.
fn hold_while_loading(
    requests: &Receiver<Request>,
    stopped: &Cell<Option<Source>>,
    held: &RefCell<Vec<Request>>,
    say: &dyn Fn(Body),
) -> bool {
    for request in requests.try_iter() {
        if request.command == Command::Stop {
            let Request {
                id,
                source,
                command,
            } = request;
            stopped.set(Some(source));
            say(Body::Applied {
                request: id,
                source,
                command,
                changes: Vec::new(),
                objective: None,
            });
        } else {
            held.borrow_mut().push(request);
        }
    }
    stopped.get().is_some()
}

/// The end of a run that was stopped while its data was loaded.
fn never_began(config: &RunConfig, by: Option<Source>, say: &dyn Fn(Body)) -> Summary {
    let summary = Summary {
        outcome: if by == Some(Source::Signal) {
            Outcome::Interrupted
        } else {
            Outcome::Stopped
        },
        reason: "stopped before the first step".to_owned(),
        step: 0,
        images: 0,
        epochs: 0.0,
        seconds: 0.0,
        steps_per_second: 0.0,
        objective: config.objective.clone(),
        interventions: 0,
        metrics: Metrics::new(),
        checkpoint: None,
    };
    say(Body::Finished(Box::new(summary.clone())));
    summary
}

/// The recorder's thread. It holds the run directory, and with it the lock, until all is written.
fn record(hub: &Hub, subscriber: &Subscriber, opened: &Receiver<RunDir>) {
    let Ok(dir) = opened.recv() else { return };
    let mut last = None;
    let publish = |warning: Option<String>, last: &Option<Event>| {
        if let (Some(text), Some(at)) = (warning, last) {
            hub.publish(Event {
                time: Timestamp::now(),
                body: Body::Warning { text },
                ..at.clone()
            });
        }
    };
    let mut recorder = match Recorder::new(&dir) {
        Ok(recorder) => recorder,
        Err(error) => {
            let text = format!("nothing of this run is recorded: {error}");
            hub.publish(at_start(Body::Warning { text }));
            return;
        }
    };
    loop {
        let open = !matches!(
            subscriber.wake.recv_timeout(Duration::from_secs(1)),
            Err(RecvTimeoutError::Disconnected)
        );
        for event in subscriber.drain() {
            let warning = recorder.handle(&event);
            last = Some(Event {
                body: Body::Note {
                    text: String::new(),
                },
                ..(*event).clone()
            });
            publish(warning, &last);
        }
        if !open {
            break;
        }
        let warning = recorder.tick();
        publish(warning, &last);
    }
    // Who watches is gone by now; what is missing stands in the log of the process.
    if let Err(error) = recorder.finish() {
        panics::complain(&error.to_string());
    }
}
