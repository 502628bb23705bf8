//! What the screen shows, as plain state: events and keys in, effects out. No terminal, no clock, no channel.
//!
//! Everything here follows from the events received and the keys pressed, so that a replayed or remote run looks the
//! same. A command is shown as *pending* from the moment it is asked for; what is shown as set is what an event
//! acknowledged.

mod command_line;
mod events;
mod keys;
mod ledger;
mod log;
mod pending;
mod rates;
mod run_view;
mod screen;
mod seat;
mod view;

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::history::History;
use crate::protocol::{Command, Samples};
use crate::session::Before;

pub use command_line::{CommandLine, UI_COMMANDS};
pub use ledger::{Ledger, Mark, Segment};
pub use log::{Entry, Kind, Log};
pub use pending::Pending;
pub use rates::{Rate, Rates};
pub use run_view::{Clock, RunView};
pub use screen::Screen;
pub use seat::Seat;
pub use view::{Span, View};

/// The newest picture of the fixed latents.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The step it was drawn at.
    pub step: u64,
    /// The images and what is known of them.
    pub samples: Samples,
}

/// Which dialog is open.
#[derive(Debug, Clone, Default)]
pub enum Dialog {
    /// None.
    #[default]
    None,
    /// The menu of objectives, with the index of the selected one.
    Menu(usize),
    /// The command line.
    CommandLine(CommandLine),
    /// The help, scrolled down by so many lines.
    Help(u16),
    /// Whether to stop.
    Quit,
}

/// What the outside world must do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a command, then call [`App::sent`].
    Send(Command),
    /// Ask for control.
    TakeControl,
    /// Give the terminal to the shell, and stop until it lets this process go on.
    Suspend,
    /// Leave the screen; the run goes on.
    Detach,
    /// Leave the screen.
    Leave,
}

/// The state of the screen.
#[derive(Debug)]
pub struct App {
    /// The run: what it is, how far it is, how it ended.
    pub run: RunView,
    /// Metrics over time.
    pub history: History,
    /// Interventions, and which objective held when.
    pub ledger: Ledger,
    /// This viewer among the others.
    pub seat: Seat,
    /// Learning rates as acknowledged.
    pub rates: Rates,
    /// Commands that were not yet answered.
    pub pending: Pending,
    /// What happened.
    pub log: Log,
    /// The newest samples.
    pub picture: Option<Arc<Picture>>,
    /// What fills the terminal.
    pub screen: Screen,
    /// Lines, or rows of charts, that the screen is scrolled by.
    pub scroll: usize,
    /// How charts are looked at.
    pub view: View,
    /// The dialog that is open.
    pub dialog: Dialog,
    /// A short answer to the last key that did nothing else.
    pub notice: Option<String>,
    /// Whether the run was asked to stop in order to leave.
    pub stopping: bool,
    /// Commands entered so far, for the command line's history.
    commands: Vec<String>,
    zone: TimeZone,
}

impl App {
    /// The screen of a run of which nothing is known yet. Times of day are shown in `zone`.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self {
            run: RunView::default(),
            history: History::default(),
            ledger: Ledger::default(),
            seat: Seat::default(),
            rates: Rates::default(),
            pending: Pending::default(),
            log: Log::default(),
            picture: None,
            screen: Screen::default(),
            scroll: 0,
            view: View::default(),
            dialog: Dialog::None,
            notice: None,
            stopping: false,
            commands: Vec::new(),
            zone,
        }
    }

    /// The same for a viewer with this seat.
    #[must_use]
    pub fn at(mut self, seat: Seat) -> Self {
        self.seat = seat;
        self
    }

    /// Takes in what happened before this viewer came. What it would have done then, it does not do now.
    pub fn catch_up(&mut self, before: &Before) {
        for event in &before.events {
            let _ = self.on_event(event);
        }
        if let Some(history) = &before.history {
            self.history = history.clone();
        }
    }

    /// Sets the time since the screen was opened. Elapsed time goes on between events.
    pub fn tick(&mut self, now: Duration) {
        self.run.clock.now = now;
    }

    /// Whether something on the screen changes with time alone.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        self.run.is_ticking()
    }

    /// A command was sent: the answer will carry `id`. Without one the trainer is gone.
    pub fn sent(&mut self, command: Command, id: Option<u64>) {
        match id {
            Some(id) => self.pending.push(id, command),
            None => self.notice = Some(format!("`{command}` was not sent: the run has ended")),
        }
    }

    /// No event can follow. A run that did not say how it ended has failed.
    pub fn lost(&mut self) {
        if !self.run.has_ended() {
            self.run
                .fail("the connection to the run ended without a word from it");
        }
        self.pending.clear();
        self.stopping = false;
    }
}
