//! The thread that reads keys. It can be told to keep its hands off the terminal: a process in the background that reads
//! from it would be stopped, and one whose terminal hung up would read nothing for ever.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::SIGWINCH;

/// Keys a person can be ahead of the screen.
const AHEAD: usize = 1024;
/// How long the thread may take to let go of the terminal; it only does not where the terminal hangs in the middle of a key.
const PATIENCE: Duration = Duration::from_millis(200);
/// The pause after a readiness that turned out to be none.
const BREATH: Duration = Duration::from_millis(5);

/// What the thread is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Read,
    Wait,
    End,
}

/// The keys.
pub struct Keys {
    /// What was read. The last item is the error when the terminal is gone.
    pub read: Receiver<io::Result<Event>>,
    order: Arc<Mutex<Order>>,
    wake: UnixStream,
    obeyed: Receiver<()>,
}

impl Keys {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there is no thread, pipe or signal handler to be had.
    pub fn start() -> io::Result<Self> {
        let (sender, read) = bounded(AHEAD);
        let (obeys, obeyed) = bounded(1);
        let (wake, woken) = UnixStream::pair()?;
        for end in [&wake, &woken] {
            end.set_nonblocking(true)?;
        }
        let order = Arc::new(Mutex::new(Order::Read));
        let reader = Reader {
            order: Arc::clone(&order),
            woken,
            obeys,
            sender,
        };
        let resized = wake.try_clone()?;
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || reader.run(resized))?;
        Ok(Self {
            read,
            order,
            wake,
            obeyed,
        })
    }

    /// Lets go of the terminal.
    pub fn pause(&mut self) {
        self.tell(Order::Wait);
    }

    /// Reads again.
    pub fn go_on(&mut self) {
        self.tell(Order::Read);
    }

    fn tell(&mut self, order: Order) {
        *self.order.lock().unwrap_or_else(PoisonError::into_inner) = order;
        while self.obeyed.try_recv().is_ok() {}
        // A full pipe wakes it as well.
        let _ = self.wake.write(&[0]);
        // A thread that is gone obeys.
        let _ = self.obeyed.recv_timeout(PATIENCE);
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.tell(Order::End);
    }
}

struct Reader {
    order: Arc<Mutex<Order>>,
    woken: UnixStream,
    obeys: Sender<()>,
    sender: Sender<io::Result<Event>>,
}

impl Reader {
    fn run(mut self, resized: UnixStream) {
        if let Err(error) = self.follow(resized) {
            // Nobody reads keys any more: as well.
            let _ = self.sender.send(Err(error));
        }
    }

    fn follow(&mut self, resized: UnixStream) -> io::Result<()> {
        // crossterm's own handlers first: when ours wakes this thread, crossterm must know of the new size already.
        if !self.hand_on()? {
            return Ok(());
        }
        let resizes = signal_hook::low_level::pipe::register(SIGWINCH, resized)?;
        let ended = self.listen();
        signal_hook::low_level::unregister(resizes);
        ended
    }

    fn listen(&mut self) -> io::Result<()> {
        loop {
            let order = *self.order.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody waits for it where it is repeated.
            let _ = self.obeys.try_send(());
            match order {
                Order::End => return Ok(()),
                Order::Wait => self.sleep(false)?,
                Order::Read => {
                    self.sleep(true)?;
                    let order = *self.order.lock().unwrap_or_else(PoisonError::into_inner);
                    if order == Order::Read && !self.hand_on()? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Sleeps until there is an order or a new size, or, if wanted, a key.
    fn sleep(&mut self, or_key: bool) -> io::Result<()> {
        let stdin = io::stdin();
        let mut sources = vec![PollFd::new(&self.woken, PollFlags::IN)];
        if or_key {
            sources.push(PollFd::new(&stdin, PollFlags::IN));
        }
        match poll(&mut sources, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        drop(sources);
        let mut bytes = [0; 64];
        while self.woken.read(&mut bytes).is_ok_and(|count| count > 0) {}
        Ok(())
    }

    /// Hands on all keys there are. Says whether there is still someone who takes them.
    fn hand_on(&self) -> io::Result<bool> {
        let mut any = false;
        // crossterm would read without end from a terminal that is gone.
        while !gone()? && event::poll(Duration::ZERO)? {
            any = true;
            if self.sender.send(event::read()).is_err() {
                return Ok(false);
            }
        }
        if !any {
            thread::sleep(BREATH);
        }
        Ok(true)
    }
}

/// Whether the terminal hung up: an error then.
fn gone() -> io::Result<bool> {
    let stdin = io::stdin();
    let mut source = [PollFd::new(&stdin, PollFlags::IN)];
    let now = rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    match poll(&mut source, Some(&now)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let lost = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    if source[0].revents().intersects(lost) {
        return Err(Errno::IO.into());
    }
    Ok(false)
}
