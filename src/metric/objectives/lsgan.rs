//! The least-squares GAN.

use super::shared::{accuracies, scores, with_shared};
use crate::metric::description::{Description, Networks};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};
use crate::metric::role::Role;

/// The least-squares GAN.
pub static LSGAN: Description = Description {
    name: "lsgan",
    preset: include_str!("../../../configs/lsgan.toml"),
    networks: Networks::Adversarial,
    smooths_labels: true,
    info,
};

fn info() -> ObjectiveInfo {
    let mut metrics = vec![
        MetricInfo::new(
            "loss",
            names::D_LOSS,
            "d_loss",
            Good::Balance,
            "D's squared error; 0.25 when D cannot distinguish real from generated, near 0 when it always can",
        )
        .role(Role::DiscriminatorLoss),
        MetricInfo::new(
            "loss",
            names::G_LOSS,
            "g_loss",
            Good::Balance,
            "G's squared error; 0.125 at balance, 0.5 when D recognises every generated image",
        )
        .role(Role::GeneratorLoss),
    ];
    metrics.extend(scores(
        Good::Balance,
        "mean score of real images; D aims at 1",
        "mean score of generated images; D aims at 0, G at 1",
    ));
    metrics.extend(accuracies(
        "share of real images scored above ½",
        "share of generated images scored below ½",
        "`set critic.label_smoothing 0.1`",
    ));
    ObjectiveInfo {
        name: LSGAN.name.to_owned(),
        title: "LSGAN".to_owned(),
        about: "least squares towards 1 and 0: smoother gradients".to_owned(),
        metrics: with_shared(metrics),
        references: vec![
            Reference::new(names::D_LOSS, 0.25, "balance ¼"),
            Reference::new(names::G_LOSS, 0.125, "balance ⅛"),
            Reference::new(names::D_REAL, 0.5, "cannot tell"),
            Reference::new(names::D_FAKE, 0.5, "cannot tell"),
        ],
        score_is_probability: false,
    }
}
