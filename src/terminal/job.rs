//! Signals from the terminal and the shell: hangup, stop, continue; and this process's place in the shell's job control.

use std::io;
use std::thread;

use crossbeam_channel::{Receiver, unbounded};
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_process};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGURG, SIGWINCH};
use signal_hook::iterator::Signals;

use crate::session::front;
use crate::session::signals::inherited;

/// What the terminal or the shell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signalled {
    /// The terminal is gone, or whoever held it.
    HungUp,
    /// Stop until continued.
    Suspend,
    /// Continue, in the foreground or not.
    Continue,
    /// The window has, or had, another size.
    Resized,
}

/// Listens as long as the receiver exists. After that these signals have no effect: a process that has left its terminal must not
/// be stopped or ended by it.
///
/// # Errors
/// When the handlers or the thread cannot be installed.
pub fn listen() -> io::Result<Receiver<Signalled>> {
    // An ignored signal stays ignored. SIGURG is the front's end where SIGHUP is; else it says nothing.
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

/// Returns whether there is a shell that would continue a stopped process. It gives each job a process group of its own; without
/// one this process is in the group of the session's leader, whose parent waits for nothing that stops. Nor does a shell
/// that has the stop of its children ignored.
#[must_use]
pub fn has_shell() -> bool {
    !inherited().is_ignored(SIGTSTP) && getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops this process; returns when it continues.
///
/// # Errors
/// When the system refuses.
pub fn stop() -> io::Result<()> {
    Ok(kill_process(getpid(), Signal::STOP)?)
}

/// Returns whether this job is in the terminal's foreground. In the background, reading or drawing would stop the process.
#[must_use]
pub fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

/// Returns whether another job is in the foreground. Neither this nor [`in_foreground`] holds if the terminal is gone.
#[must_use]
pub fn in_background() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group != getpgrp())
}
