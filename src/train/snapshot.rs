//! The whole state of a run between two steps: what each part of the trainer saves.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Progress;
use super::classes::Classes;
use super::guards::GuardsState;
use super::journal::JournalState;
use super::learner::{LearnerState, Weights};
use super::quality::QualitySeen;
use super::settings::kind;
use crate::config::ArchKind;
use crate::nn::Architecture;
use crate::protocol::{RunOrigin, Timed};
use crate::shape::ImageShape;

/// Networks and moments on the host, and everything else that decides how the run continues.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The networks.
    pub weights: Weights,
    /// The way back from a switch, while it is open.
    pub way_back: Option<WayBack>,
    /// The rest.
    pub state: RunState,
}

/// The way back from a switch of objective.
#[derive(Debug, Clone, PartialEq)]
pub struct WayBack {
    /// The state before the switch.
    pub before: Arc<Snapshot>,
    /// The last step at which a critical alarm takes the switch back.
    pub until_step: u64,
}

/// Which run a state is of, and on which data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The run's name.
    pub run: String,
    /// The run it was forked from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub origin: Option<RunOrigin>,
    /// Name of the dataset, or the path of its file.
    pub dataset: String,
    /// How many training images it has. `None` in checkpoints of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset_images: Option<u64>,
    /// A digest of its training images. `None` in checkpoints of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset_digest: Option<String>,
    /// The run's seed.
    pub seed: u64,
    /// Dimension of a latent vector.
    pub latent_dim: usize,
    /// The kind of its networks; the tutorial's in checkpoints of earlier versions.
    #[serde(default)]
    pub arch_kind: ArchKind,
    /// Width of the narrowest hidden layer; the tutorial's in checkpoints of earlier versions.
    #[serde(default = "reference_width")]
    pub arch_width: usize,
    /// The modules of a generator of one's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arch_generator: Option<String>,
    /// Those of its discriminator.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arch_discriminator: Option<String>,
    /// The shape of the images; [`ImageShape::MNIST`] in checkpoints of earlier versions.
    #[serde(default)]
    pub image_shape: ImageShape,
    /// The classes that the networks are conditioned on, where they are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub classes: Option<Classes>,
}

impl Identity {
    /// The sizes of its networks.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        Architecture {
            kind: kind(
                self.arch_kind,
                [&self.arch_generator, &self.arch_discriminator],
            ),
            latent_dim: self.latent_dim,
            width: self.arch_width,
            image: self.image_shape,
            classes: self.classes.as_ref().map_or(0, Classes::len),
        }
    }
}

fn reference_width() -> usize {
    ArchKind::Mlp.width()
}

/// What `state.json` holds: the state of each part of the trainer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// Version of the checkpoint format.
    pub format: u32,
    /// Which run it is of.
    #[serde(flatten)]
    pub identity: Identity,
    /// How far the run has come.
    #[serde(flatten)]
    pub progress: Progress,
    /// Seconds of training.
    pub elapsed: f64,
    /// Scripted commands that are still due.
    pub due: Vec<Timed>,
    /// Settings, optimizers, random numbers, position in the data.
    #[serde(flatten)]
    pub learner: LearnerState,
    /// The step until which a critical alarm takes the newest switch back.
    pub guard_until: Option<u64>,
    /// What alarms and conditions remember.
    #[serde(flatten)]
    pub guards: GuardsState,
    /// The open window of metrics, and what was reported last.
    #[serde(flatten)]
    pub journal: JournalState,
    /// What evaluations found.
    #[serde(default)]
    pub quality: QualitySeen,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// Of a fork that was written by version 0.1.0: in a warm-up, with an average, a condition and a way back.
    const SAVED: &str = include_str!("fixtures/state-0.1.0.json");

    #[test]
    fn a_state_of_an_earlier_version_survives_a_round_trip() {
        let state: RunState = serde_json::from_str(SAVED).unwrap();
        assert_eq!(state.identity.run, "child");
        assert_eq!(state.identity.origin.as_ref().unwrap().run, "parent");
        assert_eq!((state.progress.step(), state.progress.images()), (22, 960));
        assert_eq!(
            (state.progress.seq(), state.progress.interventions()),
            (6, 1)
        );
        assert_eq!(state.due.len(), 2);
        assert_eq!(state.learner.settings.objective, "wgan");
        assert_eq!(state.learner.d_optimizer.updates, 10);
        assert_eq!(state.learner.average_steps, Some(20));
        assert_eq!(state.learner.phase.unwrap().warm_up_left, 10);
        assert_eq!(state.guard_until, Some(520));
        assert!(
            state
                .guards
                .rules
                .contains_key("d_loss > -100 for 12: checkpoint")
        );
        assert_eq!(state.journal.window.from_step, 23);
        assert!(state.journal.last_metrics.contains_key("wasserstein"));

        let saved = serde_json::from_str::<serde_json::Value>(SAVED).unwrap();
        let again = serde_json::to_string(&state).unwrap();
        let again: serde_json::Value = serde_json::from_str(&again).unwrap();
        let mut saved = saved.as_object().unwrap().clone();
        // Of the checkpoint, not of the state.
        saved.remove("saved").unwrap();
        saved.remove("last_good").unwrap();
        saved.insert("arch_kind".to_owned(), "mlp".into());
        saved.insert("arch_width".to_owned(), 256.into());
        let augment = saved["settings"]["augment"].as_object_mut().unwrap();
        augment.insert("noise_steps".to_owned(), 0.into());
        for new in ["brightness", "saturation", "contrast", "cutout", "target"] {
            augment.insert(new.to_owned(), 0.0.into());
        }
        augment.insert("ada_images".to_owned(), 500_000.into());
        for penalty in ["r1", "r2"] {
            saved["settings"]["critic"][penalty] = 0.0.into();
        }
        saved["settings"]["critic"]["spectral_norm"] = false.into();
        let shape = serde_json::to_value(ImageShape::MNIST).unwrap();
        saved.insert("image_shape".to_owned(), shape);
        assert_eq!(serde_json::Value::Object(saved), again);
    }
}
