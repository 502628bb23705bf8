//! The Wasserstein GAN with clipped weights.

use super::shared::{adversarial_networks, critic};
use crate::metric::check::{Check, Edge};
use crate::metric::description::{Description, Networks};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};
use crate::metric::role::Role;

/// The Wasserstein GAN with clipped weights.
pub static WGAN: Description = Description {
    name: "wgan",
    preset: include_str!("../../../configs/wgan.toml"),
    networks: Networks::Adversarial,
    smooths_labels: false,
    info,
};

fn info() -> ObjectiveInfo {
    let saturation = Check::new(
        "clipped weights",
        "enough of the critic's weights are free to move",
    )
    .high(Edge::new(
        "clip_saturation",
        "nearly all weights lie at the clip bound: the critic has little capacity left",
        "`loss wgan-gp` needs no clipping",
    ));
    let mut metrics = critic();
    metrics.push(
        MetricInfo::new(
            "critic",
            names::CLIP_SATURATION,
            "clipped",
            Good::Neutral,
            "share of the critic's weights at the clip; high from the start, a worry only together with a vanishing gradient",
        )
        .role(Role::ClipSaturation)
        .check(saturation),
    );
    metrics.extend(adversarial_networks());
    ObjectiveInfo {
        name: WGAN.name.to_owned(),
        title: "WGAN".to_owned(),
        about: "Wasserstein distance, critic kept smooth by clipping its weights".to_owned(),
        metrics,
        references: vec![Reference::new(names::D_LOSS, 0.0, "no distance")],
        score_is_probability: false,
    }
}
