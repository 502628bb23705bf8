//! The state of the run: taken, and put back.

use std::sync::Arc;

use super::Trainer;
use crate::train::TrainError;
use crate::train::checkpoints::CHECKPOINT_FORMAT;
use crate::train::snapshot::{Identity, RunState, Snapshot};

impl Trainer {
    /// What decides how the run continues, besides the weights: the state of each part.
    pub(super) fn state(&mut self) -> Result<RunState, TrainError> {
        let metrics = self.learner.peek_metrics()?.clone();
        let (config, dataset) = (&self.setup.config, &self.setup.dataset);
        Ok(RunState {
            format: CHECKPOINT_FORMAT,
            identity: Identity {
                run: self.setup.name.clone(),
                origin: self.setup.origin.clone(),
                dataset: config.dataset.clone(),
                dataset_images: Some(dataset.images),
                dataset_digest: dataset.digest.clone(),
                seed: config.seed,
                latent_dim: config.latent_dim,
                arch_kind: config.arch.kind,
                arch_width: config.arch.width,
                arch_generator: config.arch.generator.clone(),
                arch_discriminator: config.arch.discriminator.clone(),
                image_shape: dataset.shape,
                classes: self.setup.classes.clone(),
            },
            progress: self.progress.clone(),
            elapsed: self.clock.seconds(),
            due: self.control.due().iter().cloned().collect(),
            learner: self.learner.state()?,
            guard_until: self.rollback.way_back().map(|way| way.until_step),
            guards: self.guards.state(),
            journal: self.journal.state(metrics),
            quality: self.evaluations.seen().clone(),
        })
    }

    /// The state as it is now, to be saved or returned to.
    pub(super) fn snapshot(&mut self) -> Result<Arc<Snapshot>, TrainError> {
        let state = self.state()?;
        let spare = self.rollback.take_spare();
        Ok(Arc::new(Snapshot {
            weights: self.learner.weights(spare)?,
            way_back: self.rollback.way_back().cloned(),
            state,
        }))
    }

    /// Puts a state of this run back. What counts over all branches, and what was scripted, is not undone.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        let state = &snapshot.state;
        self.learner.restore(&state.learner, &snapshot.weights)?;
        let window = &state.journal.window;
        self.learner.set_metrics(window.metrics.clone())?;
        self.progress.restore(&state.progress);
        self.clock.set_seconds(state.elapsed);
        self.journal.restore(&state.journal);
        self.guards.restore(&state.guards);
        self.evaluations.restore(&state.quality);
        self.rollback.set_way_back(snapshot.way_back.clone());
        Ok(())
    }

    /// Keeps the present state in memory.
    pub(super) fn keep_state(&mut self) -> Result<(), TrainError> {
        // Where as many are kept as there may be, the oldest one's buffers take the new one.
        self.rollback.make_room();
        let snapshot = self.snapshot()?;
        self.rollback.keep(snapshot);
        Ok(())
    }
}
