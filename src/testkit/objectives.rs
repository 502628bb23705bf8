//! Descriptions of objectives, with as much as a screen needs.

use crate::metric::{Description, Good, MetricInfo, ObjectiveInfo, Reference, objectives};

fn metric(name: &str, title: &str, panel: &str, good: Good) -> MetricInfo {
    MetricInfo::new(panel, name, title, good, "synthetic")
}

fn objective(
    name: &str,
    title: &str,
    about: &str,
    references: Vec<Reference>,
    probability: bool,
) -> ObjectiveInfo {
    let mut metrics = vec![
        metric("d_loss", "D loss", "loss", Good::Balance),
        metric("g_loss", "G loss", "loss", Good::Balance),
        metric("d_real", "D(x)", "scores", Good::Balance),
        metric("d_fake", "D(G(z))", "scores", Good::Balance),
        metric("acc_real", "acc real", "accuracy", Good::Neutral),
        metric("acc_fake", "acc fake", "accuracy", Good::Neutral),
        metric("d_grad_norm", "grad D", "gradients", Good::Neutral),
        metric("g_grad_norm", "grad G", "gradients", Good::Neutral),
        metric("lr_d", "lr D", "rates", Good::Neutral),
        metric("lr_g", "lr G", "rates", Good::Neutral),
    ];
    // They are judged as those of the real objective.
    let real = objectives::find(name).map(Description::info);
    for metric in &mut metrics {
        if let Some(real) = real.as_ref().and_then(|o| o.metric(&metric.name)) {
            metric.role = real.role;
            metric.network = real.network;
            metric.range = real.range;
            metric.check.clone_from(&real.check);
        }
    }
    ObjectiveInfo {
        name: name.into(),
        title: title.into(),
        about: about.into(),
        metrics,
        references,
        score_is_probability: probability,
    }
}

pub(super) fn gan() -> ObjectiveInfo {
    let balance = |metric: &str| Reference {
        metric: metric.into(),
        value: 2f64.ln(),
        label: "balance ln 2".into(),
    };
    let references = vec![balance("d_loss"), balance("g_loss")];
    objective(
        "gan",
        "GAN",
        "Two players, cross-entropy: D tells real from fake, G learns to be taken for real.",
        references,
        true,
    )
}

pub(super) fn lsgan() -> ObjectiveInfo {
    objective(
        "lsgan",
        "LSGAN",
        "Least squares instead of cross-entropy: gradients do not vanish far from the border.",
        vec![],
        false,
    )
}

pub(super) fn wgan() -> ObjectiveInfo {
    let zero = Reference {
        metric: "d_loss".into(),
        value: 0.0,
        label: "equal distributions".into(),
    };
    objective(
        "wgan",
        "WGAN",
        "A critic with clipped weights estimates the distance between both distributions.",
        vec![zero],
        false,
    )
}

pub(super) fn wgan_gp() -> ObjectiveInfo {
    objective(
        "wgan-gp",
        "WGAN-GP",
        "As WGAN, with a penalty on the critic's gradient in the place of clipping.",
        vec![],
        false,
    )
}
