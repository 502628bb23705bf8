//! The loop: waits for keys, events and the clock; takes in everything there is; draws when something changed.
//!
//! It sleeps while nothing happens. Frames for data are limited to the configured rate, frames for keys to 30 a second;
//! the only timer is the second hand of a run that is going on.

use std::io::{self, Stdout};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, TryRecvError, never};
use crossterm::event::Event as Input;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::app::{App, Effect};
use super::input;
use super::panels::{self, Look};
use super::terminal::{Caps, FrameWriter, Guard};
use crate::protocol::Summary;
use crate::session::{Viewer, priority};

/// Time between two frames that keys ask for: 30 a second.
const KEY_FRAME: Duration = Duration::from_millis(33);
/// The second hand.
const TICK: Duration = Duration::from_secs(1);

/// How the screen is to behave.
#[derive(Debug)]
pub struct TuiOptions {
    /// Frames a second for data at the most.
    pub fps: u32,
    /// What the terminal can show.
    pub caps: Caps,
}

impl Default for TuiOptions {
    fn default() -> Self {
        Self {
            fps: 10,
            caps: Caps::from_env(|name| std::env::var(name).ok()),
        }
    }
}

/// How the run stood when the screen was left. Neither: the screen was left before the run ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ended {
    /// How the run finished.
    pub summary: Option<Summary>,
    /// Why the run failed.
    pub failed: Option<String>,
}

/// Why the screen could not be shown.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} the terminal")]
pub struct TuiError {
    doing: &'static str,
    source: io::Error,
}

impl TuiError {
    fn while_doing(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { doing, source }
    }
}

/// Shows a run until it has ended and the person leaves.
///
/// # Errors
/// When the terminal cannot be used or goes away. It is restored first.
pub fn run(viewer: Viewer, options: &TuiOptions) -> Result<Ended, TuiError> {
    // The run has its threads by now: this one and the reader of keys make way for them.
    priority::give_way();
    let _guard = Guard::enter().map_err(TuiError::while_doing("take over"))?;
    let backend = CrosstermBackend::new(FrameWriter::new(io::stdout()));
    let drawing = || TuiError::while_doing("draw on");
    let mut screen = Screen {
        terminal: Terminal::new(backend).map_err(drawing())?,
        app: App::new(TimeZone::system()),
        look: Look::new(options.caps.colors, options.caps.utf8),
        viewer,
        data_frame: Duration::from_secs(1) / options.fps.clamp(1, 30),
        opened: Instant::now(),
        drawn: None,
        due: Due::Key,
    };
    screen.draw().map_err(drawing())?;
    let inbox = Inbox {
        keys: input::start().map_err(TuiError::while_doing("read keys from"))?,
        wake: screen.viewer.events.wake.clone(),
    };
    let ended = screen.follow(inbox);
    if ended.is_err() {
        // Dropped, it would print that a terminal which is gone shows no cursor; and stderr, which most likely is that
        // terminal, would make the print a panic. The guard shows the cursor where it can.
        std::mem::forget(screen.terminal);
    }
    ended.map_err(TuiError::while_doing("go on with"))
}

/// Why a frame is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Nothing,
    Data,
    Key,
}

/// What the loop does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    Leave,
}

/// Everything that can wake the loop.
struct Inbox {
    keys: Receiver<io::Result<Input>>,
    wake: Receiver<()>,
}

struct Screen {
    terminal: Terminal<CrosstermBackend<FrameWriter<Stdout>>>,
    app: App,
    look: Look,
    viewer: Viewer,
    /// Time between two frames that data asks for.
    data_frame: Duration,
    opened: Instant,
    drawn: Option<Instant>,
    due: Due,
}

impl Screen {
    fn follow(&mut self, mut inbox: Inbox) -> io::Result<Ended> {
        loop {
            self.wait(&inbox);
            self.app.tick(self.opened.elapsed());
            if self.take_in(&mut inbox)? == Next::Leave {
                return Ok(self.ended());
            }
            if self.time_left().is_some_and(|left| left.is_zero()) {
                self.draw()?;
            }
        }
    }

    /// Sleeps until there is something to do.
    fn wait(&self, inbox: &Inbox) {
        let mut select = Select::new();
        select.recv(&inbox.keys);
        // With a frame due already, more data changes nothing until it is drawn: let it gather.
        if self.due == Due::Nothing {
            select.recv(&inbox.wake);
        }
        match self.time_left() {
            Some(left) => {
                let _ = select.ready_timeout(left);
            }
            None => {
                let _ = select.ready();
            }
        }
    }

    /// Takes in everything there is.
    fn take_in(&mut self, inbox: &mut Inbox) -> io::Result<Next> {
        while let Ok(key) = inbox.keys.try_recv() {
            let effect = self.on_input(&key?);
            if self.perform(effect) == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        let closed = take(&mut inbox.wake);
        for event in self.viewer.events.drain() {
            self.due = self.due.max(Due::Data);
            let effect = self.app.on_event(&event);
            if self.perform(effect) == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        if closed {
            self.app.lost();
            self.due = Due::Key;
        }
        Ok(Next::GoOn)
    }

    /// Time until the next frame; none while nothing on the screen can change by itself.
    fn time_left(&self) -> Option<Duration> {
        let pause = match self.due {
            Due::Key => KEY_FRAME,
            Due::Data => self.data_frame,
            Due::Nothing if self.app.is_ticking() => TICK,
            Due::Nothing => return None,
        };
        Some(self.drawn.map_or(Duration::ZERO, |drawn| {
            pause.saturating_sub(drawn.elapsed())
        }))
    }

    fn on_input(&mut self, input: &Input) -> Option<Effect> {
        self.due = Due::Key;
        match input {
            Input::Key(key) => self.app.on_key(key),
            Input::Paste(text) => {
                self.app.on_paste(text);
                None
            }
            _ => None,
        }
    }

    /// Carries out an effect.
    fn perform(&mut self, effect: Option<Effect>) -> Next {
        match effect {
            Some(Effect::Leave) => return Next::Leave,
            Some(Effect::Send(command)) => {
                let id = self.viewer.commands.send(command.clone());
                self.app.sent(command, id);
            }
            None => {}
        }
        Next::GoOn
    }

    fn draw(&mut self) -> io::Result<()> {
        let (app, look) = (&self.app, &self.look);
        self.terminal.draw(|frame| panels::draw(frame, app, look))?;
        self.drawn = Some(Instant::now());
        self.due = Due::Nothing;
        Ok(())
    }

    fn ended(&self) -> Ended {
        Ended {
            summary: self.app.run.summary.as_deref().cloned(),
            failed: self.app.run.failed.clone(),
        }
    }
}

/// Takes a message, if there is one, and says whether there is no sender any more. Such a channel would be ready all the
/// time, and waiting for it would be running in circles: it is replaced by one that is never ready.
fn take(channel: &mut Receiver<()>) -> bool {
    let closed = channel.try_recv() == Err(TryRecvError::Disconnected);
    if closed {
        *channel = never();
    }
    closed
}
