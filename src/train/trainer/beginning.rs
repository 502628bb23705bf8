//! How a trainer begins: anew, from its own checkpoint, or from another run's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Preset;
use crate::data::Loader;
use crate::protocol::{Body, Metrics, Resumed, RunOrigin, Timed};
use crate::rng::Stream;
use crate::train::checkpoints::format::{CHECKPOINTS, Checkpoint, read_checkpoint, shapes};
use crate::train::trainer::Trainer;
use crate::train::{QualitySeen, Streams, TrainError};

/// How a run begins.
#[derive(Debug, Clone, Default)]
pub enum Beginning {
    /// With new networks.
    #[default]
    New,
    /// It goes on from a checkpoint of its own, as if it had never stopped.
    Resume {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// The highest branch in the record.
        branch: u32,
        /// The highest number of an event in the record.
        seq: u64,
        /// Scripted commands that were added since.
        added: Vec<Timed>,
        /// Whether the record tells of the checkpoint: a process can be killed between the two.
        told: bool,
    },
    /// With the state of another run's checkpoint, as a run of its own with the settings of its configuration.
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
    pub(in crate::train) fn begin(&mut self, beginning: Beginning) -> Result<(), TrainError> {
        match beginning {
            Beginning::New => return Ok(()),
            Beginning::Resume {
                checkpoint,
                branch,
                seq,
                added,
                told,
            } => {
                self.resume(&checkpoint, added, told)?;
                self.branch = branch.max(self.branch) + 1;
                self.after = Some(self.seq);
                self.seq = seq.max(self.seq);
            }
            Beginning::Fork {
                checkpoint,
                origin,
                afresh,
            } => {
                self.fork(&checkpoint, afresh)?;
                self.origin = Some(origin);
            }
        }
        match self.due.front() {
            Some(timed) if timed.step < self.step => Err(TrainError::Setting(format!(
                "--at {timed}: the run goes on from step {}",
                self.step
            ))),
            _ => Ok(()),
        }
    }

    fn resume(&mut self, folder: &Path, added: Vec<Timed>, told: bool) -> Result<(), TrainError> {
        let Checkpoint {
            snapshot,
            good,
            saved,
        } = self.read(folder)?;
        self.go_on_from(&snapshot)?;
        self.know_score(saved.score);
        self.origin.clone_from(&snapshot.state.origin);
        self.due.extend(added);
        self.due.make_contiguous().sort_by_key(|t| t.step);
        self.ring.keep(good.unwrap_or(snapshot));
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let checkpoint = format!("{CHECKPOINTS}/{name}");
        self.last_checkpoint = Some(checkpoint.clone());
        self.untold = (!told).then(|| Body::Checkpoint {
            path: checkpoint.clone(),
            reason: saved.reason.word().to_owned(),
        });
        self.resumed = Some(Resumed {
            step: self.step,
            checkpoint,
        });
        Ok(())
    }

    fn fork(&mut self, folder: &Path, afresh: bool) -> Result<(), TrainError> {
        let Checkpoint { snapshot, .. } = self.read(folder)?;
        let due = std::mem::take(&mut self.due);
        let wanted = std::mem::replace(&mut self.settings, snapshot.state.settings.clone());
        self.go_on_from(&snapshot)?;
        // A run of its own: its record begins here.
        (self.seq, self.branch, self.interventions) = (0, 0, 0);
        (self.rewinds, self.recoveries, self.due) = (0, 0, due);
        self.quality = QualitySeen::default();
        self.rules.restore(&BTreeMap::new());
        self.triggered.clear();
        if afresh {
            self.streams = Streams::new(self.config.seed);
            let shuffle = Stream::new(self.config.seed, "shuffle");
            self.loader = Loader::new(self.pixels.len(), self.config.batch_size, shuffle);
        }
        self.window.restore(Metrics::new())?;
        self.open_window();
        if wanted.objective != self.settings.objective
            && let Err(reason) = self.switch_objective(&wanted.objective)?
        {
            return Err(TrainError::Setting(reason));
        }
        // There is no way back to the objective of another run.
        self.guard = None;
        self.set_settings(wanted)
    }

    /// Trains with these settings of the present objective. An optimizer of another kind begins anew.
    fn set_settings(&mut self, settings: Preset) -> Result<(), TrainError> {
        let (before, now) = (&self.settings.optimizer, &settings.optimizer);
        self.model.set_optimizers(before, now)?;
        self.model.set_average(settings.ema.decay)?;
        self.settings = settings;
        Ok(())
    }

    fn read(&self, folder: &Path) -> Result<Checkpoint, TrainError> {
        let [g, d] = self.model.networks().map(|n| shapes(n.network()));
        read_checkpoint(folder, &g, &d)
            // What was asked for cannot be had: nothing has failed yet.
            .map_err(|error| TrainError::Setting(error.to_string()))
    }
}
