//! The networks that are trained, by family: each family is a type with its networks, its losses and its step.

mod adversarial;
mod autoencoder;
mod average;
mod step;
mod streams;
mod trained;
mod update;
mod workspaces;

use candle_core::{Device, Result};

pub use adversarial::{AdaptiveState, Adversarial};
pub use autoencoder::Autoencoder;
pub use average::Average;
pub(super) use step::{StepContext, Updated};
pub use streams::Streams;
pub use trained::Trained;

use super::settings::rule;
use crate::config::{CriticConfig, Optimizers, Preset, RunConfig};
use crate::metric::Networks;
use crate::nn::{Architecture, LayerSpec, Network, Replays, kernels};
use crate::objective::{Family, Objective};

/// The networks of a run with their optimizers.
pub enum Model {
    /// A generator and a discriminator (critic).
    Adversarial(Adversarial),
    /// A decoder and an encoder.
    Autoencoder(Autoencoder),
}

/// An objective trains other networks than these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{objective}` trains {} and {}, this run has {} and {}: `genai-tui --objective {objective}` starts a separate run",
    .expected[0], .expected[1], .found[0], .found[1]
)]
pub struct OtherNetworks {
    objective: &'static str,
    expected: [&'static str; 2],
    found: [&'static str; 2],
}

impl Model {
    /// The reference networks of an objective in these sizes, initialised from the run's seed, with the optimizers of its
    /// configuration.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn new(
        objective: &'static dyn Objective,
        config: &RunConfig,
        sizes: Architecture,
        device: &Device,
    ) -> Result<Self> {
        Ok(match objective.family() {
            Family::Adversarial(loss) => {
                Self::Adversarial(Adversarial::new((objective, loss), config, sizes, device)?)
            }
            Family::Variational(loss) => {
                Self::Autoencoder(Autoencoder::new((objective, loss), config, sizes, device)?)
            }
        })
    }

    /// The networks: first the one that generates images (generator or decoder), then discriminator or encoder.
    #[must_use]
    pub fn networks(&self) -> [&Trained; 2] {
        match self {
            Self::Adversarial(a) => [&a.generator, &a.discriminator],
            Self::Autoencoder(a) => [&a.decoder, &a.encoder],
        }
    }

    /// The networks in the order of [`Model::networks`], to be changed.
    pub(super) fn networks_mut(&mut self) -> [&mut Trained; 2] {
        match self {
            Self::Adversarial(a) => [&mut a.generator, &mut a.discriminator],
            Self::Autoencoder(a) => [&mut a.decoder, &mut a.encoder],
        }
    }

    /// What the networks are called, in checkpoints too, in the order of [`Model::networks`].
    #[must_use]
    pub fn names(&self) -> [&'static str; 2] {
        let networks = match self {
            Self::Adversarial(_) => Networks::Adversarial,
            Self::Autoencoder(_) => Networks::Variational,
        };
        networks.names()
    }

    /// The network that samples are generated with: with averaged weights where an average is kept.
    #[must_use]
    pub fn sampler(&self) -> &Network {
        self.networks()[0].averaged()
    }

    /// The average of the generator's (decoder's) weights, where one is kept.
    #[must_use]
    pub fn average(&self) -> Option<&Average> {
        self.networks()[0].average()
    }

    /// Starts an average of the generator's (decoder's) weights if `decay` is above 0 and there is none yet; drops it if
    /// `decay` is 0.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub(super) fn set_average(&mut self, decay: f64) -> Result<()> {
        let [generating, _] = self.networks_mut();
        generating.set_average(decay)
    }

    /// One step of training.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn step(&mut self, context: StepContext<'_>) -> Result<Updated> {
        match self {
            Self::Adversarial(a) => a.step(context),
            Self::Autoencoder(a) => a.step(context),
        }
    }

    /// The objective that is trained.
    #[must_use]
    pub fn objective(&self) -> &'static dyn Objective {
        match self {
            Self::Adversarial(a) => a.objective,
            Self::Autoencoder(a) => a.objective,
        }
    }

    /// Whether an objective trains these networks.
    ///
    /// # Errors
    /// When it trains others.
    pub fn check_objective(
        &self,
        objective: &dyn Objective,
    ) -> std::result::Result<(), OtherNetworks> {
        match (self, objective.family()) {
            (Self::Adversarial(_), Family::Adversarial(_))
            | (Self::Autoencoder(_), Family::Variational(_)) => Ok(()),
            _ => Err(self.other_networks(objective)),
        }
    }

    fn other_networks(&self, objective: &dyn Objective) -> OtherNetworks {
        OtherNetworks {
            objective: objective.name(),
            expected: objective.description().networks.names(),
            found: self.names(),
        }
    }

    /// Trains by another objective from now on, and changes nothing else.
    ///
    /// # Errors
    /// When it trains other networks.
    pub fn set_objective(
        &mut self,
        objective: &'static dyn Objective,
    ) -> std::result::Result<(), OtherNetworks> {
        match (&mut *self, objective.family()) {
            (Self::Adversarial(a), Family::Adversarial(loss)) => a.set_loss((objective, loss)),
            (Self::Autoencoder(a), Family::Variational(loss)) => a.set_loss((objective, loss)),
            _ => return Err(self.other_networks(objective)),
        }
        Ok(())
    }

    /// Starts to train by these settings after a switch of objective: the optimizers start over, and the discriminator is
    /// brought within `logit_rms`, the root mean square of logits that the objective can bear. Returns the one it had if that
    /// was too large.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn start_over(
        &mut self,
        settings: &Preset,
        logit_rms: Option<f64>,
    ) -> Result<Option<f64>> {
        self.set_average(settings.ema.decay)?;
        let [g, d] = self.networks_mut();
        d.reset_optimizer(rule(&settings.optimizer.d))?;
        g.reset_optimizer(rule(&settings.optimizer.g))?;
        match self {
            Self::Adversarial(a) => a.fit_discriminator(logit_rms, &settings.critic),
            Self::Autoencoder(_) => Ok(None),
        }
    }

    /// Changes the constants of the optimizers. An optimizer of another kind starts over.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn set_optimizers(&mut self, before: &Optimizers, now: &Optimizers) -> Result<()> {
        let [g, d] = self.networks_mut();
        for (trained, before, now) in [(g, &before.g, &now.g), (d, &before.d, &now.d)] {
            if before.kind == now.kind {
                trained.optimizer.rule = rule(now);
            } else {
                trained.reset_optimizer(rule(now))?;
            }
        }
        Ok(())
    }

    /// Begins or ends spectral normalisation of a discriminator's weights.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub(super) fn set_spectral_norm(&mut self, on: bool) -> Result<()> {
        match self {
            Self::Adversarial(a) => a.discriminator.network.set_spectral_norm(on),
            Self::Autoencoder(_) => Ok(()),
        }
    }

    /// Mean square of a discriminator's logits in its newest update, if there was one.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logit_square(&self) -> Result<Option<f32>> {
        match self {
            Self::Adversarial(a) => a.logit_square(),
            Self::Autoencoder(_) => Ok(None),
        }
    }

    /// Sets what [`Model::logit_square`] returns, when a state is restored.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn set_logit_square(&mut self, value: Option<f32>) -> Result<()> {
        match self {
            Self::Adversarial(a) => a.set_logit_square(value),
            Self::Autoencoder(_) => Ok(()),
        }
    }

    /// Adapts the share of images that are augmented, where settings ask for that. Waits for the device.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn adapt(&mut self, settings: &Preset) -> Result<()> {
        match self {
            Self::Adversarial(a) => a.adapt(settings),
            Self::Autoencoder(_) => Ok(()),
        }
    }

    /// What is saved of the share of images that are augmented, where it was adapted.
    ///
    /// # Errors
    /// Those of the device.
    pub fn adaptive(&self) -> Result<Option<AdaptiveState>> {
        match self {
            Self::Adversarial(a) => a.adaptive(),
            Self::Autoencoder(_) => Ok(None),
        }
    }

    /// Sets what [`Model::adaptive`] returns, when a state is restored.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn set_adaptive(&mut self, state: Option<AdaptiveState>) -> Result<()> {
        match self {
            Self::Adversarial(a) => a.set_adaptive(state),
            Self::Autoencoder(_) => Ok(()),
        }
    }

    /// The same sizes without activations.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub(super) fn linear(self) -> Result<Self> {
        Ok(match self {
            Self::Adversarial(a) => Self::Adversarial(a.linear()?),
            Self::Autoencoder(a) => Self::Autoencoder(a.linear()?),
        })
    }

    fn replays(&self) -> &Replays {
        match self {
            Self::Adversarial(a) => &a.replays,
            Self::Autoencoder(a) => &a.replays,
        }
    }

    /// Why a device does not train as fast as it could, if that was found out. Each reason is given once.
    pub(super) fn take_notice(&mut self) -> Option<String> {
        let replays = match self {
            Self::Adversarial(a) => &mut a.replays,
            Self::Autoencoder(a) => &mut a.replays,
        };
        let refusal = replays.take_refusal()?;
        Some(format!(
            "updates are not recorded as CUDA graphs ({refusal}); they are launched kernel by kernel, which takes longer"
        ))
    }

    /// How steps are computed: `native` on the CPU; on a device with kernels of ours `graph`, or `kernels` where no update was
    /// recorded; otherwise `candle`.
    pub(super) fn mode(&self) -> &'static str {
        if self.device().is_cpu() {
            "native"
        } else if self.replays().is_replaying() {
            "graph"
        } else if kernels::are_compiled(self.device()) {
            "kernels"
        } else {
            "candle"
        }
    }

    /// The device that holds the networks.
    #[must_use]
    pub fn device(&self) -> &Device {
        self.networks()[0].network().device()
    }

    /// Numbers that the generator (decoder) takes: those of a latent, and one for each class where it is conditional.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.networks()[0].network().inputs()
    }

    /// The matrix products of one step of `rows` rows and nothing between them: no losses, no optimizers.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn products_alone(&mut self, rows: usize, critic: &CriticConfig) -> Result<()> {
        match self {
            Self::Adversarial(a) => a.products_alone(rows, critic),
            Self::Autoencoder(a) => a.products_alone(rows),
        }
    }

    /// Floating-point operations of the matrix products of one step of `rows` rows.
    pub(super) fn flop_per_step(&self, rows: usize, critic: &CriticConfig) -> u64 {
        let specs = |of: &Trained| of.network().specs().collect::<Vec<_>>();
        let [generating, other] = self.networks().map(specs);
        flop_per_step(self.objective(), [&generating, &other], (rows, critic))
    }
}

/// Multiplications of a row in the layers of a network from number `first` on.
fn products(network: &[LayerSpec], first: usize) -> u64 {
    let layers = network.iter().skip(first).copied();
    layers.map(LayerSpec::products).sum()
}

/// Floating-point operations of the matrix products of one step of `rows` rows with networks of these layers, the one that
/// generates images first.
#[must_use]
pub fn flop_per_step(
    objective: &dyn Objective,
    [generating, other]: [&[LayerSpec]; 2],
    (rows, critic): (usize, &CriticConfig),
) -> u64 {
    match objective.family() {
        Family::Adversarial(loss) => {
            adversarial::flop_per_step(loss, [generating, other], rows, critic)
        }
        Family::Variational(_) => autoencoder::flop_per_step([generating, other], rows),
    }
}
