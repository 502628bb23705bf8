//! The thread that keeps the record, and how far it has come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use super::hub::{Hub, Subscriber};
use crate::protocol::{Body, Event, Recorded};
use crate::record::{RecordError, Recorder, RunDir};

/// How long a run without a record is silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far the record has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<(Mutex<Position>, Condvar)>);

#[derive(Debug, Default)]
struct Position {
    /// Number of the newest event on disk.
    seq: u64,
    /// Whether there is nothing to wait for: the disk refuses, or the recorder has ended.
    stuck: bool,
}

impl Progress {
    /// Waits until the event of this number is on disk, however long a busy machine takes: a run cannot resume from a
    /// checkpoint that its record does not lead up to. Does not wait for a disk that refuses.
    pub fn wait_for(&self, seq: u64) {
        let (position, changed) = &*self.0;
        let position = position.lock().unwrap_or_else(PoisonError::into_inner);
        // A poisoned lock is nothing to wait for either.
        drop(changed.wait_while(position, |p| p.seq < seq && !p.stuck));
    }

    fn set(&self, seq: u64, stuck: bool) {
        let (position, changed) = &*self.0;
        let mut position = position.lock().unwrap_or_else(PoisonError::into_inner);
        position.seq = position.seq.max(seq);
        position.stuck = stuck;
        changed.notify_all();
    }
}

/// Releases those who wait when the thread ends, however it ends.
struct AtTheEnd<'a>(&'a Progress);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.set(0, true);
    }
}

/// What became of a record.
pub(super) struct Kept {
    /// Whether the run began; otherwise nothing is left of it.
    pub began: bool,
    /// What is missing at the end, and why.
    pub missing: Option<RecordError>,
}

/// Records what `subscriber` sees until the run has ended. `lost` becomes true when another process has taken the run
/// directory over.
pub(super) fn record(
    hub: &Hub,
    subscriber: &Subscriber,
    dir: &RunDir,
    progress: &Progress,
    lost: &AtomicBool,
) -> Kept {
    let _at_the_end = AtTheEnd(progress);
    let mut recorder: Option<Recorder> = None;
    let mut began = false;
    let mut beaten = Instant::now();
    let mut last: Option<Arc<Event>> = None;
    let mut open = true;
    while open {
        open = !matches!(
            subscriber.wake.recv_timeout(Duration::from_secs(1)),
            Err(RecvTimeoutError::Disconnected)
        );
        let mut warnings = Vec::new();
        for event in subscriber.drain() {
            if recorder.is_none() && matches!(event.body, Body::Recorded(Recorded::Started(_))) {
                began = true;
                recorder = Some(Recorder::new(dir));
            }
            if let Some(recorder) = &mut recorder {
                warnings.extend(recorder.handle(&event));
                last = Some(event);
            }
        }
        if let Some(recorder) = &mut recorder {
            warnings.extend(recorder.tick());
            // First of all: waiters must not mistake another process's record for theirs.
            if recorder.is_taken_over() {
                lost.store(true, Ordering::Release);
            }
            let stuck = recorder.is_refused() || recorder.is_taken_over();
            progress.set(recorder.on_disk(), stuck);
        } else if beaten.elapsed() >= PATIENCE {
            // Data may be loaded for minutes before there is anything to record.
            beaten = Instant::now();
            if let Err(RecordError::TakenOver { .. }) = dir.beat() {
                lost.store(true, Ordering::Relaxed);
            }
        }
        for warning in warnings {
            if let Some(event) = &last {
                hub.publish(Event::new(event.position(), Recorded::Warning(warning)));
            }
        }
    }
    let missing = recorder.and_then(|recorder| recorder.finish().err());
    Kept { began, missing }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_checkpoint_waits_for_its_record_unless_the_thread_has_ended() {
        let progress = Progress::default();
        let waiting = |seq| {
            let progress = progress.clone();
            thread::spawn(move || progress.wait_for(seq))
        };
        let (third, fourth) = (waiting(3), waiting(4));
        progress.set(2, false);
        assert!(!third.is_finished() && !fourth.is_finished());
        progress.set(3, false);
        assert!(third.join().is_ok());
        drop(AtTheEnd(&progress));
        assert!(fourth.join().is_ok());
    }
}
