//! Job control: giving the terminal to the shell, and taking it back. In the background nothing is drawn and no key is read; the
//! run continues.

use std::io;
use std::time::{Duration, Instant};

use super::{EventLoop, Inbox};
use crate::terminal::job::{self, Signalled};
use crate::terminal::{restore, take};
use crate::tui::input::Keys;
use crate::tui::run::pacing::Due;
use crate::tui::run::show::Show;

/// A request to stop may arrive twice: sent to the whole job, and forwarded by the front.
const ECHO: Duration = Duration::from_millis(100);

/// Whose the terminal is.
#[derive(Debug, Default)]
pub(super) struct Foreground {
    /// Whether it is someone else's at the moment.
    pub away: bool,
    /// When it became ours again.
    returned: Option<Instant>,
}

impl Foreground {
    /// Returns whether a signal that arrives now is the echo of the previous one.
    pub fn hears_echo(&self) -> bool {
        self.returned.is_some_and(|at| at.elapsed() < ECHO)
    }
}

impl<S: Show> EventLoop<'_, S> {
    /// Gives the terminal to the shell and stops until the shell continues this process.
    pub(super) fn suspend(&mut self, keys: &mut Keys, inbox: &Inbox) -> io::Result<()> {
        if !job::has_shell() {
            self.screen.answer_no_shell();
            self.pacing.ask(Due::Key);
            return Ok(());
        }
        if !self.foreground.away {
            self.display.hear_out(&inbox.keys);
            self.give_away(keys);
        }
        job::stop()?;
        self.foreground.returned = Some(Instant::now());
        // Discard a second request to stop that arrived before this.
        while let Ok(signal) = inbox.signals.try_recv() {
            if signal == Signalled::HungUp {
                return Err(rustix::io::Errno::IO.into());
            }
        }
        Ok(())
    }

    /// Continues after an unexpected stop, such as SIGSTOP. A shell had the terminal meanwhile and may still have it.
    pub(super) fn look_around(&mut self, keys: &mut Keys) -> io::Result<()> {
        if job::in_background() {
            self.give_away(keys);
            return Ok(());
        }
        take()?;
        self.still = None;
        self.redraw()
    }

    fn give_away(&mut self, keys: &mut Keys) {
        keys.pause();
        restore();
        self.foreground.away = true;
        self.still = None;
    }

    /// Takes the terminal again once this process is in the foreground.
    pub(super) fn come_back(&mut self, keys: &mut Keys) -> io::Result<()> {
        if !job::in_foreground() {
            return Ok(());
        }
        take()?;
        self.foreground = Foreground {
            away: false,
            returned: Some(Instant::now()),
        };
        keys.go_on();
        self.redraw()
    }
}
