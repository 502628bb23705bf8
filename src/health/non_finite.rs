//! The alarm `non_finite`: a metric is NaN or infinite. Critical at once, because training does not recover from it by
//! itself.

use serde::{Deserialize, Serialize};

use super::AlarmSeen;
use crate::protocol::{Level, Metrics, Stat};

/// Watches every metric.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonFinite {
    open: bool,
}

impl NonFinite {
    /// Takes those of the metrics of one window that `is_judged`. An episode lasts until all values are finite again.
    pub fn observe(
        &mut self,
        metrics: &Metrics,
        is_judged: impl Fn(&str) -> bool,
    ) -> Option<AlarmSeen> {
        let found = metrics
            .iter()
            .filter(|(name, _)| is_judged(name))
            .find_map(|(name, stat)| offender(stat).map(|value| (name, value)));
        let was_open = std::mem::replace(&mut self.open, found.is_some());
        let (name, value) = found.filter(|_| !was_open)?;
        Some(AlarmSeen {
            name: "non_finite",
            level: Level::Critical,
            text: format!(
                "{name} became {value}: the numbers have left the range of floats, and every update from here on \
                 destroys more weights"
            ),
            advice: "going on from the last good state with lower learning rates (`lr /2`) helps most",
        })
    }
}

/// The value of a window that is not finite, if any; the newest first.
fn offender(stat: &Stat) -> Option<f64> {
    [stat.last, stat.min, stat.max, stat.mean]
        .into_iter()
        .find(|value| stat.count > 0 && !value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(value: f64) -> Metrics {
        Metrics::from([
            ("d_loss".to_owned(), Stat::of(0.7)),
            ("g_loss".to_owned(), Stat::of(value)),
        ])
    }

    #[test]
    fn nan_and_infinity_are_reported_once_until_all_is_finite_again() {
        let mut alarm = NonFinite::default();
        assert_eq!(alarm.observe(&metrics(0.7), |_| true), None);
        let seen = alarm.observe(&metrics(f64::NAN), |_| true);
        assert!(
            seen.is_some_and(
                |a| a.level == Level::Critical && a.text.starts_with("g_loss became NaN")
            )
        );
        assert_eq!(alarm.observe(&metrics(f64::INFINITY), |_| true), None);
        assert_eq!(alarm.observe(&metrics(0.7), |_| true), None);
        assert!(
            alarm
                .observe(&metrics(f64::NEG_INFINITY), |_| true)
                .is_some_and(|a| a.text.contains("became -inf"))
        );
    }

    #[test]
    fn a_nan_in_the_middle_of_a_window_is_seen() {
        let mut stat = Stat::of(1.0);
        stat.push(f64::NAN);
        stat.push(1.0);
        let metrics = Metrics::from([("d_loss".to_owned(), stat)]);
        assert!(NonFinite::default().observe(&metrics, |_| true).is_some());
        let is_judged = |name: &str| name != "d_loss";
        assert!(NonFinite::default().observe(&metrics, is_judged).is_none());
    }
}
