//! The viewer's end of the link.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};

use super::frame::{self, FrameError, Incoming, TO_VIEWER};
use super::message::{FromViewer, Hello, PROTOCOL, Packet, Role, Version, Visitor, Welcome};
use super::{LinkError, peer};
use crate::history::History;
use crate::protocol::{
    Body, Change, CheckpointReason, Command, Event, Live, Recorded, Source, Summary,
};
use crate::session::commander::{Commander, ViewerRequest};
use crate::session::control::own_tty;
use crate::session::digest::CatchUp;
use crate::session::hub::Hub;
use crate::session::socket_path::{self, CONTROL};
use crate::session::viewer::Viewer;

/// How long the host may take for its hello. It writes the past at once after that.
const HELLO: Duration = Duration::from_secs(5);
/// How long the past may take in all.
const PAST: Duration = Duration::from_secs(30);

/// Connects to the host of the run in `run_dir`. The viewer is like one in the host's own process; when the connection
/// ends, for whatever reason, its events do.
///
/// # Errors
/// When there is no host, or it refuses this viewer.
pub fn connect(run_dir: &Path, role: Role) -> Result<Viewer, LinkError> {
    let link = Link::open(run_dir, role)?;
    let (welcome, before) = link.past()?;
    let (stream, hub) = (Arc::new(link.stream), Hub::new());
    let events = hub.subscribe();
    let (requests, requested) = unbounded();
    let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
        thread.map(|_| ()).map_err(io_error(&link.path))
    };
    let reader = Arc::clone(&stream);
    spawn(
        "link-in",
        Box::new(move || {
            let mut from = Incoming::patient(&reader);
            while let Ok(packet) = frame::read::<Packet<Event>>(&mut from, TO_VIEWER) {
                hub.publish(packet.unpack());
            }
            hub.close();
            // Commands cannot be sent any more.
            let _ = reader.shutdown(Shutdown::Both);
        }),
    )?;
    spawn("link-out", Box::new(move || pass_on(&stream, &requested)))?;
    Ok(Viewer {
        id: welcome.id,
        before,
        events,
        commands: Commander::linked(requests, Source::Viewer),
    })
}

/// Sends requests until all their senders are gone, and ends the connection.
fn pass_on(stream: &UnixStream, requested: &Receiver<ViewerRequest>) {
    let mut to = stream;
    for request in requested {
        let said = match request {
            ViewerRequest::Command(id, command) => FromViewer::Command { id, command },
            ViewerRequest::Control => FromViewer::TakeControl,
            ViewerRequest::Window(columns, rows) => FromViewer::Window { columns, rows },
        };
        if frame::write(&mut to, &said).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// How a run ended, or the error that ended it.
pub type Ending = Result<Box<Summary>, String>;

/// What became of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It took effect.
    Applied {
        /// After this step.
        step: u64,
        /// With these changes.
        changes: Vec<Change>,
    },
    /// It did not.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The run ended before it was answered; how, if it said so.
    Ended(Option<Ending>),
    /// Nothing was heard in time; it may still take effect.
    Silence,
}

/// A connection that was opened to send one command, once that is answered.
pub struct PendingReply {
    link: Link,
}

/// Sends the run in `run_dir` one command and waits at most `patience` for the answer.
///
/// # Errors
/// When the host cannot be reached or breaks off.
pub fn ask(
    run_dir: &Path,
    command: Command,
    patience: Duration,
) -> Result<(Answer, PendingReply), LinkError> {
    let link = Link::open(run_dir, Role::Command)?;
    link.past()?;
    let mut to = &link.stream;
    frame::write(&mut to, &FromViewer::Command { id: 1, command }).map_err(io_error(&link.path))?;
    let deadline = Instant::now() + patience;
    let answer = loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(event) = link.next(Some(left))? else {
            break if Instant::now() < deadline {
                Answer::Ended(None)
            } else {
                Answer::Silence
            };
        };
        match event.body {
            Body::Recorded(Recorded::Applied { changes, .. }) => {
                break Answer::Applied {
                    step: event.step,
                    changes,
                };
            }
            Body::Live(Live::Looked(_)) => {
                break Answer::Applied {
                    step: event.step,
                    changes: Vec::new(),
                };
            }
            Body::Recorded(Recorded::Rejected { reason, .. }) => break Answer::Rejected { reason },
            body => {
                if let Some(ending) = ending(body) {
                    break Answer::Ended(Some(ending));
                }
            }
        }
    };
    Ok((answer, PendingReply { link }))
}

impl PendingReply {
    /// Waits until the checkpoint that was asked for at `step` is on disk. Returns its path below the run directory, or why
    /// there is none; nothing if the connection ended before.
    ///
    /// # Errors
    /// When a message is malformed.
    pub fn saved(self, step: u64) -> Result<Option<Result<String, String>>, LinkError> {
        while let Some(event) = self.link.next(None)? {
            if event.step == step
                && let Some((CheckpointReason::Request, saved)) = event.saved()
            {
                return Ok(Some(saved.map(str::to_owned).map_err(str::to_owned)));
            }
        }
        Ok(None)
    }

    /// Waits until the run has ended. Returns how; nothing if the connection ended before.
    ///
    /// # Errors
    /// When a message is malformed.
    pub fn end(self) -> Result<Option<Ending>, LinkError> {
        while let Some(event) = self.link.next(None)? {
            if let Some(ending) = ending(event.body) {
                return Ok(Some(ending));
            }
        }
        Ok(None)
    }
}

fn ending(body: Body) -> Option<Ending> {
    match body {
        Body::Recorded(Recorded::Finished(summary)) => Some(Ok(summary)),
        Body::Recorded(Recorded::Failed { error }) => Some(Err(error)),
        _ => None,
    }
}

/// A connection after the hello.
struct Link {
    stream: UnixStream,
    path: PathBuf,
}

impl Link {
    fn open(run_dir: &Path, role: Role) -> Result<Self, LinkError> {
        let path = socket_path::find(run_dir, CONTROL);
        let stream = UnixStream::connect(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                LinkError::NobodyThere { path: path.clone() }
            }
            _ => io_error(&path)(error),
        })?;
        if !peer::of(&stream).is_ours {
            return Err(LinkError::Stranger { path });
        }
        let link = Self { stream, path };
        let hello = Hello {
            visitor: Some(Visitor {
                role,
                tty: own_tty(),
                pid: std::process::id(),
            }),
            ..Hello::new()
        };
        let mut to = &link.stream;
        // A host that refuses may have closed already, after saying why.
        let said = frame::write(&mut to, &hello);
        let mut from = Incoming::within(&link.stream, HELLO);
        let bytes = match frame::read_bytes(&mut from, TO_VIEWER) {
            Ok(bytes) => bytes,
            Err(error) => {
                said.map_err(io_error(&link.path))?;
                return Err(link.strange(error));
            }
        };
        let strange = |error| link.strange(error);
        let Version { protocol, version } = frame::decode(&bytes).map_err(strange)?;
        if protocol != PROTOCOL {
            return Err(LinkError::Version {
                version,
                theirs: protocol,
                ours: PROTOCOL,
            });
        }
        match frame::decode::<Hello>(&bytes).map_err(strange)?.refused {
            Some(reason) => Err(LinkError::Refused { reason }),
            None => Ok(link),
        }
    }

    fn past(&self) -> Result<(Welcome, CatchUp), LinkError> {
        let mut from = Incoming::within(&self.stream, PAST);
        let strange = |error| self.strange(error);
        let welcome: Welcome = frame::read(&mut from, TO_VIEWER).map_err(strange)?;
        let mut before = CatchUp::default();
        for _ in 0..welcome.events {
            let packet: Packet<Event> = frame::read(&mut from, TO_VIEWER).map_err(strange)?;
            before.events.push(Arc::new(packet.unpack()));
        }
        if welcome.history {
            let history: History = frame::read(&mut from, TO_VIEWER).map_err(strange)?;
            before.history = Some(history);
        }
        Ok((welcome, before))
    }

    /// The next event; nothing at the end, or when none came in time.
    fn next(&self, patience: Option<Duration>) -> Result<Option<Event>, LinkError> {
        let mut from = match patience {
            Some(time) => Incoming::within(&self.stream, time),
            None => Incoming::patient(&self.stream),
        };
        match frame::read::<Packet<Event>>(&mut from, TO_VIEWER) {
            Ok(packet) => Ok(Some(packet.unpack())),
            Err(FrameError::Closed | FrameError::Io(_)) => Ok(None),
            Err(error) => Err(self.strange(error)),
        }
    }

    fn strange(&self, error: FrameError) -> LinkError {
        let path = self.path.clone();
        match error {
            FrameError::Io(source) => LinkError::Io { path, source },
            error => LinkError::Strange {
                path,
                reason: error.to_string(),
            },
        }
    }
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> LinkError {
    let path = path.to_owned();
    move |source| LinkError::Io {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests;
