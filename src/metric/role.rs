//! What a metric measures, for programs that must not know it by name.

use serde::{Deserialize, Serialize};

/// What a metric measures. A program that looks for a certain quantity looks for its role; signals are listed in the
/// order of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The whole loss of networks that are trained together.
    Loss,
    /// The discriminator's or critic's loss.
    DiscriminatorLoss,
    /// The generator's loss.
    GeneratorLoss,
    /// The part of the loss that measures the reconstruction.
    Reconstruction,
    /// KL divergence of codes from their prior.
    Divergence,
    /// Share of the latent's dimensions that carry information.
    ActiveLatents,
    /// D's mean score of real images.
    RealScore,
    /// D's mean score of generated images.
    FakeScore,
    /// Share of generated images that D recognises.
    FakeAccuracy,
    /// Share of real images that D recognises.
    RealAccuracy,
    /// The critic's estimate of the distance between real and generated images.
    Distance,
    /// Share of the critic's weights at the clip bound.
    ClipSaturation,
    /// Norm of the critic's gradient with respect to its input.
    InputGradientNorm,
    /// The gradient penalty.
    GradientPenalty,
    /// Norm of a network's gradient.
    GradientNorm,
    /// Size of a network's update over the size of its weights.
    UpdateRatio,
    /// A network's learning rate in effect.
    LearningRate,
    /// Variety of samples, as a share of that of the data.
    Diversity,
    /// Speed of the training.
    Throughput,
    /// Fréchet distance between samples and real images.
    FrechetDistance,
    /// How sure a classifier is of each sample, and how evenly the classes are covered.
    ClassifierScore,
    /// Number of classes among the samples.
    Modes,
    /// Share of samples that look like real images.
    Precision,
    /// Share of real images that samples cover.
    Recall,
    /// Share of real images with a sample in their neighbourhood.
    Coverage,
    /// Share of samples that a classifier is not sure of.
    Unsure,
    /// Anything else, and roles that later versions add.
    #[default]
    #[serde(other)]
    Other,
}

/// Which of the two networks a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// The generator, or a VAE's decoder.
    Generator,
    /// The discriminator or critic, or a VAE's encoder.
    Discriminator,
}

impl Role {
    /// Returns whether it is the whole loss of a network, or of several that are trained together.
    #[must_use]
    pub fn is_loss(self) -> bool {
        matches!(
            self,
            Self::Loss | Self::DiscriminatorLoss | Self::GeneratorLoss
        )
    }
}
