//! The Wasserstein GAN with clipped weights.

use super::shared::{clipped, critic, with_shared};
use crate::metric::description::{Description, Networks};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};

/// The Wasserstein GAN with clipped weights.
pub static WGAN: Description = Description {
    name: "wgan",
    preset: include_str!("../../../configs/wgan.toml"),
    networks: Networks::Adversarial,
    smooths_labels: false,
    info,
};

fn info() -> ObjectiveInfo {
    let mut metrics = critic();
    metrics.push(clipped());
    ObjectiveInfo {
        name: WGAN.name.to_owned(),
        title: "WGAN".to_owned(),
        about: "Wasserstein distance, critic kept smooth by clipping its weights".to_owned(),
        metrics: with_shared(metrics),
        references: vec![Reference::new(names::D_LOSS, 0.0, "no distance")],
        score_is_probability: false,
    }
}
