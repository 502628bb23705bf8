//! What the screen shows, as plain state: events in, effects out. No terminal, no clock, no channel. Keys are handled by
//! `ui`, screens and dialogs.
//!
//! Everything here follows from the events received and the keys pressed, so that a replayed or remote run looks the
//! same. A command is shown as *pending* until an event acknowledges it; only acknowledged values are shown as set.

mod annotations;
mod asking;
mod auto_close;
mod control_status;
mod cost;
mod events;
mod gallery;
mod log;
mod metrics;
mod output;
mod pending;
pub mod rates;
mod run_view;
mod timeline;
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

pub use annotations::{Annotations, Mark, Segment};
pub use auto_close::AutoClose;
pub use control_status::ControlStatus;
pub use cost::Cost;
pub use gallery::{FRAME, Gallery, SidePanel};
pub use log::{Entry, Kind, Log};
pub use output::Printed;
pub use pending::Pending;
pub use rates::{Rate, Rates};
pub use run_view::{Clock, RunView};
pub use timeline::Timeline;
pub use view::{Height, Span, View};

/// How long an unimportant message stays.
const HINT: Duration = Duration::from_secs(8);
/// Minimum time for which samples are shown while newer ones arrive.
const PICTURE: Duration = Duration::from_secs(1);

/// The newest picture of the fixed latents.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The step it was generated at.
    pub step: u64,
    /// The images and their scores.
    pub samples: Samples,
}

/// What the event loop must do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a command, then call [`App::sent`].
    Send(Command),
    /// Ask for control.
    TakeControl,
    /// Suspend to the shell.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Show these images, of this step, over the whole terminal.
    Still(u64, Arc<ImageGrid>),
    /// Notify a user who is not looking.
    Ring(String),
    /// Leave the screen; the run continues.
    Detach,
    /// Leave the screen.
    Leave,
    /// Go back to where the screen was opened from.
    Back,
}

/// The state of the screen.
#[derive(Debug)]
pub struct App {
    /// The run: what it is, its progress, how it ended.
    pub run: RunView,
    /// Metrics over time.
    pub history: History,
    /// Interventions, and which objective was in use when.
    pub annotations: Annotations,
    /// Whether this viewer controls the run.
    pub control: ControlStatus,
    /// What happens to the run when this viewer leaves.
    pub outlook: Outlook,
    /// Whether the screen closes by itself.
    pub auto_close: AutoClose,
    /// Whether it was opened from another screen, to which Escape goes back.
    pub is_within: bool,
    /// Learning rates, as acknowledged and in effect.
    pub rates: Rates,
    /// Commands that are not answered yet.
    pub pending: Pending,
    /// What happened.
    pub log: Log,
    /// What the program that trains has printed.
    pub output: Printed,
    /// The samples that are shown.
    pub picture: Option<Arc<Picture>>,
    /// Newer samples, to be shown once the current ones have been visible for long enough.
    fresh: Option<Arc<Picture>>,
    /// When the current samples arrived.
    pictured: Duration,
    /// The samples so far.
    pub timeline: Timeline,
    /// How samples are shown.
    pub gallery: Gallery,
    /// What each key does.
    pub keymap: Keymap,
    /// What the screen costs.
    pub cost: Cost,
    /// Whether that is shown.
    pub with_cost: bool,
    /// The current screen.
    pub screen: Screen,
    /// Lines, or rows of charts, that the screen is scrolled by.
    pub scroll: usize,
    /// The view of the charts.
    pub view: View,
    /// A short message in place of the key line.
    pub notice: Option<String>,
    /// When the message disappears.
    notice_until: Option<Duration>,
    /// Whether the run was asked to stop in order to leave.
    pub stopping: bool,
    /// Commands entered so far, for the command line's history.
    commands: Vec<String>,
    zone: TimeZone,
}

impl App {
    /// The screen of a run before its first event. Times of day are shown in `zone`.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self {
            run: RunView::default(),
            history: History::default(),
            annotations: Annotations::default(),
            control: ControlStatus::default(),
            outlook: Outlook::default(),
            auto_close: AutoClose::default(),
            is_within: false,
            rates: Rates::default(),
            pending: Pending::default(),
            log: Log::default(),
            output: Printed::default(),
            picture: None,
            fresh: None,
            pictured: Duration::ZERO,
            timeline: Timeline::default(),
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

    /// The same with this control status.
    #[must_use]
    pub fn at(mut self, control: ControlStatus) -> Self {
        self.control = control;
        self
    }

    /// Takes in what happened before this viewer joined, without its effects.
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

    /// Adds samples from before this viewer joined, oldest first.
    pub fn remember(&mut self, earlier: Vec<Arc<Picture>>) {
        self.timeline.put_before(earlier);
    }

    /// Sets the time since the screen was opened. Elapsed time advances between events.
    pub fn tick(&mut self, now: Duration) {
        self.run.clock.now = now;
        if self.run.has_ended() {
            self.auto_close.ended(now);
        }
        if self.notice_until.is_some_and(|until| now >= until) {
            self.notice = None;
            self.notice_until = None;
        }
        self.show_fresh();
        self.play();
    }

    /// The user is present.
    pub fn touch(&mut self) {
        self.auto_close.touch();
    }

    /// Shows a message until the next key.
    pub fn answer(&mut self, text: impl Into<String>) {
        self.notice = Some(text.into());
        self.notice_until = None;
    }

    /// Clears the message.
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

    /// Shows a message that disappears after a while.
    fn hint(&mut self, text: String) {
        self.notice = Some(text);
        self.notice_until = Some(self.run.clock.now + HINT);
    }

    /// New samples came. They change at most once a second while the run trains: faster is unreadable, and samples are most of
    /// the bytes a terminal is sent.
    fn pictured(&mut self, picture: Picture) {
        let picture = Arc::new(picture);
        self.timeline.push(Arc::clone(&picture));
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

    /// Returns whether anything on the screen changes with time alone.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        self.run.is_ticking() || self.notice_until.is_some() || self.closes_in().is_some()
    }

    /// Time until the screen closes by itself, where it does.
    #[must_use]
    pub fn closes_in(&self) -> Option<Duration> {
        self.auto_close.left(self.run.clock.now)
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

    /// No event can follow. A run that did not report its end has failed.
    pub fn lost(&mut self) {
        if !self.run.has_ended() {
            self.run.fail("the connection to the run was lost");
        }
        self.pending.clear();
        self.stopping = false;
    }
}
