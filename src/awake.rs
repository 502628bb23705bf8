//! A clock that stops while this process cannot run.
//!
//! A stopped process (SIGSTOP, `docker pause`) or a suspended machine does not train; counting that time would use up
//! `max_time` and make a fast run look slow. While a [`Watch`] is held, its thread reads the clock ten times a second. If a
//! reading comes much later than the one before, and the process used no processor time in between, the whole process stood
//! still, and the gap is left out. Every call of [`now`] reads the clock as well, so that no caller sees a gap counted after
//! a stop.
//!
//! There is one clock per process. It is monotonic, whatever happens to the wall clock.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

/// Time between two readings of the clock.
const TICK: Duration = Duration::from_millis(100);

/// A process that did not run for this long was stopped. A cgroup quota throttles for less than a second at a time, which is
/// slow training, not a stop.
const STOPPED: Duration = Duration::from_millis(1500);

static CLOCK: Mutex<Option<Clock>> = Mutex::new(None);

/// Time during which this process could run, from an arbitrary start.
#[must_use]
pub fn now() -> Duration {
    with_clock(|clock| clock.look(Look::now())).run
}

/// Time during which it could not, because the machine was suspended or the process stopped, since a [`Watch`] began.
#[must_use]
pub fn missed() -> Duration {
    with_clock(|clock| clock.look(Look::now())).missed
}

/// The seconds since an earlier [`now`].
#[must_use]
pub fn since(then: Duration) -> Duration {
    now().saturating_sub(then)
}

/// Detects gaps until dropped.
#[derive(Debug)]
pub struct Watch {
    _alive: Sender<()>,
}

/// Starts watching. `report` is called with each gap soon after it ends. If no thread can be started, gaps are not left out.
#[must_use]
pub fn watch(report: impl Fn(Duration) + Send + 'static) -> Option<Watch> {
    let (alive, ended) = bounded::<()>(0);
    with_clock(|clock| {
        clock.look(Look::now());
        clock.watchers += 1;
    });
    let spawned = thread::Builder::new()
        .name("awake".to_owned())
        .spawn(move || {
            let mut known = missed();
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let missed = missed();
                if missed > known {
                    report(missed.saturating_sub(known));
                }
                known = missed;
            }
            with_clock(|clock| clock.watchers -= 1);
        });
    if spawned.is_err() {
        with_clock(|clock| clock.watchers -= 1);
        return None;
    }
    Some(Watch { _alive: alive })
}

fn with_clock<T>(what: impl FnOnce(&mut Clock) -> T) -> T {
    let mut clock = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    what(clock.get_or_insert_with(|| Clock::starting(Look::now())))
}

/// A reading of all clocks.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// The machine's monotonic clock, which on some systems continues during suspension.
    at: Instant,
    /// Time the machine has been suspended since boot, if known.
    suspended: Duration,
    /// Processor time of all threads of this process, if known.
    worked: Option<Duration>,
}

#[derive(Debug)]
struct Clock {
    last: Look,
    counted: Counted,
    /// Without a watch, readings are far apart only because no one asks.
    watchers: u32,
    /// Number of threads that can run at once.
    cores: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counted {
    run: Duration,
    missed: Duration,
}

impl Clock {
    fn starting(look: Look) -> Self {
        Self {
            last: look,
            counted: Counted::default(),
            watchers: 0,
            cores: thread::available_parallelism().map_or(1, |n| n.get() as u32),
        }
    }

    fn look(&mut self, now: Look) -> Counted {
        let then = self.last;
        let passed = now.at.saturating_duration_since(then.at);
        if self.watchers == 0 {
            self.counted.run += passed;
        } else {
            let ran = if self.stood_still(passed, &then, &now) {
                TICK
            } else {
                passed
            };
            self.counted.run += ran;
            self.counted.missed += passed.saturating_sub(ran);
            // Most clocks did not count this time at all.
            let suspended = now.suspended.saturating_sub(then.suspended);
            if suspended >= STOPPED {
                self.counted.missed += suspended;
            }
        }
        self.last = now;
        self.counted
    }

    /// Returns whether the whole process stood still for most of the time between two readings. A busy process may
    /// merely have been unable to read the clock.
    fn stood_still(&self, passed: Duration, then: &Look, now: &Look) -> bool {
        let worked = now.worked.zip(then.worked);
        let worked = worked.map_or(Duration::ZERO, |(now, then)| now.saturating_sub(then));
        passed >= STOPPED && worked < TICK * self.cores + passed / 4
    }
}

impl Look {
    #[cfg(target_os = "linux")]
    fn now() -> Self {
        use nix::time::{ClockId, clock_gettime};
        let read = |clock| clock_gettime(clock).ok().map(Duration::from);
        let since_boot = read(ClockId::CLOCK_BOOTTIME).zip(read(ClockId::CLOCK_MONOTONIC));
        Self {
            at: Instant::now(),
            suspended: since_boot.map_or(Duration::ZERO, |(all, awake)| all.saturating_sub(awake)),
            worked: read(ClockId::CLOCK_PROCESS_CPUTIME_ID),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn now() -> Self {
        Self {
            at: Instant::now(),
            suspended: Duration::ZERO,
            worked: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A watched clock and its first reading.
    fn clock() -> (Clock, Look) {
        let look = Look {
            at: Instant::now(),
            suspended: SECOND,
            worked: Some(SECOND),
        };
        let mut clock = Clock::starting(look);
        (clock.watchers, clock.cores) = (1, 2);
        (clock, look)
    }

    #[test]
    fn gaps_are_left_out_but_slow_polls_are_not() {
        let (mut clock, mut look) = clock();
        look.at += SECOND;
        assert_eq!(clock.look(look).run, SECOND);
        // Busy, however late the reading.
        look.at += 10 * SECOND;
        look.worked = look.worked.map(|w| w + 9 * SECOND);
        assert_eq!(clock.look(look).run, 11 * SECOND);
        // Stopped for an hour.
        look.at += 3600 * SECOND;
        let expected = Counted {
            run: 11 * SECOND + TICK,
            missed: (3600 * SECOND).saturating_sub(TICK),
        };
        assert_eq!(clock.look(look), expected);
    }

    #[test]
    fn a_suspended_machine_is_noticed_although_its_clock_stopped() {
        let (mut clock, mut look) = clock();
        look.at += TICK;
        look.suspended += 60 * SECOND;
        let expected = Counted {
            run: TICK,
            missed: 60 * SECOND,
        };
        assert_eq!(clock.look(look), expected);
    }

    #[test]
    fn without_a_watch_all_time_counts() {
        let (mut clock, mut look) = clock();
        clock.watchers = 0;
        look.at += 60 * SECOND;
        assert_eq!(clock.look(look).run, 60 * SECOND);
        assert_eq!(clock.look(look).missed, Duration::ZERO);
    }

    #[test]
    fn the_clock_continues() {
        let then = now();
        let watch = watch(|_| ());
        assert!(watch.is_some());
        assert!(since(then) < 3600 * SECOND);
    }
}
