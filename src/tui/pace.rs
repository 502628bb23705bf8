//! Measures what frames cost, and keeps to a byte budget on a slow line.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::app::Cost;

/// Bytes a second on a slow line.
const BUDGET: f64 = 4_000.0;
/// Maximum wait for a frame, however large the previous one.
const PATIENCE: Duration = Duration::from_secs(6);
/// What is averaged over.
const WINDOW: Duration = Duration::from_secs(5);

/// Counts what goes through it.
#[derive(Debug)]
pub struct Counted<W> {
    out: W,
    count: Rc<Cell<u64>>,
}

impl<W: Write> Counted<W> {
    /// A counter in front of `out`, which adds to `count`.
    pub fn new(out: W, count: Rc<Cell<u64>>) -> Self {
        Self { out, count }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.count.set(self.count.get() + written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// One frame.
#[derive(Debug, Clone, Copy)]
struct Frame {
    at: Instant,
    bytes: u64,
    took: Duration,
    /// Processor time of this thread by then, where that is known.
    cpu: Option<Duration>,
}

/// The meter.
#[derive(Debug)]
pub struct Pace {
    /// Bytes written so far.
    pub count: Rc<Cell<u64>>,
    counted: u64,
    frames: VecDeque<Frame>,
    /// When the line will have carried what was written, if it is slow.
    free_at: Option<Instant>,
    slow: bool,
}

impl Pace {
    /// A meter, with a budget if the line is slow.
    pub fn new(slow: bool) -> Self {
        Self {
            count: Rc::default(),
            counted: 0,
            frames: VecDeque::new(),
            free_at: None,
            slow,
        }
    }

    /// A frame was drawn, which took so long.
    pub fn drawn(&mut self, at: Instant, took: Duration) {
        let bytes = self.count.get() - self.counted;
        self.counted = self.count.get();
        if self.slow {
            let carried = Duration::from_secs_f64(bytes as f64 / BUDGET);
            let from = self.free_at.map_or(at, |free| free.max(at));
            self.free_at = Some((from + carried).min(at + PATIENCE));
        }
        self.frames.push_back(Frame {
            at,
            bytes,
            took,
            cpu: cpu_time(),
        });
        while self.frames.len() > 2
            && self
                .frames
                .front()
                .is_some_and(|f| at.saturating_duration_since(f.at) > WINDOW)
        {
            self.frames.pop_front();
        }
    }

    /// How long a frame without user input has to wait.
    pub fn wait(&self, now: Instant) -> Duration {
        self.free_at
            .map_or(Duration::ZERO, |free| free.saturating_duration_since(now))
    }

    /// Averages over the last seconds.
    pub fn cost(&self) -> Cost {
        let (Some(first), Some(last)) = (self.frames.front(), self.frames.back()) else {
            return Cost::default();
        };
        let seconds = last.at.saturating_duration_since(first.at).as_secs_f64();
        if seconds <= 0.0 {
            return Cost::default();
        }
        let later = self.frames.iter().skip(1);
        let bytes: u64 = later.clone().map(|f| f.bytes).sum();
        let took: f64 = later.map(|f| f.took.as_secs_f64()).sum();
        let count = (self.frames.len() - 1).max(1) as f64;
        let cpu = first.cpu.zip(last.cpu);
        let cpu = cpu.map_or(took, |(a, b)| b.saturating_sub(a).as_secs_f64());
        Cost {
            bytes_per_second: bytes as f64 / seconds,
            frames_per_second: count / seconds,
            frame_ms: took / count * 1e3,
            share: cpu / seconds,
        }
    }
}

/// Processor time of this thread, if the system reports it.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that would like a frame of 3 KB every quarter of a second.
    #[test]
    fn a_slow_line_gets_at_most_four_kilobytes_a_second() {
        let begin = Instant::now();
        let mut pace = Pace::new(true);
        let mut bytes = 0;
        for tick in 0..240 {
            let now = begin + Duration::from_millis(250 * tick);
            if pace.wait(now).is_zero() {
                pace.count.set(pace.count.get() + 3_000);
                pace.drawn(now, Duration::from_millis(1));
                bytes += 3_000;
            }
        }
        assert!((200_000..=246_000).contains(&bytes), "{bytes} in a minute");
        let cost = pace.cost();
        assert!(
            (3_000.0..=4_800.0).contains(&cost.bytes_per_second),
            "{cost:?}"
        );
        assert!((cost.frame_ms - 1.0).abs() < 0.01, "{cost:?}");
    }

    #[test]
    fn a_fast_line_never_waits() {
        let mut pace = Pace::new(false);
        pace.count.set(1_000_000);
        pace.drawn(Instant::now(), Duration::ZERO);
        assert!(pace.wait(Instant::now()).is_zero());
    }
}
