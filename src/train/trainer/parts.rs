//! What a trainer is built from.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::{Receiver, Sender};

use super::{Beginning, Trainer};
use crate::config::RunConfig;
use crate::data::ImageSet;
use crate::files::Place;
use crate::judging::Evaluator;
use crate::protocol::{
    DatasetInfo, DeviceInfo, Event, Recorded, Request, Resumed, RunOrigin, Target,
};
use crate::train::checkpoints::{Checkpoints, shapes};
use crate::train::classes::Classes;
use crate::train::clock::Clock;
use crate::train::control::Control;
use crate::train::evaluation::Evaluations;
use crate::train::guards::Guards;
use crate::train::journal::Journal;
use crate::train::learner::Learner;
use crate::train::rollback::Rollback;
use crate::train::sampling::preview::{Preview, chosen};
use crate::train::settings::architecture;
use crate::train::{AwaitRecord, Progress, TrainError};

/// What a trainer is made of.
pub struct TrainerParts {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Name of the run.
    pub name: String,
    /// The run directory, which exists.
    pub place: Place,
    /// What to train on.
    pub dataset: DatasetInfo,
    /// Its training images.
    pub images: ImageSet,
    /// Where to train.
    pub device: candle_core::Device,
    /// The same, for people.
    pub device_info: DeviceInfo,
    /// Where events go. Sending never waits.
    pub events: Sender<Event>,
    /// Where commands come from.
    pub requests: Receiver<Request>,
    /// Commands that came before there was a trainer; they are carried out before the first step.
    pub held: Vec<Request>,
    /// Whether it starts, resumes, or starts from another run's checkpoint.
    pub beginning: Beginning,
    /// Whether a person is there who can decide what to do when the numbers stop being finite.
    pub attended: Arc<AtomicBool>,
    /// What a person should know of how it starts.
    pub notices: Vec<String>,
    /// Waits until the record holds all up to an event.
    pub recorded: AwaitRecord,
    /// Judges samples, or why nothing does.
    pub evaluator: Result<Box<dyn Evaluator>, String>,
    /// Becomes true when another process has taken the run directory over: then the run ends at once and saves nothing.
    pub lost: Arc<AtomicBool>,
}

/// What a run was given, and where it comes from.
pub(super) struct Setup {
    pub config: RunConfig,
    pub name: String,
    pub place: Place,
    pub dataset: DatasetInfo,
    /// The classes that the networks are conditioned on, where they are.
    pub classes: Option<Classes>,
    pub device: DeviceInfo,
    /// Where it resumed.
    pub resumed: Option<Resumed>,
    /// The run that it was forked from.
    pub origin: Option<RunOrigin>,
    /// What the record lacks of before it was resumed.
    pub unrecorded: Option<Recorded>,
    notices: Vec<String>,
}

impl Setup {
    /// Where the run ends.
    pub fn target(&self) -> Target {
        self.config.target(self.dataset.images)
    }

    /// What a person should know of how it starts, once.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }
}

impl Trainer {
    /// Builds networks and everything around them.
    ///
    /// # Errors
    /// When the objective does not exist, the dataset is empty, the device is out of memory or the checkpoint to continue
    /// from cannot be used.
    pub fn new(parts: TrainerParts) -> Result<Self, TrainError> {
        let config = parts.config;
        let preview_of = chosen(&config, parts.images.len());
        let learner = Learner::new(&config, parts.images, &parts.device)?;
        let (images, model) = (learner.images(), learner.model());
        let classes = || Classes::of(images, &parts.dataset.classes);
        let classes = config.arch.conditional.then(classes);
        let preview = Preview::new(model, config.seed, (images, &preview_of), classes.as_ref())?;
        let architecture = architecture(&config, images);
        let [g, d] = model.networks().map(|trained| shapes(trained.network()));
        let plan = config.checkpoint.clone();
        let checkpoints = Checkpoints::start(plan, (g, d), &parts.place, parts.recorded)?;
        let (attended, lost) = (parts.attended, parts.lost);
        let mut trainer = Self {
            learner,
            progress: Progress::default(),
            clock: Clock::new(),
            journal: Journal::new(parts.events, config.events.every_batches),
            guards: Guards::new(&config),
            rollback: Rollback::new(config.rewind.keep),
            checkpoints,
            evaluations: Evaluations::start(
                &config,
                architecture,
                classes.clone(),
                parts.evaluator,
            ),
            preview,
            control: Control::new(parts.requests, parts.held, attended, lost, &config.at),
            setup: Setup {
                config,
                name: parts.name,
                place: parts.place,
                dataset: parts.dataset,
                classes,
                device: parts.device_info,
                resumed: None,
                origin: None,
                unrecorded: None,
                notices: parts.notices,
            },
        };
        trainer.begin(parts.beginning)?;
        let seconds = trainer.clock.seconds();
        trainer.checkpoints.restart_interval(seconds);
        Ok(trainer)
    }
}
