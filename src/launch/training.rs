//! This program's own trainer as the engine of a session, from loading the data to the end of the run.

use std::path::PathBuf;
use std::sync::Arc;

use super::beginning::{beginning, compare_data};
use super::error::TrainingError;
use super::evaluator::evaluator;
use super::loading::{self, Loaded};
use super::plan::Start;
use crate::config::RunConfig;
use crate::memory::give_back;
use crate::protocol::{Request, Source, Summary};
use crate::record::CHECKPOINTS;
use crate::session::{Engine, Wiring};
use crate::train::{
    Trainer, TrainerParts, check_images, select_device, thread_pool, tidy_checkpoints,
};

/// What is to be trained.
pub(super) struct Training {
    pub config: RunConfig,
    pub start: Start,
    /// The run directory by the path that was planned with, below which the checkpoint lies that a run resumes from.
    pub dir: PathBuf,
    /// Where to download datasets from, if not from the public mirrors.
    pub mirror: Option<String>,
}

impl Engine for Training {
    type Error = TrainingError;

    fn run(self, wiring: Wiring) -> Result<Summary, TrainingError> {
        let Self {
            mut config,
            start,
            dir,
            mirror,
        } = self;
        let Wiring {
            name,
            mut notices,
            before,
            events,
            requests,
            attended,
            // Nothing is printed here.
            window: _,
            lost,
            record,
        } = wiring;
        if let Start::Resume { .. } = start {
            // What cannot be removed takes space but does no harm.
            let _ = tidy_checkpoints(&record.place().path().join(CHECKPOINTS));
        }
        let mut beginning = beginning(&start, &dir, &before);
        let (dataset, held) = match loading::load(&config, mirror, &requests, &events)? {
            Loaded::Ready(dataset, held) => (dataset, held),
            Loaded::Stopped(by) => return Ok(by.end(config, &events)),
        };
        let about = dataset.info();
        let classes = dataset.train.classes();
        compare_data(
            &start,
            &name,
            (&about, classes),
            &mut beginning,
            &mut notices,
        )?;
        check_images(&config, &dataset.train)?;
        let pool = thread_pool(config.threads)?;
        loading::say(&events, "opening the device");
        let (device, device_info) = select_device(&config.device, pool.current_num_threads())?;
        config.dataset.clone_from(&dataset.name);
        config.device.clone_from(&device_info.name);
        record.begin(&config.to_toml()?)?;
        loading::say(&events, "building networks");

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
        let evaluator = evaluator(&dataset, config.evaluation.samples, config.arch.conditional);
        let images = dataset.train.clone();
        // Held-out images are for the evaluator, which keeps of them what it needs.
        drop(dataset);
        let parts = TrainerParts {
            config,
            name,
            place: record.place().clone(),
            dataset: about,
            images,
            device,
            device_info,
            events,
            requests,
            held: commands.chain(held).collect(),
            beginning,
            attended,
            notices,
            evaluator,
            lost,
            recorded: Arc::new(move |seq| record.wait_for(seq)),
        };
        // The whole loop runs on a thread of the pool: a matrix product does not wait to be handed over.
        // What reading the images took.
        give_back();
        Ok(pool.install(|| Trainer::new(parts)?.run())?)
    }
}
