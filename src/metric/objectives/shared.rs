//! Metrics that several objectives share.

use crate::metric::check::{Check, Edge};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::role::{Network, Role};

/// The titles of one network's metrics.
pub(super) struct Titles {
    pub(super) network: Network,
    /// For legends: `D`, `enc`.
    pub(super) short: &'static str,
    /// For signals and sentences: `D`, `encoder`.
    pub(super) long: &'static str,
}

/// The metrics of the optimizers and the learning rates, of a discriminator and a generator.
fn adversarial_networks() -> Vec<MetricInfo> {
    let mut metrics = networks(&[
        Titles {
            network: Network::Discriminator,
            short: "D",
            long: "D",
        },
        Titles {
            network: Network::Generator,
            short: "G",
            long: "G",
        },
    ]);
    metrics.push(augmented_share());
    metrics
}

/// The share of images that adaptive augmentation changes.
fn augmented_share() -> MetricInfo {
    MetricInfo::new(
        "augmentation",
        names::AUGMENTED_SHARE,
        "augmented",
        Good::Neutral,
        "share of images that are augmented before D sees them; rises while D is surer of real images than `augment.target`",
    )
    .range(0.0, 1.0)
    .optional()
}

/// The metrics of the optimizers and the learning rates.
pub(super) fn networks(both: &[Titles; 2]) -> Vec<MetricInfo> {
    let gradients = both.iter().map(gradient_norm);
    let updates = both.iter().map(update_ratio);
    gradients
        .chain(updates)
        .chain(both.iter().map(learning_rate))
        .collect()
}

fn gradient_norm(of: &Titles) -> MetricInfo {
    let about = match of.network {
        Network::Discriminator => "norm of its gradient; a sudden rise precedes most collapses",
        Network::Generator => "norm of its gradient; near zero, nothing is learned any more",
    };
    let about = format!("{}: {about}", of.long);
    let title = format!("∇{}", of.short);
    let check = Check::new(
        &format!("{} gradient", of.long),
        "neither vanishing nor exploding",
    )
    .low(
        Edge::new(
            "grad_low",
            "the gradient has vanished: this network learns nothing",
            "`rewind`, or another objective (`loss NAME`)",
        )
        .failing("grad_low"),
    )
    .high(Edge::new(
        "grad_high",
        "far above its usual size: such a rise precedes most collapses",
        "lower the learning rates (`lr /2`), and `checkpoint` what there is",
    ));
    MetricInfo::new(
        "gradients",
        of.network.gradient_norm(),
        &format!("‖{title}‖"),
        Good::Neutral,
        &about,
    )
    .role(Role::GradientNorm)
    .of(of.network)
    .check(check)
}

fn update_ratio(of: &Titles) -> MetricInfo {
    let check = Check::new(
        &format!("{} updates", of.long),
        "each update moves the weights by a healthy share, about 1e-3",
    )
    .low(Edge::new(
        "update_low",
        "updates are too small to change anything",
        "raise the learning rate (`lr *2`)",
    ))
    .high(Edge::new(
        "update_high",
        "updates are too large and overwrite what was learned",
        "lower the learning rate (`lr /2`)",
    ));
    MetricInfo::new(
        "updates",
        of.network.update_ratio(),
        &format!("Δ/w {}", of.short),
        Good::Neutral,
        &format!(
            "{}: size of an update over the size of the weights; about 1e-3 is healthy",
            of.long
        ),
    )
    .role(Role::UpdateRatio)
    .of(of.network)
    .check(check)
}

fn learning_rate(of: &Titles) -> MetricInfo {
    let about = match of.network {
        Network::Discriminator => "learning rate in effect",
        Network::Generator => "learning rate in effect; rises over a ramp after a switch",
    };
    MetricInfo::new(
        "rates",
        of.network.learning_rate(),
        &format!("lr {}", of.short),
        Good::Neutral,
        &format!("{}: {about}", of.long),
    )
    .role(Role::LearningRate)
    .of(of.network)
}

/// D's scores of real and of generated images.
pub(super) fn scores(good: Good, about_real: &str, about_fake: &str) -> [MetricInfo; 2] {
    [
        MetricInfo::new("scores", names::D_REAL, "D(x)", good, about_real).role(Role::RealScore),
        MetricInfo::new("scores", names::D_FAKE, "D(G(z))", good, about_fake).role(Role::FakeScore),
    ]
}

/// What makes D's cross-entropy too low to teach G anything.
pub(super) fn cross_entropy() -> Check {
    Check::new(
        "D loss",
        "D can still distinguish real from generated, and still makes mistakes; balance is 0.693",
    )
    .low(
        Edge::new(
            "d_loss_low",
            "D distinguishes real from generated almost without error: G learns little from it",
            "slow D down (`lr d /2`), or `loss wgan-gp`",
        )
        .failing("d_loss_hard"),
    )
}

/// What makes D's accuracy, the share of cases in which it is right, too low or too high; with what else helps against the
/// latter.
pub(super) fn accuracy(against_high: &str) -> Check {
    Check::new(
        "D accuracy",
        "D is right more often than not, but not always",
    )
    .low(Edge::new(
        "accuracy_low",
        "D guesses: it is too weak to teach G anything",
        "speed D up (`lr d *2`), or slow G down (`lr g /2`)",
    ))
    .high(
        Edge::new(
            "accuracy_high",
            "D recognises nearly every image: its gradients become useless to G",
            &format!("slow D down (`lr d /2`), speed G up (`lr g *2`), or {against_high}"),
        )
        .failing("accuracy_hard"),
    )
}

/// D's accuracy on real and on generated images, with what else helps where it is too high.
pub(super) fn accuracies(
    about_real: &str,
    about_fake: &str,
    against_high: &str,
) -> [MetricInfo; 2] {
    let overfitting = Check::new(
        "overfitting",
        "mean sign of D(x): D has not memorised the training set; 0.6 is ideal",
    )
    .high(Edge::new(
        "overfit",
        "D is sure of nearly every real image: it is probably overfitting (memorising the training set)",
        "augment what D sees (`set augment.shift 2`)",
    ));
    let metric = |name, title, about| {
        MetricInfo::new("accuracy", name, title, Good::Balance, about).range(0.0, 1.0)
    };
    [
        metric(names::ACCURACY_REAL, "acc real", about_real)
            .role(Role::RealAccuracy)
            .check(overfitting),
        metric(names::ACCURACY_FAKE, "acc fake", about_fake)
            .role(Role::FakeAccuracy)
            .check(accuracy(against_high)),
    ]
}

/// The share of the critic's weights at the clip bound.
pub(super) fn clipped() -> MetricInfo {
    let saturation = Check::new(
        "clipped weights",
        "enough of the critic's weights are free to move",
    )
    .high(Edge::new(
        "clip_saturation",
        "nearly all weights lie at the clip bound: the critic has little capacity left",
        "`loss wgan-gp` needs no clipping",
    ));
    MetricInfo::new(
        "critic",
        names::CLIP_SATURATION,
        "clipped",
        Good::Neutral,
        "share of the critic's weights at the clip; high from the start, a worry only together with a vanishing gradient",
    )
    .role(Role::ClipSaturation)
    .check(saturation)
}

/// The critic's slope between real and generated images, and the penalty that asks for a slope of 1.
pub(super) fn slope() -> [MetricInfo; 2] {
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
    [
        MetricInfo::new(
            "critic",
            names::INPUT_GRADIENT_NORM,
            "‖∇ₓD‖",
            Good::Balance,
            "norm of the critic's gradient with respect to the image; the penalty asks for 1",
        )
        .role(Role::InputGradientNorm)
        .check(slope),
        MetricInfo::new(
            "critic",
            names::GRADIENT_PENALTY,
            "penalty",
            Good::Lower,
            "the gradient penalty, part of d_loss",
        )
        .role(Role::GradientPenalty),
    ]
}

/// Adds what is measured under any adversarial objective: of D's bounds, where a setting asks for one that the objective
/// does not declare itself; of the optimizers; and the learning rates.
pub(super) fn with_shared(mut own: Vec<MetricInfo>) -> Vec<MetricInfo> {
    let at = |name, title, images| {
        MetricInfo::new(
            "critic",
            name,
            title,
            Good::Lower,
            &format!("the penalty on the size of D's gradient at {images} images, part of d_loss"),
        )
        .role(Role::GradientPenalty)
    };
    let bounds = slope().into_iter().chain([
        clipped(),
        at(names::R1_PENALTY, "R1", "real"),
        at(names::R2_PENALTY, "R2", "generated"),
    ]);
    let missing: Vec<MetricInfo> = bounds
        .filter(|bound| own.iter().all(|metric| metric.name != bound.name))
        .map(MetricInfo::optional)
        .collect();
    own.extend(missing);
    own.extend(adversarial_networks());
    own
}

/// What both Wasserstein critics measure.
pub(super) fn critic() -> Vec<MetricInfo> {
    let distance = Check::new(
        "distance",
        "the critic's estimate is positive, as a distance is; its unit is arbitrary",
    )
    .low(Edge::new(
        0.0,
        "the estimate is negative: the critic is worse than none",
        "more critic updates, or slow G down (`lr g /2`)",
    ));
    let mut metrics = vec![
        MetricInfo::new(
            "loss",
            names::D_LOSS,
            "d_loss",
            Good::Neutral,
            "the critic's loss: minus the estimated distance; approaches 0 as generated images improve",
        )
        .role(Role::DiscriminatorLoss),
        MetricInfo::new(
            "loss",
            names::G_LOSS,
            "g_loss",
            Good::Neutral,
            "minus the mean score of generated images; its level means nothing by itself",
        )
        .role(Role::GeneratorLoss),
        MetricInfo::new(
            "scores",
            names::DISTANCE,
            "W estimate",
            Good::Lower,
            "estimated distance between real and generated images, in the critic's arbitrary unit",
        )
        .role(Role::Distance)
        .check(distance),
    ];
    metrics.extend(scores(
        Good::Neutral,
        "mean score of real images, in the critic's arbitrary unit",
        "mean score of generated images, in the critic's arbitrary unit",
    ));
    metrics
}
