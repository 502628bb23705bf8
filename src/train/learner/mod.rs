//! One step of training, and a loop of nothing else: what `genai-tui bench train` measures is what a run does.

use candle_core::Device;

use crate::config::{Preset, RunConfig};
use crate::data::{ImageSet, Loader};
use crate::objective::{self, Family, Objective};
use crate::protocol::Metrics;
use crate::rng::Stream;
use crate::train::pixels::Pixels;
use crate::train::window::Window;
use crate::train::{Model, Streams, TrainError};

/// All that a step works on.
pub(in crate::train) struct Step<'a> {
    pub model: &'a mut Model,
    pub objective: &'a dyn Objective,
    pub settings: &'a Preset,
    pub loader: &'a mut Loader,
    pub pixels: &'a Pixels,
    pub streams: &'a mut Streams,
    pub window: &'a mut Window,
    /// The factor on G's learning rate; at 0, G is frozen.
    pub ramp: f64,
}

/// What a step came to.
pub(in crate::train) struct Stepped {
    /// Real images shown to D.
    pub images: u64,
    /// Whether every loss and every gradient was finite, as far as the host can tell: a device tells when its window is
    /// looked at.
    pub finite: bool,
}

impl Step<'_> {
    /// One step of the objective's family.
    pub fn make(self) -> Result<Stepped, TrainError> {
        let (name, family) = (self.objective.name(), self.objective.family());
        let average = self.settings.ema.decay;
        let (model, window) = (self.model, self.window);
        window.begin_step(self.ramp <= 0.0)?;
        let stepped = match family {
            Family::Adversarial(loss) => {
                let mut stepped = Stepped {
                    images: 0,
                    finite: true,
                };
                let mut rows = 0;
                // `n_critic` updates of D, then one of G, unless it is frozen.
                for _ in 0..self.settings.critic.n_critic.max(1) {
                    let batch = self.loader.next_batch();
                    rows = batch.indices.len();
                    stepped.images += rows as u64;
                    stepped.finite &= model.critic_update(
                        (name, loss),
                        self.settings,
                        (self.pixels, batch.indices),
                        self.streams,
                        window,
                    )?;
                }
                window.push("lr_d", self.settings.optimizer.d.lr);
                if self.ramp > 0.0 {
                    let lr = self.settings.optimizer.g.lr * self.ramp;
                    let (settings, streams) = (self.settings, self.streams);
                    stepped.finite &= model.generator_update(
                        (name, loss),
                        settings,
                        (rows, lr),
                        streams,
                        window,
                    )?;
                    window.push("lr_g", lr);
                }
                stepped
            }
            Family::Variational(loss) => {
                let batch = self.loader.next_batch();
                let finite = model.autoencoder_update(
                    (name, loss),
                    self.settings,
                    (self.pixels, batch.indices),
                    self.streams,
                    window,
                )?;
                window.push("lr_d", self.settings.optimizer.d.lr);
                window.push("lr_g", self.settings.optimizer.g.lr);
                Stepped {
                    images: batch.indices.len() as u64,
                    finite,
                }
            }
        };
        if let Some(followed) = &mut model.average
            && self.ramp > 0.0
        {
            followed.follow(&model.generator, average)?;
        }
        Ok(stepped)
    }
}

/// A run without commands, guards, previews or files: steps alone, from the same seed the same ones as a run's.
pub struct BareRun {
    model: Model,
    objective: &'static dyn Objective,
    settings: Preset,
    loader: Loader,
    pixels: Pixels,
    streams: Streams,
    window: Window,
}

impl BareRun {
    /// Builds networks as a run of this configuration does.
    ///
    /// # Errors
    /// When the objective does not exist, there is no image or the device has no room.
    pub fn new(config: &RunConfig, pixels: ImageSet, device: &Device) -> Result<Self, TrainError> {
        let (Some(objective), false) = (objective::find(&config.objective), pixels.is_empty())
        else {
            return Err(TrainError::Setting(format!(
                "expected an objective and images, found `{}` and {} images",
                config.objective,
                pixels.len()
            )));
        };
        let settings = Preset::of(config);
        Ok(Self {
            model: Model::new(config.latent_dim, config.seed, &settings, device)?,
            objective,
            settings,
            loader: Loader::new(
                pixels.len(),
                config.batch_size,
                Stream::new(config.seed, "shuffle"),
            ),
            pixels: Pixels::new(pixels, device)?,
            streams: Streams::new(config.seed),
            window: Window::new(device)?,
        })
    }

    /// The same with networks that have no activations.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn linear(mut self) -> Result<Self, TrainError> {
        self.model = self.model.linear()?;
        Ok(self)
    }

    /// Makes one step. Gives the number of real images that D was shown.
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(&mut self) -> Result<u64, TrainError> {
        let step = Step {
            model: &mut self.model,
            objective: self.objective,
            settings: &self.settings,
            loader: &mut self.loader,
            pixels: &self.pixels,
            streams: &mut self.streams,
            window: &mut self.window,
            ramp: 1.0,
        };
        Ok(step.make()?.images)
    }

    /// Does the matrix products of one step with a full batch, and nothing between them. Nothing is learnt.
    ///
    /// # Errors
    /// Those of the device.
    pub fn products_alone(&mut self, batch_size: usize) -> Result<(), TrainError> {
        let critic = &self.settings.critic;
        Ok(self.model.products_alone(batch_size, critic)?)
    }

    /// The metrics since they were last taken. On a device other than the CPU this waits for all steps made.
    ///
    /// # Errors
    /// Those of the device.
    pub fn metrics(&mut self) -> Result<Metrics, TrainError> {
        Ok(self.window.take()?)
    }

    /// Whose work the steps are.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        self.model.mode()
    }

    /// Why the device does not do it as fast as it could, if that was found out since this was last asked.
    pub fn take_notice(&mut self) -> Option<String> {
        self.model.take_notice()
    }

    /// The networks.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Floating-point operations of the matrix products of one step with a full batch.
    #[must_use]
    pub fn flop_per_step(&self, batch_size: usize) -> u64 {
        self.model.flop_per_step(batch_size, &self.settings.critic)
    }
}
