//! The thread that reads what the terminal sends. It can be paused: a background process that reads from its terminal is
//! stopped, and one whose terminal hung up would spin on empty reads.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::terminal::decode::{Decoder, Item, LATE};

/// Items buffered for the screen.
const AHEAD: usize = 4096;
/// Bytes read at once.
const PIECE: usize = 16 * 1024;
/// How long to wait for the thread to obey.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the thread is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Read,
    Wait,
    End,
}

/// What the terminal sends.
pub struct Keys {
    /// What was read. The last item is the error when the terminal is gone.
    pub read: Receiver<io::Result<Item>>,
    order: Arc<Mutex<Order>>,
    wake: UnixStream,
    obeyed: Receiver<()>,
}

impl Keys {
    /// Starts the thread.
    ///
    /// # Errors
    /// When no thread or pipe can be created.
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
            decoder: Decoder::default(),
            came: Instant::now(),
        };
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || reader.run())?;
        Ok(Self {
            read,
            order,
            wake,
            obeyed,
        })
    }

    /// Stops reading from the terminal.
    pub fn pause(&mut self) {
        self.tell(Order::Wait);
    }

    /// Resumes reading.
    pub fn go_on(&mut self) {
        self.tell(Order::Read);
    }

    fn tell(&mut self, order: Order) {
        *self.order.lock().unwrap_or_else(PoisonError::into_inner) = order;
        while self.obeyed.try_recv().is_ok() {}
        // A full pipe wakes it as well.
        let _ = self.wake.write(&[0]);
        // A thread that has ended needs no order; one blocked on a full channel obeys before it reads again.
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
    sender: Sender<io::Result<Item>>,
    decoder: Decoder,
    /// Since when the decoder has held what it holds.
    came: Instant,
}

impl Reader {
    fn run(mut self) {
        if let Err(error) = self.listen() {
            // The receiver may be gone, which is fine.
            let _ = self.sender.send(Err(error));
        }
    }

    fn listen(&mut self) -> io::Result<()> {
        loop {
            let order = self.order();
            // On repetition nobody may be waiting.
            let _ = self.obeys.try_send(());
            let there = match order {
                Order::End => return Ok(()),
                Order::Wait => {
                    self.sleep(false)?;
                    continue;
                }
                Order::Read => self.sleep(true)?,
            };
            if self.order() == Order::Read && !self.read(there)? {
                return Ok(());
            }
        }
    }

    fn order(&self) -> Order {
        *self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until there is an order, a byte (if wanted), or a held sequence times out. Returns whether there is a byte.
    fn sleep(&mut self, or_key: bool) -> io::Result<bool> {
        let stdin = io::stdin();
        let mut sources = vec![PollFd::new(&self.woken, PollFlags::IN)];
        let mut left = None;
        if or_key {
            sources.push(PollFd::new(&stdin, PollFlags::IN));
            let patience = self.decoder.patience();
            left = patience.map(|patience| patience.saturating_sub(self.came.elapsed()));
        }
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut sources, left.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let seen = sources.get(1).map_or(PollFlags::empty(), PollFd::revents);
        drop(sources);
        let mut bytes = [0; 64];
        while self.woken.read(&mut bytes).is_ok_and(|count| count > 0) {}
        if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(Errno::IO.into());
        }
        Ok(seen.contains(PollFlags::IN))
    }

    /// Reads and forwards what is available. Returns whether the receiver still exists.
    fn read(&mut self, there: bool) -> io::Result<bool> {
        let items = if there {
            let mut bytes = [0; PIECE];
            match rustix::io::read(io::stdin(), &mut bytes) {
                // End of file: the terminal is gone.
                Ok(0) => return Err(Errno::IO.into()),
                Ok(count) => {
                    if self.came.elapsed() > LATE {
                        self.decoder.forget();
                    }
                    let was_held = self.decoder.patience().is_some();
                    let items = self.decoder.feed(&bytes[..count]);
                    // Later keys do not extend the timeout of an incomplete sequence.
                    let continues = self.decoder.is_pasting() || self.decoder.is_late();
                    if !(was_held && items.is_empty()) || continues {
                        self.came = Instant::now();
                    }
                    items
                }
                Err(Errno::INTR | Errno::AGAIN) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        } else {
            let patience = self.decoder.patience();
            if patience.is_none_or(|patience| self.came.elapsed() < patience) {
                return Ok(true);
            }
            self.decoder.settle()
        };
        Ok(items
            .into_iter()
            .all(|item| self.sender.send(Ok(item)).is_ok()))
    }
}
