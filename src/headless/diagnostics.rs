//! What a person at the terminal or in a log wants to know besides the numbers: one line for each thing that happens.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::protocol::{Body, Change, Event, Level, Outcome, RunInfo, State, Summary};

/// Time between two lines about one thing that is being waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Prints diagnostics. What cannot be written is let go.
#[derive(Debug, Default)]
pub struct Diagnostics {
    /// What is being waited for, and when that was last said.
    waiting: Option<(String, Instant)>,
    state: Option<State>,
    run_dir: Option<String>,
}

impl Diagnostics {
    /// Prints what an event has to say to a person.
    pub fn print(&mut self, event: &Event, err: &mut dyn Write) {
        let _ = self.write(event, err).and_then(|()| err.flush());
    }

    fn write(&mut self, event: &Event, err: &mut dyn Write) -> io::Result<()> {
        let step = event.step;
        match &event.body {
            Body::Loading { what, done, total } => self.loading(what, *done, *total, err),
            Body::Started(info) => self.started(info, err),
            Body::State { state, detail, .. } => {
                let news = self.state.replace(*state) != Some(*state) && !detail.is_empty();
                if news {
                    writeln!(err, "step {step}: {}: {detail}", state.word())
                } else {
                    Ok(())
                }
            }
            Body::Applied {
                command, changes, ..
            } => {
                write!(err, "step {step}: {command}")?;
                for (i, Change { key, from, to }) in changes.iter().enumerate() {
                    write!(
                        err,
                        "{} {key} {from} -> {to}",
                        if i == 0 { ":" } else { "," }
                    )?;
                }
                writeln!(err)
            }
            Body::Rejected {
                command, reason, ..
            } => writeln!(err, "step {step}: {command}: rejected: {reason}"),
            Body::Alarm { alarm, level, text } => {
                let word = match level {
                    Level::Warn => "alarm",
                    Level::Hard => "ALARM",
                };
                writeln!(err, "step {step}: {word} {alarm}: {text}")
            }
            Body::Checkpoint { path, reason } => writeln!(err, "step {step}: {path} ({reason})"),
            Body::Warning { text } => writeln!(err, "warning: {text}"),
            Body::Finished(summary) => self.finished(summary, err),
            Body::Failed { error } => writeln!(err, "failed at step {step}: {error}"),
            // A remark is an applied command as well; the rest is data.
            Body::Note { .. } | Body::Step(_) | Body::Samples(_) => Ok(()),
        }
    }

    /// One line for each thing, and one now and then while it lasts: a log is not a progress bar.
    fn loading(
        &mut self,
        what: &str,
        done: Option<u64>,
        total: Option<u64>,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        let again = match &self.waiting {
            Some((known, said)) if known == what => {
                if said.elapsed() < PATIENCE {
                    return Ok(());
                }
                true
            }
            _ => false,
        };
        self.waiting = Some((what.to_owned(), Instant::now()));
        match (again, done, total) {
            (true, Some(done), Some(total)) if total > 0 => {
                writeln!(
                    err,
                    "{what}: {} %",
                    (done as f64 / total as f64 * 100.0).floor()
                )
            }
            (true, ..) => writeln!(err, "{what}: not done yet"),
            (false, ..) => writeln!(err, "{what}"),
        }
    }

    fn started(&mut self, info: &RunInfo, err: &mut dyn Write) -> io::Result<()> {
        let dir = shell_word(&info.dir);
        writeln!(err, "run {} in {dir}", info.name)?;
        writeln!(
            err,
            "  dataset: {}, {} images",
            info.dataset.name, info.dataset.images
        )?;
        if let Some(notice) = &info.dataset.notice {
            writeln!(err, "  notice: {notice}")?;
        }
        let threads = if info.device.threads == 1 {
            "thread"
        } else {
            "threads"
        };
        write!(
            err,
            "  device: {}, {} {threads}",
            info.device.name, info.device.threads
        )?;
        if !info.device.reason.is_empty() {
            write!(err, " ({})", info.device.reason)?;
        }
        writeln!(err)?;
        let (objective, batch, seed) = (&info.objective.title, info.batch_size, info.seed);
        writeln!(
            err,
            "  objective: {objective}, batch size {batch}, seed {seed}"
        )?;
        self.run_dir = Some(dir);
        Ok(())
    }

    fn finished(&self, summary: &Summary, err: &mut dyn Write) -> io::Result<()> {
        let word = match summary.outcome {
            Outcome::Completed => "finished",
            Outcome::Stopped => "stopped",
            Outcome::Interrupted => "interrupted",
            Outcome::Diverged => "diverged",
        };
        writeln!(err, "{word}: {}", summary.reason)?;
        let Summary {
            step,
            images,
            epochs,
            seconds,
            steps_per_second: speed,
            ..
        } = summary;
        writeln!(
            err,
            "  {step} steps, {images} images, {epochs:.2} epochs in {} ({speed:.1} steps/s)",
            duration(*seconds)
        )?;
        if let Some(dir) = &self.run_dir {
            writeln!(err, "  everything is in {dir}")?;
            if summary.checkpoint.is_some() {
                writeln!(err, "  draw images: genai-tui sample {dir}")?;
            }
        }
        Ok(())
    }
}

/// Says that the output is coarser than the run: `count` step windows came together because nobody read them in time.
pub fn merged(count: u64, err: &mut dyn Write) {
    if count > 0 {
        let _ = writeln!(
            err,
            "the output was read slowly: {count} step events were merged into others (events.jsonl is written separately)"
        );
    }
}

/// Seconds as a person says them: `42.0 s`, `3 min 5 s`, `2 h 10 min`.
fn duration(seconds: f64) -> String {
    // Also where it is not finite: a cast takes NaN to 0.
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

/// A path as it can be pasted into a shell.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%,:=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
