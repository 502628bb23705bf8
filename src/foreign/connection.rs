//! Connections of trainers: a thread that accepts, and two for each connection, one that reads and one that writes. What they
//! read comes through one bounded channel; nothing that is written to a trainer ever waits.

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::down::Down;
use super::limits;
use super::lines::{Line, Lines};
use super::message::{Up, read};
use super::problem::{Code, Problem};

/// The number of a connection.
pub type Id = u64;

/// What comes from connections.
#[derive(Debug)]
pub enum Came {
    /// There is a new one.
    Opened(Id, Peer),
    /// A message, with the number of its line.
    Message(Id, u64, Box<Up>),
    /// Something that could not be used. It has been answered.
    Problem(Problem),
    /// It has ended.
    Closed(Id),
}

/// The other end, to write to. It may be cloned.
#[derive(Debug, Clone)]
pub struct Peer {
    lines: Sender<Option<Vec<u8>>>,
    /// A problem of the newest message for the reader's count of lines.
    errors: Arc<Errors>,
}

/// Paces `error` messages.
#[derive(Debug)]
struct Errors {
    since: std::sync::Mutex<(Instant, u32)>,
}

impl Errors {
    /// Returns whether one more may be sent now.
    fn may(&self) -> bool {
        let mut since = self
            .since
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if since.0.elapsed() >= Duration::from_secs(1) {
            *since = (Instant::now(), 0);
        }
        since.1 += 1;
        since.1 <= limits::ERRORS
    }
}

impl Peer {
    /// Sends a message. Returns whether there was room for it.
    pub fn send(&self, message: &Down) -> bool {
        self.lines.try_send(Some(message.line())).is_ok()
    }

    /// Says what was wrong with a line, unless too much of that was said.
    pub fn complain(&self, problem: &Problem, line: u64) {
        if self.errors.may() {
            self.send(&Down::error(problem, line));
        }
    }

    /// Closes the connection when what waits has been written.
    pub fn close(&self) {
        // Where there is no room the other end does not read: it is closed with the socket.
        if let Err(TrySendError::Full(_)) = self.lines.try_send(None) {
            let _ = self.lines.send_timeout(None, Duration::from_millis(50));
        }
    }
}

/// Accepts connections until it is shut or dropped.
#[derive(Debug)]
pub struct Door {
    ended: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
    count: Arc<AtomicUsize>,
}

/// Between two looks at whether the run goes on.
const LOOK: Duration = Duration::from_millis(20);

/// Starts to accept connections; what comes of them goes to `to`.
///
/// # Errors
/// When the thread cannot be started.
pub fn open(listener: UnixListener, to: Sender<Came>) -> std::io::Result<Door> {
    listener.set_nonblocking(true)?;
    let ended = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&ended);
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let thread = thread::Builder::new()
        .name("trainers".to_owned())
        .spawn(move || {
            let mut next: Id = 1;
            loop {
                // Before the look: who came before it was shut is let in, even if they have left since.
                let is_shut = shared.load(Ordering::Acquire);
                let Ok((stream, _)) = listener.accept() else {
                    if is_shut {
                        return;
                    }
                    thread::sleep(LOOK);
                    continue;
                };
                if count.load(Ordering::Relaxed) >= limits::CONNECTIONS {
                    refuse(stream);
                    continue;
                }
                count.fetch_add(1, Ordering::Relaxed);
                if serve(stream, next, to.clone(), Arc::clone(&count)).is_err() {
                    count.fetch_sub(1, Ordering::Relaxed);
                }
                next += 1;
            }
        })?;
    Ok(Door {
        ended,
        thread: Some(thread),
        count: counted,
    })
}

impl Door {
    /// Accepts no more, once everyone is in who has come.
    pub fn shut(&mut self) {
        self.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has let nobody in.
            let _ = thread.join();
        }
    }

    /// Returns whether no connection is open, and all that came over them is in the channel.
    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
    }
}

fn refuse(mut stream: UnixStream) {
    let text = format!("there are {} connections already", limits::CONNECTIONS);
    let problem = Problem::new(Code::TooMany, text);
    // Whoever does not read it is gone as well.
    let _ = stream.set_write_timeout(Some(LOOK));
    let _ = stream.write_all(&Down::error(&problem, 0).line());
}

fn serve(
    stream: UnixStream,
    id: Id,
    to: Sender<Came>,
    count: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    // On some systems it is as the listener is.
    stream.set_nonblocking(false)?;
    let writing = stream.try_clone()?;
    let (lines, waiting) = bounded(limits::WAITING);
    let peer = Peer {
        lines,
        errors: Arc::new(Errors {
            since: std::sync::Mutex::new((Instant::now(), 0)),
        }),
    };
    thread::Builder::new()
        .name("to trainer".to_owned())
        .spawn(move || write(writing, &waiting))?;
    thread::Builder::new()
        .name("from trainer".to_owned())
        .spawn(move || {
            // The run may have ended by now: then nobody wants to know.
            let _ = to.send(Came::Opened(id, peer.clone()));
            listen(&stream, id, &peer, &to);
            peer.close();
            let _ = to.send(Came::Closed(id));
            count.fetch_sub(1, Ordering::Release);
        })
        .map(drop)
}

fn write(mut to: UnixStream, lines: &Receiver<Option<Vec<u8>>>) {
    while let Ok(Some(line)) = lines.recv() {
        if to.write_all(&line).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn listen(from: &UnixStream, id: Id, peer: &Peer, to: &Sender<Came>) {
    let mut lines = Lines::new(from, limits::LINE);
    // A stream that breaks has ended.
    while let Ok(Some(line)) = lines.next() {
        let number = lines.number();
        let read = match line {
            Line::Whole(line) => read(&line),
            Line::TooLong(bytes) => Err(Problem::new(
                Code::TooLong,
                format!(
                    "found a line of {bytes} bytes; expected at most {}",
                    limits::LINE
                ),
            )),
        };
        let (up, problems) = match read {
            Ok((up, problems)) => (Some(up), problems),
            Err(problem) => (None, vec![problem]),
        };
        for problem in problems {
            peer.complain(&problem, number);
            let is_other_version = problem.code == Code::Version;
            if to.send(Came::Problem(problem)).is_err() || is_other_version {
                return;
            }
        }
        if let Some(up) = up
            && to.send(Came::Message(id, number, Box::new(up))).is_err()
        {
            return;
        }
    }
}
