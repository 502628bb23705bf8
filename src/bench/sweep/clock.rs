//! Simulated time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The time of a simulation, and what was spent since it was last asked for. In microseconds.
#[derive(Debug, Default)]
pub struct Clock {
    now: AtomicU64,
    spent: AtomicU64,
}

impl Clock {
    /// The time.
    #[must_use]
    pub fn now(&self) -> Duration {
        Duration::from_micros(self.now.load(Ordering::Relaxed))
    }

    /// Sets the time; it does not go back.
    pub fn advance_to(&self, now: Duration) {
        self.now.fetch_max(micros(now), Ordering::Relaxed);
    }

    /// Something takes so long.
    pub fn spend(&self, time: Duration) {
        self.spent.fetch_add(micros(time), Ordering::Relaxed);
    }

    /// What was spent since the last call.
    pub fn take_spent(&self) -> Duration {
        Duration::from_micros(self.spent.swap(0, Ordering::Relaxed))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
