//! The non-saturating GAN.

use super::shared::{accuracies, cross_entropy, scores, with_shared};
use crate::metric::description::{Description, Networks};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};
use crate::metric::role::Role;

/// The non-saturating GAN.
pub static GAN: Description = Description {
    name: "gan",
    preset: include_str!("../../../configs/gan.toml"),
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
            "D's cross-entropy; ln 2 = 0.693 when D cannot distinguish real from generated, near 0 when it always can",
        )
        .role(Role::DiscriminatorLoss)
        .check(cross_entropy()),
        MetricInfo::new(
            "loss",
            names::G_LOSS,
            "g_loss",
            Good::Balance,
            "G's cross-entropy; rises as D recognises generated images",
        )
        .role(Role::GeneratorLoss),
    ];
    metrics.extend(
        scores(
            Good::Balance,
            "mean probability that D assigns to real images",
            "mean probability that D assigns to generated images",
        )
        .map(|score| score.range(0.0, 1.0)),
    );
    metrics.extend(accuracies(
        "share of real images that D takes for real",
        "share of generated images that D recognises",
        "`set critic.label_smoothing 0.1`",
    ));
    ObjectiveInfo {
        name: GAN.name.to_owned(),
        title: "GAN".to_owned(),
        about: "non-saturating cross-entropy: the original game".to_owned(),
        metrics: with_shared(metrics),
        references: vec![
            Reference::new(names::D_LOSS, std::f64::consts::LN_2, "balance ln 2"),
            Reference::new(names::G_LOSS, std::f64::consts::LN_2, "balance ln 2"),
            Reference::new(names::D_REAL, 0.5, "cannot tell"),
            Reference::new(names::D_FAKE, 0.5, "cannot tell"),
        ],
        score_is_probability: true,
    }
}
