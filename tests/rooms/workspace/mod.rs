//! The workspace of many runs, on the sample logs in `tests/logs/`: complete frames, keys, what is remembered; and the
//! thread that reads.

mod crowd;
mod deleting;
mod frames;
mod groups;
mod keys;
mod reading;
mod sweep;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genai_tui::logs::{self, Reached, Run};
use genai_tui::picture::ColorDepth;
use genai_tui::terminal::caps::Charset;
use genai_tui::tui::Appearance;
use genai_tui::tui::workspace::{Effect, Workspace};
use genai_tui::workspace::{Curves, Known, News, Remembered, RunId};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs")
}

/// When it is, in these tests: two hours after every log was written to.
fn now() -> Timestamp {
    Timestamp::from_second(1_700_007_200).unwrap()
}

/// A workspace of the sample logs, everything read; and the runs, to draw their series.
struct Stage {
    workspace: Workspace,
    runs: Vec<Run>,
}

impl Stage {
    fn new() -> Self {
        Self::with(Remembered::default(), None)
    }

    fn with(mut remembered: Remembered, file: Option<PathBuf>) -> Self {
        remembered.smoothing = remembered.smoothing.or(Some(0));
        let look = Appearance::new(ColorDepth::TrueColor, Charset::Unicode);
        let mut workspace = Workspace::new(look, vec![samples()], remembered, file);
        workspace.resize(Rect::new(0, 0, 120, 40));
        workspace.set_now(now());
        let mut stage = Self {
            workspace,
            runs: Vec::new(),
        };
        for found in logs::find(&samples()).unwrap().runs {
            let mut run = Run::open(&found);
            run.read_all().unwrap();
            let mut known = Known::of(&run, Reached::End);
            // The files have the time of the checkout.
            known.about.touched = Some(Timestamp::from_second(1_700_000_000).unwrap());
            let id = RunId(stage.runs.len());
            stage.runs.push(run);
            stage
                .workspace
                .take([News::Found(found), News::Known(id, Box::new(known))]);
        }
        stage.workspace.take([News::Searched(Vec::new())]);
        stage.draw_series();
        stage
    }

    /// Gives the workspace the series that it wants, as the thread does.
    fn draw_series(&mut self) {
        let wanted = self.workspace.wanted();
        let news = wanted.drawn.iter().map(|id| {
            let history = self.runs[id.0].history();
            let series: BTreeMap<_, _> = wanted
                .metrics
                .iter()
                .filter_map(|name| Some((name.clone(), history.series(name)?.clone())))
                .collect();
            let clock = history.clock().clone();
            let times = self.runs[id.0].times().clone();
            News::Curves(
                *id,
                Arc::new(Curves {
                    clock,
                    times,
                    series,
                }),
            )
        });
        let news: Vec<News> = news.collect();
        self.workspace.take(news);
    }

    /// The first run with this in its name.
    fn id_of(&self, name: &str) -> RunId {
        let at = self.runs.iter().position(|run| {
            let about = run.about();
            about.name.contains(name) || about.path.display().to_string().contains(name)
        });
        RunId(at.unwrap())
    }

    fn key(&mut self, code: KeyCode) -> Option<Effect> {
        let effect = self
            .workspace
            .on_key(&KeyEvent::new(code, KeyModifiers::NONE));
        self.draw_series();
        effect
    }

    fn keys(&mut self, keys: &str) -> Option<Effect> {
        keys.chars()
            .map(|c| self.key(KeyCode::Char(c)))
            .last()
            .flatten()
    }

    fn draw(&mut self, width: u16, height: u16) -> Buffer {
        self.workspace.resize(Rect::new(0, 0, width, height));
        self.draw_series();
        self.draw_what_is_read(width, height)
    }

    fn draw_what_is_read(&mut self, width: u16, height: u16) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| drop(self.workspace.draw(frame)))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    fn text(&mut self, width: u16, height: u16) -> String {
        text(&self.draw(width, height))
    }

    /// The rows of the list on a large screen that name a run like this.
    fn rows_of(&mut self, name: &str) -> Vec<String> {
        self.keys("2");
        let text = self.text(160, 40);
        self.keys("1");
        text.lines()
            .filter(|line| line.contains(name))
            .map(str::to_owned)
            .collect()
    }
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let lines = buffer.content().chunks(width).map(|row| {
        row.iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
            .trim_end()
            .to_owned()
    });
    // Where the sources are is no part of a picture.
    let place = samples().display().to_string();
    let below = Path::new("tests/logs").display().to_string();
    lines.collect::<Vec<_>>().join("\n").replace(&place, &below)
}
