//! The Wasserstein GAN with gradient penalty.

use super::shared::{adversarial_networks, critic};
use crate::metric::check::{Check, Edge};
use crate::metric::description::{Description, Networks};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};
use crate::metric::role::Role;

/// The Wasserstein GAN with gradient penalty.
pub static WGAN_GP: Description = Description {
    name: "wgan-gp",
    preset: include_str!("../../../configs/wgan-gp.toml"),
    networks: Networks::Adversarial,
    smooths_labels: false,
    info,
};

fn info() -> ObjectiveInfo {
    let slope = Check::new(
        "critic slope",
        "the norm of the critic's gradient is near 1, as the penalty demands",
    )
    .low(Edge::new(
        "penalty_low",
        "the critic is too flat: its estimate is too small",
        "speed D up (`lr d *2`)",
    ))
    .high(Edge::new(
        "penalty_high",
        "the critic is too steep: the penalty does not restrain it",
        "slow D down (`lr d /2`), or a larger critic.gp_weight",
    ));
    let mut metrics = critic();
    metrics.push(
        MetricInfo::new(
            "critic",
            names::INPUT_GRADIENT_NORM,
            "‖∇ₓD‖",
            Good::Balance,
            "norm of the critic's gradient with respect to the image; the penalty asks for 1",
        )
        .role(Role::InputGradientNorm)
        .check(slope),
    );
    metrics.push(
        MetricInfo::new(
            "critic",
            names::GRADIENT_PENALTY,
            "penalty",
            Good::Lower,
            "the gradient penalty, part of d_loss",
        )
        .role(Role::GradientPenalty),
    );
    metrics.extend(adversarial_networks());
    ObjectiveInfo {
        name: WGAN_GP.name.to_owned(),
        title: "WGAN-GP".to_owned(),
        about: "Wasserstein distance, critic kept smooth by a gradient penalty".to_owned(),
        metrics,
        references: vec![
            Reference::new(names::D_LOSS, 0.0, "no distance"),
            Reference::new(names::INPUT_GRADIENT_NORM, 1.0, "target"),
        ],
        score_is_probability: false,
    }
}
