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
    slow: bool,
    /// Carries all frames.
    all: Line,
    /// Carries the frames that answer the user, as if there were no others: a key does not wait for what data has sent, but for what
    /// the keys before it have.
    answers: Line,
}

/// A slow line.
#[derive(Debug, Default)]
struct Line {
    /// When it will have carried what was written.
    free_at: Option<Instant>,
}

impl Line {
    fn carry(&mut self, at: Instant, bytes: u64) {
        let carried = Duration::from_secs_f64(bytes as f64 / BUDGET);
        let from = self.free_at.map_or(at, |free| free.max(at));
        self.free_at = Some((from + carried).min(at + PATIENCE));
    }

    fn wait(&self, now: Instant) -> Duration {
        self.free_at
            .map_or(Duration::ZERO, |free| free.saturating_duration_since(now))
    }
}

impl Pace {
    /// A meter, with a budget if the line is slow.
    pub fn new(slow: bool) -> Self {
        Self {
            count: Rc::default(),
            counted: 0,
            frames: VecDeque::new(),
            slow,
            all: Line::default(),
            answers: Line::default(),
        }
    }

    /// A frame was drawn, which took so long; whether it answered the user.
    pub fn drawn(&mut self, at: Instant, took: Duration, is_answer: bool) {
        let bytes = self.count.get() - self.counted;
        self.counted = self.count.get();
        if self.slow {
            self.all.carry(at, bytes);
            if is_answer {
                self.answers.carry(at, bytes);
            }
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

    /// How long a frame has to wait; whether it answers the user.
    pub fn wait(&self, now: Instant, is_answer: bool) -> Duration {
        let line = if is_answer { &self.answers } else { &self.all };
        line.wait(now)
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

    /// Sends a frame of so many bytes if it need not wait, and returns what was sent.
    fn send(pace: &mut Pace, now: Instant, bytes: u64, is_answer: bool) -> u64 {
        if !pace.wait(now, is_answer).is_zero() {
            return 0;
        }
        pace.count.set(pace.count.get() + bytes);
        pace.drawn(now, Duration::from_millis(1), is_answer);
        bytes
    }

    /// A run that would like a frame of 3 KB every quarter of a second.
    #[test]
    fn a_slow_line_gets_at_most_four_kilobytes_a_second() {
        let begin = Instant::now();
        let mut pace = Pace::new(true);
        let frames = (0..240).map(|tick| {
            let now = begin + Duration::from_millis(250 * tick);
            send(&mut pace, now, 3_000, false)
        });
        let bytes: u64 = frames.sum();
        assert!((200_000..=246_000).contains(&bytes), "{bytes} in a minute");
        let cost = pace.cost();
        assert!(
            (3_000.0..=4_800.0).contains(&cost.bytes_per_second),
            "{cost:?}"
        );
        assert!((cost.frame_ms - 1.0).abs() < 0.01, "{cost:?}");
    }

    /// A key is held down on a screen of a run, which would like a frame every quarter of a second.
    #[test]
    fn keys_and_data_keep_to_the_limit_together() {
        let begin = Instant::now();
        let mut pace = Pace::new(true);
        let mut bytes = 0;
        for tick in 0..1_800 {
            let now = begin + Duration::from_millis(33 * tick);
            if tick % 8 == 0 {
                bytes += send(&mut pace, now, 3_000, false);
            }
            bytes += send(&mut pace, now, 2_000, true);
        }
        assert!((200_000..=246_000).contains(&bytes), "{bytes} in a minute");
    }

    #[test]
    fn a_key_after_a_pause_does_not_wait_for_data() {
        let begin = Instant::now();
        let mut pace = Pace::new(true);
        assert_eq!(send(&mut pace, begin, 12_000, false), 12_000);
        let soon = begin + Duration::from_millis(100);
        assert_eq!(pace.wait(soon, false), Duration::from_millis(2_900));
        assert_eq!(send(&mut pace, soon, 1_000, true), 1_000);
        assert_eq!(pace.wait(soon, true), Duration::from_millis(250));
        // Data waits for both.
        assert_eq!(pace.wait(soon, false), Duration::from_millis(3_150));
    }

    #[test]
    fn a_fast_line_never_waits() {
        let mut pace = Pace::new(false);
        pace.count.set(1_000_000);
        pace.drawn(Instant::now(), Duration::ZERO, true);
        for is_answer in [false, true] {
            assert!(pace.wait(Instant::now(), is_answer).is_zero());
        }
    }
}
