//! How fast the screen of many runs is: logs that lie in files, read whole, all of them selected. Every frame follows a key and new
//! values of each run; it is encoded to the bytes that a terminal would get, which are thrown away.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use serde::Serialize;

use super::logs::Error;
use super::percentile;
use crate::logs::{Reached, Run, find};
use crate::picture::ColorDepth;
use crate::terminal::FrameWriter;
use crate::terminal::caps::Charset;
use crate::tui::Appearance;
use crate::tui::workspace::Workspace;
use crate::workspace::{Curves, Known, News, Remembered, RunId};

/// Runs, metrics of each, and steps: more than a series keeps one by one.
const RUNS: usize = 20;
/// Runs of one group.
const SEEDS: usize = 5;
const METRICS: usize = 12;
const STEPS: u64 = 5_000;
/// The screen.
const SIZE: (u16, u16) = (200, 60);
/// Frames of each way to look at the charts.
const FRAMES: usize = 200;
/// The ways, with the keys that lead from each to the next.
const WAYS: [(&str, &str); 4] = [
    ("by steps", ""),
    ("by time of day", "xxx"),
    ("over a metric", "Xmetric_11\n"),
    ("in groups, by steps", "xg"),
];

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Runs that are selected.
    pub runs: usize,
    /// Columns of the screen.
    pub columns: u16,
    /// Rows of the screen.
    pub rows: u16,
    /// Each way to look at the charts.
    pub frames: Vec<Frames>,
}

/// Frames of one way to look at the charts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frames {
    /// Which.
    pub way: String,
    /// Median time of a frame.
    pub ms_p50: f64,
    /// Time that one frame in a hundred exceeds.
    pub ms_p99: f64,
}

/// Measures.
///
/// # Errors
/// When the logs cannot be written or read.
pub fn run() -> Result<Report, Error> {
    let dir = tempfile::tempdir()?;
    for number in 0..RUNS {
        write(&dir.path().join(format!("run-{number:02}")), number)?;
    }
    let look = Appearance::new(ColorDepth::TrueColor, Charset::Unicode);
    let top = dir.path().to_path_buf();
    let mut workspace = Workspace::new(look, vec![top], Remembered::default(), None);
    workspace.set_now(Timestamp::now());
    let (columns, rows) = SIZE;
    let area = Rect::new(0, 0, columns, rows);
    workspace.resize(area);
    let mut runs = Vec::new();
    for found in find(dir.path())?.runs {
        let mut run = Run::open(&found);
        run.read_all()?;
        let known = Known::of(&run, Reached::End);
        let id = RunId(runs.len());
        workspace.take([News::Found(found), News::Known(id, Box::new(known))]);
        runs.push(run);
    }
    workspace.take([News::Searched(Vec::new())]);
    // None, then all.
    press(&mut workspace, "a");
    if workspace.wanted().drawn.len() < runs.len() {
        press(&mut workspace, "a");
    }
    let viewport = Viewport::Fixed(area);
    let mut terminal = Terminal::with_options(
        CrosstermBackend::new(FrameWriter::new(io::sink(), std::rc::Rc::default())),
        TerminalOptions { viewport },
    )?;
    let mut frames = Vec::new();
    for (way, keys) in WAYS {
        press(&mut workspace, keys);
        let mut times = Vec::new();
        for frame in 0..=FRAMES {
            let news = news(&workspace, &runs);
            let key = if frame < FRAMES / 2 {
                KeyCode::Left
            } else {
                KeyCode::Right
            };
            let begun = Instant::now();
            workspace.take(news);
            workspace.on_key(&KeyEvent::new(key, KeyModifiers::NONE));
            terminal.draw(|frame| drop(workspace.draw(frame)))?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        // The first frame of a way draws everything.
        times.remove(0);
        frames.push(Frames {
            way: way.to_owned(),
            ms_p50: percentile(&mut times, 0.5),
            ms_p99: percentile(&mut times, 0.99),
        });
    }
    Ok(Report {
        runs: workspace.wanted().drawn.len(),
        columns,
        rows,
        frames,
    })
}

fn press(workspace: &mut Workspace, keys: &str) {
    for key in keys.chars() {
        let code = if key == '\n' {
            KeyCode::Enter
        } else {
            KeyCode::Char(key)
        };
        workspace.on_key(&KeyEvent::new(code, KeyModifiers::NONE));
    }
}

/// The series that the workspace wants, as the thread that reads them tells them.
fn news(workspace: &Workspace, runs: &[Run]) -> Vec<News> {
    let wanted = workspace.wanted();
    let of = |id: &RunId| {
        let run = runs.get(id.0)?;
        let series = wanted.metrics.iter();
        let series: BTreeMap<_, _> = series
            .filter_map(|name| Some((name.clone(), run.history().series(name)?.clone())))
            .collect();
        let curves = Curves {
            clock: run.history().clock().clone(),
            times: run.times().clone(),
            series,
        };
        Some(News::Curves(*id, Arc::new(curves)))
    };
    wanted.drawn.iter().filter_map(of).collect()
}

/// A log of noisy curves with its settings, as Lightning writes them.
fn write(dir: &Path, number: usize) -> io::Result<()> {
    fs::create_dir(dir)?;
    let (rate, seed) = (number / SEEDS, number % SEEDS);
    fs::write(
        dir.join("hparams.yaml"),
        format!("lr: {rate}\nseed: {seed}\n"),
    )?;
    let names: Vec<String> = (0..METRICS).map(|i| format!("metric_{i:02}")).collect();
    let mut text = format!("step,wall_time,{}\n", names.join(","));
    for step in 0..STEPS {
        let time = 1.7e9 + (number as u64 * 500 + step) as f64;
        let _ = write!(text, "{step},{time}");
        for metric in 0..METRICS {
            let noise = f64::sin((step * 7919 + (metric * 31 + number) as u64) as f64);
            let slope =
                (1.0 + metric as f64) / (1.0 + step as f64 / (200.0 + number as f64 * 20.0));
            let _ = write!(text, ",{:.5}", slope + noise * 0.1);
        }
        text.push('\n');
    }
    fs::write(dir.join("metrics.csv"), text)
}
