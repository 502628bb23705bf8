//! Measures how long the parts of a step take, for `genai-tui bench`. While it is not running, it costs one check of a
//! flag.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// A part of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Matrix products, including the operations done in registers: bias, activation, derivative.
    Products,
    /// The optimizers.
    Optimizer,
}

/// Time spent in each part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// [`Part::Products`].
    pub products: Duration,
    /// [`Part::Optimizer`].
    pub optimizer: Duration,
}

thread_local! {
    static TIMES: Cell<Option<Times>> = const { Cell::new(None) };
}

/// Starts timing on this thread, from zero.
pub fn start() {
    TIMES.set(Some(Times::default()));
}

/// Stops timing, and returns the times.
#[must_use]
pub fn stop() -> Times {
    TIMES.take().unwrap_or_default()
}

/// Runs `work`, and adds its time if the stopwatch is running on this thread.
pub fn time<R>(part: Part, work: impl FnOnce() -> R) -> R {
    if TIMES.get().is_none() {
        return work();
    }
    let start = Instant::now();
    let result = work();
    let spent = start.elapsed();
    if let Some(mut times) = TIMES.get() {
        match part {
            Part::Products => times.products += spent,
            Part::Optimizer => times.optimizer += spent,
        }
        TIMES.set(Some(times));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_between_start_and_stop() {
        let nap = || std::thread::sleep(Duration::from_millis(2));
        time(Part::Products, nap);
        start();
        assert_eq!(time(Part::Optimizer, || 7), 7);
        time(Part::Optimizer, nap);
        let times = stop();
        assert!(times.optimizer >= Duration::from_millis(2));
        assert_eq!(times.products, Duration::ZERO);
        time(Part::Products, nap);
        assert_eq!(stop(), Times::default());
    }
}
