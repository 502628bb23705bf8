//! The limits of signals and alarms, which the configuration can change: each with its default, stated here alone.

use serde::{Deserialize, Serialize};

/// A setting of the group `health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthSetting {
    /// Its key: `health.d_loss_low`.
    pub key: &'static str,
    /// Its default, as the command line takes it.
    pub default: &'static str,
    /// One line about it.
    pub about: &'static str,
}

macro_rules! limits {
    ($($name:ident = $default:literal, $about:literal;)*) => {
        /// The limits of signals and alarms.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct HealthLimits {
            $(#[doc = $about] pub $name: f64,)*
        }

        impl Default for HealthLimits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl HealthLimits {
            /// The limit of this name.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $(stringify!($name) => Some(self.$name),)*
                    _ => None,
                }
            }
        }

        /// Every limit as a setting.
        pub const HEALTH_SETTINGS: &[HealthSetting] = &[$(HealthSetting {
            key: concat!("health.", stringify!($name)),
            default: stringify!($default),
            about: $about,
        },)*];
    };
}

limits! {
    d_loss_low = 0.1, "gan: watch a discriminator loss below this";
    d_loss_hard = 0.01, "gan: below this loss G no longer learns from D";
    accuracy_high = 0.95, "Watch D when its accuracy on real and on generated images is above this";
    accuracy_hard = 0.99, "Above this accuracy of D, G no longer learns from it";
    accuracy_low = 0.55, "Below this accuracy D is too weak to teach G";
    overfit = 0.8, "Mean sign of D(x) above which D is probably overfitting (memorising the training set)";
    grad_high = 100.0, "Gradient norm above which gradients explode";
    grad_jump = 10.0, "The same, as a multiple of the median so far";
    grad_low = 1e-6, "Gradient norm below which nothing is learned";
    update_low = 1e-5, "Size of an update over that of the weights, below which nothing moves";
    update_high = 2e-2, "The same, above which training is too fast";
    clip_saturation = 0.95, "Share of weights at the clip bound above which the critic has little capacity left";
    penalty_low = 0.5, "Lower bound of the healthy range of the critic's input-gradient norm";
    penalty_high = 2.0, "Upper bound of the healthy range of the critic's input-gradient norm";
    diversity_low = 0.6, "Watch samples whose variety, as a share of the data's, is below this";
    diversity_hard = 0.3, "Below this variety nearly all samples are the same image";
}
