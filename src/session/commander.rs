//! The way of commands: from whoever commands to the trainer, in this process or behind a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use super::control::Presence;
use super::hub::Hub;
use crate::protocol::{Body, Command, Recorded, Request, Source};

/// The trainer's ear. Requests that go through one desk have ids of their own, whoever sends them.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    requests: Sender<Request>,
    next_id: Arc<AtomicU64>,
}

impl Desk {
    pub fn new(requests: Sender<Request>) -> Self {
        Self {
            requests,
            next_id: Arc::new(AtomicU64::new(1)),
        }
    }

    /// The id of the next request.
    pub fn id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Hands in a request; nothing when the trainer is gone.
    pub fn hand_in(&self, id: u64, source: Source, command: Command) -> Option<u64> {
        self.put(Request {
            id: Some(id),
            source,
            signal: None,
            command,
        })
    }

    /// The same for what a signal asks, which has a name.
    pub fn hand_in_signal(&self, signal: String, command: Command) -> Option<u64> {
        self.put(Request {
            id: Some(self.id()),
            source: Source::Signal,
            signal: Some(signal),
            command,
        })
    }

    fn put(&self, request: Request) -> Option<u64> {
        let id = request.id;
        self.requests.send(request).ok().and(id)
    }
}

/// What a viewer asks of a host in another process.
#[derive(Debug)]
pub(super) enum Wish {
    /// That a command be carried out.
    Command(u64, Command),
    /// Control.
    Control,
}

/// One who commands. Each request gets an id of its own; the answering event carries it.
#[derive(Debug, Clone)]
pub struct Commander {
    way: Way,
    source: Source,
}

#[derive(Debug, Clone)]
enum Way {
    /// To the trainer in this process.
    Direct(Desk),
    /// The same for a viewer, which needs control.
    Present {
        desk: Desk,
        presence: Arc<Presence>,
        hub: Hub,
        subscriber: u64,
    },
    /// To a host in another process.
    Link {
        wishes: Sender<Wish>,
        next_id: Arc<AtomicU64>,
    },
}

impl Commander {
    /// A commander whose requests say that `source` asked.
    #[must_use]
    pub fn new(requests: Sender<Request>, source: Source) -> Self {
        Self::at(Desk::new(requests), source)
    }

    /// The same at a desk that others use too.
    pub(super) fn at(desk: Desk, source: Source) -> Self {
        Self {
            way: Way::Direct(desk),
            source,
        }
    }

    /// A viewer's commander in this process. What it may not do is answered to its subscriber alone.
    pub(super) fn present(desk: Desk, presence: Presence, hub: Hub, subscriber: u64) -> Self {
        Self {
            way: Way::Present {
                desk,
                presence: Arc::new(presence),
                hub,
                subscriber,
            },
            source: Source::Viewer,
        }
    }

    /// A commander whose wishes go over a link.
    pub(super) fn linked(wishes: Sender<Wish>, source: Source) -> Self {
        Self {
            way: Way::Link {
                wishes,
                next_id: Arc::new(AtomicU64::new(1)),
            },
            source,
        }
    }

    /// Sends a command and returns the id its answer will carry, or nothing when the trainer is gone.
    #[must_use = "without an id no answer will come"]
    pub fn send(&self, command: Command) -> Option<u64> {
        match &self.way {
            Way::Direct(desk) => desk.hand_in(desk.id(), self.source, command),
            Way::Present {
                desk,
                presence,
                hub,
                subscriber,
            } => {
                let id = desk.id();
                if let Err(reason) = presence.may_command() {
                    let body = Body::Recorded(Recorded::Rejected {
                        request: Some(id),
                        source: self.source,
                        command,
                        reason,
                    });
                    hub.tell(*subscriber, body);
                    return Some(id);
                }
                desk.hand_in(id, self.source, command)
            }
            Way::Link { wishes, next_id } => {
                let id = next_id.fetch_add(1, Ordering::Relaxed);
                let wish = Wish::Command(id, command);
                wishes.send(wish).ok().map(|()| id)
            }
        }
    }

    /// Asks for control. Who has it is told by the next event about viewers.
    pub fn take_control(&self) {
        match &self.way {
            // One who needs none.
            Way::Direct(_) => {}
            Way::Present { presence, .. } => presence.take_control(),
            Way::Link { wishes, .. } => {
                // A host that is gone has nothing to control.
                let _ = wishes.send(Wish::Control);
            }
        }
    }
}
