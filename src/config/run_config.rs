//! The keys of a run, as they stand in `config.toml`. Dotted, they are the keys of `--set`.
//!
//! Every field has a row in [`super::KEYS`], which says what it takes; values that break it do not come out of
//! [`super::resolve`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arch::ArchConfig;
use super::duration;
use super::ui::{Frames, Notify, SampleGraphics, ThemeName};
use crate::metric::HealthLimits;
use crate::protocol::{Target, Timed};
use crate::rules::{Condition, Rule};
use crate::shape::Fit;

/// Everything that decides how a run trains. Together with the program it is enough to repeat the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Objective to start with: `gan`, `lsgan`, `hinge`, `rpgan`, `wgan`, `wgan-gp`, `vae`.
    pub objective: String,
    /// Dataset: `auto`, a registry name, or the path of a folder, an archive or an idx, npy or npz file of images.
    pub dataset: String,
    /// Folder that holds datasets, one subfolder each; `None` means the platform's cache directory.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data_dir: Option<PathBuf>,
    /// `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
    pub device: String,
    /// Threads that train; 0 means all physical cores.
    pub threads: usize,
    /// Seed of every random number of the run.
    pub seed: u64,
    /// Real images per D update.
    pub batch_size: usize,
    /// Dimension of a latent vector.
    pub latent_dim: usize,
    /// What is made of its images.
    #[serde(default)]
    pub images: Fit,
    /// Sizes of the networks.
    #[serde(default)]
    pub arch: ArchConfig,
    /// Total epochs; `None` if only steps or time bound the run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub epochs: Option<u64>,
    /// Total steps; the run ends at whichever of its limits comes first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub steps: Option<u64>,
    /// Total time of training.
    #[serde(
        with = "duration::option",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub max_time: Option<Duration>,
    /// Commands due at steps.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub at: Vec<Timed>,
    /// Conditions that fail the run when they hold.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fail_if: Vec<Condition>,
    /// Conditions and what each triggers when it holds.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rules: Vec<Rule>,
    /// The critic's share of a step, and how it is kept in bounds.
    pub critic: CriticConfig,
    /// What D sees of images.
    pub augment: AugmentConfig,
    /// The average of G's weights.
    pub ema: EmaConfig,
    /// The loss of a VAE.
    pub vae: VaeConfig,
    /// One optimizer for each network.
    pub optimizer: Optimizers,
    /// What happens around a switch of objective.
    pub switch: SwitchConfig,
    /// How often metrics are reported.
    pub events: EventsConfig,
    /// How often samples of the fixed latents are generated.
    pub samples: SamplesConfig,
    /// How often samples are judged.
    pub evaluation: EvaluationConfig,
    /// How often the run is saved.
    pub checkpoint: CheckpointConfig,
    /// Going back to earlier states.
    pub rewind: RewindConfig,
    /// Limits of health signals and alarms.
    #[serde(default)]
    pub health: HealthLimits,
    /// What the run does at a signal that is only a warning.
    #[serde(default)]
    pub signals: SignalsConfig,
    /// What is written besides the record.
    #[serde(default)]
    pub record: RecordConfig,
    /// What the machine does.
    pub system: SystemConfig,
    /// The terminal UI.
    pub ui: UiConfig,
    /// Key bindings of the terminal UI, by action.
    #[serde(default)]
    pub keys: BTreeMap<String, String>,
}

impl RunConfig {
    /// Where a run with `images` training images ends.
    #[must_use]
    pub fn target(&self, images: u64) -> Target {
        Target {
            steps: self.steps,
            images: self.epochs.map(|epochs| epochs.saturating_mul(images)),
            seconds: self.max_time.map(|time| time.as_secs_f64()),
        }
    }
}

/// The discriminator's (critic's) part of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriticConfig {
    /// D updates per step.
    pub n_critic: usize,
    /// Weights are clipped to ± this after each D update; 0 is off.
    pub clip: f64,
    /// Weight w of the gradient penalty, w·E(‖∇D‖ − 1)² between real and generated images; 0 is off.
    pub gp_weight: f64,
    /// Weight γ of the penalty γ/2·E‖∇D(x)‖² at real images; 0 is off.
    #[serde(default)]
    pub r1: f64,
    /// The same at generated images.
    #[serde(default)]
    pub r2: f64,
    /// Whether D computes with each weight matrix divided by its largest singular value (spectral normalisation).
    #[serde(default)]
    pub spectral_norm: bool,
    /// One-sided label smoothing (Salimans et al. 2016): the target for real images is 1 minus this; 0 is off.
    #[serde(default)]
    pub label_smoothing: f64,
}

/// Random changes of every image before D sees it, new ones each time, for real and generated images alike, so that they do
/// not reveal where an image is from. All zero is off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentConfig {
    /// Standard deviation of noise on every pixel, which lies in [-1, 1].
    pub noise: f64,
    /// Steps of the run over which the noise falls to 0 in a straight line; 0: it does not fall.
    pub noise_steps: u64,
    /// Pixels that an image is moved by at most, each way.
    pub shift: f64,
    /// Degrees that it is turned by at most, either way.
    pub rotate: f64,
    /// Share that it grows or shrinks by at most.
    pub scale: f64,
    /// What is added to all its values, which lie in [-1, 1], or taken away, at most.
    pub brightness: f64,
    /// Share by which its saturation grows or shrinks at most.
    pub saturation: f64,
    /// Share by which its contrast grows or shrinks at most.
    pub contrast: f64,
    /// Share of each side that is hidden.
    pub cutout: f64,
    /// Mean sign of D's logits of real images that the share of augmented images is adapted to; 0: every image is augmented.
    pub target: f64,
    /// Real images in which that share can go from 0 to 1.
    pub ada_images: u64,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            noise: 0.0,
            noise_steps: 0,
            shift: 0.0,
            rotate: 0.0,
            scale: 0.0,
            brightness: 0.0,
            saturation: 0.0,
            contrast: 0.0,
            cutout: 0.0,
            target: 0.0,
            ada_images: 500_000,
        }
    }
}

impl AugmentConfig {
    /// Returns whether more than noise changes images.
    #[must_use]
    pub fn transforms(&self) -> bool {
        let Self {
            shift,
            rotate,
            scale,
            brightness,
            saturation,
            contrast,
            cutout,
            ..
        } = *self;
        let amounts = [
            shift, rotate, scale, brightness, saturation, contrast, cutout,
        ];
        amounts.iter().any(|amount| *amount > 0.0)
    }

    /// The standard deviation of the noise at a step of the run.
    #[must_use]
    pub fn noise_at(&self, step: u64) -> f64 {
        match self.noise_steps {
            0 => self.noise,
            steps => self.noise * steps.saturating_sub(step) as f64 / steps as f64,
        }
    }
}

/// The exponential moving average of G's weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmaConfig {
    /// Decay per step; 0 is off.
    pub decay: f64,
}

/// The loss of a VAE.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaeConfig {
    /// Weight of the divergence of codes from N(0, 1).
    pub beta: f64,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self { beta: 1.0 }
    }
}

/// Both optimizers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimizers {
    /// The discriminator's.
    pub d: OptimizerConfig,
    /// The generator's.
    pub g: OptimizerConfig,
}

/// Which optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Adam, without weight decay.
    Adam,
    /// `RMSprop` as in `PyTorch`: not centred, no momentum.
    Rmsprop,
}

/// One optimizer's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Which.
    pub kind: OptimizerKind,
    /// Learning rate.
    pub lr: f64,
    /// Adam: decay of the mean of gradients.
    pub beta1: f64,
    /// Adam: decay of the mean of squared gradients. `RMSprop`: its alpha.
    pub beta2: f64,
    /// Added to the denominator.
    pub eps: f64,
}

/// The protocol around a switch of objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchConfig {
    /// D updates with G frozen after a switch that needs them (the first clip saturates most weights).
    pub warm_up_updates: u64,
    /// Steps over which G's learning rate rises to its value after a switch.
    pub ramp_steps: u64,
    /// Steps after a switch within which a critical alarm rolls the run back to before it.
    pub guard_steps: u64,
}

/// Reporting of metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsConfig {
    /// Real batches per step event, counted from the start of each epoch.
    pub every_batches: u64,
}

/// Drawing of the fixed latents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplesConfig {
    /// How many fixed latents.
    pub count: usize,
    /// Steps between sample images.
    pub every_steps: u64,
    /// Steps between sample images that are kept as PNG files; 0 keeps only the last.
    pub keep_every_steps: u64,
}

/// Evaluation of samples during the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationConfig {
    /// Steps between two evaluations; 0 is off.
    pub every_steps: u64,
    /// How many samples are judged, and with how many held-out images they are compared.
    pub samples: usize,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            every_steps: 2000,
            samples: 2000,
        }
    }
}

/// Saving the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointConfig {
    /// Steps between checkpoints; 0 is off.
    pub every_steps: u64,
    /// Time of training between checkpoints; zero is off.
    #[serde(with = "duration")]
    pub every_time: Duration,
    /// How many of the newest interval checkpoints stay on disk; those a person asked for always stay.
    pub keep: usize,
    /// The metric that the best checkpoint is chosen by: `auto` is FID once there was an evaluation, and the diversity of
    /// the samples before; `none` keeps no best one.
    pub best_by: String,
}

/// Going back to states that are kept in memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewindConfig {
    /// Steps between two states that are kept; 0 keeps only the initial state.
    pub every_steps: u64,
    /// How many of the newest are kept, each of about 40 MB.
    pub keep: usize,
    /// How often an unattended run rewinds by itself after numbers that are not finite, before it ends.
    pub recoveries: u32,
}

/// What the run does at a signal whose meaning is the user's. Schedulers send these before they end a job, and some of
/// them in order to have a checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignalsConfig {
    /// At SIGUSR1.
    pub usr1: AtSignal,
    /// At SIGUSR2.
    pub usr2: AtSignal,
}

/// What a run does at a signal: `checkpoint` or `stop`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtSignal {
    /// Saves a checkpoint and continues.
    #[default]
    Checkpoint,
    /// Saves a checkpoint and ends.
    Stop,
}

/// What is written besides the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordConfig {
    /// Whether event files for TensorBoard are.
    #[serde(default)]
    pub tensorboard: bool,
}

/// What the machine does, and what it costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemConfig {
    /// Time between two looks that are recorded; zero records only the last.
    #[serde(with = "duration")]
    pub record_every_time: Duration,
    /// Watts of a core at full load, where no counter tells.
    pub watts_per_core: f64,
    /// Grams of carbon dioxide equivalent that the grid emits for a kilowatt-hour.
    pub gco2_per_kwh: f64,
    /// Power usage effectiveness of the building.
    pub pue: f64,
}

/// The terminal UI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UiConfig {
    /// Frames a second for data at the most.
    pub fps: u32,
    /// Whether to keep to a few kilobytes a second.
    #[serde(default)]
    pub low_bandwidth: bool,
    /// Its colours.
    #[serde(default)]
    pub theme: ThemeName,
    /// How samples are drawn.
    #[serde(default)]
    pub graphics: SampleGraphics,
    /// Which characters frames are drawn with.
    #[serde(default)]
    pub frames: Frames,
    /// How to notify a person of an alarm.
    #[serde(default)]
    pub notify: Notify,
    /// Whether the mouse is used.
    #[serde(default = "yes")]
    pub mouse: bool,
    /// How long the dashboard stays open after the run has reached its end, if no key was ever pressed; zero is forever.
    #[serde(with = "duration", default = "a_minute")]
    pub close_after: Duration,
}

fn a_minute() -> Duration {
    Duration::from_secs(60)
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_falls_to_zero_in_a_straight_line_or_stays() {
        let noise = |noise_steps, step| {
            let config = AugmentConfig {
                noise: 0.8,
                noise_steps,
                ..AugmentConfig::default()
            };
            (config.noise_at(step) * 1e6).round()
        };
        assert_eq!(
            [0, 1, 1_000_000].map(|step| noise(0, step) as u32),
            [800_000; 3]
        );
        assert_eq!(
            [0, 250, 1000, 2000].map(|step| noise(1000, step) as u32),
            [800_000, 600_000, 0, 0]
        );
    }
}
