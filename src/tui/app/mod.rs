//! What the screen shows, as plain state: events in, effects out. No terminal, no clock, no channel; keys are taken in by
//! [`super::ui`], by screens and by dialogs.
//!
//! Everything here follows from the events received and the keys pressed, so that a replayed or remote run looks the
//! same. A command is shown as *pending* from the moment it is asked for; what is shown as set is what an event
//! acknowledged.

mod asking;
mod closing;
mod cost;
mod events;
mod film;
mod gallery;
mod ledger;
mod log;
mod metrics;
mod pending;
pub mod rates;
mod run_view;
mod seat;
mod troubles;
mod view;

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::history::History;
use crate::protocol::{Command, ImageGrid, Samples};
use crate::session::CatchUp;
use crate::session::outlook::Outlook;
use crate::tui::keymap::Keymap;
use crate::tui::screen::Screen;

pub use closing::Closing;
pub use cost::Cost;
pub use film::Film;
pub use gallery::{Beside, FRAME, Gallery};
pub use ledger::{Ledger, Mark, Segment};
pub use log::{Entry, Kind, Log};
pub use pending::Pending;
pub use rates::{Rate, Rates};
pub use run_view::{Clock, RunView};
pub use seat::Seat;
pub use view::{Height, Span, View};

/// How long an answer stands that nobody has to read.
const HINT: Duration = Duration::from_secs(8);
/// How long samples are shown at the least, while newer ones come.
const PICTURE: Duration = Duration::from_secs(1);

/// The newest picture of the fixed latents.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The step it was drawn at.
    pub step: u64,
    /// The images and what is known of them.
    pub samples: Samples,
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
    /// Draw everything anew, over whatever is on the screen.
    Redraw,
    /// Show these images, of this step, over the whole terminal.
    Still(u64, Arc<ImageGrid>),
    /// Tell of this to someone who looks elsewhere.
    Ring(String),
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
    /// What becomes of the run when this viewer leaves.
    pub outlook: Outlook,
    /// Whether the screen closes by itself.
    pub closing: Closing,
    /// Learning rates as acknowledged.
    pub rates: Rates,
    /// Commands that were not yet answered.
    pub pending: Pending,
    /// What happened.
    pub log: Log,
    /// The samples that are shown.
    pub picture: Option<Arc<Picture>>,
    /// Newer ones, which are to be shown as soon as those have been seen for a while.
    fresh: Option<Arc<Picture>>,
    /// When the samples that are shown came.
    pictured: Duration,
    /// The samples so far.
    pub film: Film,
    /// How samples are shown.
    pub gallery: Gallery,
    /// What each key does.
    pub keymap: Keymap,
    /// What the screen costs.
    pub cost: Cost,
    /// Whether that is shown.
    pub with_cost: bool,
    /// What fills the terminal.
    pub screen: Screen,
    /// Lines, or rows of charts, that the screen is scrolled by.
    pub scroll: usize,
    /// How charts are looked at.
    pub view: View,
    /// A short answer to the last key that did nothing else.
    pub notice: Option<String>,
    /// When that is forgotten.
    notice_until: Option<Duration>,
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
            outlook: Outlook::default(),
            closing: Closing::default(),
            rates: Rates::default(),
            pending: Pending::default(),
            log: Log::default(),
            picture: None,
            fresh: None,
            pictured: Duration::ZERO,
            film: Film::default(),
            gallery: Gallery::default(),
            keymap: Keymap::default(),
            cost: Cost::default(),
            with_cost: false,
            screen: Screen::default(),
            scroll: 0,
            view: View::default(),
            notice: None,
            notice_until: None,
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
    pub fn catch_up(&mut self, before: &CatchUp) {
        for event in &before.events {
            let _ = self.on_event(event);
        }
        if let Some(history) = &before.history {
            self.history = history.clone();
        }
    }

    /// The same with these keys.
    #[must_use]
    pub fn with_keys(mut self, keymap: Keymap) -> Self {
        self.keymap = keymap;
        self
    }

    /// Samples of before this viewer came, oldest first.
    pub fn remember(&mut self, earlier: Vec<Arc<Picture>>) {
        self.film.put_before(earlier);
    }

    /// Sets the time since the screen was opened. Elapsed time goes on between events.
    pub fn tick(&mut self, now: Duration) {
        self.run.clock.now = now;
        if self.run.has_ended() {
            self.closing.ended(now);
        }
        if self.notice_until.is_some_and(|until| now >= until) {
            self.notice = None;
            self.notice_until = None;
        }
        self.show_fresh();
        self.play();
    }

    /// A person did something.
    pub fn touch(&mut self) {
        self.closing.touch();
    }

    /// Shows an answer to a key, until the next one.
    pub fn answer(&mut self, text: impl Into<String>) {
        self.notice = Some(text.into());
        self.notice_until = None;
    }

    /// Forgets the answer to the last key.
    pub fn forget_answer(&mut self) {
        self.notice = None;
        self.notice_until = None;
    }

    /// Shows a screen from its top.
    pub fn show(&mut self, screen: Screen) {
        self.screen = screen;
        self.scroll = 0;
    }

    /// Commands entered so far, oldest first.
    #[must_use]
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// Keeps a command that was entered, for the command line's history.
    pub fn keep_command(&mut self, text: &str) {
        if self.commands.last().is_none_or(|last| last != text) {
            self.commands.push(text.to_owned());
        }
    }

    /// An answer that goes by itself after a while.
    fn hint(&mut self, text: String) {
        self.notice = Some(text);
        self.notice_until = Some(self.run.clock.now + HINT);
    }

    /// New samples came. While the run goes on they change once a second: faster nobody looks at dozens of digits, and
    /// they are most of what a terminal is sent.
    fn pictured(&mut self, picture: Picture) {
        let picture = Arc::new(picture);
        self.film.push(Arc::clone(&picture));
        self.fresh = Some(picture);
        self.show_fresh();
    }

    fn show_fresh(&mut self) {
        let now = self.run.clock.now;
        let seen = self.picture.is_none()
            || !self.run.is_ticking()
            || now.saturating_sub(self.pictured) >= PICTURE;
        if let Some(fresh) = self.fresh.take_if(|_| seen) {
            self.picture = Some(fresh);
            self.pictured = now;
        }
    }

    /// Whether something on the screen changes with time alone.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        self.run.is_ticking() || self.notice_until.is_some() || self.closes_in().is_some()
    }

    /// Time until the screen closes by itself, where it does.
    #[must_use]
    pub fn closes_in(&self) -> Option<Duration> {
        self.closing.left(self.run.clock.now)
    }

    /// A command was sent: the answer will carry `id`. Without one the trainer is gone.
    pub fn sent(&mut self, command: Command, id: Option<u64>) {
        match id {
            Some(id) => {
                if let Command::Look(look) = command {
                    self.gallery.asked = Some(look);
                }
                self.pending.push(id, command);
            }
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
