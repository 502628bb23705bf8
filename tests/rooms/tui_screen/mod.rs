//! The terminal UI against a run that never was: whole frames at several sizes, what keys and events change, colours.

mod digits;
mod frames;
mod never_lost;
mod quality;
mod screens;
mod spikes;
mod synthetic;
mod update;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genai_tui::picture::ColorDepth;
use genai_tui::protocol::{Command, Source, State};
use genai_tui::terminal::caps::Charset;
use genai_tui::tui::app::{App, Effect};
use genai_tui::tui::{Look, draw};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use synthetic::Synthetic;

/// A screen and the run it shows.
struct Stage {
    app: App,
    run: Synthetic,
}

impl Stage {
    /// Before anything is known.
    fn new() -> Self {
        Self {
            app: App::new(TimeZone::UTC),
            run: Synthetic::new(3),
        }
    }

    /// Running, with `steps` steps done.
    fn running(steps: u64) -> Self {
        let mut stage = Self::new();
        let started = stage.run.started();
        stage.app.on_event(&started);
        let running = stage.run.state(State::Running, "");
        stage.app.on_event(&running);
        stage.train(steps);
        stage
    }

    /// Trains, ten steps to a window, and draws the samples.
    fn train(&mut self, steps: u64) {
        for _ in 0..steps / 10 {
            let window = self.run.window(10);
            self.app.on_event(&window);
        }
        let samples = self.run.samples();
        self.app.on_event(&samples);
    }

    /// A command from a script takes effect.
    fn script(&mut self, command: &str) {
        let applied = self
            .run
            .applied(None, Source::Script, command.parse::<Command>().unwrap());
        self.app.on_event(&applied);
    }

    fn key(&mut self, code: KeyCode) -> Option<Effect> {
        self.app.on_key(&KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn press(&mut self, c: char) -> Option<Effect> {
        self.key(KeyCode::Char(c))
    }

    fn control_c(&mut self) -> Option<Effect> {
        self.app
            .on_key(&KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL))
    }

    fn draw(&self, width: u16, height: u16, caps: Caps) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| {
                let charset = if caps.utf8 {
                    Charset::Unicode
                } else {
                    Charset::Ascii
                };
                draw(frame, &self.app, &Look::new(caps.colors, charset));
            })
            .unwrap();
        terminal.backend().buffer().clone()
    }

    /// The frame in 24 bits of colour, as text.
    fn text(&self, width: u16, height: u16) -> String {
        text(&self.draw(width, height, FULL))
    }
}

/// What a frame depends on of a terminal.
#[derive(Clone, Copy)]
struct Caps {
    colors: ColorDepth,
    utf8: bool,
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
