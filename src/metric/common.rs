//! What the trainer measures under every objective.

use super::check::{Check, Edge};
use super::info::{Good, MetricInfo};
use super::names::{DIVERSITY, IMAGES_PER_S, STEPS_PER_S};
use super::role::Role;

/// The variety of the images of the fixed latents.
#[must_use]
pub fn diversity() -> MetricInfo {
    MetricInfo::new(
        DIVERSITY,
        DIVERSITY,
        "diversity",
        Good::Higher,
        "mean distance between samples over that between real images; 1 is as varied as the data",
    )
    .role(Role::Diversity)
    .check(
        Check::new(
            "diversity",
            "how varied the samples are, as a share of the data's variety",
        )
        .low(
            Edge::new(
                "diversity_low",
                "G generates fewer kinds of images than the data has: mode collapse",
                "slow G down (`lr g /2`), `rewind`, or `loss wgan-gp`",
            )
            .failing("diversity_hard"),
        ),
    )
}

/// Every metric that the trainer measures under every objective.
#[must_use]
pub fn common_metrics() -> Vec<MetricInfo> {
    let pace = |name, title, about| {
        MetricInfo::new("", name, title, Good::Higher, about).role(Role::Throughput)
    };
    vec![
        diversity(),
        pace(IMAGES_PER_S, "images/s", "real images per second"),
        pace(STEPS_PER_S, "steps/s", "steps per second"),
    ]
}
