//! Names of metrics, for what measures them, each written here alone. What shows a metric takes its name from its
//! description, and finds that by its role: `tests/rooms/architecture` looks for these names in viewers.

use super::role::Network;

/// Declares names, and the list of all.
macro_rules! names {
    ($($(#[$about:meta])* $id:ident = $name:literal;)*) => {
        $($(#[$about])* pub const $id: &str = $name;)*

        /// Every name.
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($id),*];
    };
}

names! {
    /// The whole loss of networks that are trained together.
    LOSS = "loss";
    /// The part of that loss for the reconstruction.
    RECONSTRUCTION = "recon";
    /// The part of that loss for the codes: their KL divergence from the prior.
    DIVERGENCE = "kl";
    /// Share of the latent's dimensions that carry information.
    ACTIVE_LATENTS = "active";
    /// The discriminator's or critic's loss.
    D_LOSS = "d_loss";
    /// The generator's loss.
    G_LOSS = "g_loss";
    /// D's mean score of real images.
    D_REAL = "d_real";
    /// D's mean score of generated images.
    D_FAKE = "d_fake";
    /// Share of real images that D recognises.
    ACCURACY_REAL = "acc_real";
    /// Share of generated images that D recognises.
    ACCURACY_FAKE = "acc_fake";
    /// Share of pairs of a real and a generated image that D orders rightly.
    ACCURACY_PAIRS = "acc_pairs";
    /// The critic's estimate of the distance between real and generated images.
    DISTANCE = "wasserstein";
    /// Share of the critic's weights at the clip bound.
    CLIP_SATURATION = "clip_saturation";
    /// Norm of the critic's gradient with respect to its input.
    INPUT_GRADIENT_NORM = "input_grad_norm";
    /// The gradient penalty.
    GRADIENT_PENALTY = "penalty";
    /// The penalty on D's gradient at real images.
    R1_PENALTY = "r1_penalty";
    /// The penalty on D's gradient at generated images.
    R2_PENALTY = "r2_penalty";
    /// Norm of the gradient of the generator or decoder.
    G_GRADIENT_NORM = "g_grad_norm";
    /// Norm of the gradient of the discriminator or encoder.
    D_GRADIENT_NORM = "d_grad_norm";
    /// Size of an update of the generator or decoder over the size of its weights.
    G_UPDATE_RATIO = "g_update_ratio";
    /// Size of an update of the discriminator or encoder over the size of its weights.
    D_UPDATE_RATIO = "d_update_ratio";
    /// Share of images that are augmented before D sees them, where it is adapted.
    AUGMENTED_SHARE = "augment_p";
    /// Learning rate in effect of the generator or decoder.
    G_LEARNING_RATE = "lr_g";
    /// Learning rate in effect of the discriminator or encoder.
    D_LEARNING_RATE = "lr_d";
    /// Variety of samples, as a share of that of the data.
    DIVERSITY = "diversity";
    /// Real images per second.
    IMAGES_PER_S = "images_per_s";
    /// Steps per second.
    STEPS_PER_S = "steps_per_s";
}

impl Network {
    /// Name of the metric of its learning rate in effect.
    #[must_use]
    pub const fn learning_rate(self) -> &'static str {
        match self {
            Self::Generator => G_LEARNING_RATE,
            Self::Discriminator => D_LEARNING_RATE,
        }
    }

    /// Name of the metric of its gradient's norm.
    #[must_use]
    pub const fn gradient_norm(self) -> &'static str {
        match self {
            Self::Generator => G_GRADIENT_NORM,
            Self::Discriminator => D_GRADIENT_NORM,
        }
    }

    /// Name of the metric of the size of its updates.
    #[must_use]
    pub const fn update_ratio(self) -> &'static str {
        match self {
            Self::Generator => G_UPDATE_RATIO,
            Self::Discriminator => D_UPDATE_RATIO,
        }
    }
}
