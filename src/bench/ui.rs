//! How fast the dashboard is: the real one, on a long history, with new data for every frame. Frames are encoded to the
//! bytes that a terminal would get, which are counted and thrown away.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use serde::Serialize;

use super::percentile;
use crate::picture::ColorDepth;
use crate::protocol::State;
use crate::terminal::FrameWriter;
use crate::terminal::caps::Charset;
use crate::testkit::Synthetic;
use crate::tui::app::App;
use crate::tui::{Appearance, Ui};

/// Steps in each window of the history, and of new data between two frames.
const WINDOW: u64 = 100;
/// Frames between two pictures.
const PICTURE: usize = 10;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Steps of the run before the first frame.
    pub history: u64,
    /// Frames to draw.
    pub frames: usize,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The processor and its widest vectors.
    pub processor: String,
    /// Columns of the screen.
    pub columns: u16,
    /// Rows of the screen.
    pub rows: u16,
    /// Steps of the run before the first frame.
    pub history: u64,
    /// Frames that were drawn after the first.
    pub frames: usize,
    /// Median time of a frame.
    pub ms_p50: f64,
    /// Time that one frame in a hundred exceeds.
    pub ms_p99: f64,
    /// Median bytes of a frame.
    pub bytes_p50: f64,
    /// Bytes that one frame in a hundred exceeds.
    pub bytes_p99: f64,
    /// Bytes of the first frame, which draws everything.
    pub bytes_first: f64,
    /// Seconds to take in the history.
    pub history_s: f64,
}

/// Counts what is written, and forgets it.
struct Counter(Rc<Cell<usize>>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Measures.
///
/// # Errors
/// Encoder errors; none occur, since output is discarded.
pub fn run(plan: &Plan) -> io::Result<Report> {
    let mut run = Synthetic::new(0);
    let mut app = App::new(TimeZone::UTC);
    let start = Instant::now();
    app.on_event(&run.started());
    app.on_event(&run.state(State::Running, ""));
    while run.step < plan.history {
        let steps = WINDOW.min(plan.history - run.step);
        app.on_event(&run.window(steps));
    }
    app.on_event(&run.samples());
    let history_s = start.elapsed().as_secs_f64();

    let written = Rc::new(Cell::new(0));
    let (columns, rows) = plan.size;
    let viewport = Viewport::Fixed(Rect::new(0, 0, columns, rows));
    let mut terminal = Terminal::with_options(
        CrosstermBackend::new(FrameWriter::new(
            Counter(Rc::clone(&written)),
            Rc::default(),
        )),
        TerminalOptions { viewport },
    )?;
    let mut ui = Ui::new(
        app,
        Appearance::new(ColorDepth::TrueColor, Charset::Unicode),
    );
    ui.resize(Rect::new(0, 0, columns, rows));
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for frame in 0..=plan.frames {
        ui.on_event(&run.window(WINDOW));
        if frame % PICTURE == 0 {
            ui.on_event(&run.samples());
        }
        ui.tick(Duration::from_millis(200 * frame as u64));
        let before = written.get();
        let start = Instant::now();
        terminal.draw(|frame| drop(ui.draw(frame)))?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        bytes.push((written.get() - before) as f64);
    }
    // The first frame draws everything, so it is reported separately.
    let bytes_first = bytes.remove(0);
    times.remove(0);
    Ok(Report {
        processor: super::processor(),
        columns,
        rows,
        history: plan.history,
        frames: plan.frames,
        ms_p50: percentile(&mut times, 0.5),
        ms_p99: percentile(&mut times, 0.99),
        bytes_p50: percentile(&mut bytes, 0.5),
        bytes_p99: percentile(&mut bytes, 0.99),
        bytes_first,
        history_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_drawn_and_only_changes_are_written() {
        let report = run(&Plan {
            size: (120, 40),
            history: 25_000,
            frames: 30,
        });
        let report = report.unwrap_or_else(|e| unreachable!("{e}"));
        assert!(report.ms_p50 > 0.0 && report.ms_p50 <= report.ms_p99);
        assert!(report.bytes_p50 > 0.0 && report.bytes_p50 <= report.bytes_p99);
        assert!(
            report.bytes_first > 120.0 * 40.0 && report.bytes_p50 < report.bytes_first / 2.0,
            "{report:?}"
        );
    }
}
