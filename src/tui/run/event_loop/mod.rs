//! The event loop: waits for keys, events and the clock; takes in everything available; draws when something changed. It sleeps
//! while nothing happens.

mod foreground;
mod still;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, TryRecvError, never};

use foreground::Foreground;

use super::display::Display;
use super::ended::Left;
use super::notify;
use super::options::TuiOptions;
use super::pacing::{Due, Pacing};
use super::show::{Next, Show};
use crate::protocol::ImageGrid;
use crate::terminal::decode::Item;
use crate::terminal::job::Signalled;
use crate::tui::input::Keys;

/// How often to check whether this process is in the foreground again; a shell need not signal it.
const LOOK: Duration = Duration::from_millis(200);

/// Everything that can wake the loop.
pub(in crate::tui) struct Inbox {
    /// What was read from the terminal.
    pub keys: Receiver<io::Result<Item>>,
    /// What the terminal or the shell says.
    pub signals: Receiver<Signalled>,
    /// Signals that there are events.
    pub wake: Receiver<()>,
}

/// A screen, while it is shown.
pub(in crate::tui) struct EventLoop<'a, S> {
    screen: &'a mut S,
    display: Display<'a>,
    pacing: Pacing,
    foreground: Foreground,
    /// The images of a step that cover the screen until the next key.
    still: Option<(u64, Arc<ImageGrid>)>,
    options: &'a TuiOptions,
    opened: Instant,
}

impl<'a, S: Show> EventLoop<'a, S> {
    /// Before the first frame.
    pub fn new(screen: &'a mut S, display: Display<'a>, options: &'a TuiOptions) -> Self {
        Self {
            screen,
            display,
            pacing: Pacing::new(options.fps),
            foreground: Foreground::default(),
            still: None,
            options,
            opened: Instant::now(),
        }
    }

    /// What is shown.
    pub fn screen(&mut self) -> &mut S {
        self.screen
    }

    /// Lets go of a terminal that is gone.
    pub fn abandon(self) {
        self.display.abandon();
    }

    /// Shows it until it is left.
    pub fn follow(&mut self, mut inbox: Inbox, keys: &mut Keys) -> io::Result<Left> {
        loop {
            self.wait(&inbox);
            self.screen.tick(self.opened.elapsed());
            if self.screen.is_over() {
                self.display.hear_out(&inbox.keys);
                return Ok(Left::Closed);
            }
            let patience = self.display.patience_left();
            if patience.is_some_and(|left| left.is_zero()) && self.display.give_up(self.screen)? {
                self.pacing.ask(Due::Key);
            }
            match self.take_in(&mut inbox)? {
                Next::Leave(left) => {
                    if left != Left::HungUp {
                        self.display.hear_out(&inbox.keys);
                    }
                    return Ok(left);
                }
                Next::Suspend => self.suspend(keys, &inbox)?,
                Next::Still(step, images) => self.show_still(step, images, &inbox)?,
                Next::Return => self.look_around(keys)?,
                Next::GoOn | Next::Ring(_) | Next::Redraw => {}
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
        let busy = self.display.busy(self.pacing.is_answer());
        self.pacing.time_left(self.screen.motion(), busy)
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
                    if self.display.hear(&answer, self.screen)? {
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
            self.pacing.ask(Due::Key);
            let next = self.screen.on_input(&input);
            let next = self.obey(next);
            if next != Next::GoOn {
                return Ok(next);
            }
        }
        if resized && let Some((step, images)) = self.still.clone() {
            return Ok(Next::Still(step, images));
        }
        let closed = take(&mut inbox.wake);
        for next in self.screen.take_news() {
            self.pacing.ask(Due::Data);
            let next = self.obey(next);
            if next != Next::GoOn {
                return Ok(next);
            }
        }
        if closed {
            self.screen.lost();
            self.pacing.ask(Due::Key);
        }
        Ok(Next::GoOn)
    }

    /// Does what needs no more than the terminal.
    fn obey(&mut self, next: Next) -> Next {
        match next {
            Next::Ring(text) => self.ring(&text),
            Next::Redraw => self.display.spoil(),
            other => return other,
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
        let now = self.display.draw(self.screen, self.pacing.is_answer())?;
        self.pacing.drawn(now);
        Ok(())
    }

    /// Draws on a terminal that shows something else.
    fn redraw(&mut self) -> io::Result<()> {
        self.display.spoil();
        self.draw()
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
