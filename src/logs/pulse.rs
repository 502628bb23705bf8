//! How often a log is written to, by its own account.

use super::about::timestamp;
use jiff::Timestamp;

/// Pauses that are remembered: the newest.
const PAUSES: usize = 32;
/// Times that differ by less are those of one write, in seconds.
const ONE_WRITE: f64 = 1e-3;

/// The times at which points were written, as far as the log says them.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulse {
    newest: Option<f64>,
    pauses: Vec<f64>,
    at: usize,
}

impl Pulse {
    /// A point was written at this time.
    pub fn beat(&mut self, time: f64) {
        let Some(newest) = self.newest else {
            self.newest = Some(time);
            return;
        };
        let pause = time - newest;
        // Parts of a run that are read later begin anew.
        if pause < ONE_WRITE || !pause.is_finite() {
            return;
        }
        self.newest = Some(time);
        if self.pauses.len() < PAUSES {
            self.pauses.push(pause);
        } else if let Some(place) = self.pauses.get_mut(self.at) {
            *place = pause;
            self.at = (self.at + 1) % PAUSES;
        }
    }

    /// When the newest point was written, and the longest of the newest pauses between two, in seconds.
    pub fn rate(&self) -> Option<(Timestamp, f64)> {
        let longest = self.pauses.iter().copied().reduce(f64::max)?;
        Some((timestamp(self.newest?)?, longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_the_newest_pauses_is_known() {
        let mut pulse = Pulse::default();
        for time in [1e9, 1e9, 1e9 + 500.0] {
            pulse.beat(time);
        }
        let longest = |pulse: &Pulse| pulse.rate().map(|(_, longest)| longest);
        assert_eq!(longest(&pulse), Some(500.0));
        for step in 1..=40 {
            pulse.beat(1e9 + 500.0 + f64::from(step) * 2.0);
        }
        // An earlier time is that of another part.
        pulse.beat(1e9);
        assert_eq!(longest(&pulse), Some(2.0));
        assert_eq!(
            pulse.rate().map(|(at, _)| at.as_second()),
            Some(1_000_000_580)
        );
        assert!(Pulse::default().rate().is_none());
    }
}
