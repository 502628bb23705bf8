//! The GAN with the hinge loss.

use super::shared::{accuracies, scores, with_shared};
use crate::metric::description::{Description, Networks};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};
use crate::metric::role::Role;

/// The GAN with the hinge loss.
pub static HINGE: Description = Description {
    name: "hinge",
    preset: include_str!("../../../configs/hinge.toml"),
    networks: Networks::Adversarial,
    smooths_labels: false,
    info,
};

fn info() -> ObjectiveInfo {
    let mut metrics = vec![
        MetricInfo::new(
            "loss",
            names::D_LOSS,
            "d_loss",
            Good::Balance,
            "by how much D misses its margins; 2 when D cannot distinguish real from generated, 0 when every image is beyond its margin",
        )
        .role(Role::DiscriminatorLoss),
        MetricInfo::new(
            "loss",
            names::G_LOSS,
            "g_loss",
            Good::Balance,
            "minus the mean score of generated images; 0 at balance",
        )
        .role(Role::GeneratorLoss),
    ];
    metrics.extend(scores(
        Good::Balance,
        "mean score of real images; D aims at 1 or more",
        "mean score of generated images; D aims at -1 or less",
    ));
    metrics.extend(accuracies(
        "share of real images scored above 0",
        "share of generated images scored below 0",
        "`set critic.r1 1`",
    ));
    ObjectiveInfo {
        name: HINGE.name.to_owned(),
        title: "Hinge".to_owned(),
        about: "margins of 1: D learns only from images that it is not sure of".to_owned(),
        metrics: with_shared(metrics),
        references: vec![
            Reference::new(names::D_LOSS, 2.0, "balance 2"),
            Reference::new(names::G_LOSS, 0.0, "balance 0"),
            Reference::new(names::D_REAL, 0.0, "cannot tell"),
            Reference::new(names::D_FAKE, 0.0, "cannot tell"),
        ],
        score_is_probability: false,
    }
}
