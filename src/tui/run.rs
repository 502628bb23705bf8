//! The loop: waits for keys, events and the clock; takes in everything there is; draws when something changed.
//!
//! It sleeps while nothing happens. Frames for data are limited to the configured rate, frames for keys to 30 a second;
//! the only timer is the second hand of a run that is going on.

use std::io::{self, Stdout};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, never};
use crossterm::event::Event as Input;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::app::{App, Effect};
use super::input;
use super::panels::{self, Look};
use super::terminal::{Caps, FrameWriter, Guard};
use crate::protocol::Summary;
use crate::session::Viewer;

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
    /// A message here acts as Ctrl-C does: the first asks, the second stops, the third leaves. For signals that reach
    /// the process and not the keyboard.
    pub interrupt: Receiver<()>,
    /// A message here leaves at once: the terminal is going away, or is needed for something else.
    pub leave: Receiver<()>,
}

impl Default for TuiOptions {
    fn default() -> Self {
        Self {
            fps: 10,
            caps: Caps::from_env(|name| std::env::var(name).ok()),
            interrupt: never(),
            leave: never(),
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

/// Shows a run until it has ended and the person leaves.
///
/// # Errors
/// When the terminal cannot be used or goes away. It is restored first.
pub fn run(viewer: Viewer, options: TuiOptions) -> anyhow::Result<Ended> {
    use anyhow::Context as _;

    let guard = Guard::enter().context("cannot take over the terminal")?;
    let backend = CrosstermBackend::new(FrameWriter::new(io::stdout()));
    let mut screen = Screen {
        terminal: Terminal::new(backend).context("cannot draw on the terminal")?,
        app: App::new(TimeZone::system()),
        look: Look::new(&options.caps),
        opened: Instant::now(),
        drawn: None,
        due: Due::Key,
    };
    screen.draw().context("cannot draw on the terminal")?;
    let keys = input::start().context("cannot read the keyboard")?;
    let ended = screen
        .follow(viewer, &options, &keys)
        .context("lost the terminal");
    drop(guard);
    ended
}

/// Why a frame is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Nothing,
    Data,
    Key,
}

struct Screen {
    terminal: Terminal<CrosstermBackend<FrameWriter<Stdout>>>,
    app: App,
    look: Look,
    opened: Instant,
    drawn: Option<Instant>,
    due: Due,
}

impl Screen {
    fn follow(
        &mut self,
        viewer: Viewer,
        options: &TuiOptions,
        keys: &Receiver<io::Result<Input>>,
    ) -> io::Result<Ended> {
        let data_frame = Duration::from_secs(1) / options.fps.clamp(1, 30);
        let (mut wake, mut interrupt, mut leave) = (
            viewer.events.wake.clone(),
            options.interrupt.clone(),
            options.leave.clone(),
        );
        loop {
            self.wait(keys, &wake, &interrupt, &leave, data_frame);
            self.app.tick(self.opened.elapsed());

            if leave.try_recv().is_ok() {
                return Ok(self.ended());
            }
            forget_if_closed(&mut leave);
            while let Ok(key) = keys.try_recv() {
                let effect = self.on_input(&key?);
                if self.perform(effect, &viewer) {
                    return Ok(self.ended());
                }
            }
            while interrupt.try_recv().is_ok() {
                self.due = Due::Key;
                let effect = self.app.interrupt();
                if self.perform(effect, &viewer) {
                    return Ok(self.ended());
                }
            }
            forget_if_closed(&mut interrupt);
            let closed = wake.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected);
            for event in viewer.events.drain() {
                self.due = self.due.max(Due::Data);
                let effect = self.app.on_event(&event);
                if self.perform(effect, &viewer) {
                    return Ok(self.ended());
                }
            }
            if closed {
                wake = never();
                self.app.lost();
                self.due = Due::Key;
            }
            if self
                .time_left(data_frame)
                .is_some_and(|left| left.is_zero())
            {
                self.draw()?;
            }
        }
    }

    /// Sleeps until there is something to do.
    fn wait(
        &self,
        keys: &Receiver<io::Result<Input>>,
        wake: &Receiver<()>,
        interrupt: &Receiver<()>,
        leave: &Receiver<()>,
        data_frame: Duration,
    ) {
        let mut select = Select::new();
        select.recv(keys);
        select.recv(interrupt);
        select.recv(leave);
        // With a frame due already, more data changes nothing until it is drawn: let it gather.
        if self.due == Due::Nothing {
            select.recv(wake);
        }
        match self.time_left(data_frame) {
            Some(left) => {
                let _ = select.ready_timeout(left);
            }
            None => {
                let _ = select.ready();
            }
        }
    }

    /// Time until the next frame; none while nothing on the screen can change by itself.
    fn time_left(&self, data_frame: Duration) -> Option<Duration> {
        let pause = match self.due {
            Due::Key => KEY_FRAME,
            Due::Data => data_frame,
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

    /// Carries out an effect; whether it is to leave.
    fn perform(&mut self, effect: Option<Effect>, viewer: &Viewer) -> bool {
        match effect {
            Some(Effect::Leave) => return true,
            Some(Effect::Send(command)) => {
                let id = viewer.commands.send(command.clone());
                self.app.sent(command, id);
            }
            None => {}
        }
        false
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

/// A channel without a sender is ready all the time: waiting for it would be running in circles.
fn forget_if_closed(channel: &mut Receiver<()>) {
    if channel.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected) {
        *channel = never();
    }
}
