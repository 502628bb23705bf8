//! Fan-out: every event to every subscriber, without the sender ever waiting.
//!
//! Each subscriber has its own backlog. A subscriber that keeps up sees every event. One that does not gets
//! neighbouring step windows merged (no extreme is lost) and only the newest samples; everything else is rare and kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use super::digest::{CatchUp, Digest};
use crate::protocol::{Body, Event, Live, Recorded, merge_steps};

/// Step windows a subscriber may be behind before neighbours are merged.
const STEP_BACKLOG: usize = 512;

/// Where events are published.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    subscribers: Vec<Slot>,
    next: u64,
    /// What a viewer that joins late must know, where viewers may join late.
    digest: Option<Digest>,
    /// The newest event of the trainer: where the run is.
    newest: Option<Arc<Event>>,
    closed: bool,
}

#[derive(Debug)]
struct Slot {
    id: u64,
    backlog: Arc<Mutex<Backlog>>,
    wake: Sender<()>,
}

/// Receives events: wait on [`Subscriber::wake`], then [`Subscriber::drain`].
#[derive(Debug)]
pub struct Subscriber {
    id: u64,
    backlog: Arc<Mutex<Backlog>>,
    /// Becomes ready when there is something to drain; disconnected when no event can follow.
    pub wake: Receiver<()>,
}

#[derive(Debug, Default)]
struct Backlog {
    events: VecDeque<Arc<Event>>,
    steps: usize,
    merged: u64,
}

/// A lock whose holder panicked still guards plain data that is valid between any two statements.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// A hub without subscribers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A hub that keeps what a late viewer must know, with what happened before.
    #[must_use]
    pub fn remembering(digest: Digest) -> Self {
        let hub = Self::default();
        lock(&hub.inner).digest = Some(digest);
        hub
    }

    /// A new subscriber; it sees what is published from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscriber {
        lock(&self.inner).subscribe()
    }

    /// A new subscriber, and what happened before it: it misses nothing and sees nothing twice.
    #[must_use]
    pub fn subscribe_late(&self) -> (CatchUp, Subscriber) {
        let mut inner = lock(&self.inner);
        let before = inner
            .digest
            .as_ref()
            .map_or_else(CatchUp::default, Digest::before);
        (before, inner.subscribe())
    }

    /// Sends an event to every subscriber. Never waits for one; drops those that are gone.
    pub fn publish(&self, event: Event) {
        lock(&self.inner).publish(Arc::new(event));
    }

    /// Publishes an event about the run's surroundings, at the run's position.
    pub(super) fn announce(&self, body: impl Into<Body>) {
        let mut inner = lock(&self.inner);
        let event = inner.here(body);
        inner.publish(Arc::new(event));
    }

    /// Sends an event to one subscriber only.
    pub(super) fn tell(&self, subscriber: u64, body: impl Into<Body>) {
        let mut inner = lock(&self.inner);
        let event = Arc::new(inner.here(body));
        inner
            .subscribers
            .retain(|slot| slot.id != subscriber || slot.give(&event));
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn has_subscribers(&self) -> bool {
        let mut inner = lock(&self.inner);
        // Only we still hold the backlog of one that is gone.
        inner
            .subscribers
            .retain(|slot| Arc::strong_count(&slot.backlog) > 1);
        !inner.subscribers.is_empty()
    }

    /// Lets every subscriber go: each drains what it has and then finds its `wake` disconnected.
    pub fn close(&self) {
        let mut inner = lock(&self.inner);
        inner.closed = true;
        inner.subscribers.clear();
    }
}

impl Inner {
    fn subscribe(&mut self) -> Subscriber {
        let (wake, woken) = crossbeam_channel::bounded(1);
        let backlog = Arc::default();
        let id = self.next;
        self.next += 1;
        // Nothing follows any more: its `wake` is disconnected from the start.
        if !self.closed {
            self.subscribers.push(Slot {
                id,
                backlog: Arc::clone(&backlog),
                wake,
            });
        }
        Subscriber {
            id,
            backlog,
            wake: woken,
        }
    }

    fn publish(&mut self, event: Arc<Event>) {
        if let Some(digest) = &mut self.digest {
            digest.take_in(&event);
        }
        self.subscribers.retain(|slot| slot.give(&event));
        let newest = self.newest.as_deref();
        let is_late = newest.is_some_and(|newest| event.is_late(newest.branch, newest.step));
        if !is_late && !matches!(event.body, Body::Recorded(Recorded::Failed { .. })) {
            self.newest = Some(event);
        }
    }

    /// An event at the run's position.
    fn here(&self, body: impl Into<Body>) -> Event {
        let at = self.newest.as_deref().map(Event::position);
        Event::new(at.unwrap_or_default(), body)
    }
}

impl Slot {
    /// Sends it an event; returns whether it is still there.
    fn give(&self, event: &Arc<Event>) -> bool {
        lock(&self.backlog).push(Arc::clone(event));
        !matches!(self.wake.try_send(()), Err(TrySendError::Disconnected(())))
    }
}

impl Subscriber {
    /// Its number among the subscribers of its hub.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// How many events wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        lock(&self.backlog).events.len()
    }

    /// All events since the last call, oldest first.
    #[must_use]
    pub fn drain(&self) -> Vec<Arc<Event>> {
        let mut backlog = lock(&self.backlog);
        backlog.steps = 0;
        backlog.events.drain(..).collect()
    }

    /// How many step windows were merged into a neighbour because this subscriber was slow.
    #[must_use]
    pub fn merged(&self) -> u64 {
        lock(&self.backlog).merged
    }
}

impl Backlog {
    fn push(&mut self, event: Arc<Event>) {
        match event.body {
            Body::Recorded(Recorded::Step(_)) => {
                if self.steps >= STEP_BACKLOG {
                    self.merged += merge_steps(&mut self.events);
                    self.steps = self
                        .events
                        .iter()
                        .filter(|e| matches!(e.body, Body::Recorded(Recorded::Step(_))))
                        .count();
                }
                self.steps += 1;
            }
            // Only the newest picture is worth drawing, but a picture that is kept as a file must reach the record.
            Body::Recorded(Recorded::Samples { .. }) | Body::Live(Live::Samples(_)) => self
                .events
                .retain(|e| !matches!(e.body, Body::Live(Live::Samples(_)))),
            Body::Live(Live::Loading { .. }) => self
                .events
                .retain(|e| !matches!(e.body, Body::Live(Live::Loading { .. }))),
            Body::Live(Live::Output(ref later)) => {
                let waiting = self
                    .events
                    .iter()
                    .position(|e| matches!(e.body, Body::Live(Live::Output(_))));
                if let Some(earlier) = waiting.and_then(|at| self.events.remove(at))
                    && let Body::Live(Live::Output(so_far)) = &earlier.body
                {
                    let mut joined = so_far.clone();
                    joined.add(later);
                    let output = Event::new(event.position(), Live::Output(joined));
                    self.events.push_back(Arc::new(output.timed(event.time)));
                    return;
                }
            }
            Body::Live(Live::Viewers { .. }) => self
                .events
                .retain(|e| !matches!(e.body, Body::Live(Live::Viewers { .. }))),
            _ => {}
        }
        self.events.push_back(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Position, Quality, Warning};

    #[test]
    fn a_late_result_does_not_take_the_position_back() {
        let hub = Hub::new();
        let subscriber = hub.subscribe();
        let at = |step| Position {
            step,
            ..Position::default()
        };
        let note = Recorded::Note {
            text: String::new(),
        };
        hub.publish(Event::new(at(40), note));
        hub.publish(Event::new(at(30), Recorded::Evaluated(Quality::default())));
        hub.announce(Recorded::Warning(Warning::passing("here")));
        let steps: Vec<u64> = subscriber.drain().iter().map(|e| e.step).collect();
        assert_eq!(steps, [40, 30, 40]);
    }
}
