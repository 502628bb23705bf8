//! Progress on stderr: a bar in a terminal, one plain line per thing anywhere else.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::data::{Progress, Unit};

/// Shows what the command is waiting for.
pub(super) struct Reporter {
    terminal: bool,
    what: String,
    bar: Option<ProgressBar>,
}

impl Reporter {
    /// A reporter with nothing to show yet.
    pub fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
            what: String::new(),
            bar: None,
        }
    }

    /// Shows progress; a new `what` begins a new bar or line.
    pub fn report(&mut self, progress: &Progress) {
        if self.what != progress.what {
            self.finish();
            self.what.clone_from(&progress.what);
            if self.terminal {
                self.bar = Some(
                    ProgressBar::no_length()
                        .with_style(spinner())
                        .with_message(self.what.clone()),
                );
            } else {
                // A failure to print must not stop the work.
                let _ = writeln!(io::stderr().lock(), "{}", self.what);
            }
        }
        let Some(bar) = &self.bar else { return };
        match (progress.done, progress.total) {
            (Some(_), Some(total)) if bar.length() != Some(total) => {
                bar.set_length(total);
                bar.set_style(measured(progress.unit));
            }
            (Some(_), None) => bar.set_style(counted(progress.unit)),
            _ => {}
        }
        match progress.done {
            Some(done) => bar.set_position(done),
            None => bar.tick(),
        }
    }

    /// Leaves the bar of a completed download on the screen, and clears any other.
    pub fn finish(&mut self) {
        self.what.clear();
        match self.bar.take() {
            Some(bar) if bar.length() == Some(bar.position()) => bar.abandon(),
            Some(bar) => bar.finish_and_clear(),
            None => {}
        }
    }
}

fn spinner() -> ProgressStyle {
    style("{spinner} {msg}")
}

fn counted(unit: Unit) -> ProgressStyle {
    style(match unit {
        Unit::Bytes => "{spinner} {msg} {bytes}",
        Unit::Files => "{spinner} {msg} {human_pos} files",
    })
}

fn measured(unit: Unit) -> ProgressStyle {
    style(match unit {
        Unit::Bytes => "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec}",
        Unit::Files => "{msg} [{wide_bar}] {human_pos}/{human_len} files",
    })
}

/// The template is valid; if it were not, the plain bar would do.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
