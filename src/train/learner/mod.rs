//! What learns: the networks with their optimizers, the settings they are trained by, the data and the random numbers they
//! use up. A run and `genai-tui bench train` make the same steps with it.

mod change;
mod phase;
mod state;
mod weights;

use candle_core::Device;

pub use phase::Phase;
pub use state::LearnerState;
pub use weights::Weights;

use super::families::{StepContext, Updated};
use super::pixels::Pixels;
use super::settings::architecture;
use super::window::Window;
use super::{Average, Model, Streams, TrainError};
use crate::config::{ArchKind, Preset, RunConfig};
use crate::data::{ImageSet, Loader};
use crate::metric::objectives;
use crate::nn::Architecture;
use crate::objective::{self, Family, Objective};
use crate::protocol::Metrics;
use crate::rng::Stream;

/// Parameters of both networks together, at most.
const MOST_PARAMETERS: u64 = 1_000_000_000;
/// A value and its two moments.
const BYTES_PER_PARAMETER: u64 = 12;

/// Networks and everything that a step of training needs.
pub struct Learner {
    model: Model,
    settings: Preset,
    streams: Streams,
    loader: Loader,
    pixels: Pixels,
    /// Warm-up and ramp after a switch of objective.
    phase: Option<Phase>,
    /// What the steps have measured since it was last taken.
    window: Window,
}

/// The result of a step.
#[derive(Debug, Clone, Copy)]
pub struct Stepped {
    /// Real images shown to the discriminator.
    pub images: u64,
    /// Whether every loss and every gradient was finite, as far as the host knows: a device reports it when its window is
    /// read.
    pub finite: bool,
    /// Whether the generator was frozen.
    pub was_frozen: bool,
}

/// A position in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataPosition {
    /// Epoch, from 1.
    pub epoch: u64,
    /// Batches of it that were used.
    pub batch: u64,
    /// Whether the newest batch was the last of the epoch.
    pub ends_epoch: bool,
}

impl Learner {
    /// Builds the networks of a configuration, with new weights from its seed.
    ///
    /// # Errors
    /// When the objective does not exist, there is no image or the device is out of memory.
    pub fn new(config: &RunConfig, images: ImageSet, device: &Device) -> Result<Self, TrainError> {
        let objective = objective::find(&config.objective).ok_or_else(|| {
            TrainError::Setting(format!(
                "objective: found `{}`, expected one of {}",
                config.objective,
                objectives::names().collect::<Vec<_>>().join(", ")
            ))
        })?;
        if images.is_empty() {
            return Err(TrainError::Setting(format!(
                "dataset `{}` has no images",
                config.dataset
            )));
        }
        check_images(config, &images)?;
        let sizes = architecture(config, &images);
        let settings = Preset::of(config);
        Ok(Self {
            model: Model::new(objective, config, sizes, device)?,
            settings,
            streams: Streams::new(config.seed),
            loader: loader(&images, config),
            pixels: Pixels::new(images, device)?,
            phase: None,
            window: Window::new(device)?,
        })
    }

    /// The networks.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The networks, to be tampered with.
    #[cfg(test)]
    pub(super) fn model_mut(&mut self) -> &mut Model {
        &mut self.model
    }

    /// The metrics' window, to be tampered with.
    #[cfg(all(test, feature = "cuda"))]
    pub(super) fn window_mut(&mut self) -> &mut Window {
        &mut self.window
    }

    /// The objective that is trained.
    #[must_use]
    pub fn objective(&self) -> &'static dyn Objective {
        self.model.objective()
    }

    /// The settings as they are now.
    #[must_use]
    pub fn settings(&self) -> &Preset {
        &self.settings
    }

    /// Warm-up and ramp after a switch of objective, while they last.
    pub(super) fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// The images that are trained on.
    pub(super) fn images(&self) -> &ImageSet {
        self.pixels.images()
    }

    pub(super) fn batches_per_epoch(&self) -> u64 {
        self.loader.batches_per_epoch()
    }

    pub(super) fn position(&self) -> DataPosition {
        let (epoch, batch) = self.loader.position();
        DataPosition {
            epoch,
            batch,
            ends_epoch: self.loader.at_epoch_end(),
        }
    }

    /// Makes one step: `n_critic` updates of the discriminator, then one of the generator, unless it is frozen; or one update
    /// of an autoencoder. `step` is its number in the run, from 1.
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(&mut self, step: u64) -> Result<Stepped, TrainError> {
        let ramp = self.phase.map_or(1.0, |phase| phase.ramp());
        let was_frozen = ramp <= 0.0;
        self.window.begin_step(was_frozen)?;
        let Updated { images, finite } = self.model.step(StepContext {
            step,
            settings: &self.settings,
            loader: &mut self.loader,
            pixels: &self.pixels,
            streams: &mut self.streams,
            window: &mut self.window,
            ramp,
        })?;
        let updates = self.settings.critic.n_critic.max(1) as u64;
        self.phase = self.phase.and_then(|phase| phase.after_step(updates));
        Ok(Stepped {
            images,
            finite,
            was_frozen,
        })
    }

    /// Adapts the share of images that are augmented, where settings ask for that, by what D made of the real ones since this
    /// was last called. Waits for the device.
    pub(super) fn adapt(&mut self) -> Result<(), TrainError> {
        Ok(self.model.adapt(&self.settings)?)
    }

    /// The metrics since they were last taken. On a device other than the CPU this waits for all steps made.
    ///
    /// # Errors
    /// Those of the device.
    pub fn take_metrics(&mut self) -> Result<Metrics, TrainError> {
        Ok(self.window.take()?)
    }

    /// The metrics so far, which stay.
    pub(super) fn peek_metrics(&mut self) -> Result<&Metrics, TrainError> {
        Ok(self.window.peek()?)
    }

    /// Starts the open window over with these values.
    pub(super) fn set_metrics(&mut self, metrics: Metrics) -> Result<(), TrainError> {
        Ok(self.window.restore(metrics)?)
    }

    /// What the newest step measured of the metrics that are `wanted`.
    pub(super) fn newest_metrics(
        &mut self,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(&'static str, f64)>, TrainError> {
        Ok(self.window.of_step(wanted)?)
    }

    /// Returns whether everything that was measured is finite. On a device other than the CPU this waits for all steps
    /// made.
    pub(super) fn is_finite(&mut self) -> Result<bool, TrainError> {
        Ok(self.window.is_finite()?)
    }

    /// What is saved besides the weights.
    pub(super) fn state(&self) -> Result<LearnerState, TrainError> {
        let [generator, discriminator] = self.model.networks();
        Ok(LearnerState {
            settings: self.settings.clone(),
            g_optimizer: generator.optimizer().clone(),
            d_optimizer: discriminator.optimizer().clone(),
            average_steps: self.model.average().map(Average::steps),
            logit_square: self.model.logit_square()?,
            adaptive: self.model.adaptive()?,
            streams: self.streams.clone(),
            loader: self.loader.state(),
            phase: self.phase,
        })
    }

    /// The weights, in the buffers of weights that are of no more use.
    pub(super) fn weights(&self, reused: Weights) -> Result<Weights, TrainError> {
        Ok(Weights::of(&self.model, reused)?)
    }

    /// Puts a state back. What was measured is not part of it: [`Learner::set_metrics`].
    pub(super) fn restore(
        &mut self,
        state: &LearnerState,
        weights: &Weights,
    ) -> Result<(), TrainError> {
        let model = &mut self.model;
        model.set_spectral_norm(state.settings.critic.spectral_norm)?;
        let [g, d] = model.networks_mut();
        g.restore(&weights.generator, &state.g_optimizer)?;
        d.restore(&weights.discriminator, &state.d_optimizer)?;
        if let Some(values) = &weights.singular {
            d.restore_singular_vectors(values)?;
        }
        g.set_average(state.settings.ema.decay)?;
        if let Some(values) = &weights.average {
            g.restore_average(values, state.average_steps.unwrap_or_default())?;
        }
        model.set_logit_square(state.logit_square)?;
        model.set_adaptive(state.adaptive)?;
        if let Some(objective) = objective::find(&state.settings.objective) {
            let set = model.set_objective(objective);
            set.map_err(|e| TrainError::Setting(e.to_string()))?;
        }
        self.settings = state.settings.clone();
        self.streams = state.streams.clone();
        self.loader.restore(&state.loader);
        self.phase = state.phase;
        Ok(())
    }

    /// The same with networks that have no activations.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn linear(mut self) -> Result<Self, TrainError> {
        self.model = self.model.linear()?;
        Ok(self)
    }

    /// Does the matrix products of one step with a full batch, and nothing between them. Nothing is learnt.
    ///
    /// # Errors
    /// Those of the device.
    pub fn products_alone(&mut self, batch_size: usize) -> Result<(), TrainError> {
        let critic = &self.settings.critic;
        Ok(self.model.products_alone(batch_size, critic)?)
    }

    /// Floating-point operations of the matrix products of one step with a full batch.
    #[must_use]
    pub fn flop_per_step(&self, batch_size: usize) -> u64 {
        self.model.flop_per_step(batch_size, &self.settings.critic)
    }

    /// How steps are computed: `native`, `graph`, `kernels` or `candle`.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        self.model.mode()
    }

    /// Why the device is not as fast as it could be, if that was found out since this was last asked.
    pub fn take_notice(&mut self) -> Option<String> {
        self.model.take_notice()
    }
}

/// Checks that a configuration's networks can be trained on these images, before anything is built.
///
/// # Errors
/// When the networks would be too large, or conditional without classes.
pub fn check_images(config: &RunConfig, images: &ImageSet) -> Result<(), TrainError> {
    let sizes = architecture(config, images);
    let name = config.arch.kind.name();
    let parameters = sizes
        .parameters()
        .map_err(|unfit| TrainError::Setting(format!("`--arch {name}` (`arch.kind`): {unfit}")))?;
    check_size(config, &sizes, parameters)?;
    let encodes = objective::find(&config.objective)
        .is_some_and(|objective| matches!(objective.family(), Family::Variational(_)));
    if config.arch.conditional && encodes && config.arch.kind != ArchKind::Mlp {
        let reason = format!(
            "`--conditional` with objective `{}`: found `--arch {name}`, expected mlp",
            config.objective
        );
        return Err(TrainError::Setting(reason));
    }
    if config.arch.conditional {
        check_classes(config, images)
    } else {
        Ok(())
    }
}

/// Networks grow with the number of pixels: beyond what any machine holds, this says so instead of dying of it.
fn check_size(config: &RunConfig, sizes: &Architecture, parameters: u64) -> Result<(), TrainError> {
    if parameters <= MOST_PARAMETERS {
        return Ok(());
    }
    Err(TrainError::Setting(format!(
        "images of {} and `arch.width` {} make networks of {} million parameters, which take {} GB with their \
         moments; expected at most {} million: take smaller images or a smaller `--arch-width`",
        sizes.image,
        config.arch.width,
        parameters / 1_000_000,
        parameters * BYTES_PER_PARAMETER / 1_000_000_000,
        MOST_PARAMETERS / 1_000_000,
    )))
}

/// Checks that networks can be conditioned on the classes of these images.
fn check_classes(config: &RunConfig, images: &ImageSet) -> Result<(), TrainError> {
    let wrong = |found: &str| {
        Err(TrainError::Setting(format!(
            "`--conditional` (`arch.conditional`): {found}"
        )))
    };
    let dataset = &config.dataset;
    match images.classes() {
        0 => wrong(&format!(
            "dataset `{dataset}` has no labels, expected a class for each image, such as a folder for each class"
        )),
        1 => wrong(&format!(
            "all images of dataset `{dataset}` are of one class, expected at least two classes"
        )),
        _ => Ok(()),
    }
}

/// The loader of a run's batches, at the beginning of the data.
fn loader(images: &ImageSet, config: &RunConfig) -> Loader {
    let shuffle = Stream::new(config.seed, "shuffle");
    Loader::new(images, config.batch_size, shuffle)
}
