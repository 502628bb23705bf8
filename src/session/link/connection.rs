//! One connection of the host: two threads, of which one reads the viewer's requests and one writes events.

use std::collections::HashMap;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, select};

use super::frame::{self, Incoming, TO_HOST};
use super::message::{FromViewer, Hello, PROTOCOL, Packet, Role, Version, Visitor, Welcome};
use super::peer;
use crate::protocol::{Body, Event, Live, Recorded, Source};
use crate::session::commander::RequestSender;
use crate::session::control::{Control, Presence, viewer_name};
use crate::session::digest::CatchUp;
use crate::session::hub::{Hub, Subscriber, lock};

/// How long the hello may take.
const HELLO: Duration = Duration::from_secs(5);
/// Commands of one viewer that may be unanswered, and events that may wait for it, before more is read from it.
const UNANSWERED: usize = 64;
const UNREAD: usize = 1024;

/// What a connection needs of the host.
#[derive(Debug, Clone)]
pub struct Host {
    pub hub: Hub,
    pub control: Control,
    pub sender: RequestSender,
}

/// Requests on their way: the process's id of each, and the viewer's.
type RequestIds = Arc<Mutex<HashMap<u64, u64>>>;

/// Sends the reason for a refusal, and closes.
pub fn refuse(stream: &UnixStream, reason: String) {
    let refusal = Hello {
        refused: Some(reason),
        ..Hello::new()
    };
    let _ = stream.set_write_timeout(Some(HELLO));
    let mut to = stream;
    // If even this fails, the viewer is gone.
    let _ = frame::write(&mut to, &refusal);
    let _ = stream.shutdown(Shutdown::Both);
}

/// Serves one connection until either side closes it.
pub fn hold(stream: &Arc<UnixStream>, host: &Host) {
    let (visitor, pid) = match greet(stream) {
        Ok(found) => found,
        Err(reason) => return refuse(stream, reason),
    };
    // On an error the viewer finds its connection closed.
    let _ = converse(stream, host, &visitor, pid);
    let _ = stream.shutdown(Shutdown::Both);
}

/// Reads the hello. An error is the reason for a refusal.
fn greet(stream: &UnixStream) -> Result<(Visitor, u32), String> {
    let peer = peer::of(stream);
    if !peer.is_ours {
        return Err("it belongs to another user".to_owned());
    }
    let strange = |error| format!("it expected a hello and got {error}");
    let bytes =
        frame::read_bytes(&mut Incoming::within(stream, HELLO), TO_HOST).map_err(strange)?;
    let Version { protocol, version } = frame::decode(&bytes).map_err(strange)?;
    if protocol != PROTOCOL {
        // What comes from outside is not shown in full length.
        let version: String = version.chars().take(32).collect();
        return Err(format!(
            "it speaks version {PROTOCOL} of the link (genai-tui {}), and this viewer version {protocol} \
             (genai-tui {version})",
            env!("CARGO_PKG_VERSION"),
        ));
    }
    let visitor = frame::decode::<Hello>(&bytes)
        .map_err(strange)?
        .visitor
        .ok_or("the hello does not say what the connection is for")?;
    let pid = peer.pid.unwrap_or(visitor.pid);
    Ok((visitor, pid))
}

fn converse(stream: &Arc<UnixStream>, host: &Host, visitor: &Visitor, pid: u32) -> io::Result<()> {
    let role = visitor.role;
    // Before the past is looked at, so that it shows this viewer among the others.
    let presence = (role != Role::Command).then(|| {
        let name = viewer_name(visitor.tty.as_deref(), pid);
        host.control.join(name, role == Role::View)
    });
    let (before, subscriber) = if presence.is_some() {
        host.hub.subscribe_late()
    } else {
        (CatchUp::default(), host.hub.subscribe())
    };
    // However long: it may be suspended overnight. A dead viewer's socket is closed.
    stream.set_write_timeout(None)?;
    let asked = RequestIds::default();
    let talk = Talk {
        host,
        role,
        presence,
        subscriber: subscriber.id(),
        asked: Arc::clone(&asked),
    };
    let subscriber = Arc::new(subscriber);
    let (leaves, left) = bounded::<()>(0);
    let writer = {
        let (stream, subscriber) = (Arc::clone(stream), Arc::clone(&subscriber));
        let id = talk.presence.as_ref().map_or(0, Presence::id);
        thread::Builder::new()
            .name("viewer-out".to_owned())
            .spawn(move || {
                // A viewer that reads no more is dropped: the reading thread finds the end.
                let _ = tell(&stream, id, before, &subscriber, &left, &asked, role);
                let _ = stream.shutdown(Shutdown::Both);
            })?
    };
    talk.listen(stream, &subscriber, || writer.is_finished());
    drop(leaves);
    let _ = stream.shutdown(Shutdown::Both);
    let _ = writer.join();
    Ok(())
}

/// What carrying out a viewer's requests needs.
struct Talk<'a> {
    host: &'a Host,
    role: Role,
    presence: Option<Presence>,
    subscriber: u64,
    asked: RequestIds,
}

impl Talk<'_> {
    /// Carries out the viewer's requests until it leaves or sends something malformed.
    fn listen(&self, stream: &UnixStream, subscriber: &Subscriber, is_over: impl Fn() -> bool) {
        let mut from = Incoming::patient(stream);
        while let Ok(wish) = frame::read(&mut from, TO_HOST) {
            // A viewer that asks faster than it is answered waits.
            while lock(&self.asked).len() >= UNANSWERED || subscriber.waiting() >= UNREAD {
                if is_over() {
                    return;
                }
                thread::sleep(Duration::from_millis(5));
            }
            self.grant(wish);
        }
    }

    fn grant(&self, wish: FromViewer) {
        let (sender, hub) = (&self.host.sender, &self.host.hub);
        match (wish, &self.presence) {
            (FromViewer::Command { id, command }, presence) => {
                let source = match presence {
                    Some(_) => Source::Viewer,
                    None => Source::Remote,
                };
                let number = sender.id();
                // Before it can be answered.
                lock(&self.asked).insert(number, id);
                let refused = match presence {
                    Some(presence) => presence.may_command(),
                    None => Ok(()),
                };
                let reason = match refused {
                    Ok(()) => match sender.send(number, source, command.clone()) {
                        Some(_) => return,
                        None => "the run has ended".to_owned(),
                    },
                    Err(reason) => reason,
                };
                let body = Body::Recorded(Recorded::Rejected {
                    request: Some(number),
                    source,
                    command,
                    reason,
                });
                hub.tell(self.subscriber, body);
            }
            (FromViewer::TakeControl, Some(presence)) if self.role == Role::View => {
                presence.take_control();
            }
            (FromViewer::Window { columns, rows }, Some(presence)) => {
                if presence.may_command().is_ok() {
                    sender.window().set(columns, rows);
                }
            }
            // One who came to give a command shows nothing.
            (FromViewer::Window { .. }, None) => {}
            (FromViewer::TakeControl, _) => hub.tell(
                self.subscriber,
                Live::Notice {
                    text: "this viewer is read-only and cannot take control".to_owned(),
                },
            ),
        }
    }
}

/// Writes the past and then all that happens, until nothing follows or the viewer has left.
fn tell(
    stream: &UnixStream,
    id: u64,
    before: CatchUp,
    subscriber: &Subscriber,
    left: &Receiver<()>,
    asked: &RequestIds,
    role: Role,
) -> io::Result<()> {
    let mut to = stream;
    frame::write(&mut to, &Hello::new())?;
    let welcome = Welcome {
        id,
        events: before.events.len() as u64,
        history: before.history.is_some(),
    };
    frame::write(&mut to, &welcome)?;
    for event in &before.events {
        let event = addressed(event, asked);
        frame::write(&mut to, &Packet::of(&event))?;
    }
    if let Some(history) = &before.history {
        frame::write(&mut to, history)?;
    }
    drop(before);
    let mut open = true;
    while open {
        select! {
            recv(subscriber.wake) -> woken => open = woken.is_ok(),
            recv(left) -> _ => return Ok(()),
        }
        for event in subscriber.drain() {
            let event = addressed(&event, asked);
            if role != Role::Command || concerns_a_command(&event) {
                frame::write(&mut to, &Packet::of(&event))?;
            }
        }
    }
    Ok(())
}

/// The event with the id that this viewer gave the request which it answers; with none, if another asked.
fn addressed(event: &Arc<Event>, asked: &RequestIds) -> Arc<Event> {
    let Some(number) = event.body.request() else {
        return Arc::clone(event);
    };
    let mut event = Event::clone(event);
    event.body.set_request(lock(asked).remove(&number));
    Arc::new(event)
}

/// Returns whether one who came to give a command must hear this: the answer, whether a checkpoint was saved, and how
/// the run ended.
fn concerns_a_command(event: &Event) -> bool {
    match &event.body {
        Body::Recorded(
            Recorded::Checkpoint { .. }
            | Recorded::Warning { .. }
            | Recorded::Finished(_)
            | Recorded::Failed { .. },
        ) => true,
        answer => answer.request().is_some(),
    }
}
