//! How a trainer begins: with new networks, from its own checkpoint, or from another run's.

use std::path::{Path, PathBuf};

use super::Trainer;
use super::commands::CommandError;
use crate::config::Preset;
use crate::protocol::{Metrics, Recorded, Resumed, RunOrigin, Timed};
use crate::train::TrainError;
use crate::train::checkpoints::{Checkpoint, path_of, read_checkpoint, shapes};

/// How a run begins.
#[derive(Debug, Clone, Default)]
pub enum Beginning {
    /// With new networks.
    #[default]
    New,
    /// From one of its checkpoints, as if it had never stopped.
    Resume {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// The highest branch in the record.
        branch: u32,
        /// The highest number of an event in the record.
        seq: u64,
        /// Scripted commands that were added since.
        added: Vec<Timed>,
        /// Whether the record has the checkpoint: a process can be killed between the two.
        is_recorded: bool,
    },
    /// From another run's checkpoint, as a new run with the settings of its own configuration.
    Fork {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// The run it is from.
        origin: RunOrigin,
        /// Whether its random numbers and its place in the data are its own: another seed, other data.
        afresh: bool,
    },
}

impl Trainer {
    /// Puts the run where it begins.
    pub(super) fn begin(&mut self, beginning: Beginning) -> Result<(), TrainError> {
        match beginning {
            Beginning::New => return Ok(()),
            Beginning::Resume {
                checkpoint,
                branch,
                seq,
                added,
                is_recorded,
            } => self.resume(&checkpoint, (branch, seq), added, is_recorded)?,
            Beginning::Fork {
                checkpoint,
                origin,
                afresh,
            } => {
                self.fork(&checkpoint, afresh)?;
                self.setup.origin = Some(origin);
            }
        }
        let step = self.progress.step();
        match self.control.due().front() {
            Some(timed) if timed.step < step => Err(TrainError::Setting(format!(
                "--at {timed}: the run continues from step {step}"
            ))),
            _ => Ok(()),
        }
    }

    fn resume(
        &mut self,
        folder: &Path,
        (branch, seq): (u32, u64),
        mut added: Vec<Timed>,
        is_recorded: bool,
    ) -> Result<(), TrainError> {
        let Checkpoint {
            snapshot,
            good,
            saved,
        } = self.read(folder)?;
        let state = &snapshot.state;
        self.restore(&snapshot)?;
        self.guards.resume(&state.guards);
        self.evaluations.resume(&state.quality, saved.score);
        self.setup.origin.clone_from(&state.identity.origin);
        self.progress = state.progress.resumed(branch, seq);
        self.journal.start_branch(state.progress.seq());
        let mut due = state.due.clone();
        due.append(&mut added);
        self.control.set_due(&due);
        self.rollback.keep(good.unwrap_or_else(|| snapshot.clone()));
        let checkpoint = path_of(folder);
        self.checkpoints.resume_from(checkpoint.clone());
        self.setup.unrecorded = (!is_recorded).then(|| Recorded::Checkpoint {
            path: checkpoint.clone(),
            reason: saved.reason,
        });
        self.setup.resumed = Some(Resumed {
            step: self.progress.step(),
            checkpoint,
        });
        Ok(())
    }

    fn fork(&mut self, folder: &Path, afresh: bool) -> Result<(), TrainError> {
        let Checkpoint { snapshot, .. } = self.read(folder)?;
        let state = &snapshot.state;
        self.restore(&snapshot)?;
        // A new run: its record and its time begin here, and nothing was measured in it.
        self.progress = state.progress.forked();
        self.clock.set_seconds(0.0);
        self.journal.fork();
        self.guards.fork(&state.guards);
        self.evaluations.fork();
        if afresh {
            self.learner.start_streams(&self.setup.config);
        }
        self.learner.set_metrics(Metrics::new())?;
        self.open_window();
        let wanted = Preset::of(&self.setup.config);
        if wanted.objective != self.learner.settings().objective {
            self.switch_objective(&wanted.objective)
                .map_err(|error| match error {
                    CommandError::Rejected(reason) => TrainError::Setting(reason),
                    CommandError::Failed(error) => error,
                })?;
        }
        // The objective of another run cannot be returned to.
        self.rollback.set_way_back(None);
        self.learner.adopt_settings(wanted)
    }

    fn read(&self, folder: &Path) -> Result<Checkpoint, TrainError> {
        let model = self.learner.model();
        let [g, d] = model.networks().map(|trained| shapes(trained.network()));
        read_checkpoint(folder, &g, &d)
            // The request is at fault: nothing has failed yet.
            .map_err(|error| TrainError::Setting(error.to_string()))
    }
}
