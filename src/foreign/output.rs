//! What the program prints: into `output.log`, to those who watch, and to the reader of metrics. The thread reads as fast as the
//! program prints; what cannot be shown in time is merged.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::child::Printing;
use super::printed::{Printed, Reading};
use crate::protocol::{Metrics, Output, Stat};

/// What has been printed since it was last asked.
#[derive(Debug, Default)]
pub struct News {
    /// The text.
    pub text: Output,
    /// The metrics in it, in the order of their steps.
    pub windows: Vec<PrintedWindow>,
    /// Why the log took no more, once.
    pub log_error: Option<String>,
    /// Lines that were too long to be read for metrics.
    pub too_long: u64,
    /// Lines with more metrics than are taken from one.
    pub cut: u64,
}

/// Metrics that were printed over a window of steps.
#[derive(Debug, Clone, PartialEq)]
pub struct PrintedWindow {
    /// The newest step.
    pub step: u64,
    /// The newest epoch.
    pub epoch: Option<u64>,
    /// Steps in all.
    pub steps: Option<u64>,
    /// Whether some are of lines that name no step, which must not become those of a later one.
    pub has_aside: bool,
    /// The metrics.
    pub metrics: Metrics,
}

/// Windows that wait to be taken, at the most: what comes faster is merged.
const WINDOWS: usize = 8;

/// The reader of what is printed.
#[derive(Debug)]
pub struct Listener {
    news: Arc<Mutex<News>>,
    /// Ready when there is news; disconnected when nothing more can be printed.
    pub wake: Receiver<()>,
    thread: JoinHandle<()>,
}

/// Starts to read.
///
/// # Errors
/// When the thread cannot be started.
pub fn listen(printing: Printing, log: File, reader: Printed) -> std::io::Result<Listener> {
    let news: Arc<Mutex<News>> = Arc::default();
    let (woken, wake) = bounded(1);
    let shared = Arc::clone(&news);
    let thread = thread::Builder::new()
        .name("output".to_owned())
        .spawn(move || read(printing, log, reader, &shared, &woken))?;
    Ok(Listener { news, wake, thread })
}

impl Listener {
    /// What has been printed since the last call.
    pub fn news(&self) -> News {
        std::mem::take(&mut *lock(&self.news))
    }

    /// Returns whether nothing more can be printed.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

fn lock(news: &Mutex<News>) -> MutexGuard<'_, News> {
    news.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(
    mut printing: Printing,
    mut log: File,
    mut reader: Printed,
    news: &Mutex<News>,
    woken: &Sender<()>,
) {
    let mut buffer = vec![0; 64 << 10].into_boxed_slice();
    let mut text = Text::default();
    let mut is_logged = true;
    let (mut too_long, mut cut) = (0, 0);
    loop {
        let count = match printing.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let bytes = &buffer[..count];
        let error = if is_logged {
            log.write_all(bytes).err()
        } else {
            None
        };
        is_logged &= error.is_none();
        let readings = reader.read(bytes);
        let piece = Output {
            text: text.take(bytes),
            skipped: 0,
        };
        let mut news = lock(news);
        news.text.add(&piece);
        if let Some(error) = error {
            news.log_error = Some(error.to_string());
        }
        for reading in readings {
            PrintedWindow::add(&mut news.windows, reading);
        }
        news.too_long +=
            reader.passed_over() - std::mem::replace(&mut too_long, reader.passed_over());
        news.cut += reader.cut() - std::mem::replace(&mut cut, reader.cut());
        drop(news);
        // One that waits is enough.
        let _ = woken.try_send(());
    }
    let mut news = lock(news);
    for reading in reader.end() {
        PrintedWindow::add(&mut news.windows, reading);
    }
    news.cut += reader.cut() - cut;
}

impl PrintedWindow {
    /// The same metrics over many steps are one window. What a later step has not, or another epoch, begins another, so that
    /// what is printed rarely stands at its step.
    fn add(windows: &mut Vec<Self>, reading: Reading) {
        let room = windows.len() < WINDOWS;
        let is_new = windows.last().is_none_or(|last| {
            let has = |name: &String| reading.metrics.iter().any(|(other, _)| other == name);
            let is_other_epoch = reading.epoch.is_some() && reading.epoch != last.epoch;
            room && reading.step > last.step
                && (last.has_aside || is_other_epoch || !last.metrics.keys().all(has))
        });
        if is_new {
            windows.push(Self {
                step: reading.step,
                epoch: None,
                steps: None,
                has_aside: false,
                metrics: Metrics::new(),
            });
        }
        let Some(window) = windows.last_mut() else {
            return;
        };
        window.has_aside |= reading.is_aside;
        window.step = window.step.max(reading.step);
        window.epoch = reading.epoch.or(window.epoch);
        window.steps = reading.steps.or(window.steps);
        for (name, value) in reading.metrics {
            window
                .metrics
                .entry(name)
                .and_modify(|stat| stat.push(value))
                .or_insert_with(|| Stat::of(value));
        }
    }
}

/// Puts characters together that were cut.
#[derive(Debug, Default)]
struct Text {
    /// The beginning of a character.
    held: Vec<u8>,
}

impl Text {
    fn take(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let cut = all.len() - unfinished(&all);
        self.held = all.split_off(cut);
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// Bytes at the end that may be the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let byte = bytes[bytes.len() - back];
        let length = match byte {
            0b1100_0000..=0b1101_1111 => 2,
            0b1110_0000..=0b1110_1111 => 3,
            0b1111_0000..=0b1111_0111 => 4,
            0b1000_0000..=0b1011_1111 => continue,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_were_cut_come_whole() {
        let whole = "größe 数字 😀 \u{fffd}";
        for piece in 1..5 {
            let mut text = Text::default();
            let parts = whole.as_bytes().chunks(piece);
            let read: String = parts.map(|part| text.take(part)).collect();
            assert_eq!(read, whole);
        }
        let mut text = Text::default();
        assert_eq!(text.take(b"a\xffb\x80"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn printed_metrics_keep_their_extremes() {
        let mut windows = Vec::new();
        for (step, value) in [(1, 3.0), (2, -1.0), (3, 2.0)] {
            PrintedWindow::add(&mut windows, reading(step, 1, value, false));
        }
        let kept = windows
            .iter()
            .map(|w| (w.step, w.steps, w.metrics["a"].min, w.metrics["a"].max));
        assert_eq!(kept.collect::<Vec<_>>(), [(3, Some(9), -1.0, 3.0)]);
    }

    fn reading(step: u64, epoch: u64, value: f64, is_aside: bool) -> Reading {
        Reading {
            step,
            epoch: Some(epoch),
            steps: Some(9),
            is_aside,
            metrics: vec![("a".to_owned(), value)],
        }
    }

    #[test]
    fn a_line_without_a_step_is_not_of_the_next_one() {
        let mut windows = Vec::new();
        for (step, epoch, is_aside) in [
            (1, 1, false),
            (3, 1, false),
            (3, 1, true),
            (4, 2, false),
            (5, 2, false),
            (6, 3, false),
        ] {
            PrintedWindow::add(&mut windows, reading(step, epoch, 0.5, is_aside));
        }
        let places = windows.iter().map(|w| (w.step, w.epoch, w.has_aside));
        assert_eq!(
            places.collect::<Vec<_>>(),
            [(3, Some(1), true), (5, Some(2), false), (6, Some(3), false)]
        );
        // Nor is what a later line has not.
        let mut windows = Vec::new();
        for (step, name) in [
            (1, "loss"),
            (2, "loss"),
            (2, "val"),
            (3, "loss"),
            (4, "loss"),
            (4, "val"),
        ] {
            let mut reading = reading(step, 1, 0.5, false);
            reading.metrics[0].0 = name.to_owned();
            PrintedWindow::add(&mut windows, reading);
        }
        let places: Vec<(u64, usize)> = windows.iter().map(|w| (w.step, w.metrics.len())).collect();
        assert_eq!(places, [(2, 2), (4, 2)]);
        for step in 7..10_000 {
            PrintedWindow::add(&mut windows, reading(step, step, 0.5, true));
        }
        assert_eq!(windows.len(), WINDOWS);
    }
}
