//! The Wasserstein GAN with gradient penalty.

use super::shared::{critic, slope, with_shared};
use crate::metric::description::{Description, Networks};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};

/// The Wasserstein GAN with gradient penalty.
pub static WGAN_GP: Description = Description {
    name: "wgan-gp",
    preset: include_str!("../../../configs/wgan-gp.toml"),
    networks: Networks::Adversarial,
    smooths_labels: false,
    info,
};

fn info() -> ObjectiveInfo {
    let mut metrics = critic();
    metrics.extend(slope());
    ObjectiveInfo {
        name: WGAN_GP.name.to_owned(),
        title: "WGAN-GP".to_owned(),
        about: "Wasserstein distance, critic kept smooth by a gradient penalty".to_owned(),
        metrics: with_shared(metrics),
        references: vec![
            Reference::new(names::D_LOSS, 0.0, "no distance"),
            Reference::new(names::INPUT_GRADIENT_NORM, 1.0, "target"),
        ],
        score_is_probability: false,
    }
}
