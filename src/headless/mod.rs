//! A viewer without a screen: what a run says goes to stdout as data and to stderr as diagnostics.
//!
//! `out` carries either the classic training lines or pure JSON lines, nothing else; `err` carries everything that is
//! meant for a person. The printer watches and never commands: the caller of [`run`] decides what an ending means.

mod classic;
mod diagnostics;
mod exit_summary;
mod losses;
mod patient;
mod program;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use classic::Classic;
use crossbeam_channel::RecvTimeoutError;
use diagnostics::Diagnostics;
pub use exit_summary::exit_summary;
pub use patient::Patient;

use crate::protocol::{Body, Event, Recorded, Summary};
use crate::session::{Subscriber, Viewer};

/// What stdout carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The classic training lines, for people
    #[default]
    Text,
    /// One JSON object a line, for programs
    Json,
}

/// How the watching ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The run ended as it should, or on request.
    Finished(Box<Summary>),
    /// The run ended by an error.
    Failed(String),
}

/// What became of the printing.
#[derive(Debug)]
pub struct Printed {
    /// How the run ended.
    pub ending: Ending,
    /// Why stdout took no more, if it did not take everything.
    pub lost: Option<io::Error>,
}

/// What the caller is informed of while the run continues.
#[derive(Debug)]
pub enum News<'a> {
    /// An event, before it is printed.
    Event(&'a Event),
    /// stdout takes nothing any more: its reader has left (as in `| head`), or its disk is full. The run continues until
    /// someone stops it, and `err` still gets what is for people.
    OutputLost(&'a io::Error),
}

/// Prints what `viewer` sees until the run ends. Events that came with the last one are still printed. What `err` refuses is
/// dropped, because there is nobody to report them to.
pub fn run(
    viewer: &Viewer,
    format: Format,
    out: &mut dyn Write,
    err: &mut dyn Write,
    tell: &mut dyn FnMut(News<'_>),
) -> Printed {
    let mut printer = Printer::new(format);
    let mut lost = None;
    let ending = until_the_end(&viewer.events, &mut |event| {
        if let Some(event) = event {
            tell(News::Event(event));
            printer.diagnostics.print(event, err);
        }
        if lost.is_some() {
            return;
        }
        let printed = match event {
            Some(event) => printer.print(event, out),
            None => out.flush(),
        };
        if let Err(error) = printed {
            tell(News::OutputLost(&error));
            lost = Some(error);
        }
    });
    if lost.is_none() {
        diagnostics::merged(viewer.events.merged(), err);
    }
    Printed { ending, lost }
}

/// What is for people alone, of a run that its terminal has left.
pub struct Log<'a> {
    events: &'a Subscriber,
    diagnostics: Diagnostics,
    err: &'a mut dyn Write,
    /// Taken from the subscriber, but not printed yet.
    waiting: VecDeque<Arc<Event>>,
    ended: bool,
}

impl<'a> Log<'a> {
    /// Of a run in `dir`, onto `err`.
    pub fn new(events: &'a Subscriber, dir: &Path, err: &'a mut dyn Write) -> Self {
        Self {
            events,
            diagnostics: Diagnostics::of(dir),
            err,
            waiting: VecDeque::new(),
            ended: false,
        }
    }

    /// Prints until an event is `last`, until the run has ended, or until so much time has passed. Returns whether that event
    /// came.
    pub fn until(
        &mut self,
        patience: Option<Duration>,
        mut last: impl FnMut(&Event) -> bool,
    ) -> bool {
        let deadline = patience.map(|patience| Instant::now() + patience);
        while !self.ended {
            while let Some(event) = self.waiting.pop_front() {
                self.diagnostics.print(&event, self.err);
                self.ended |= ending_of(&event).is_some();
                if last(&event) {
                    return true;
                }
            }
            if self.ended {
                break;
            }
            let open = match deadline {
                None => self.events.wake.recv().is_ok(),
                Some(deadline) => match self.events.wake.recv_deadline(deadline) {
                    Ok(()) => true,
                    Err(RecvTimeoutError::Timeout) => return false,
                    Err(RecvTimeoutError::Disconnected) => false,
                },
            };
            self.waiting.extend(self.events.drain());
            // Of a run that is gone no more comes than this.
            self.ended = !open && self.waiting.is_empty();
        }
        false
    }
}

/// Passes on every event until the run has ended, and none when the queue is empty.
fn until_the_end(events: &Subscriber, each: &mut dyn FnMut(Option<&Event>)) -> Ending {
    loop {
        let open = events.wake.recv().is_ok();
        let mut ending = None;
        for event in events.drain() {
            each(Some(&event));
            ending = ending.or_else(|| ending_of(&event));
        }
        each(None);
        match ending {
            Some(ending) => return ending,
            None if open => {}
            // The trainer turns even a panic into an event, so this is a defect; but never a wait without end.
            None => {
                return Ending::Failed("the training ended without saying how".to_owned());
            }
        }
    }
}

fn ending_of(event: &Event) -> Option<Ending> {
    match &event.body {
        Body::Recorded(Recorded::Finished(summary)) => Some(Ending::Finished(summary.clone())),
        Body::Recorded(Recorded::Failed { error }) => Some(Ending::Failed(error.clone())),
        _ => None,
    }
}

/// Both streams' printers.
struct Printer {
    diagnostics: Diagnostics,
    /// `None` if stdout carries JSON.
    classic: Option<Classic>,
}

impl Printer {
    fn new(format: Format) -> Self {
        let classic = (format == Format::Text).then(Classic::default);
        Self {
            diagnostics: Diagnostics::default(),
            classic,
        }
    }

    fn print(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        if let Some(classic) = &mut self.classic {
            return classic
                .line(event)
                .map_or(Ok(()), |line| writeln!(out, "{line}"));
        }
        // Live events too: every value a screen would show. A reader that wants the record's alone tells them by `event`.
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        out.write_all(&line)
    }
}

#[cfg(test)]
mod tests;
