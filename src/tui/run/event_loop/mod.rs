//! The event loop: waits for keys, events and the clock; takes in everything available; draws when something changed. It sleeps
//! while nothing happens.

mod foreground;
mod still;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, TryRecvError, never};
use crossterm::event::Event as Input;

use foreground::Foreground;

use super::display::Display;
use super::ended::{Ended, Left};
use super::notify;
use super::options::TuiOptions;
use super::pacing::{Due, Pacing};
use crate::protocol::ImageGrid;
use crate::session::Viewer;
use crate::terminal::decode::Item;
use crate::terminal::job::Signalled;
use crate::tui::app::{App, Effect, Picture};
use crate::tui::input::Keys;
use crate::tui::ui::Ui;

/// How often to check whether this process is in the foreground again; a shell need not signal it.
const LOOK: Duration = Duration::from_millis(200);

/// What the loop does next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    GoOn,
    Leave(Left),
    Suspend,
    Still(u64, Arc<ImageGrid>),
    /// Check who has the terminal.
    Return,
}

/// Everything that can wake the loop.
pub(super) struct Inbox {
    /// What was read from the terminal.
    pub keys: Receiver<io::Result<Item>>,
    /// What the terminal or the shell says.
    pub signals: Receiver<Signalled>,
    /// Signals that there are events.
    pub wake: Receiver<()>,
}

/// The screen of a run, while it is shown.
pub(super) struct EventLoop<'a> {
    ui: Ui,
    display: Display<'a>,
    pacing: Pacing,
    foreground: Foreground,
    /// The images of a step that cover the screen until the next key.
    still: Option<(u64, Arc<ImageGrid>)>,
    options: &'a TuiOptions,
    viewer: &'a Viewer,
    opened: Instant,
}

impl<'a> EventLoop<'a> {
    /// Before the first frame.
    pub fn new(ui: Ui, display: Display<'a>, options: &'a TuiOptions, viewer: &'a Viewer) -> Self {
        Self {
            ui,
            display,
            pacing: Pacing::new(options.fps),
            foreground: Foreground::default(),
            still: None,
            options,
            viewer,
            opened: Instant::now(),
        }
    }

    /// Adds the samples from before this viewer joined.
    pub fn remember(&mut self, read: impl FnOnce(&App) -> Vec<Arc<Picture>>) {
        let earlier = read(&self.ui.app);
        self.ui.app.remember(earlier);
    }

    /// Lets go of a terminal that is gone.
    pub fn abandon(self) {
        self.display.abandon();
    }

    /// Shows the run until the screen is left.
    pub fn follow(&mut self, mut inbox: Inbox, keys: &mut Keys) -> io::Result<Ended> {
        loop {
            self.wait(&inbox);
            self.ui.tick(self.opened.elapsed());
            if self.ui.app.closes_in().is_some_and(|left| left.is_zero()) {
                self.display.hear_out(&inbox.keys);
                return Ok(self.ended(Left::Closed));
            }
            let patience = self.display.patience_left();
            if patience.is_some_and(|left| left.is_zero()) && self.display.give_up(&mut self.ui)? {
                self.pacing.ask(Due::Key);
            }
            match self.take_in(&mut inbox)? {
                Next::Leave(left) => {
                    if left != Left::HungUp {
                        self.display.hear_out(&inbox.keys);
                    }
                    return Ok(self.ended(left));
                }
                Next::Suspend => self.suspend(keys, &inbox)?,
                Next::Still(step, images) => self.show_still(step, images, &inbox)?,
                Next::Return => self.look_around(keys)?,
                Next::GoOn => {}
            }
            if self.foreground.away {
                self.come_back(keys)?;
            } else if self.still.is_some() {
                // Nothing is drawn over it; what happens meanwhile is taken in.
                self.pacing.skip();
            } else if self.time_left().is_some_and(|left| left.is_zero()) {
                self.draw()?;
            }
        }
    }

    /// Sleeps until there is something to do.
    fn wait(&self, inbox: &Inbox) {
        let mut select = Select::new();
        select.recv(&inbox.keys);
        select.recv(&inbox.signals);
        // With a frame due already, more data changes nothing until it is drawn: let it gather.
        if self.pacing.is_idle() || self.still.is_some() {
            select.recv(&inbox.wake);
        }
        let left = if self.foreground.away {
            Some(LOOK)
        } else {
            self.time_left()
        };
        let left = [left, self.display.patience_left()]
            .into_iter()
            .flatten()
            .min();
        match left {
            Some(left) => {
                let _ = select.ready_timeout(left);
            }
            None => {
                let _ = select.ready();
            }
        }
    }

    /// Time until the next frame; `None` while nothing on the screen can change by itself.
    fn time_left(&self) -> Option<Duration> {
        if self.still.is_some() {
            return None;
        }
        self.pacing.time_left(&self.ui.app, self.display.busy())
    }

    /// Takes in everything available before the next frame.
    fn take_in(&mut self, inbox: &mut Inbox) -> io::Result<Next> {
        let mut resized = false;
        while let Ok(signal) = inbox.signals.try_recv() {
            match signal {
                Signalled::HungUp => return Ok(Next::Leave(Left::HungUp)),
                Signalled::Suspend => {
                    if !self.foreground.hears_echo() {
                        return Ok(Next::Suspend);
                    }
                }
                Signalled::Continue => {
                    self.pacing.ask(Due::Key);
                    // Ignore a signal that this process caused itself.
                    if !self.foreground.away && !self.foreground.hears_echo() {
                        return Ok(Next::Return);
                    }
                }
                // A window that was shrunk and enlarged again has lost its edge.
                Signalled::Resized => {
                    self.pacing.ask(Due::Key);
                    self.display.spoil();
                    resized = true;
                }
            }
        }
        while let Ok(item) = inbox.keys.try_recv() {
            let input = match item? {
                Item::Input(input) => input,
                Item::Answer(answer) => {
                    if self.display.hear(&answer, &mut self.ui)? {
                        self.pacing.ask(Due::Key);
                    }
                    continue;
                }
            };
            if self.still.is_some() {
                if still::ends_it(&input) {
                    self.end_still()?;
                }
                continue;
            }
            let effect = self.on_input(&input);
            let next = self.perform(effect);
            if next != Next::GoOn {
                return Ok(next);
            }
        }
        if resized && let Some((step, images)) = self.still.clone() {
            return Ok(Next::Still(step, images));
        }
        let closed = take(&mut inbox.wake);
        for event in self.viewer.events.drain() {
            self.pacing.ask(Due::Data);
            let effect = self.ui.on_event(&event);
            let next = self.perform(effect);
            if next != Next::GoOn {
                return Ok(next);
            }
        }
        if closed {
            self.ui.lost();
            self.pacing.ask(Due::Key);
        }
        Ok(Next::GoOn)
    }

    fn on_input(&mut self, input: &Input) -> Option<Effect> {
        self.pacing.ask(Due::Key);
        match input {
            Input::Key(key) => return self.ui.on_key(key),
            Input::Paste(text) => self.ui.on_paste(text),
            Input::Mouse(mouse) => self.ui.on_mouse(mouse),
            _ => {}
        }
        None
    }

    /// Carries out an effect.
    fn perform(&mut self, effect: Option<Effect>) -> Next {
        match effect {
            Some(Effect::Leave) => return Next::Leave(Left::Closed),
            Some(Effect::Detach) => return Next::Leave(Left::Detached),
            Some(Effect::Suspend) => return Next::Suspend,
            Some(Effect::Still(step, images)) => return Next::Still(step, images),
            Some(Effect::Ring(text)) => self.ring(&text),
            Some(Effect::Redraw) => self.display.spoil(),
            // The next viewers event says who has it.
            Some(Effect::TakeControl) => self.viewer.commands.take_control(),
            Some(Effect::Send(command)) => {
                let id = self.viewer.commands.send(command.clone());
                self.ui.app.sent(command, id);
            }
            None => {}
        }
        Next::GoOn
    }

    fn ring(&mut self, text: &str) {
        let multiplexer = self.display.caps().multiplexer;
        if let Some(sequence) = notify::sequence(text, self.options.notify, multiplexer) {
            // If this cannot be written, neither can the next frame, which reports it.
            let _ = self.display.write(&sequence);
        }
    }

    /// Draws a frame.
    pub fn draw(&mut self) -> io::Result<()> {
        let now = self.display.draw(&mut self.ui)?;
        self.pacing.drawn(now);
        Ok(())
    }

    /// Draws on a terminal that shows something else.
    fn redraw(&mut self) -> io::Result<()> {
        self.display.spoil();
        self.draw()
    }

    fn ended(&self, left: Left) -> Ended {
        let run = &self.ui.app.run;
        Ended {
            left,
            summary: run.summary.as_deref().cloned(),
            failed: run.failed.clone(),
            began: run.info.is_some(),
        }
    }
}

/// Takes a message, if there is one. Returns whether the channel is closed; it is then replaced by a channel that is never ready,
/// because a closed channel is always ready and waiting on it would spin.
fn take(channel: &mut Receiver<()>) -> bool {
    let closed = channel.try_recv() == Err(TryRecvError::Disconnected);
    if closed {
        *channel = never();
    }
    closed
}
