//! Fan-out: every event to every subscriber, without the sender ever waiting.
//!
//! Each subscriber has a backlog of its own. A subscriber that keeps up sees every event. One that does not gets
//! neighbouring step windows merged (no extreme is lost) and only the newest samples; everything else is rare and kept.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use crate::history::History;
use crate::protocol::{Body, Command, Event, Request, Source, merge_steps};

/// Step windows a subscriber may be behind before neighbours are merged.
const STEP_BACKLOG: usize = 512;

/// Where events are published.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    subscribers: Arc<Mutex<Vec<Slot>>>,
}

#[derive(Debug)]
struct Slot {
    backlog: Arc<Mutex<Backlog>>,
    wake: Sender<()>,
}

/// One who watches: wait on [`Subscriber::wake`], then [`Subscriber::drain`].
#[derive(Debug)]
pub struct Subscriber {
    backlog: Arc<Mutex<Backlog>>,
    /// Becomes ready when there is something to drain; disconnected when no event can follow.
    pub wake: Receiver<()>,
}

/// One who commands. Each request gets an id of its own; the answering event carries it.
#[derive(Debug, Clone)]
pub struct Commander {
    requests: Sender<Request>,
    next_id: Arc<AtomicU64>,
    source: Source,
}

/// What a front end needs: events in, commands out. The same for a run in this process and one behind a socket.
#[derive(Debug)]
pub struct Viewer {
    /// Its [`crate::protocol::ViewerInfo::id`].
    pub id: u64,
    /// What happened before it came.
    pub before: Before,
    /// Events in.
    pub events: Subscriber,
    /// Commands out.
    pub commands: Commander,
}

/// What a viewer that comes late must know to show what one that was always there shows. Empty for one that comes first.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// The events that are rare, the newest state and the newest samples, oldest first; step windows are in the history.
    pub events: Vec<Arc<Event>>,
    /// The metrics so far.
    pub history: Option<History>,
}

#[derive(Debug, Default)]
struct Backlog {
    events: VecDeque<Arc<Event>>,
    steps: usize,
    merged: u64,
}

/// A lock whose holder panicked still guards plain data that is valid between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// A hub without subscribers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new subscriber; it sees what is published from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscriber {
        let (wake, woken) = crossbeam_channel::bounded(1);
        let backlog = Arc::default();
        lock(&self.subscribers).push(Slot {
            backlog: Arc::clone(&backlog),
            wake,
        });
        Subscriber {
            backlog,
            wake: woken,
        }
    }

    /// Gives an event to every subscriber. Never waits for one; forgets those that are gone.
    pub fn publish(&self, event: Event) {
        let event = Arc::new(event);
        lock(&self.subscribers).retain(|slot| {
            lock(&slot.backlog).push(Arc::clone(&event));
            !matches!(slot.wake.try_send(()), Err(TrySendError::Disconnected(())))
        });
    }

    /// Lets every subscriber go: each drains what it has and then finds its `wake` disconnected.
    pub fn close(&self) {
        lock(&self.subscribers).clear();
    }
}

impl Subscriber {
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

impl Commander {
    /// A commander whose requests say that `source` asked.
    #[must_use]
    pub fn new(requests: Sender<Request>, source: Source) -> Self {
        Self {
            requests,
            next_id: Arc::new(AtomicU64::new(1)),
            source,
        }
    }

    /// Sends a command and returns the id its answer will carry, or nothing when the trainer is gone.
    #[must_use = "without an id no answer will come"]
    pub fn send(&self, command: Command) -> Option<u64> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.requests
            .send(Request {
                id: Some(id),
                source: self.source,
                command,
            })
            .ok()
            .map(|()| id)
    }
}

impl Backlog {
    fn push(&mut self, event: Arc<Event>) {
        match event.body {
            Body::Step(_) => {
                if self.steps >= STEP_BACKLOG {
                    self.merged += merge_steps(&mut self.events);
                    self.steps = self
                        .events
                        .iter()
                        .filter(|e| matches!(e.body, Body::Step(_)))
                        .count();
                }
                self.steps += 1;
            }
            // The newest picture is the only one worth drawing; one that is kept as a file must reach the record.
            Body::Samples(_) => {
                self.events
                    .retain(|e| !matches!(&e.body, Body::Samples(s) if s.file.is_none()));
            }
            Body::Loading { .. } => self
                .events
                .retain(|e| !matches!(e.body, Body::Loading { .. })),
            _ => {}
        }
        self.events.push_back(event);
    }
}
