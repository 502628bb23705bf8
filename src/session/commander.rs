//! Sends commands to the trainer, in this process or through a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use super::control::Presence;
use super::hub::Hub;
use super::window::Window;
use crate::protocol::{Body, Command, Recorded, Request, Source};

/// Sends requests to the trainer. Clones share one sequence of ids, so that no two requests have the same.
#[derive(Debug, Clone)]
pub(super) struct RequestSender {
    requests: Sender<Request>,
    next_id: Arc<AtomicU64>,
    window: Window,
}

impl RequestSender {
    pub fn new(requests: Sender<Request>) -> Self {
        Self {
            requests,
            next_id: Arc::new(AtomicU64::new(1)),
            window: Window::default(),
        }
    }

    /// Where the size of the output's place is said.
    pub fn window(&self) -> Window {
        self.window.clone()
    }

    /// The id of the next request.
    pub fn id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends a request and returns its id; `None` if the trainer has ended.
    pub fn send(&self, id: u64, source: Source, command: Command) -> Option<u64> {
        self.forward(Request {
            id: Some(id),
            source,
            signal: None,
            command,
        })
    }

    /// The same for a signal, with its name.
    pub fn send_signal(&self, signal: String, command: Command) -> Option<u64> {
        self.forward(Request {
            id: Some(self.id()),
            source: Source::Signal,
            signal: Some(signal),
            command,
        })
    }

    fn forward(&self, request: Request) -> Option<u64> {
        let id = request.id;
        self.requests.send(request).ok().and(id)
    }
}

/// What a viewer asks of a host in another process.
#[derive(Debug)]
pub(super) enum ViewerRequest {
    /// Carry out a command.
    Command(u64, Command),
    /// Take control.
    Control,
    /// Output is shown in so many columns and rows.
    Window(u16, u16),
}

/// Sends commands for one source. Each request gets a unique id, which the answering event carries.
#[derive(Debug, Clone)]
pub struct Commander {
    route: Route,
    source: Source,
}

#[derive(Debug, Clone)]
enum Route {
    /// To the trainer in this process.
    Direct(RequestSender),
    /// The same for a viewer, which needs control.
    Present {
        sender: RequestSender,
        presence: Arc<Presence>,
        hub: Hub,
        subscriber: u64,
    },
    /// To a host in another process.
    Link {
        requests: Sender<ViewerRequest>,
        next_id: Arc<AtomicU64>,
    },
}

impl Commander {
    /// A commander whose requests say that `source` asked.
    #[must_use]
    pub fn new(requests: Sender<Request>, source: Source) -> Self {
        Self::at(RequestSender::new(requests), source)
    }

    /// The same with a sender that others use too.
    pub(super) fn at(sender: RequestSender, source: Source) -> Self {
        Self {
            route: Route::Direct(sender),
            source,
        }
    }

    /// A viewer's commander in this process. What it may not do is answered to its subscriber alone.
    pub(super) fn present(
        sender: RequestSender,
        presence: Presence,
        hub: Hub,
        subscriber: u64,
    ) -> Self {
        Self {
            route: Route::Present {
                sender,
                presence: Arc::new(presence),
                hub,
                subscriber,
            },
            source: Source::Viewer,
        }
    }

    /// A commander whose requests go over a link.
    pub(super) fn linked(requests: Sender<ViewerRequest>, source: Source) -> Self {
        Self {
            route: Route::Link {
                requests,
                next_id: Arc::new(AtomicU64::new(1)),
            },
            source,
        }
    }

    /// Sends a command and returns the id its answer will carry, or nothing when the trainer is gone.
    #[must_use = "without an id no answer will come"]
    pub fn send(&self, command: Command) -> Option<u64> {
        match &self.route {
            Route::Direct(sender) => sender.send(sender.id(), self.source, command),
            Route::Present {
                sender,
                presence,
                hub,
                subscriber,
            } => {
                let id = sender.id();
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
                sender.send(id, self.source, command)
            }
            Route::Link { requests, next_id } => {
                let id = next_id.fetch_add(1, Ordering::Relaxed);
                let request = ViewerRequest::Command(id, command);
                requests.send(request).ok().map(|()| id)
            }
        }
    }

    /// Says in how many columns and rows output is shown. It counts where this viewer has control.
    pub fn show_in(&self, columns: u16, rows: u16) {
        match &self.route {
            Route::Direct(sender) => sender.window.set(columns, rows),
            Route::Present {
                sender, presence, ..
            } => {
                if presence.may_command().is_ok() {
                    sender.window.set(columns, rows);
                }
            }
            Route::Link { requests, .. } => {
                // A host that is gone shows nothing.
                let _ = requests.send(ViewerRequest::Window(columns, rows));
            }
        }
    }

    /// Asks for control. The next `viewers` event says who has it.
    pub fn take_control(&self) {
        match &self.route {
            // It needs none.
            Route::Direct(_) => {}
            Route::Present { presence, .. } => presence.take_control(),
            Route::Link { requests, .. } => {
                // A host that is gone has nothing to control.
                let _ = requests.send(ViewerRequest::Control);
            }
        }
    }
}
