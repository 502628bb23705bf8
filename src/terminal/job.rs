//! The terminal's signals (hangup, stop, continue, resize), and this process's place in the shell's job control.

use std::io;
use std::thread;

use crossbeam_channel::{Receiver, unbounded};
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_process};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGURG, SIGWINCH};
use signal_hook::iterator::Signals;

use crate::session::front;
use crate::session::signals::inherited;

/// A signal from the terminal or the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signalled {
    /// The terminal, or its owner, is gone.
    HungUp,
    /// Stop until continued.
    Suspend,
    /// Continue, in the foreground or not.
    Continue,
    /// The window was resized.
    Resized,
}

/// Listens as long as the receiver exists. After that these signals are ignored: a process that has left its terminal must
/// not be stopped or ended by it.
///
/// # Errors
/// When the handlers or the thread cannot be installed.
pub fn listen() -> io::Result<Receiver<Signalled>> {
    // An ignored signal stays ignored. SIGURG means that the front has ended; otherwise it has no meaning.
    let inherited = inherited();
    let heard = [SIGHUP, SIGTSTP]
        .into_iter()
        .filter(|signal| !inherited.is_ignored(*signal));
    let mut signals = Signals::new(heard.chain([SIGCONT, SIGURG, SIGWINCH]))?;
    let (sender, receiver) = unbounded();
    thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                let said = match signal {
                    SIGHUP => Signalled::HungUp,
                    SIGURG if front::is_gone() => Signalled::HungUp,
                    SIGURG => continue,
                    SIGTSTP => Signalled::Suspend,
                    SIGWINCH => Signalled::Resized,
                    _ => Signalled::Continue,
                };
                if sender.send(said).is_err() {
                    return;
                }
            }
        })?;
    Ok(receiver)
}

/// Returns whether there is a shell that can continue a stopped process. A shell with job control gives each job its
/// own process group; without one, this process is in the group of the session leader, whose parent does not handle
/// stops. Nor does a shell that ignores SIGTSTP for its children.
#[must_use]
pub fn has_shell() -> bool {
    !inherited().is_ignored(SIGTSTP) && getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops this process; returns when it is continued.
///
/// # Errors
/// When the system refuses.
pub fn stop() -> io::Result<()> {
    Ok(kill_process(getpid(), Signal::STOP)?)
}

/// Returns whether this job is in the foreground and may use the terminal. In the background, using it would stop the
/// process.
#[must_use]
pub fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

/// Returns whether another job is in the foreground. False, like [`in_foreground`], if the terminal is gone.
#[must_use]
pub fn in_background() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group != getpgrp())
}
