//! The loop: waits for keys, events and the clock; takes in everything there is; draws when something changed.
//!
//! It sleeps while nothing happens. Frames for data are limited to the configured rate, frames for keys to 30 a second;
//! the only timer is the second hand of a run that is going on. While this process is in the shell's background nothing is
//! drawn and no key is read; the run goes on.

use std::cell::Cell;
use std::io::{self, Stdout, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, TryRecvError, never};
use crossterm::event::{Event as Input, MouseEventKind};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect, Size};

use super::app::{App, Closing, Effect, FRAME, Seat};
use super::film;
use super::input::Keys;
use super::keymap::{Keymap, KeymapError};
use super::look::Look;
use super::pace::{Counted, Pace};
use super::panels::samples;
use super::ui::Ui;
use crate::config::RunConfig;
use crate::picture::viuer::Graphics;
use crate::protocol::{ImageGrid, Summary};
use crate::session::outlook::Outlook;
use crate::session::{Viewer, priority};
use crate::terminal::decode::Item;
use crate::terminal::job::{self, Signalled};
use crate::terminal::{self, Caps, FrameWriter, Guard, Inquiry, Pixels, Placed, still, tmux};
use crate::text;

/// Time between two frames that keys ask for: 30 a second.
const KEY_FRAME: Duration = Duration::from_millis(33);
/// The second hand.
const TICK: Duration = Duration::from_secs(1);
/// Time between two looks whether this process is in the foreground again: a shell need not tell.
const LOOK: Duration = Duration::from_millis(200);
/// One wish to stop may come twice: to the whole job, and passed on by the front.
const ECHO: Duration = Duration::from_millis(100);

/// How the screen is to behave.
#[derive(Debug)]
pub struct TuiOptions {
    /// Frames a second for data at the most.
    pub fps: u32,
    /// Whether to keep to a few kilobytes a second.
    pub low_bandwidth: bool,
    /// The name of the theme.
    pub theme: String,
    /// How samples are drawn: a value of `ui.graphics`.
    pub graphics: String,
    /// Which characters it is drawn with: a value of `ui.frames`.
    pub frames: String,
    /// How an alarm is told: `none`, `bell`, `osc`.
    pub notify: String,
    /// Whether the mouse does something.
    pub mouse: bool,
    /// What each key does.
    pub keymap: Keymap,
    /// What the terminal can show.
    pub caps: Caps,
    /// Whether this is one viewer of a run in another process: leaving then means the viewer alone.
    pub attached: bool,
    /// What becomes of the run when this viewer leaves.
    pub outlook: Outlook,
    /// How long after the run's end the screen closes where no key ever came; none is never.
    pub close_after: Option<Duration>,
}

impl Default for TuiOptions {
    fn default() -> Self {
        Self {
            fps: 4,
            low_bandwidth: false,
            theme: String::new(),
            graphics: "auto".to_owned(),
            frames: "auto".to_owned(),
            notify: "none".to_owned(),
            mouse: false,
            keymap: Keymap::default(),
            caps: Caps::detect(),
            attached: false,
            outlook: Outlook::default(),
            close_after: None,
        }
    }
}

impl TuiOptions {
    /// As a configuration has them.
    ///
    /// # Errors
    /// For keys that do not exist, or that would do two things.
    pub fn new(config: &RunConfig) -> Result<Self, KeymapError> {
        let keys = config.keys.iter();
        Ok(Self {
            fps: config.ui.fps,
            low_bandwidth: config.ui.low_bandwidth,
            theme: config.ui.theme.clone(),
            graphics: config.ui.graphics.clone(),
            frames: config.ui.frames.clone(),
            notify: config.ui.notify.clone(),
            mouse: config.ui.mouse,
            close_after: close_after(config),
            keymap: Keymap::new(keys.map(|(action, key)| (action.as_str(), key.as_str())))?,
            ..Self::default()
        })
    }
}

/// How long a screen that nobody touched stays open: for ever, unless the run was given an end. A thousand epochs, which
/// is where every run ends, are none that somebody waits for.
fn close_after(config: &RunConfig) -> Option<Duration> {
    const FAR: u64 = 1000;
    let has_end = config.steps.is_some()
        || config.max_time.is_some()
        || !config.fail_if.is_empty()
        || config.epochs.is_some_and(|epochs| epochs < FAR);
    Some(config.ui.close_after).filter(|after| has_end && !after.is_zero())
}

/// How the run stood when the screen was left, and how it was left. Neither summary nor failure: the run goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ended {
    /// How the run finished.
    pub summary: Option<Summary>,
    /// Why the run failed.
    pub failed: Option<String>,
    /// Whether it had begun to train.
    pub began: bool,
    /// How the screen was left.
    pub left: Left,
}

/// How the screen was left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Left {
    /// The run has ended, or was asked to.
    #[default]
    Closed,
    /// A person wants the terminal back, and the run to go on.
    Detached,
    /// The terminal is gone, or whoever held it; the run is to go on.
    HungUp,
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

/// Whether an error says that there is no terminal any more.
fn is_hangup(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::IO, Errno::NXIO].contains(&Errno::from_io_error(error).unwrap_or(Errno::INVAL))
}

/// Shows a run until it has ended and the person leaves, or until the terminal is left or gone. Leaves it restored.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(viewer: &Viewer, options: &TuiOptions) -> Result<Ended, TuiError> {
    match show(viewer, options) {
        Err(error) if is_hangup(&error.source) => Ok(Ended {
            left: Left::HungUp,
            // Not known here: whoever asks the run for something must not wait for ever.
            began: true,
            ..Ended::default()
        }),
        shown => shown,
    }
}

fn show(viewer: &Viewer, options: &TuiOptions) -> Result<Ended, TuiError> {
    // First of all: from here on a terminal that hangs up ends nothing.
    let signals = job::listen().map_err(TuiError::while_doing("listen to"))?;
    // The run has its threads by now: this one and the reader of keys make way for them.
    priority::give_way();
    let _guard = Guard::enter(options.mouse).map_err(TuiError::while_doing("take over"))?;
    let drawing = || TuiError::while_doing("draw on");
    let pace = Pace::new(options.low_bandwidth);
    let hold = Rc::default();
    // What it answers changes the frames after the first, which waits for nothing.
    let (inquiry, questions) = Inquiry::begin(options.caps.clone());
    io::stdout()
        .write_all(questions.as_bytes())
        .map_err(drawing())?;
    let mut app = App::new(TimeZone::system())
        .at(Seat::new(viewer.id, options.attached))
        .with_keys(options.keymap.clone());
    app.outlook = options.outlook.clone();
    app.closing = Closing::after(options.close_after);
    app.catch_up(&viewer.before);
    let mut screen = Screen {
        terminal: new_terminal(&pace, &hold).map_err(drawing())?,
        pixels: Pixels::new(Graphics::None),
        hold,
        size: Size::ZERO,
        inquiry,
        anew: false,
        ui: Ui::new(app, look(&options.caps, options)),
        pace,
        options,
        viewer,
        data_frame: Duration::from_secs(1) / options.fps.clamp(1, 30),
        opened: Instant::now(),
        drawn: None,
        answered: None,
        due: Due::Key,
        away: false,
        returned: None,
        still: None,
    };
    screen.settle_pixels();
    screen.draw().map_err(drawing())?;
    let earlier = film::read(&screen.ui.app);
    screen.ui.app.remember(earlier);
    let mut keys = Keys::start().map_err(TuiError::while_doing("read keys from"))?;
    let inbox = Inbox {
        keys: keys.read.clone(),
        signals,
        wake: viewer.events.wake.clone(),
    };
    let ended = screen.follow(inbox, &mut keys);
    drop(keys);
    if ended.as_ref().map_or(true, |e| e.left == Left::HungUp) {
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
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    GoOn,
    Leave(Left),
    Suspend,
    Still(u64, Arc<ImageGrid>),
    /// See who has the terminal.
    Return,
}

/// Everything that can wake the loop.
struct Inbox {
    keys: Receiver<io::Result<Item>>,
    signals: Receiver<Signalled>,
    wake: Receiver<()>,
}

type Output = Terminal<CrosstermBackend<FrameWriter<Counted<Stdout>>>>;

fn new_terminal(pace: &Pace, hold: &Rc<Cell<bool>>) -> io::Result<Output> {
    let out = Counted::new(io::stdout(), Rc::clone(&pace.count));
    Terminal::new(CrosstermBackend::new(FrameWriter::new(
        out,
        Rc::clone(hold),
    )))
}

struct Screen<'a> {
    terminal: Output,
    pixels: Pixels,
    /// Keeps the writer from writing half a frame.
    hold: Rc<Cell<bool>>,
    /// The terminal's size at the newest frame.
    size: Size,
    /// What the terminal was asked, and what it has answered.
    inquiry: Inquiry,
    /// Whether something else may be on the screen than what was drawn there.
    anew: bool,
    ui: Ui,
    pace: Pace,
    options: &'a TuiOptions,
    viewer: &'a Viewer,
    /// Time between two frames that data asks for.
    data_frame: Duration,
    opened: Instant,
    drawn: Option<Instant>,
    /// When a frame was drawn for a key.
    answered: Option<Instant>,
    due: Due,
    /// Whether the terminal is someone else's at the moment.
    away: bool,
    /// When it became ours again.
    returned: Option<Instant>,
    /// What lies over the screen until the next key: images of a step.
    still: Option<(u64, Arc<ImageGrid>)>,
}

impl Screen<'_> {
    fn follow(&mut self, mut inbox: Inbox, keys: &mut Keys) -> io::Result<Ended> {
        loop {
            self.wait(&inbox);
            self.ui.tick(self.opened.elapsed());
            if self.ui.app.closes_in().is_some_and(|left| left.is_zero()) {
                self.hear_out(&inbox);
                return Ok(self.ended(Left::Closed));
            }
            if self
                .inquiry
                .patience_left()
                .is_some_and(|left| left.is_zero())
            {
                self.inquiry.give_up();
                self.know()?;
            }
            match self.take_in(&mut inbox)? {
                Next::Leave(left) => {
                    if left != Left::HungUp {
                        self.hear_out(&inbox);
                    }
                    return Ok(self.ended(left));
                }
                Next::Suspend => self.suspend(keys, &inbox)?,
                Next::Still(step, images) => self.show_still(step, images, keys, &inbox)?,
                Next::Return => self.look_around(keys)?,
                Next::GoOn => {}
            }
            if self.away {
                self.come_back(keys)?;
            } else if self.still.is_some() {
                // Nothing is drawn over it; what happens meanwhile is taken in.
                self.due = Due::Nothing;
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
        if self.due == Due::Nothing || self.still.is_some() {
            select.recv(&inbox.wake);
        }
        let left = if self.away {
            Some(LOOK)
        } else {
            self.time_left()
        };
        let left = [left, self.inquiry.patience_left()]
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

    /// Takes in everything there is. However much came at once, it is all taken in before the next frame.
    fn take_in(&mut self, inbox: &mut Inbox) -> io::Result<Next> {
        let mut resized = false;
        while let Ok(signal) = inbox.signals.try_recv() {
            match signal {
                Signalled::HungUp => return Ok(Next::Leave(Left::HungUp)),
                Signalled::Suspend => {
                    let echo = self.returned.is_some_and(|at| at.elapsed() < ECHO);
                    if !echo {
                        return Ok(Next::Suspend);
                    }
                }
                Signalled::Continue => {
                    self.due = Due::Key;
                    // Of one that this program has made happen itself it knows already.
                    let known = self.returned.is_some_and(|at| at.elapsed() < ECHO);
                    if !self.away && !known {
                        return Ok(Next::Return);
                    }
                }
                // A window that was made smaller and large again has lost what was at its edge.
                Signalled::Resized => {
                    (self.due, self.anew) = (Due::Key, true);
                    resized = true;
                }
            }
        }
        while let Ok(item) = inbox.keys.try_recv() {
            let key = match item? {
                Item::Input(input) => input,
                Item::Answer(answer) => {
                    self.hear(&answer)?;
                    continue;
                }
            };
            if self.still.is_some() {
                if ends_a_still(&key) {
                    self.end_still()?;
                }
                continue;
            }
            let effect = self.on_input(&key);
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
            self.due = self.due.max(Due::Data);
            let effect = self.ui.on_event(&event);
            let next = self.perform(effect);
            if next != Next::GoOn {
                return Ok(next);
            }
        }
        if closed {
            self.ui.lost();
            self.due = Due::Key;
        }
        Ok(Next::GoOn)
    }

    /// Gives the terminal to the shell and stops until it lets this process go on.
    fn suspend(&mut self, keys: &mut Keys, inbox: &Inbox) -> io::Result<()> {
        if !job::has_shell() {
            self.ui.app.notice = Some("there is no shell to go back to: d detaches".to_owned());
            self.due = Due::Key;
            return Ok(());
        }
        if !self.away {
            self.hear_out(inbox);
            keys.pause();
            terminal::restore();
            self.away = true;
            self.still = None;
        }
        job::stop()?;
        self.returned = Some(Instant::now());
        // Whoever was told twice to stop was told before this.
        while let Ok(signal) = inbox.signals.try_recv() {
            if signal == Signalled::HungUp {
                return Err(rustix::io::Errno::IO.into());
            }
        }
        Ok(())
    }

    /// Someone let this process go on that was stopped without being asked, as by SIGSTOP. A shell has had the terminal since,
    /// and may still have it.
    fn look_around(&mut self, keys: &mut Keys) -> io::Result<()> {
        if job::in_background() {
            keys.pause();
            terminal::restore();
            self.away = true;
            self.still = None;
            return Ok(());
        }
        terminal::take()?;
        self.still = None;
        self.draw_anew()
    }

    /// Takes the terminal again once this process is in the foreground.
    fn come_back(&mut self, keys: &mut Keys) -> io::Result<()> {
        if !job::in_foreground() {
            return Ok(());
        }
        terminal::take()?;
        self.away = false;
        self.returned = Some(Instant::now());
        keys.go_on();
        self.draw_anew()
    }

    /// Shows images of a step over the whole terminal until the next key. What happens meanwhile is taken in. Where the
    /// terminal has no pixels, they are drawn in characters, and go on changing.
    fn show_still(
        &mut self,
        step: u64,
        images: Arc<ImageGrid>,
        keys: &mut Keys,
        inbox: &Inbox,
    ) -> io::Result<()> {
        self.hear_out(inbox);
        let caption = samples::caption(step, images.count(), "a still", &self.ui.look);
        self.take_away()?;
        io::Write::flush(self.terminal.backend_mut())?;
        // The terminal's answers are for whoever asks.
        keys.pause();
        let shown = still::show(&images, &caption, &self.inquiry.caps());
        keys.go_on();
        match shown? {
            Ok(()) => {
                self.still = Some((step, images));
                Ok(())
            }
            Err(why) => {
                self.ui.show_in_characters(why);
                self.end_still()
            }
        }
    }

    fn end_still(&mut self) -> io::Result<()> {
        self.still = None;
        still::clear()?;
        self.draw_anew()
    }

    /// Draws on a terminal that shows something else.
    fn draw_anew(&mut self) -> io::Result<()> {
        self.anew = true;
        self.draw()
    }

    /// Begins with an empty screen, whatever is on it.
    fn begin_anew(&mut self) -> io::Result<()> {
        io::Write::flush(self.terminal.backend_mut())?;
        let gone = self.pixels.forget();
        // A new one knows nothing of what is on the screen and draws everything. The old one would show the cursor as it
        // goes: into a frame that is never written.
        self.hold.set(true);
        self.terminal = new_terminal(&self.pace, &self.hold)?;
        self.hold.set(false);
        let out = self.terminal.backend_mut();
        out.write_all(gone.as_bytes())?;
        terminal::claim(out)
    }

    /// Takes in an answer of the terminal's.
    fn hear(&mut self, answer: &[u8]) -> io::Result<()> {
        let heard = self.inquiry.take_in(answer);
        if let Some(ask) = heard.ask {
            let out = self.terminal.backend_mut();
            out.write_all(ask.as_bytes())?;
            io::Write::flush(out)?;
        }
        if heard.news {
            self.know()?;
        }
        Ok(())
    }

    /// Draws as suits what is known of the terminal by now.
    fn know(&mut self) -> io::Result<()> {
        let caps = self.inquiry.caps();
        let before = (self.ui.look.theme.depth, self.ui.look.glyphs.charset);
        let sextants = self.ui.look.sextants;
        self.take_away()?;
        self.ui.look = look(&caps, self.options);
        self.settle_pixels();
        let now = (self.ui.look.theme.depth, self.ui.look.glyphs.charset);
        if now != before {
            self.anew = true;
        }
        if now != before || sextants != self.ui.look.sextants || self.ui.look.pixels.is_some() {
            self.due = Due::Key;
        }
        Ok(())
    }

    /// How samples are to be seen in pixels: not before the terminal has answered, or was waited for; and why they are not,
    /// where that was asked for.
    fn settle_pixels(&mut self) {
        let caps = self.inquiry.caps();
        let setting = &self.options.graphics;
        let doubt = caps.doubt(setting, self.inquiry.answers());
        let sent = doubt.as_ref().is_none_or(|(sent, _)| *sent);
        if let Some((_, why)) = doubt {
            self.ui.app.notice = Some(why);
        }
        let waits = self.inquiry.patience_left().is_some();
        let graphics = if self.options.low_bandwidth || waits || !sent {
            Graphics::None
        } else {
            caps.live_graphics(setting)
        };
        // What tmux draws itself it need not pass on.
        let own = caps.graphics == graphics;
        let through = caps.multiplexer.filter(|_| !own);
        self.pixels.turn_to(graphics, through);
        self.measure(&caps);
    }

    /// The size of a cell, and where our screen is, on the terminal that shows pixels.
    fn measure(&mut self, caps: &Caps) {
        let cell = match cell_px() {
            (0, _) | (_, 0) => caps.cell_px.unwrap_or_default(),
            known => known,
        };
        self.pixels.set_cell(cell);
        if self.pixels.go_through() {
            self.pixels.set_origin(tmux::origin());
        }
        self.ui.look.pixels = self.pixels.cell();
    }

    /// Waits for answers that are on their way, so that nobody else gets them: the shell would take them for keys.
    fn hear_out(&mut self, inbox: &Inbox) {
        while let Some(left) = self.inquiry.outstanding() {
            match inbox.keys.recv_timeout(left) {
                Ok(Ok(Item::Answer(answer))) => {
                    // What would be asked next is not.
                    if self.inquiry.take_in(&answer).ask.is_some() {
                        self.inquiry.ask_no_more();
                    }
                }
                Ok(Ok(Item::Input(_))) => {}
                _ => return,
            }
        }
    }

    /// Time until the next frame; none while nothing on the screen can change by itself.
    fn time_left(&self) -> Option<Duration> {
        if self.still.is_some() {
            return None;
        }
        let since = |frame: Option<Instant>, pause: Duration| {
            frame.map_or(Duration::ZERO, |frame| {
                pause.saturating_sub(frame.elapsed())
            })
        };
        let pause = match self.due {
            // What a person asks for is not kept waiting, whatever was drawn a moment ago; only held-down keys are.
            Due::Key => return Some(since(self.answered, KEY_FRAME)),
            _ if self.ui.app.is_playing() => FRAME,
            Due::Data => self.data_frame,
            Due::Nothing if self.ui.app.is_ticking() => TICK,
            Due::Nothing => return None,
        };
        Some(since(self.drawn, pause).max(self.pace.wait(Instant::now())))
    }

    fn on_input(&mut self, input: &Input) -> Option<Effect> {
        self.due = Due::Key;
        match input {
            Input::Key(key) => self.ui.on_key(key),
            Input::Paste(text) => {
                self.ui.on_paste(text);
                None
            }
            Input::Mouse(mouse) => {
                self.ui.on_mouse(mouse);
                None
            }
            _ => None,
        }
    }

    /// Carries out an effect.
    fn perform(&mut self, effect: Option<Effect>) -> Next {
        match effect {
            Some(Effect::Leave) => return Next::Leave(Left::Closed),
            Some(Effect::Detach) => return Next::Leave(Left::Detached),
            Some(Effect::Suspend) => return Next::Suspend,
            Some(Effect::Still(step, images)) => return Next::Still(step, images),
            Some(Effect::Ring(text)) => self.ring(&text),
            Some(Effect::Redraw) => self.anew = true,
            // Who has it is told by the next event about viewers.
            Some(Effect::TakeControl) => self.viewer.commands.take_control(),
            Some(Effect::Send(command)) => {
                let id = self.viewer.commands.send(command.clone());
                self.ui.app.sent(command, id);
            }
            None => {}
        }
        Next::GoOn
    }

    /// Tells of an alarm to someone who looks elsewhere, if that is wanted. A terminal that takes no such thing ignores it.
    fn ring(&mut self, text: &str) {
        let clean = text::fit(&text::line(text), 200, "");
        let sequence = match self.options.notify.as_str() {
            "bell" => "\x07".to_owned(),
            "osc" => {
                let sequence = format!("\x1b]9;genai-tui: {clean}\x07");
                match self.inquiry.caps().multiplexer {
                    Some(multiplexer) => multiplexer.wrapped(&sequence),
                    None => sequence,
                }
            }
            _ => return,
        };
        // What cannot be written now, no frame can be either: that is told there.
        let out = self.terminal.backend_mut();
        let _ = out.write_all(sequence.as_bytes());
        let _ = io::Write::flush(out);
    }

    fn draw(&mut self) -> io::Result<()> {
        let begin = Instant::now();
        self.ui.app.cost = self.pace.cost();
        if std::mem::take(&mut self.anew) {
            self.begin_anew()?;
        }
        // All that makes up this frame is written at once.
        self.hold.set(true);
        let drawn = self.draw_all();
        self.hold.set(false);
        drawn?;
        io::Write::flush(self.terminal.backend_mut())?;
        let now = Instant::now();
        self.pace.drawn(now, now - begin);
        self.drawn = Some(now);
        if self.due == Due::Key {
            self.answered = Some(now);
        }
        self.due = Due::Nothing;
        Ok(())
    }

    fn draw_all(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        if size != self.size {
            self.size = size;
            self.ui.resize(Rect::from((Position::ORIGIN, size)));
            let caps = self.inquiry.caps();
            self.measure(&caps);
            self.take_away()?;
        }
        let mut placed = self.draw_text()?;
        if self.pixels.move_to(&placed) {
            // What lay below is not what the terminal was last told to show there: everything is drawn anew. A new
            // terminal knows of nothing on the screen; the old one's half of a frame goes with it, as nothing of it was
            // written yet. (`Terminal::clear` would ask where the cursor is, and wait for the answer among the keys.)
            let gone = self.pixels.forget();
            self.terminal = new_terminal(&self.pace, &self.hold)?;
            let clear = format!("{gone}\x1b[0m\x1b[2J");
            self.terminal.backend_mut().write_all(clear.as_bytes())?;
            placed = self.draw_text()?;
        }
        let pictures = self.pixels.show(placed);
        if pictures.is_empty() {
            return Ok(());
        }
        self.terminal.backend_mut().write_all(pictures.as_bytes())
    }

    /// Draws the text, and gives the samples that are to be seen in pixels.
    fn draw_text(&mut self) -> io::Result<Vec<Placed>> {
        let mut placed = Vec::new();
        self.terminal.draw(|frame| placed = self.ui.draw(frame))?;
        Ok(placed)
    }

    /// Takes all pictures away.
    fn take_away(&mut self) -> io::Result<()> {
        let gone = self.pixels.forget();
        if gone.is_empty() {
            return Ok(());
        }
        self.terminal.backend_mut().write_all(gone.as_bytes())
    }

    fn ended(&self, left: Left) -> Ended {
        Ended {
            left,
            summary: self.ui.app.run.summary.as_deref().cloned(),
            failed: self.ui.app.run.failed.clone(),
            began: self.ui.app.run.info.is_some(),
        }
    }
}

/// How a terminal of which so much is known is drawn on.
fn look(caps: &Caps, options: &TuiOptions) -> Look {
    Look {
        plain_samples: options.low_bandwidth,
        sextants: caps.live_sextants(&options.graphics),
        ..Look::new(caps.colors, caps.charset(&options.frames)).themed(&options.theme)
    }
}

/// Whether a still goes when this comes: a key, a click.
fn ends_a_still(input: &Input) -> bool {
    match input {
        Input::Mouse(mouse) => matches!(mouse.kind, MouseEventKind::Down(_)),
        Input::Key(_) | Input::Paste(_) => true,
        Input::Resize(..) | Input::FocusGained | Input::FocusLost => false,
    }
}

/// Width and height of a cell in pixels, where the terminal's driver knows; nothing else.
fn cell_px() -> (u16, u16) {
    crossterm::terminal::window_size().map_or((0, 0), |window| {
        let size = |pixels: u16, cells: u16| pixels.checked_div(cells).unwrap_or(0);
        (
            size(window.width, window.columns),
            size(window.height, window.rows),
        )
    })
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
