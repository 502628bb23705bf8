//! The terminal UI with a simulated run: complete frames at several sizes, the effects of keys and events, colours.

mod any_script;
mod frames;
mod never_lost;
mod of_a_program;
mod own_scales;
mod quality;
mod screens;
mod spikes;
mod update;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genai_tui::picture::ColorDepth;
use genai_tui::protocol::{Command, Source, State};
use genai_tui::terminal::caps::Charset;
use genai_tui::testkit::Synthetic;
use genai_tui::tui::app::{App, Effect};
use genai_tui::tui::keymap::SCREENS;
use genai_tui::tui::{Appearance, Ui};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A screen and the run it shows.
struct Stage {
    ui: Ui,
    run: Synthetic,
}

impl Stage {
    /// Before anything is known.
    fn new() -> Self {
        Self {
            ui: Ui::new(App::new(TimeZone::UTC), FULL.look()),
            run: Synthetic::new(3),
        }
    }

    /// Running, with `steps` steps done.
    fn running(steps: u64) -> Self {
        let mut stage = Self::new();
        let started = stage.run.started();
        stage.ui.on_event(&started);
        let running = stage.run.state(State::Running, "");
        stage.ui.on_event(&running);
        stage.train(steps);
        stage
    }

    /// Trains, ten steps per window, and generates samples.
    fn train(&mut self, steps: u64) {
        for _ in 0..steps / 10 {
            let window = self.run.window(10);
            self.ui.on_event(&window);
        }
        let samples = self.run.samples();
        self.ui.on_event(&samples);
    }

    /// Applies a command from a script.
    fn script(&mut self, command: &str) {
        let applied = self
            .run
            .applied(None, Source::Script, command.parse::<Command>().unwrap());
        self.ui.on_event(&applied);
    }

    fn key(&mut self, code: KeyCode) -> Option<Effect> {
        self.ui.on_key(&KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn press(&mut self, c: char) -> Option<Effect> {
        self.key(KeyCode::Char(c))
    }

    fn control_c(&mut self) -> Option<Effect> {
        self.ui
            .on_key(&KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL))
    }

    /// The open dialog.
    fn asks(&self) -> Option<&'static str> {
        let context = self.ui.context();
        (!std::ptr::eq(context, &raw const SCREENS)).then_some(context.title)
    }

    fn draw(&mut self, width: u16, height: u16, caps: Caps) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.ui.look = caps.look();
        self.ui.resize(Rect::new(0, 0, width, height));
        terminal.draw(|frame| drop(self.ui.draw(frame))).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The frame in 24 bits of colour, as text.
    fn text(&mut self, width: u16, height: u16) -> String {
        text(&self.draw(width, height, FULL))
    }
}

/// Properties of a terminal that a frame depends on.
#[derive(Clone, Copy)]
struct Caps {
    colors: ColorDepth,
    utf8: bool,
}

impl Caps {
    fn look(self) -> Appearance {
        let charset = if self.utf8 {
            Charset::Unicode
        } else {
            Charset::Ascii
        };
        Appearance::new(self.colors, charset)
    }
}

const FULL: Caps = Caps {
    colors: ColorDepth::TrueColor,
    utf8: true,
};

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content().chunks(width);
    let lines = rows.map(|row| {
        row.iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
    });
    lines
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}
