//! When a falling value becomes an alarm: two thresholds, and hysteresis so that one episode is reported once.

use serde::{Deserialize, Serialize};

use crate::protocol::Level;

/// The thresholds of a value that should stay high. `hard` < `warn` < `clear`.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// Below this it is a warning.
    pub warn: f64,
    /// Below this it is critical.
    pub hard: f64,
    /// At or above this the episode is over. Above `warn`, so that a value wavering around `warn` is one episode.
    pub clear: f64,
}

/// What has been reported in the current episode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    reported: Option<Level>,
}

impl Episode {
    /// Takes the next value; returns a level when there is something new to report.
    pub fn observe(&mut self, value: f64, floor: &Floor) -> Option<Level> {
        if value >= floor.clear {
            self.reported = None;
            return None;
        }
        let level = if value < floor.hard {
            Level::Critical
        } else if value < floor.warn {
            Level::Warn
        } else {
            return None;
        };
        let news = match self.reported {
            None => true,
            Some(before) => before == Level::Warn && level == Level::Critical,
        };
        news.then(|| {
            self.reported = Some(level);
            level
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Floor = Floor {
        warn: 0.6,
        hard: 0.3,
        clear: 0.7,
    };

    fn reports(values: &[f64]) -> Vec<Option<Level>> {
        let mut episode = Episode::default();
        values.iter().map(|v| episode.observe(*v, &FLOOR)).collect()
    }

    #[test]
    fn one_episode_is_reported_once_per_level() {
        assert_eq!(
            reports(&[0.9, 0.5, 0.4, 0.2, 0.1, 0.5, 0.2]),
            [
                None,
                Some(Level::Warn),
                None,
                Some(Level::Critical),
                None,
                None,
                None
            ]
        );
    }

    #[test]
    fn a_sudden_fall_is_only_a_critical_alarm() {
        assert_eq!(
            reports(&[0.9, 0.1, 0.5]),
            [None, Some(Level::Critical), None]
        );
    }

    #[test]
    fn a_value_that_wavers_around_the_threshold_is_one_episode() {
        assert_eq!(
            reports(&[0.59, 0.61, 0.59, 0.65, 0.59]),
            [Some(Level::Warn), None, None, None, None]
        );
        assert_eq!(
            reports(&[0.59, 0.71, 0.59]),
            [Some(Level::Warn), None, Some(Level::Warn)]
        );
    }
}
