//! The relativistic pairing GAN.

use super::shared::{accuracy, cross_entropy, scores, with_shared};
use crate::metric::description::{Description, Networks};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::objective::{ObjectiveInfo, Reference};
use crate::metric::role::Role;

/// The relativistic pairing GAN.
pub static RPGAN: Description = Description {
    name: "rpgan",
    preset: include_str!("../../../configs/rpgan.toml"),
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
            "D's cross-entropy in telling which of two images is real, and its penalties; ln 2 = 0.693 when it cannot",
        )
        .role(Role::DiscriminatorLoss)
        .check(cross_entropy()),
        MetricInfo::new(
            "loss",
            names::G_LOSS,
            "g_loss",
            Good::Balance,
            "G's cross-entropy in making D take the generated image of a pair for the real one",
        )
        .role(Role::GeneratorLoss),
    ];
    metrics.extend(scores(
        Good::Neutral,
        "mean score of real images; only its distance from that of generated ones means anything",
        "mean score of generated images; only its distance from that of real ones means anything",
    ));
    metrics.push(
        MetricInfo::new(
            "accuracy",
            names::ACCURACY_PAIRS,
            "acc pairs",
            Good::Balance,
            "share of pairs in which D scores the real image above the generated one; ½ when it cannot tell",
        )
        .role(Role::FakeAccuracy)
        .range(0.0, 1.0)
        .check(accuracy("larger penalties (`set critic.r1`, `set critic.r2`)")),
    );
    ObjectiveInfo {
        name: RPGAN.name.to_owned(),
        title: "RpGAN".to_owned(),
        about: "D compares each real image with a generated one: no mode is worth leaving out"
            .to_owned(),
        metrics: with_shared(metrics),
        references: vec![
            Reference::new(names::D_LOSS, std::f64::consts::LN_2, "balance ln 2"),
            Reference::new(names::G_LOSS, std::f64::consts::LN_2, "balance ln 2"),
            Reference::new(names::ACCURACY_PAIRS, 0.5, "cannot tell"),
        ],
        score_is_probability: false,
    }
}
