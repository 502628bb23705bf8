//! A loop of steps and nothing else: what `genai-tui bench train` measures is what a run does.

use candle_core::Device;

use crate::config::{Preset, RunConfig};
use crate::data::{ImageSet, Loader};
use crate::objective;
use crate::protocol::Metrics;
use crate::rng::Stream;
use crate::train::families::StepContext;
use crate::train::pixels::Pixels;
use crate::train::window::Window;
use crate::train::{Model, Streams, TrainError};

/// A run without commands, guards, previews or files: steps alone, from the same seed the same ones as a run's.
pub struct BareRun {
    model: Model,
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
            model: Model::new(objective, config, device)?,
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
        let step = StepContext {
            settings: &self.settings,
            loader: &mut self.loader,
            pixels: &self.pixels,
            streams: &mut self.streams,
            window: &mut self.window,
            ramp: 1.0,
        };
        Ok(self.model.step(step)?.images)
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
