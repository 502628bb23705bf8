//! Declarations of the metrics that several objectives share.

use crate::metric::{Good, MetricInfo, Reference};

/// A declaration in one line.
pub(super) fn metric(panel: &str, name: &str, title: &str, good: Good, about: &str) -> MetricInfo {
    MetricInfo {
        name: name.to_owned(),
        title: title.to_owned(),
        unit: String::new(),
        good,
        about: about.to_owned(),
        panel: panel.to_owned(),
    }
}

/// A reference line in one line.
pub(super) fn reference(metric: &str, value: f64, label: &str) -> Reference {
    Reference {
        metric: metric.to_owned(),
        value,
        label: label.to_owned(),
    }
}

/// What every objective measures: the optimizers' work and the learning rates.
pub(super) fn shared() -> Vec<MetricInfo> {
    vec![
        metric(
            "gradients",
            "d_grad_norm",
            "‖∇D‖",
            Good::Neutral,
            "norm of D's gradient; a sudden rise precedes most collapses",
        ),
        metric(
            "gradients",
            "g_grad_norm",
            "‖∇G‖",
            Good::Neutral,
            "norm of G's gradient; near zero, G has stopped learning",
        ),
        metric(
            "updates",
            "d_update_ratio",
            "Δ/w D",
            Good::Neutral,
            "size of D's update over the size of its weights; about 1e-3 is healthy",
        ),
        metric(
            "updates",
            "g_update_ratio",
            "Δ/w G",
            Good::Neutral,
            "size of G's update over the size of its weights; about 1e-3 is healthy",
        ),
        metric(
            "rates",
            "lr_d",
            "lr D",
            Good::Neutral,
            "D's learning rate in effect",
        ),
        metric(
            "rates",
            "lr_g",
            "lr G",
            Good::Neutral,
            "G's learning rate in effect; it rises over a ramp after a switch",
        ),
    ]
}
