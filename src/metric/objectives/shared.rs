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
pub(super) fn adversarial_networks() -> Vec<MetricInfo> {
    networks(&[
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
    ])
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

/// D's accuracy on real and on generated images.
pub(super) fn accuracies(about_real: &str, about_fake: &str) -> [MetricInfo; 2] {
    let overfitting = Check::new(
        "overfitting",
        "mean sign of D(x): D has not memorised the training set; 0.6 is ideal",
    )
    .high(Edge::new(
        "overfit",
        "D is sure of nearly every real image: it is probably overfitting (memorising the training set)",
        "augment what D sees (`set augment.shift 2`)",
    ));
    let accuracy = Check::new(
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
            "slow D down (`lr d /2`), speed G up (`lr g *2`), or `set critic.label_smoothing 0.1`",
        )
        .failing("accuracy_hard"),
    );
    let metric = |name, title, about| {
        MetricInfo::new("accuracy", name, title, Good::Balance, about).range(0.0, 1.0)
    };
    [
        metric(names::ACCURACY_REAL, "acc real", about_real)
            .role(Role::RealAccuracy)
            .check(overfitting),
        metric(names::ACCURACY_FAKE, "acc fake", about_fake)
            .role(Role::FakeAccuracy)
            .check(accuracy),
    ]
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
