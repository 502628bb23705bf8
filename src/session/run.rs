//! A run with its threads: the engine, the pump that fans its events out, and the recorder.

use std::any::Any;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};

use crossbeam_channel::unbounded;

use super::commander::{Commander, RequestSender};
use super::control::{Control, own_tty, viewer_name};
use super::engine::{Engine, EngineError, Wiring};
use super::hub::Hub;
use super::opening::{Opened, digest_of_record, open};
use super::priority::give_way;
use super::pump::Pump;
use super::recording::{Progress, record};
use super::run_record::RunRecord;
use super::setup::Setup;
use super::training::train;
use super::viewer::Viewer;
use super::{SessionError, mirroring, missed, panics};
use crate::awake;
use crate::files::Place;
use crate::protocol::{Event, Recorded, Source, Summary, Warning};
use crate::record::{RecordError, RunDir};

/// A run under way.
pub struct Session<E: EngineError> {
    sender: RequestSender,
    engine: JoinHandle<Result<Summary, SessionError<E>>>,
    pump: JoinHandle<()>,
    recorder: JoinHandle<Option<RecordError>>,
    /// Writes for TensorBoard.
    mirror: Option<JoinHandle<()>>,
    /// Keeps time in which the process does not run out of the training's.
    _awake: Option<awake::Watch>,
    place: Place,
}

impl<E: EngineError> Session<E> {
    /// Starts everything and returns at once; the engine runs on a thread of its own. The viewer misses no event.
    ///
    /// # Errors
    /// When the run directory is taken or a thread cannot be started.
    pub fn start(
        mut setup: Setup,
        engine: impl Engine<Error = E>,
    ) -> Result<(Self, Viewer), SessionError<E>> {
        let is_in_this_process = engine.is_in_this_process();
        let Opened { dir, before } = open(&mut setup)?;
        let place = dir.place().clone();
        let dir = Arc::new(dir);
        let hub = Hub::remembering(digest_of_record(&setup));
        let (requests, taken) = unbounded();
        let sender = RequestSender::new(requests);
        let (events, emitted) = unbounded::<Event>();
        let progress = Progress::default();
        let lost = Arc::new(AtomicBool::new(false));
        let recorder = start_recorder(&hub, &dir, &progress, &lost)?;
        let mirror = setup
            .tensorboard
            .then(|| mirroring::start(&hub, place.clone(), Arc::clone(&lost)))
            .transpose()?;
        let attended = Arc::new(AtomicBool::new(setup.attended));
        let control = Control::new(hub.clone(), Arc::clone(&attended));
        let viewer = first_viewer(&hub, &control, &sender, setup.attended);
        let pump = Pump {
            hub: hub.clone(),
            server: link(&hub, &control, &sender, &dir),
            system: setup.system,
            watt_hours: before.watt_hours,
        };
        let pump = start_thread("pump", move || {
            give_way();
            pump.run(emitted);
        })?;
        let wiring = Wiring {
            name: setup.name,
            notices: setup.notices,
            before,
            events,
            requests: taken,
            attended,
            window: sender.window(),
            lost: Arc::clone(&lost),
            record: RunRecord::new(dir, progress, lost),
        };
        let engine = start_thread("trainer", move || train(engine, wiring))?;
        let session = Self {
            sender,
            engine,
            pump,
            recorder,
            mirror,
            _awake: is_in_this_process.then(|| missed::watch(&hub)).flatten(),
            place,
        };
        Ok((session, viewer))
    }

    /// Where the run directory lies, as far as is known by then.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place.clone()
    }

    /// A commander on behalf of `source`.
    #[must_use]
    pub fn commander(&self, source: Source) -> Commander {
        Commander::at(self.sender.clone(), source)
    }

    /// The sender that requests of signals go through.
    pub(super) fn sender(&self) -> RequestSender {
        self.sender.clone()
    }

    /// Waits until the run has ended and its record is complete.
    ///
    /// # Errors
    /// What ended it, if it did not finish.
    pub fn wait(self) -> Result<Summary, SessionError<E>> {
        // From here on a paused run can only be resumed over the link.
        drop(self.sender);
        let result = self
            .engine
            .join()
            .unwrap_or_else(|cause| Err(SessionError::Panic(panics::message(&*cause))));
        let panicked = |cause: Box<dyn Any + Send>| SessionError::Panic(panics::message(&*cause));
        let pumped = self.pump.join().map_err(panicked);
        let recorded = self.recorder.join().map_err(panicked);
        let mirrored = self
            .mirror
            .map_or(Ok(()), JoinHandle::join)
            .map_err(panicked);
        // The error of the training says more.
        let summary = result?;
        pumped?;
        mirrored?;
        match recorded? {
            // The training is saved, but its record is incomplete.
            Some(missing) => Err(SessionError::Unrecorded {
                summary: Box::new(summary),
                missing,
            }),
            None => Ok(summary),
        }
    }
}

fn start_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Starts the thread that keeps the record. It returns what is missing from it at the end.
fn start_recorder(
    hub: &Hub,
    dir: &Arc<RunDir>,
    progress: &Progress,
    lost: &Arc<AtomicBool>,
) -> io::Result<JoinHandle<Option<RecordError>>> {
    let (hub, subscriber) = (hub.clone(), hub.subscribe());
    let (dir, progress, lost) = (Arc::clone(dir), progress.clone(), Arc::clone(lost));
    start_thread("recorder", move || {
        give_way();
        let recorded = record(&hub, &subscriber, &dir, &progress, &lost);
        // The trainer, which has ended by now, had the only other handle.
        if !recorded.began
            && let Some(dir) = Arc::into_inner(dir)
        {
            dir.discard();
        }
        recorded.missing
    })
}

/// The viewer in this process. An interactive viewer has control; a printing one does not.
fn first_viewer(hub: &Hub, control: &Control, sender: &RequestSender, attended: bool) -> Viewer {
    let presence = attended.then(|| {
        let name = viewer_name(own_tty().as_deref(), std::process::id());
        control.join_first(name)
    });
    let (before, events) = hub.subscribe_late();
    let sender = sender.clone();
    let commands = match presence {
        Some(presence) => Commander::present(sender, presence, hub.clone(), events.id()),
        None => Commander::at(sender, Source::Viewer),
    };
    Viewer {
        id: 0,
        before,
        events,
        commands,
    }
}

/// Opens the link. A run that cannot have one continues without.
fn link(
    hub: &Hub,
    control: &Control,
    sender: &RequestSender,
    dir: &RunDir,
) -> Option<super::link::Server> {
    match super::link::serve(hub, control, sender, dir.place()) {
        Ok(server) => Some(server),
        Err(error) => {
            hub.announce(Recorded::Warning(Warning::passing(format!(
                "cannot create the control socket; `attach` is unavailable: {error}"
            ))));
            None
        }
    }
}
