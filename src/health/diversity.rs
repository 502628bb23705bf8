//! The alarm `lost_diversity`: images of the fixed latents are more alike than the data, which means mode collapse.

use serde::{Deserialize, Serialize};

use super::AlarmSeen;
use super::episode::{Episode, Floor};
use crate::metric::HealthLimits;
use crate::protocol::Level;

/// A fresh generator turns every latent into nearly the same image. That is not an alarm before this many steps, unless
/// the samples were diverse before.
const GRACE_STEPS: u64 = 2_000;

/// Watches the diversity of samples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostDiversity {
    /// Whether there is diversity to lose.
    armed: bool,
    steps: u64,
    episode: Episode,
}

impl LostDiversity {
    /// Counts training steps.
    pub fn pass(&mut self, steps: u64) {
        self.steps += steps;
    }

    /// Takes the diversity of one set of samples: the mean pairwise distance of samples over that of as many real
    /// images. A value that is not finite is ignored.
    pub fn observe(&mut self, diversity: f64, limits: &HealthLimits) -> Option<AlarmSeen> {
        let floor = Floor {
            warn: limits.diversity_low,
            hard: limits.diversity_hard,
            clear: limits.diversity_low + 0.1,
        };
        if !diversity.is_finite() {
            return None;
        }
        // A value at the edge would be lost again a moment later.
        self.armed |= diversity >= floor.clear || self.steps >= GRACE_STEPS;
        let level = if self.armed {
            self.episode.observe(diversity, &floor)
        } else {
            None
        }?;
        let meaning = match level {
            Level::Warn => "G generates fewer kinds of images than the data has",
            Level::Critical => "G generates nearly the same image for every latent (mode collapse)",
        };
        Some(AlarmSeen {
            name: "lost_diversity",
            level,
            text: format!(
                "the samples are {:.0} % as varied as the data: {meaning}",
                diversity * 100.0
            ),
            advice: "a slower G (`lr g /2`), a checkpoint from before, or a Wasserstein objective (`loss wgan-gp`) may help",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_generator_is_not_an_alarm_during_the_grace_period() {
        let mut alarm = LostDiversity::default();
        assert_eq!(alarm.observe(0.05, &HealthLimits::default()), None);
        alarm.pass(1_999);
        assert_eq!(alarm.observe(0.05, &HealthLimits::default()), None);
        alarm.pass(1);
        assert!(
            alarm
                .observe(0.05, &HealthLimits::default())
                .is_some_and(|a| a.level == Level::Critical && a.text.contains("5 %"))
        );
        assert_eq!(alarm.observe(0.05, &HealthLimits::default()), None);
    }

    #[test]
    fn a_fresh_generator_at_the_edge_of_the_limit_is_not_an_alarm() {
        let mut alarm = LostDiversity::default();
        for diversity in [0.55, 0.61, 0.59, 0.62, 0.58] {
            assert_eq!(alarm.observe(diversity, &HealthLimits::default()), None);
        }
    }

    #[test]
    fn losing_diversity_is_an_alarm_at_any_time() {
        let mut alarm = LostDiversity::default();
        assert_eq!(alarm.observe(0.9, &HealthLimits::default()), None);
        assert!(
            alarm
                .observe(0.5, &HealthLimits::default())
                .is_some_and(|a| a.level == Level::Warn)
        );
        assert!(
            alarm
                .observe(0.2, &HealthLimits::default())
                .is_some_and(|a| a.level == Level::Critical)
        );
        assert_eq!(alarm.observe(f64::NAN, &HealthLimits::default()), None);
        assert_eq!(alarm.observe(0.9, &HealthLimits::default()), None);
        assert!(alarm.observe(0.5, &HealthLimits::default()).is_some());
    }
}
