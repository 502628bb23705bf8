//! When a signal of the training is worth a look: thresholds, as the configuration has them and as viewers are told.

use serde::{Deserialize, Serialize};

/// The thresholds of alarms and of the screen that says how the training goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthLimits {
    /// gan: a loss of D below this is worth a look.
    pub d_loss_low: f64,
    /// gan: below this G has stopped learning from D.
    pub d_loss_hard: f64,
    /// D right this often on real and on drawn images is worth a look.
    pub accuracy_high: f64,
    /// D right this often: G has stopped learning from it.
    pub accuracy_hard: f64,
    /// D right less often than this is too weak to teach.
    pub accuracy_low: f64,
    /// Mean sign of D(x) above which D knows the real images by heart.
    pub overfit: f64,
    /// Norm of a gradient above which it explodes.
    pub grad_high: f64,
    /// The same against its median so far.
    pub grad_jump: f64,
    /// Norm of a gradient below which nothing is learned.
    pub grad_low: f64,
    /// Size of an update over that of the weights, below which nothing moves.
    pub update_low: f64,
    /// The same, above which it moves too fast.
    pub update_high: f64,
    /// Share of weights at the clip bound above which the critic has little to say.
    pub clip_saturation: f64,
    /// Norm of the critic's gradient by its input: from this.
    pub penalty_low: f64,
    /// to this is right.
    pub penalty_high: f64,
    /// Variety of the samples, as a share of that of the data, below which it is worth a look.
    pub diversity_low: f64,
    /// Below this all samples are nearly one image.
    pub diversity_hard: f64,
}

impl Default for HealthLimits {
    fn default() -> Self {
        Self {
            d_loss_low: 0.1,
            d_loss_hard: 0.01,
            accuracy_high: 0.95,
            accuracy_hard: 0.99,
            accuracy_low: 0.55,
            overfit: 0.8,
            grad_high: 100.0,
            grad_jump: 10.0,
            grad_low: 1e-6,
            update_low: 1e-5,
            update_high: 1e-2,
            clip_saturation: 0.95,
            penalty_low: 0.5,
            penalty_high: 2.0,
            diversity_low: 0.6,
            diversity_hard: 0.3,
        }
    }
}
