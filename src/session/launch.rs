//! A run with its threads: the trainer, the pump that fans its events out, and the recorder.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;

use super::commander::{Commander, Desk};
use super::control::{Control, own_tty, viewer_name};
use super::digest::Digest;
use super::evaluator::evaluator;
use super::hub::{Hub, Viewer};
use super::missed;
use super::priority::give_way;
use super::recording::{Progress, record};
use super::sampler::Watch;
use super::{SessionError, panics};
use crate::awake;
use crate::config::RunConfig;
use crate::data::{self, DataError, Dataset, LoadOptions};
use crate::files;
use crate::protocol::{
    Body, Command, Event, Metrics, Outcome, Request, RunOrigin, SCHEMA, Source, Summary, Timed,
};
use crate::record::{RecordError, RunDir, repair, replay};
use crate::train::{
    Beginning, Trainer, TrainerParts, select_device, thread_pool, tidy_checkpoints,
};

/// What to run, and where.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Name of the run.
    pub name: String,
    /// Its directory, which must not hold a run unless it is resumed.
    pub dir: PathBuf,
    /// How it starts.
    pub start: Start,
    /// Where to download datasets from, if not from the public mirrors.
    pub mirror: Option<String>,
    /// Whether a person watches from the start.
    pub attended: bool,
}

/// How a run starts.
#[derive(Debug, Clone)]
pub enum Start {
    /// In a directory of its own.
    New,
    /// In the directory of a run, from one of its checkpoints.
    Resume {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// Scripted commands that were added since.
        added: Vec<Timed>,
        /// What the settings that were changed come to: commands due before the first step.
        commands: Vec<Command>,
    },
    /// In a directory of its own, with the state of another run's checkpoint.
    Fork {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// The run it is from.
        origin: RunOrigin,
        /// Whether its random numbers and its place in the data are its own.
        afresh: bool,
    },
}

/// A run under way.
pub struct Session {
    desk: Desk,
    trainer: JoinHandle<Result<Summary, SessionError>>,
    pump: JoinHandle<()>,
    recorder: JoinHandle<Option<RecordError>>,
    /// Tells time in which the process does not run from training.
    _awake: Option<awake::Watch>,
}

impl Session {
    /// Starts everything and returns at once; data is loaded on the trainer's thread. The viewer misses no event.
    ///
    /// # Errors
    /// When the run directory is taken or a thread cannot be started.
    pub fn start(launch: Launch) -> Result<(Self, Viewer), SessionError> {
        let (dir, beginning, used) = open(&launch)?;
        let dir = Arc::new(dir);
        let hub = Hub::remembering(past(&launch));
        let (requests, taken) = unbounded();
        let desk = Desk::new(requests);
        let (events, emitted) = unbounded::<Event>();
        let progress = Progress::default();
        let lost = Arc::new(AtomicBool::new(false));
        let recorder = {
            let (hub, subscriber) = (hub.clone(), hub.subscribe());
            let (dir, progress, lost) = (Arc::clone(&dir), progress.clone(), Arc::clone(&lost));
            thread::Builder::new()
                .name("recorder".to_owned())
                .spawn(move || {
                    give_way();
                    let recorded = record(&hub, &subscriber, &dir, &progress, &lost);
                    // The trainer, who is gone by now, had the only other handle.
                    if !recorded.began
                        && let Some(dir) = Arc::into_inner(dir)
                    {
                        dir.discard();
                    }
                    recorded.missing
                })?
        };
        let attended = Arc::new(AtomicBool::new(launch.attended));
        let control = Control::new(hub.clone(), Arc::clone(&attended));
        let viewer = first_viewer(&hub, &control, &desk, launch.attended);
        #[cfg(unix)]
        let mut server = link(&hub, &control, &desk, &dir);
        let seat = Seat {
            dir,
            beginning,
            attended,
            lost,
            recorded: progress,
        };
        let pump = {
            let (hub, system) = (hub.clone(), launch.config.system.clone());
            thread::Builder::new()
                .name("pump".to_owned())
                .spawn(move || {
                    give_way();
                    let mut watch = None;
                    for event in emitted {
                        let device = match &event.body {
                            Body::Started(info) => Some(info.device.name.clone()),
                            _ => None,
                        };
                        if let Body::Finished(_) | Body::Failed { .. } = event.body {
                            // What it cost, before those leave who want to know.
                            if let Some(watch) = watch.take() {
                                Watch::end(watch);
                            }
                        }
                        match event.body {
                            // Who sends it knows no position any more.
                            Body::Failed { .. } => hub.announce(event.body),
                            _ => hub.publish(event),
                        }
                        if let Some(device) = device {
                            watch = Watch::start(&hub, &system, &device, used);
                        }
                    }
                    // First of all the door, so that nobody comes to a run that is gone.
                    #[cfg(unix)]
                    if let Some(server) = &mut server {
                        server.close();
                    }
                    hub.close();
                    #[cfg(unix)]
                    if let Some(server) = server {
                        server.finish();
                    }
                })?
        };
        let trainer = thread::Builder::new()
            .name("trainer".to_owned())
            .spawn(move || {
                let result =
                    catch_unwind(AssertUnwindSafe(|| train(launch, seat, &events, &taken)))
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
                desk,
                trainer,
                pump,
                recorder,
                _awake: missed::watch(&hub),
            },
            viewer,
        ))
    }

    /// One who commands on behalf of `source`.
    #[must_use]
    pub fn commander(&self, source: Source) -> Commander {
        Commander::at(self.desk.clone(), source)
    }

    /// Waits until the run has ended and its record is complete.
    ///
    /// # Errors
    /// What ended it, if it did not finish.
    pub fn wait(self) -> Result<Summary, SessionError> {
        // From here on a paused run can only be resumed over the link.
        drop(self.desk);
        let result = self
            .trainer
            .join()
            .unwrap_or_else(|cause| Err(SessionError::Panic(panics::message(&*cause))));
        let panicked = |cause: Box<dyn Any + Send>| SessionError::Panic(panics::message(&*cause));
        let pumped = self.pump.join().map_err(panicked);
        let recorded = self.recorder.join().map_err(panicked);
        // What ended the training says more.
        let summary = result?;
        pumped?;
        match recorded? {
            // The training is saved, and what is known of it is not.
            Some(missing) => Err(missing.into()),
            None => Ok(summary),
        }
    }
}

/// What a trainer finds ready.
struct Seat {
    dir: Arc<RunDir>,
    beginning: Beginning,
    attended: Arc<AtomicBool>,
    lost: Arc<AtomicBool>,
    recorded: Progress,
}

/// Takes the run directory, and finds out how the run begins in it, and how many watt-hours it has used before.
fn open(launch: &Launch) -> Result<(RunDir, Beginning, f64), SessionError> {
    Ok(match launch.start.clone() {
        Start::New => (RunDir::create(&launch.dir)?, Beginning::New, 0.0),
        Start::Fork {
            checkpoint,
            origin,
            afresh,
        } => {
            let beginning = Beginning::Fork {
                checkpoint,
                origin,
                afresh,
            };
            (RunDir::create(&launch.dir)?, beginning, 0.0)
        }
        Start::Resume {
            checkpoint, added, ..
        } => {
            let dir = RunDir::open(&launch.dir)?;
            let tail = repair(&dir.events())?;
            dir.remove_summary()?;
            // What cannot be cleared up takes room but harms nothing.
            let _ = tidy_checkpoints(&dir.checkpoints());
            let place = checkpoint.strip_prefix(&launch.dir);
            let told = place.is_ok_and(|p| tail.checkpoints.contains(p.to_string_lossy().as_ref()));
            let beginning = Beginning::Resume {
                checkpoint,
                branch: tail.last_branch,
                seq: tail.last_seq,
                added,
                told,
            };
            (dir, beginning, tail.watt_hours)
        }
    })
}

/// What happened before in a run that goes on.
fn past(launch: &Launch) -> Digest {
    match launch.start {
        // What cannot be read is not shown; what can is what counts.
        Start::Resume { .. } => replay(&launch.dir)
            .map(|events| events.collect::<Digest>().reopened())
            .unwrap_or_default(),
        Start::New | Start::Fork { .. } => Digest::default(),
    }
}

/// The viewer in this process. One that is `attended` has control; one that only prints needs none, and has none.
fn first_viewer(hub: &Hub, control: &Control, desk: &Desk, attended: bool) -> Viewer {
    let presence = attended.then(|| {
        let name = viewer_name(own_tty().as_deref(), std::process::id());
        control.join_first(name)
    });
    let (before, events) = hub.subscribe_late();
    let desk = desk.clone();
    let commands = match presence {
        Some(presence) => Commander::present(desk, presence, hub.clone(), events.id()),
        None => Commander::at(desk, Source::Viewer),
    };
    Viewer {
        id: 0,
        before,
        events,
        commands,
    }
}

/// Opens the link. A run that cannot have one goes on without.
#[cfg(unix)]
fn link(hub: &Hub, control: &Control, desk: &Desk, dir: &RunDir) -> Option<super::link::Server> {
    match super::link::serve(hub, control, desk, dir.path()) {
        Ok(server) => Some(server),
        Err(error) => {
            hub.announce(Body::Warning {
                text: format!("nobody can attach to this run: no socket can be made: {error}"),
            });
            None
        }
    }
}

/// An event of before the first step.
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
    seat: Seat,
    events: &Sender<Event>,
    requests: &Receiver<Request>,
) -> Result<Summary, SessionError> {
    let Launch {
        mut config,
        name,
        mirror,
        start,
        ..
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
    seat.dir.write_config(&config.to_toml()?)?;
    waiting("building networks".to_owned(), None, None);

    let commands = match start {
        Start::Resume { commands, .. } => commands,
        _ => Vec::new(),
    };
    let commands = commands.into_iter().map(|command| Request {
        id: None,
        source: Source::Script,
        command,
    });
    let (progress, record) = (seat.recorded, seat.dir.events());
    let directory = Arc::clone(&seat.dir);
    let about = dataset.info();
    let evaluator = evaluator(&dataset, config.evaluation.samples);
    let Dataset { train: images, .. } = dataset;
    let parts = TrainerParts {
        config,
        name,
        dir: seat.dir.path().to_owned(),
        dataset: about,
        images,
        device,
        device_info,
        events: events.clone(),
        requests: requests.clone(),
        held: commands.chain(held.into_inner()).collect(),
        beginning: seat.beginning,
        attended: seat.attended,
        evaluator,
        lost: Arc::clone(&seat.lost),
        recorded: Arc::new(move |seq| {
            progress.wait_for(seq);
            // Also against a power cut. A record that cannot be synced is no reason to go without a checkpoint.
            let _ = File::open(&record).and_then(|file| files::sync_data(&file));
            // The lock itself is looked at: who was stopped for long may be faster here than the recorder.
            match directory.beat() {
                Err(RecordError::TakenOver { .. }) => {
                    seat.lost.store(true, Ordering::Release);
                    false
                }
                beaten => {
                    let in_place = beaten.is_ok() || directory.in_place().is_ok();
                    in_place && !seat.lost.load(Ordering::Acquire)
                }
            }
        }),
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
        outcome: if matches!(by, Some(Source::Signal | Source::Output)) {
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
        quality: None,
        conditions: Vec::new(),
        checkpoint: None,
    };
    say(Body::Finished(Box::new(summary.clone())));
    summary
}
