//! A run with its threads: the trainer, the pump that fans its events out, and the recorder.

use std::any::Any;
use std::cell::RefCell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

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
use crate::files::{self, Place};
use crate::protocol::{
    Body, Command, DatasetInfo, Event, Live, Metrics, Outcome, Position, Recorded, Request,
    RunOrigin, Source, Summary, Timed, Warning,
};
use crate::record::{RecordError, RunDir, repair, replay};
use crate::train::{
    Beginning, Trainer, TrainerParts, select_device, thread_pool, tidy_checkpoints,
};

/// What to run, and where.
#[derive(Debug)]
pub struct Launch {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Name of the run.
    pub name: String,
    /// Its directory, which must not hold a run unless it is resumed.
    pub dir: PathBuf,
    /// The directory, where this process holds it already.
    pub held: Option<RunDir>,
    /// Whether another name with a number behind it is as good, where this one is taken.
    pub or_next: bool,
    /// What a person should know of how it starts.
    pub notices: Vec<String>,
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
    /// In the directory, which is held, of a run that was cut off before it had a checkpoint: what it left is put aside.
    Anew,
    /// In the directory of a run, from one of its checkpoints.
    Resume {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// Scripted commands that were added since.
        added: Vec<Timed>,
        /// What the settings that were changed come to: commands due before the first step.
        commands: Vec<Command>,
        /// The data that it has learned from, which must be the same.
        data: DataSeen,
    },
    /// In a directory of its own, with the state of another run's checkpoint.
    Fork {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// The run it is from.
        origin: RunOrigin,
        /// Whether its random numbers and its place in the data are its own.
        afresh: bool,
        /// The data that the other run has learned from: on other data it begins afresh.
        data: DataSeen,
    },
}

/// What is known of the training images that a run has learned from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataSeen {
    /// The name of the dataset, or its path.
    pub name: String,
    /// How many.
    pub images: Option<u64>,
    /// What tells them from any others.
    pub digest: Option<String>,
}

impl DataSeen {
    /// How `found` differs, if it does.
    fn differs(&self, found: &DatasetInfo) -> Option<String> {
        let other = |then: Option<&String>, now: Option<&String>| {
            then.is_some() && now.is_some() && then != now
        };
        match self.images {
            Some(then) if then != found.images => {
                Some(format!("{} images, where it was {then}", found.images))
            }
            _ if other(self.digest.as_ref(), found.digest.as_ref()) => {
                Some(format!("{} other images", found.images))
            }
            _ => None,
        }
    }
}

/// A run under way.
pub struct Session {
    desk: Desk,
    trainer: JoinHandle<Result<Summary, SessionError>>,
    pump: JoinHandle<()>,
    recorder: JoinHandle<Option<RecordError>>,
    /// Tells time in which the process does not run from training.
    _awake: Option<awake::Watch>,
    place: Place,
}

impl Session {
    /// Starts everything and returns at once; data is loaded on the trainer's thread. The viewer misses no event.
    ///
    /// # Errors
    /// When the run directory is taken or a thread cannot be started.
    pub fn start(mut launch: Launch) -> Result<(Self, Viewer), SessionError> {
        let (dir, beginning, used) = open(&mut launch)?;
        let place = dir.place().clone();
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
                            Body::Recorded(Recorded::Started(info)) => {
                                Some(info.device.name.clone())
                            }
                            _ => None,
                        };
                        if let Body::Recorded(Recorded::Finished(_) | Recorded::Failed { .. }) =
                            event.body
                            && let Some(watch) = watch.take()
                        {
                            // What it cost, before those leave who want to know.
                            Watch::end(watch);
                        }
                        match event.body {
                            // Who sends it knows no position any more.
                            Body::Recorded(Recorded::Failed { .. }) => hub.announce(event.body),
                            _ => hub.publish(event),
                        }
                        if let Some(device) = device {
                            watch = Watch::start(&hub, &system, &device, used);
                        }
                    }
                    // First of all the door, so that nobody comes to a run that is gone.
                    if let Some(server) = &mut server {
                        server.close();
                    }
                    hub.close();
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
                    let _ = events.send(at_start(Body::Recorded(Recorded::Failed {
                        error: error.to_string(),
                    })));
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
                place,
            },
            viewer,
        ))
    }

    /// Where the run directory lies, as far as is known by then.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place.clone()
    }

    /// One who commands on behalf of `source`.
    #[must_use]
    pub fn commander(&self, source: Source) -> Commander {
        Commander::at(self.desk.clone(), source)
    }

    /// The same by whom the requests of signals are handed in.
    pub(super) fn desk(&self) -> Desk {
        self.desk.clone()
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
fn open(launch: &mut Launch) -> Result<(RunDir, Beginning, f64), SessionError> {
    let held = launch.held.take();
    if let Start::Resume {
        checkpoint, added, ..
    } = &launch.start
    {
        let dir = held.map_or_else(|| RunDir::open(&launch.dir), Ok)?;
        if let Some(took_over) = dir.took_over() {
            launch.notices.push(took_over.to_string());
        }
        let tail = repair(&dir.events())?;
        // What cannot be cleared up takes room but harms nothing.
        let _ = tidy_checkpoints(&dir.checkpoints());
        let place = checkpoint.strip_prefix(&launch.dir);
        let told = place.is_ok_and(|p| tail.checkpoints.contains(p.to_string_lossy().as_ref()));
        let beginning = Beginning::Resume {
            checkpoint: checkpoint.clone(),
            branch: tail.last_branch,
            seq: tail.last_seq,
            added: added.clone(),
            told,
        };
        return Ok((dir, beginning, tail.watt_hours));
    }
    let dir = match held {
        Some(dir) if matches!(launch.start, Start::Anew) => {
            if let Some(aside) = dir.begin_again()? {
                launch.notices.push(format!(
                    "this run was cut off before it had a checkpoint, and starts again; what it left is in {}",
                    dir.place().shown().join(aside).display()
                ));
            }
            dir
        }
        Some(dir) => dir.begin().map(|()| dir)?,
        None if launch.or_next => {
            let dir = RunDir::create_next(&launch.dir)?;
            launch.dir = dir.path();
            if let Some(name) = launch.dir.file_name() {
                launch.name = name.to_string_lossy().into_owned();
            }
            dir
        }
        None => RunDir::create(&launch.dir)?,
    };
    let beginning = match &launch.start {
        Start::Fork {
            checkpoint,
            origin,
            afresh,
            ..
        } => Beginning::Fork {
            checkpoint: checkpoint.clone(),
            origin: origin.clone(),
            afresh: *afresh,
        },
        _ => Beginning::New,
    };
    Ok((dir, beginning, 0.0))
}

/// Exact is only what goes on with the same images: others are refused, or make a fork that begins afresh.
fn compare_data(
    start: &Start,
    found: &DatasetInfo,
    beginning: &mut Beginning,
    notices: &mut Vec<String>,
) -> Result<(), SessionError> {
    match (start, beginning) {
        (Start::Resume { data, .. }, _) => data.differs(found).map_or(Ok(()), |differs| {
            Err(SessionError::OtherData {
                name: data.name.clone(),
                differs,
            })
        }),
        (Start::Fork { data, .. }, Beginning::Fork { afresh, origin, .. }) if !*afresh => {
            if let Some(differs) = data.differs(found) {
                *afresh = true;
                notices.push(format!(
                    "dataset {} has changed since run `{}` learned from it ({differs}): this fork draws random numbers \
                     and batches of its own",
                    data.name, origin.run
                ));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What happened before in a run that goes on.
fn past(launch: &Launch) -> Digest {
    match launch.start {
        // What cannot be read is not shown; what can is what counts.
        Start::Resume { .. } => replay(&launch.dir)
            .map(|events| events.collect::<Digest>().reopened())
            .unwrap_or_default(),
        Start::New | Start::Anew | Start::Fork { .. } => Digest::default(),
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
fn link(hub: &Hub, control: &Control, desk: &Desk, dir: &RunDir) -> Option<super::link::Server> {
    match super::link::serve(hub, control, desk, dir.place()) {
        Ok(server) => Some(server),
        Err(error) => {
            hub.announce(Recorded::Warning(Warning::passing(format!(
                "nobody can attach to this run: no socket can be made: {error}"
            ))));
            None
        }
    }
}

/// An event of before the first step.
fn at_start(body: impl Into<Body>) -> Event {
    Event::new(Position::default(), body)
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
        mut notices,
        ..
    } = launch;
    let mut beginning = seat.beginning;
    let say = |body| {
        let _ = events.send(at_start(body));
    };
    let waiting = |what: String, done, total| say(Body::Live(Live::Loading { what, done, total }));
    let stopped = RefCell::new(None);
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
            Err(DataError::Cancelled) => return Ok(never_began(&config, stopped.take(), &say)),
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
    seat.dir.write_config(&config.to_toml()?)?;
    // It did not end after all. Only now, since nothing stands in the way of going on any more.
    seat.dir.remove_summary()?;
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
    let progress = seat.recorded;
    let directory = Arc::clone(&seat.dir);
    let evaluator = evaluator(&dataset, config.evaluation.samples);
    let Dataset { train: images, .. } = dataset;
    let parts = TrainerParts {
        config,
        name,
        place: seat.dir.place().clone(),
        dataset: about,
        images,
        device,
        device_info,
        events: events.clone(),
        requests: requests.clone(),
        held: commands.chain(held.into_inner()).collect(),
        beginning,
        attended: seat.attended,
        notices,
        evaluator,
        lost: Arc::clone(&seat.lost),
        recorded: Arc::new(move |seq| {
            progress.wait_for(seq);
            // Also against a power cut. A record that cannot be synced is no reason to go without a checkpoint.
            let _ = File::open(directory.events()).and_then(|file| files::sync_data(&file));
            // The lock itself is looked at: who was stopped for long may be faster here than the recorder.
            match directory.beat() {
                Err(RecordError::TakenOver { .. }) => {
                    seat.lost.store(true, Ordering::Release);
                    false
                }
                beaten => {
                    let in_place = beaten.is_ok() || directory.place().check().is_ok();
                    in_place && !seat.lost.load(Ordering::Acquire)
                }
            }
        }),
    };
    // The whole loop runs on a thread of the pool: a product need not wait to be handed over.
    Ok(pool.install(|| Trainer::new(parts)?.run())?)
}

/// Who stopped a run while its data was loaded, and by which signal if by one.
type Stopped = (Source, Option<String>);

/// Before there is a trainer: a stop ends the loading, anything else waits for the first step.
fn hold_while_loading(
    requests: &Receiver<Request>,
    stopped: &RefCell<Option<Stopped>>,
    held: &RefCell<Vec<Request>>,
    say: &dyn Fn(Body),
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
            say(Body::Recorded(Recorded::Applied {
                request: id,
                source,
                signal,
                command,
                changes: Vec::new(),
                objective: None,
            }));
        } else {
            held.borrow_mut().push(request);
        }
    }
    stopped.borrow().is_some()
}

/// The end of a run that was stopped while its data was loaded.
fn never_began(config: &RunConfig, by: Option<Stopped>, say: &dyn Fn(Body)) -> Summary {
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
    say(Body::Recorded(Recorded::Finished(Box::new(
        summary.clone(),
    ))));
    summary
}
