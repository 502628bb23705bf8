//! Diagnostics for a person at the terminal or in a log: one line for each event.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::exit_summary::exit_summary;
use crate::protocol::{
    Action, Body, Change, Event, Level, Live, OUTPUT, Outcome, Output, OwnTrainer, Recorded,
    Resumed, RunInfo, State, Trainer,
};
use crate::text::{PrintedLine, PrintedLines, shell_word};

/// Time between two lines about one thing that is being waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Prints diagnostics. What cannot be written is dropped.
#[derive(Debug, Default)]
pub struct Diagnostics {
    /// What is being waited for, and when that was last said.
    waiting: Option<(String, Instant)>,
    state: Option<State>,
    run_dir: Option<PathBuf>,
    printed: Printed,
}

impl Diagnostics {
    /// Those of a run that has begun already, in this directory.
    pub fn of(dir: &Path) -> Self {
        Self {
            run_dir: Some(dir.to_path_buf()),
            ..Self::default()
        }
    }

    /// Prints what an event has to say to a person.
    pub fn print(&mut self, event: &Event, err: &mut dyn Write) {
        let _ = self.write(event, err).and_then(|()| err.flush());
    }

    fn write(&mut self, event: &Event, err: &mut dyn Write) -> io::Result<()> {
        match &event.body {
            Body::Recorded(recorded) => self.recorded(event.step, recorded, err),
            Body::Live(live) => self.live(event.step, live, err),
        }
    }

    fn recorded(&mut self, step: u64, recorded: &Recorded, err: &mut dyn Write) -> io::Result<()> {
        match recorded {
            Recorded::Started(info) => self.started(info, err),
            Recorded::Applied {
                command,
                changes,
                signal,
                ..
            } => {
                write!(err, "step {step}: {command}")?;
                if let Some(signal) = signal {
                    write!(err, " ({signal})")?;
                }
                for (i, Change { key, from, to }) in changes.iter().enumerate() {
                    write!(
                        err,
                        "{} {key} {from} -> {to}",
                        if i == 0 { ":" } else { "," }
                    )?;
                }
                writeln!(err)
            }
            Recorded::Rejected {
                command, reason, ..
            } => writeln!(err, "step {step}: {command}: rejected: {reason}"),
            Recorded::Alarm { alarm, level, text } => {
                let word = match level {
                    Level::Warn => "alarm",
                    Level::Critical => "ALARM",
                };
                writeln!(err, "step {step}: {word} {alarm}: {text}")
            }
            Recorded::Rule(rule) if matches!(rule.action, Action::Pause | Action::Checkpoint) => {
                writeln!(err, "step {step}: rule: {}: {}", rule.action, rule.text)
            }
            Recorded::Checkpoint { path, reason } => {
                writeln!(err, "step {step}: {path} ({reason})")
            }
            Recorded::Warning(warning) => {
                if let Some(dir) = &warning.moved_to {
                    self.run_dir = Some(dir.clone());
                }
                writeln!(err, "warning: {}", warning.text)
            }
            Recorded::Text { name, text } => {
                let name = name.as_deref().unwrap_or("text");
                writeln!(err, "step {step}: {name}: {}", first_line(text))
            }
            Recorded::Finished(summary) => {
                if summary.outcome == Outcome::Failed {
                    self.printed.last_words(err)?;
                }
                exit_summary(summary, self.run_dir.as_deref(), err)
            }
            Recorded::Failed { .. } if step > 0 => {
                // The command that prints this ends with the error itself.
                writeln!(err, "failed at step {step}")
            }
            // A remark is an applied command as well; a rule raises an alarm, or what the run has failed by is its last
            // word; the rest is data.
            Recorded::Failed { .. }
            | Recorded::Note { .. }
            | Recorded::Rule(_)
            | Recorded::Step(_)
            | Recorded::Declared(_)
            | Recorded::Distribution(_)
            | Recorded::Pictures { .. }
            | Recorded::Samples { .. }
            | Recorded::System(_)
            | Recorded::Evaluated(_) => Ok(()),
        }
    }

    fn live(&mut self, step: u64, live: &Live, err: &mut dyn Write) -> io::Result<()> {
        match live {
            Live::Loading { what, done, total } => self.loading(what, *done, *total, err),
            Live::State { state, detail, .. } => {
                let news = self.state.replace(*state) != Some(*state) && !detail.is_empty();
                if news {
                    writeln!(err, "step {step}: {}: {detail}", state.word())
                } else {
                    Ok(())
                }
            }
            Live::Output(output) => {
                self.printed.0.add(output);
                Ok(())
            }
            Live::Samples(_)
            | Live::System(_)
            | Live::Looked(_)
            | Live::Unjudged { .. }
            | Live::Viewers { .. }
            | Live::Notice { .. } => Ok(()),
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
        if let Some(Resumed { step, checkpoint }) = &info.resumed {
            writeln!(err, "  resumes at step {step}, from {checkpoint}")?;
        }
        if let Some(origin) = &info.origin {
            let dir = shell_word(&origin.dir);
            writeln!(
                err,
                "  forked from {} ({dir}) at step {}",
                origin.run, origin.step
            )?;
        }
        self.run_dir = Some(info.dir.clone());
        match &info.trainer {
            Trainer::Own(own) => of_own(own, err),
            Trainer::Program { program } => {
                let words = program.command.iter().map(shell_word);
                let words: Vec<String> = words.collect();
                writeln!(err, "  program: {}", words.join(" "))?;
                writeln!(err, "  output: {}", shell_word(info.dir.join(OUTPUT)))
            }
        }
    }
}

fn of_own(own: &OwnTrainer, err: &mut dyn Write) -> io::Result<()> {
    let (dataset, device) = (&own.dataset, &own.device);
    writeln!(
        err,
        "  dataset: {}, {} images",
        dataset.name, dataset.images
    )?;
    if let Some(notice) = &dataset.notice {
        writeln!(err, "  notice: {notice}")?;
    }
    let threads = if device.threads == 1 {
        "thread"
    } else {
        "threads"
    };
    write!(
        err,
        "  device: {}, {} {threads}",
        device.name, device.threads
    )?;
    if !device.reason.is_empty() {
        write!(err, " ({})", device.reason)?;
    }
    writeln!(err)?;
    writeln!(
        err,
        "  objective: {}, batch size {}, seed {}",
        own.objective.title, own.batch_size, own.seed
    )
}

/// The newest of what the program has printed.
#[derive(Debug, Default)]
struct Printed(Output);

impl Printed {
    /// The last lines of a program that failed: they say why.
    fn last_words(&self, err: &mut dyn Write) -> io::Result<()> {
        const LINES: usize = 20;
        let mut screen = PrintedLines::new(LINES);
        screen.feed(&self.0.text);
        let lines: Vec<PrintedLine> = screen.lines().collect();
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(err, "the last lines that the program printed:")?;
        for line in lines {
            writeln!(err, "  {}", line.text())?;
        }
        Ok(())
    }
}

fn first_line(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.replace(char::is_control, " ")
}

/// Reports that the output is coarser than the run: `count` step windows were merged because the output was read slowly.
pub fn merged(count: u64, err: &mut dyn Write) {
    if count > 0 {
        let _ = writeln!(
            err,
            "the output was read slowly: {count} step events were merged into others (events.jsonl is written separately)"
        );
    }
}
