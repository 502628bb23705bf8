//! The terminal as the screen is drawn on it: frames and pictures out, and what it answers.

use std::cell::Cell;
use std::io::{self, Stdout, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect, Size};

use super::options::TuiOptions;
use super::show::Show;
use crate::config::SampleGraphics;
use crate::picture::Graphics;
use crate::terminal::decode::Item;
use crate::terminal::{self, Caps, FrameWriter, Inquiry, Pixels, Placed, tmux};
use crate::tui::appearance::Appearance;
use crate::tui::pace::{Counted, Pace};

type Output = Terminal<CrosstermBackend<FrameWriter<Counted<Stdout>>>>;

/// The terminal, and what is on it.
pub(in crate::tui) struct Display<'a> {
    terminal: Output,
    pixels: Pixels,
    /// Keeps the writer from writing half a frame.
    hold: Rc<Cell<bool>>,
    /// The terminal's size at the newest frame.
    size: Size,
    /// What the terminal was asked, and what it has answered.
    inquiry: Inquiry,
    /// Whether the screen may differ from what was drawn.
    is_spoiled: bool,
    pace: Pace,
    options: &'a TuiOptions,
}

impl<'a> Display<'a> {
    /// On a terminal that was entered. It is asked what it can show; the answers change the frames after the first, which
    /// waits for nothing.
    pub fn open(screen: &mut impl Show, options: &'a TuiOptions) -> io::Result<Self> {
        let pace = Pace::new(options.low_bandwidth);
        let hold = Rc::default();
        let (inquiry, questions) = Inquiry::begin(options.caps.clone());
        io::stdout().write_all(questions.as_bytes())?;
        let mut display = Self {
            terminal: new_terminal(&pace, &hold)?,
            pixels: Pixels::new(Graphics::None),
            hold,
            size: Size::ZERO,
            inquiry,
            is_spoiled: false,
            pace,
            options,
        };
        display.settle_pixels(screen);
        Ok(display)
    }

    /// What is known of the terminal by now.
    pub fn caps(&self) -> Caps {
        self.inquiry.caps()
    }

    /// Marks the screen as possibly different from what was drawn.
    pub fn spoil(&mut self) {
        self.is_spoiled = true;
    }

    /// Time until the line is free for a frame; whether it answers the user.
    pub fn busy(&self, is_answer: bool) -> Duration {
        self.pace.wait(Instant::now(), is_answer)
    }

    /// How long to keep waiting for an answer; `None` if the wait is over.
    pub fn patience_left(&self) -> Option<Duration> {
        self.inquiry.patience_left()
    }

    /// No answer came in time: ends the wait. Returns whether a frame is due.
    pub fn give_up(&mut self, screen: &mut impl Show) -> io::Result<bool> {
        self.inquiry.give_up();
        self.know(screen)
    }

    /// Takes in an answer of the terminal. Returns whether a frame is due.
    pub fn hear(&mut self, answer: &[u8], screen: &mut impl Show) -> io::Result<bool> {
        let heard = self.inquiry.take_in(answer);
        if let Some(ask) = heard.ask {
            self.write(&ask)?;
        }
        if heard.news {
            return self.know(screen);
        }
        Ok(false)
    }

    /// Waits for outstanding answers, which the shell would take for keys.
    pub fn hear_out(&mut self, keys: &Receiver<io::Result<Item>>) {
        while let Some(left) = self.inquiry.outstanding() {
            match keys.recv_timeout(left) {
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

    /// Adapts the drawing to what is known of the terminal by now. Returns whether a frame is due.
    fn know(&mut self, screen: &mut impl Show) -> io::Result<bool> {
        let caps = self.inquiry.caps();
        let of = |look: &Appearance| (look.theme.depth, look.glyphs.charset);
        let before = of(screen.look());
        let sextants = screen.look().sextants;
        self.take_away()?;
        *screen.look_mut() = look(&caps, self.options);
        self.settle_pixels(screen);
        let look = screen.look();
        let now = of(look);
        self.is_spoiled |= now != before;
        Ok(now != before || sextants != look.sextants || look.pixels.is_some())
    }

    /// How samples are to be seen in pixels: not before the terminal has answered, or was waited for; and why they are not,
    /// where that was asked for.
    fn settle_pixels(&mut self, screen: &mut impl Show) {
        let caps = self.inquiry.caps();
        let setting: SampleGraphics = self.options.graphics;
        let doubt = caps.doubt(setting, self.inquiry.answers());
        let sent = doubt.as_ref().is_none_or(|(sent, _)| *sent);
        if let Some((_, why)) = doubt {
            screen.notify(why);
        }
        let waits = self.inquiry.patience_left().is_some();
        let graphics = if self.options.low_bandwidth || waits || !sent {
            Graphics::None
        } else {
            caps.live_graphics(setting)
        };
        // Tmux need not pass on what it draws itself.
        let own = caps.graphics == graphics;
        let through = caps.multiplexer.filter(|_| !own);
        self.pixels.turn_to(graphics, through);
        self.measure(&caps, screen);
    }

    /// The size of a cell, and where our screen is, on the terminal that shows pixels.
    fn measure(&mut self, caps: &Caps, screen: &mut impl Show) {
        let cell = match cell_px() {
            (0, _) | (_, 0) => caps.cell_px.unwrap_or_default(),
            known => known,
        };
        self.pixels.set_cell(cell);
        self.pixels.set_registers(caps.registers);
        if self.pixels.go_through() {
            self.pixels.set_origin(tmux::origin());
        }
        screen.look_mut().pixels = self.pixels.cell();
    }

    /// Draws a frame; whether it answers the user.
    pub fn draw(&mut self, screen: &mut impl Show, is_answer: bool) -> io::Result<Instant> {
        let begin = Instant::now();
        screen.take_cost(self.pace.cost());
        if std::mem::take(&mut self.is_spoiled) {
            self.start_over()?;
        }
        // All that makes up this frame is written at once.
        self.hold.set(true);
        let drawn = self.draw_all(screen);
        self.hold.set(false);
        drawn?;
        self.flush()?;
        let now = Instant::now();
        self.pace.drawn(now, now - begin, is_answer);
        Ok(now)
    }

    fn draw_all(&mut self, screen: &mut impl Show) -> io::Result<()> {
        let size = self.terminal.size()?;
        if size != self.size {
            self.size = size;
            screen.resize(Rect::from((Position::ORIGIN, size)));
            let caps = self.inquiry.caps();
            self.measure(&caps, screen);
            self.take_away()?;
        }
        let mut placed = self.draw_text(screen)?;
        if self.pixels.move_to(&placed) {
            // The cells below the pictures are out of date: redraw everything. A new terminal assumes an empty screen; the
            // old one's half frame is dropped with it, as none of it was written yet. (`Terminal::clear` would ask where the
            // cursor is, and wait for the answer among the keys.)
            let gone = self.pixels.forget();
            self.terminal = new_terminal(&self.pace, &self.hold)?;
            let clear = format!("{gone}\x1b[0m\x1b[2J");
            self.terminal.backend_mut().write_all(clear.as_bytes())?;
            placed = self.draw_text(screen)?;
        }
        let pictures = self.pixels.show(placed);
        if pictures.is_empty() {
            return Ok(());
        }
        self.terminal.backend_mut().write_all(pictures.as_bytes())
    }

    /// Draws the text, and returns the samples to be shown in pixels.
    fn draw_text(&mut self, screen: &impl Show) -> io::Result<Vec<Placed>> {
        let mut placed = Vec::new();
        self.terminal.draw(|frame| placed = screen.draw(frame))?;
        Ok(placed)
    }

    /// Starts with an empty screen.
    fn start_over(&mut self) -> io::Result<()> {
        self.flush()?;
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

    /// Takes all pictures away.
    pub fn take_away(&mut self) -> io::Result<()> {
        let gone = self.pixels.forget();
        if gone.is_empty() {
            return Ok(());
        }
        self.terminal.backend_mut().write_all(gone.as_bytes())
    }

    /// Writes something that is not part of a frame.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.terminal.backend_mut().write_all(text.as_bytes())?;
        self.flush()
    }

    /// Writes the collected output.
    pub fn flush(&mut self) -> io::Result<()> {
        io::Write::flush(self.terminal.backend_mut())
    }

    /// Lets go of a terminal that is gone. Dropped, it would print that this one shows no cursor; and stderr, which most likely
    /// is the same terminal, would make the print a panic. The guard shows the cursor where it can.
    pub fn abandon(self) {
        std::mem::forget(self.terminal);
    }
}

fn new_terminal(pace: &Pace, hold: &Rc<Cell<bool>>) -> io::Result<Output> {
    let out = Counted::new(io::stdout(), Rc::clone(&pace.count));
    Terminal::new(CrosstermBackend::new(FrameWriter::new(
        out,
        Rc::clone(hold),
    )))
}

/// How to draw on a terminal with these capabilities.
pub(in crate::tui) fn look(caps: &Caps, options: &TuiOptions) -> Appearance {
    Appearance {
        plain_samples: options.low_bandwidth,
        sextants: caps.live_sextants(options.graphics),
        ..Appearance::new(caps.colors, caps.charset(options.frames)).themed(options.theme)
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
