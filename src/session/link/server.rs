//! The host's end: who listens for viewers, and the connections that are open.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::connection;
use crate::files::Place as RunPlace;
use crate::session::commander::RequestSender;
use crate::session::control::Control;
use crate::session::hub::{Hub, lock};
use crate::session::socket_path::{self, CONTROL, Place};

/// Connections at a time.
const MOST: usize = 32;
/// How long the last events may take to the viewers once the run has ended.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a run whose socket was removed cannot be reached.
const LOOK: Duration = Duration::from_secs(2);

/// Serves viewers until it is closed.
#[derive(Debug)]
pub struct Server {
    /// Dropped, it wakes the listener, which ends.
    door: Option<UnixStream>,
    listener: Option<JoinHandle<()>>,
    open: Connections,
}

type Connections = Arc<Mutex<Vec<Connection>>>;

#[derive(Debug)]
struct Connection {
    /// The thread's own: it is closed with the connection.
    stream: Weak<UnixStream>,
    thread: JoinHandle<()>,
}

/// Opens the socket of the run in the directory `run`, which this process has locked, and serves every viewer.
///
/// # Errors
/// When no socket can be made, or no thread.
pub fn serve(
    hub: &Hub,
    control: &Control,
    sender: &RequestSender,
    run: &RunPlace,
) -> io::Result<Server> {
    let entrance = entrance(&run.path())?;
    let (door, closing) = UnixStream::pair()?;
    let open = Connections::default();
    let host = connection::Host {
        hub: hub.clone(),
        control: control.clone(),
        sender: sender.clone(),
    };
    let listener = {
        let (open, run) = (Arc::clone(&open), run.clone());
        thread::Builder::new()
            .name("link".to_owned())
            .spawn(move || listen(entrance, &run, &closing, &host, &open))?
    };
    Ok(Server {
        door: Some(door),
        listener: Some(listener),
        open,
    })
}

impl Server {
    /// Accepts no more viewers, and removes the socket. Those connected stay until the hub closes.
    pub fn close(&mut self) {
        self.door = None;
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }

    /// Waits until everyone has heard the end, but not long. The hub must be closed.
    pub fn finish(mut self) {
        self.close();
        let deadline = Instant::now() + FAREWELL;
        let is_over = |c: &Connection| c.thread.is_finished();
        while !lock(&self.open).iter().all(is_over) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        for connection in lock(&self.open).drain(..) {
            // A viewer that is slow to read the farewell misses it.
            if let Some(stream) = connection.stream.upgrade() {
                let _ = stream.shutdown(Shutdown::Both);
            }
            let _ = connection.thread.join();
        }
    }
}

fn entrance(run_dir: &Path) -> io::Result<(UnixListener, Place)> {
    let (listener, place) = socket_path::open(run_dir, CONTROL)?;
    listener.set_nonblocking(true)?;
    Ok((listener, place))
}

fn listen(
    (mut listener, mut place): (UnixListener, Place),
    run: &RunPlace,
    closing: &UnixStream,
    host: &connection::Host,
    open: &Connections,
) {
    let look = Timespec::try_from(LOOK).ok();
    loop {
        if place.is_gone() {
            // Where none can be made now, one may be later; and none in what lies in the place of the run's directory.
            if run.check().is_ok()
                && let Ok(new) = entrance(&run.path())
            {
                (listener, place) = new;
            }
        }
        let mut waiting = [
            PollFd::new(&listener, PollFlags::IN),
            PollFd::new(closing, PollFlags::IN),
        ];
        match poll(&mut waiting, look.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
        if !waiting[1].revents().is_empty() {
            return;
        }
        match listener.accept() {
            Ok((stream, _)) => receive(stream, host, open),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Most likely there are too many open files; that may pass.
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn receive(stream: UnixStream, host: &connection::Host, open: &Connections) {
    // Some systems hand the listener's mode on.
    if stream.set_nonblocking(false).is_err() {
        return;
    }
    let mut open = lock(open);
    open.retain(|connection| !connection.thread.is_finished());
    let stream = Arc::new(stream);
    if open.len() >= MOST {
        connection::refuse(&stream, format!("it has {MOST} connections already"));
        return;
    }
    let (host, ours) = (host.clone(), Arc::downgrade(&stream));
    let thread = thread::Builder::new()
        .name("viewer".to_owned())
        .spawn(move || connection::hold(&stream, &host));
    // Without a thread the stream is dropped, and with it the connection.
    if let Ok(thread) = thread {
        open.push(Connection {
            stream: ours,
            thread,
        });
    }
}
