//! The thread that reads keys.

use std::io;
use std::thread;

use crossbeam_channel::Receiver;
use crossterm::event::{self, Event};

/// Keys a person can be ahead of the screen.
const AHEAD: usize = 1024;

/// Starts the thread; what it reads comes through the channel. It ends when the channel is gone or the terminal is:
/// then the channel's last item is the error.
///
/// # Errors
/// When no thread can be started.
pub fn start() -> io::Result<Receiver<io::Result<Event>>> {
    let (sender, receiver) = crossbeam_channel::bounded(AHEAD);
    thread::Builder::new()
        .name("keys".to_owned())
        .spawn(move || {
            loop {
                let read = event::read();
                let failed = read.is_err();
                if sender.send(read).is_err() || failed {
                    return;
                }
            }
        })?;
    Ok(receiver)
}
