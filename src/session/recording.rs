//! The thread that keeps the record, and how far it has come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use jiff::Timestamp;

use super::hub::{Hub, Subscriber};
use super::panics;
use crate::protocol::{Body, Event};
use crate::record::{Recorder, RunDir};

/// How long a checkpoint waits for the record before it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far the record has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<(Mutex<Position>, Condvar)>);

#[derive(Debug, Default)]
struct Position {
    /// Number of the newest event on disk.
    seq: u64,
    /// Whether there is nothing to wait for: the disk refuses, or nobody records any more.
    stuck: bool,
}

impl Progress {
    /// Waits until the event of this number is on disk; not for ever, and not for a disk that refuses.
    pub fn wait_for(&self, seq: u64) {
        let (position, changed) = &*self.0;
        let position = position.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether it came or not, the checkpoint is written.
        let _ = changed.wait_timeout_while(position, PATIENCE, |p| p.seq < seq && !p.stuck);
    }

    fn set(&self, seq: u64, stuck: bool) {
        let (position, changed) = &*self.0;
        let mut position = position.lock().unwrap_or_else(PoisonError::into_inner);
        position.seq = position.seq.max(seq);
        position.stuck = stuck;
        changed.notify_all();
    }
}

/// Records what `subscriber` sees until the run has ended. A run that did not begin leaves nothing: says whether it did.
/// `lost` becomes true when another process has taken the run directory over.
pub(super) fn record(
    hub: &Hub,
    subscriber: &Subscriber,
    dir: &RunDir,
    progress: &Progress,
    lost: &AtomicBool,
) -> bool {
    let mut recorder = None;
    let mut last: Option<Arc<Event>> = None;
    let mut open = true;
    while open {
        open = !matches!(
            subscriber.wake.recv_timeout(Duration::from_secs(1)),
            Err(RecvTimeoutError::Disconnected)
        );
        let mut warnings = Vec::new();
        for event in subscriber.drain() {
            if recorder.is_none() && matches!(event.body, Body::Started(_)) {
                match Recorder::new(dir) {
                    Ok(new) => recorder = Some(new),
                    Err(error) => {
                        progress.set(0, true);
                        let text = format!("nothing of this run is recorded: {error}");
                        hub.publish(beside(&event, text));
                        return true;
                    }
                }
            }
            if let Some(recorder) = &mut recorder {
                warnings.extend(recorder.handle(&event));
                last = Some(event);
            }
        }
        if let Some(recorder) = &mut recorder {
            warnings.extend(recorder.tick());
            progress.set(recorder.on_disk(), recorder.is_refused());
            if recorder.is_taken_over() {
                lost.store(true, Ordering::Relaxed);
            }
        }
        for text in warnings {
            if let Some(event) = &last {
                hub.publish(beside(event, text));
            }
        }
    }
    progress.set(0, true);
    // Who watches is gone by now; what is missing stands in the log of the process.
    if let Some(Err(error)) = recorder.map(Recorder::finish) {
        panics::complain(&error.to_string());
    }
    last.is_some()
}

/// A warning at the position of an event.
fn beside(event: &Event, text: String) -> Event {
    Event {
        seq: None,
        after: None,
        time: Timestamp::now(),
        body: Body::Warning { text },
        ..event.clone()
    }
}
