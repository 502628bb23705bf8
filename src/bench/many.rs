//! How long it takes until a directory of many runs is on the screen: runs of this program as it writes them, found, read and drawn
//! as `genai-tui watch` does, from nothing to the whole list.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use serde::Serialize;

use super::logs::Error;
use crate::picture::ColorDepth;
use crate::protocol::{Outcome, State};
use crate::record::{Recorder, RunDir};
use crate::terminal::FrameWriter;
use crate::terminal::caps::Charset;
use crate::testkit::Synthetic;
use crate::tui::Appearance;
use crate::tui::workspace::Workspace;
use crate::workspace::{News, Reading, Remembered};

/// Steps of each run, and those of a line of its record.
const STEPS: u64 = 20_000;
const WINDOW: u64 = 100;
/// The screen.
const SIZE: (u16, u16) = (200, 60);
/// How long news may take, after which none comes any more.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Runs in the directory.
    pub runs: usize,
    /// Megabytes of their records.
    pub megabytes: f64,
    /// Seconds until the first frame is drawn.
    pub first_frame_s: f64,
    /// Seconds until a frame shows that all runs were found and what each reached.
    pub list_s: f64,
    /// Megabytes of memory that the process had at its peak by then; nothing where the system does not say.
    pub peak_megabytes: Option<f64>,
}

/// Measures with so many runs.
///
/// # Errors
/// When they cannot be written or read.
pub fn run(runs: usize) -> Result<Report, Error> {
    let dir = tempfile::tempdir()?;
    let bytes = write(dir.path(), runs)?;
    forget_peak();
    let begun = Instant::now();
    let top = dir.path().to_path_buf();
    let mut reading = Reading::start(vec![top.clone()])?;
    let look = Appearance::new(ColorDepth::TrueColor, Charset::Unicode);
    let mut workspace = Workspace::new(look, vec![top], Remembered::default(), None);
    let (columns, rows) = SIZE;
    let area = Rect::new(0, 0, columns, rows);
    let viewport = Viewport::Fixed(area);
    let mut terminal = Terminal::with_options(
        CrosstermBackend::new(FrameWriter::new(io::sink(), std::rc::Rc::default())),
        TerminalOptions { viewport },
    )?;
    workspace.set_now(Timestamp::now());
    workspace.resize(area);
    terminal.draw(|frame| drop(workspace.draw(frame)))?;
    let first_frame_s = begun.elapsed().as_secs_f64();
    let (mut known, mut is_searched) = (0, false);
    while known < runs || !is_searched {
        reading.want(workspace.wanted());
        let mut news: Vec<News> = reading.next(PATIENCE).into_iter().collect();
        if news.is_empty() {
            let said = format!("{known} of {runs} runs were read, and no more came");
            return Err(io::Error::other(said).into());
        }
        // All that came meanwhile is in one frame, as on a screen.
        while let Some(more) = reading.next(Duration::ZERO) {
            news.push(more);
        }
        known += news.iter().filter(|n| matches!(n, News::Known(..))).count();
        is_searched |= news.iter().any(|n| matches!(n, News::Searched(_)));
        workspace.take(news);
        terminal.draw(|frame| drop(workspace.draw(frame)))?;
    }
    Ok(Report {
        runs,
        megabytes: bytes as f64 / 1e6,
        first_frame_s,
        list_s: begun.elapsed().as_secs_f64(),
        peak_megabytes: peak(),
    })
}

/// Writes runs with rates and seeds of their own; returns how many bytes their records have.
fn write(top: &Path, runs: usize) -> io::Result<u64> {
    let first = top.join("run-0000");
    let mut made = Synthetic::new(0);
    {
        let dir = RunDir::create(&first).map_err(io::Error::other)?;
        let mut recorder = Recorder::new(&dir);
        recorder.handle(&made.started());
        recorder.handle(&made.state(State::Running, ""));
        while made.step < STEPS {
            recorder.handle(&made.window(WINDOW));
        }
        recorder.handle(&made.finished(Outcome::Completed, "reached its last step"));
    }
    let mut bytes = 0;
    let files: Vec<_> = fs::read_dir(&first)?.collect::<Result<_, _>>()?;
    for number in 0..runs {
        let dir = top.join(format!("run-{number:04}"));
        fs::create_dir_all(&dir)?;
        for file in &files {
            let to = dir.join(file.file_name());
            if file.file_type()?.is_file() {
                if number > 0 {
                    fs::copy(file.path(), &to)?;
                }
                bytes += fs::metadata(&to)?.len();
            }
        }
        let config = format!(
            "seed = {}\n[optimizer.g]\nlr = {:e}\n",
            number % 5,
            1e-5 * (1 + number / 5) as f64
        );
        fs::write(dir.join(crate::record::CONFIG), config)?;
    }
    Ok(bytes)
}

/// Lets the peak of memory begin anew, where the system can.
fn forget_peak() {
    // Without it, the peak is that of the whole process: never too small.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_runs_come_onto_the_list() {
        let report = run(7).unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(report.runs, 7);
        assert!(report.first_frame_s > 0.0 && report.first_frame_s < report.list_s);
        assert!(report.megabytes > 0.0);
    }
}
