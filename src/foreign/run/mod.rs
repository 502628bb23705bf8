//! The state of a run whose trainer is another program: what comes from it, from viewers and from the clock goes in, events and
//! messages come out. It does no I/O of its own.
//!
//! | file | holds |
//! |---|---|
//! | `speakers.rs` | connections, their ranks, the one that leads |
//! | `pause.rs` | whether the program waits, and whether it is to |
//! | `guards.rs` | limits of health, and conditions |
//! | `agenda.rs` | commands that are due at a step, and those that rules give |
//! | `gallery.rs` | which pictures are samples, when the next are asked for, which are kept |
//! | `ranks.rs` | what processes of other ranks than 0 say |
//! | `paced.rs` | when distributions and other pictures were taken |
//! | `assessment.rs` | samples on their way to the judge |
//! | `faults.rs` | what could not be used as it came |
//! | `measuring.rs`, `pictures.rs`, `commands.rs`, `judgement.rs` | what is done about metrics, pictures, commands and evaluations |

mod agenda;
mod assessment;
mod commands;
mod faults;
mod gallery;
mod guards;
mod judgement;
mod measuring;
mod paced;
mod pause;
mod pictures;
mod ranks;
mod speakers;

use std::time::Instant;

use agenda::Agenda;
use assessment::Assessment;
use faults::Faults;
use gallery::{Gallery, IMAGES, has_passed};
use guards::Guards;
use paced::Paced;
use pause::Pause;
use ranks::Ranks;
use speakers::Speakers;

use super::connection::{Came, Id};
use super::declare::Said;
use super::declared::{Known, info_of_rank};
use super::desk::Desk;
use super::down::Down;
use super::images::Pictures;
use super::ledger::Ledger;
use super::limits;
use super::message::{Hello, Up};
use super::problem::{Code, Problem};
use super::watching::Seen;
use super::windows::Windows;
use crate::config::RunConfig;
use crate::protocol::{
    CheckpointReason, Command, Live, Metrics, Output, Recorded, Request, Samples, Warning,
};
use crate::rules::Watch;

/// Steps read together in a log that are each shown by themselves.
const SEEN: usize = 64;

/// A run and everyone who speaks for its program.
#[derive(Debug)]
pub struct Run {
    name: String,
    dir: String,
    pub ledger: Ledger,
    pub known: Known,
    windows: Windows,
    desk: Desk,
    speakers: Speakers,
    ranks: Ranks,
    pause: Pause,
    guards: Guards,
    agenda: Agenda,
    gallery: Gallery,
    histograms: Paced,
    /// Pictures that are no samples.
    others: Paced,
    assessment: Assessment,
    faults: Faults,
    /// The newest samples, unless they are kept already.
    newest: Option<(u64, Samples)>,
    /// When it was last declared what is known.
    declared: Option<Instant>,
    /// Whether more is known since.
    is_undeclared: bool,
    /// The last checkpoint that the program named.
    pub checkpoint: Option<String>,
    /// Why the program said that it is complete.
    pub finished: Option<String>,
}

/// What a command asks of the one who drives the run.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// End the program.
    Stop(Request),
}

impl Run {
    /// A run at its beginning. `judged` is how many samples an evaluation needs; 0 where there is nobody to judge them.
    pub fn new(
        name: &str,
        dir: String,
        ledger: Ledger,
        config: &RunConfig,
        judged: usize,
        now: Instant,
    ) -> Self {
        Self {
            name: name.to_owned(),
            dir,
            ledger,
            known: Known::default(),
            windows: Windows::new(now),
            desk: Desk::default(),
            speakers: Speakers::default(),
            ranks: Ranks::default(),
            pause: Pause::default(),
            guards: Guards::new(config),
            agenda: Agenda::new(config.at.clone()),
            gallery: Gallery::default(),
            histograms: Paced::new("distributions"),
            others: Paced::new("pictures"),
            assessment: Assessment::new(judged, config.evaluation.every_steps),
            faults: Faults::default(),
            newest: None,
            declared: None,
            is_undeclared: false,
            checkpoint: None,
            finished: None,
        }
    }

    /// Returns whether something has spoken to the panel: then what it prints is no source of metrics.
    pub fn has_spoken(&self) -> bool {
        self.speakers.has_spoken()
    }

    /// Whether the program takes the command to stop.
    pub fn takes_stop(&self) -> bool {
        self.speakers.has_leader() && self.known.now().takes("stop")
    }

    /// Conditions as they stand.
    pub fn watch(&self) -> &Watch {
        self.guards.watch()
    }

    /// The newest window of each metric.
    pub fn newest(&self) -> &Metrics {
        self.windows.newest()
    }

    /// Says something about the run's surroundings.
    pub fn warn(&mut self, text: String) {
        self.ledger
            .record(Recorded::Warning(Warning::passing(text)));
    }

    /// Something could not be used that came over no connection, or whose sender knows.
    fn unusable(&mut self, problem: &Problem) {
        if let Some(text) = self.faults.unusable(problem) {
            self.warn(text);
        }
    }

    /// A message could not be used, or a part of it.
    fn complain(&mut self, id: Id, problem: &Problem) {
        self.speakers.complain(id, problem);
        self.unusable(problem);
    }

    /// Takes in what came from a connection.
    pub fn came(&mut self, came: Came, now: Instant) {
        match came {
            Came::Opened(id, peer) => {
                // What it prints from here on is not read, whatever it says first.
                self.speakers.opened(id, peer);
            }
            Came::Problem(problem) => self.unusable(&problem),
            Came::Closed(id) => self.closed(id, now),
            Came::Message(id, line, up) => {
                if self.speakers.begin(id, line) {
                    self.message(id, *up, now);
                }
            }
        }
    }

    fn closed(&mut self, id: Id, now: Instant) {
        if !self.speakers.closed(id) {
            return;
        }
        self.ranks.leave();
        self.gallery.set_asked(false);
        self.assessment.set_asked(None);
        for open in self.desk.close() {
            let reason = "the program closed its connection before it answered";
            self.reject(open.request, reason.to_owned());
        }
        if self.pause.is_there() {
            // What nobody can resume does not wait.
            self.set_paused(false, String::new(), now);
        }
    }

    fn message(&mut self, id: Id, up: Up, now: Instant) {
        let rank = self.speakers.rank(id);
        if rank > 0 {
            self.message_of_rank(rank, id, up, now);
            return;
        }
        match up {
            Up::Hello(hello) => self.hello(id, *hello, now),
            Up::Declare(said) => self.declared(id, *said),
            Up::Log(log) => self.log(id, log, now),
            Up::Images(pictures) => self.pictures(*pictures, now),
            Up::Distribution { step, seen } => self.distribution(step, seen, now),
            Up::Text { step, name, text } => {
                self.ledger.reach(step.unwrap_or(0), None);
                let step = step.unwrap_or(self.ledger.step());
                self.ledger.record_at(step, Recorded::Text { name, text });
            }
            Up::Checkpoint { step, path, reason } => self.saved(step, path, reason),
            Up::Progress(goal) => self.known.goal(goal),
            Up::Alarm {
                step,
                name,
                level,
                text,
            } => {
                self.ledger.reach(step.unwrap_or(0), None);
                self.ledger.record(Recorded::Alarm {
                    alarm: name,
                    level,
                    text,
                });
            }
            Up::State {
                step,
                paused,
                detail,
            } => {
                if self.speakers.is_leader(id) {
                    self.ledger.reach(step.unwrap_or(0), None);
                    self.set_paused(paused, detail, now);
                }
            }
            Up::Rewound(step) if step > self.ledger.step() => {
                let problem = Problem::invalid(format!(
                    "rewound: `step`: found {step}, which is after step {}; expected an earlier one",
                    self.ledger.step()
                ));
                self.complain(id, &problem);
            }
            Up::Rewound(step) => self.rewound(step, now),
            Up::Applied {
                id: command,
                step,
                values,
            } => {
                self.applied(id, command, step, &values, now);
            }
            Up::Rejected {
                id: command,
                step,
                reason,
            } => {
                self.ledger.reach(step.unwrap_or(0), None);
                match self.desk.answered(command) {
                    Some(open) => self.reject(open.request, reason),
                    None => self.unknown_command(id, command),
                }
            }
            Up::Finished { step, reason } => {
                self.ledger.reach(step.unwrap_or(0), None);
                self.finished = Some(reason.unwrap_or_default());
            }
        }
    }

    fn hello(&mut self, id: Id, hello: Hello, now: Instant) {
        let rank = hello.rank;
        if rank == 0 && self.speakers.is_taken(id) {
            let problem = Problem::new(
                Code::Taken,
                "another process leads this run already; expected one process of rank 0",
            );
            self.speakers.refuse(id, &problem);
            return;
        }
        if let Some(earlier) = self
            .speakers
            .introduced(id)
            .filter(|earlier| *earlier != rank)
        {
            let problem = Problem::invalid(format!(
                "hello: `rank`: found {rank} on a connection that has introduced itself as {earlier}"
            ));
            self.complain(id, &problem);
            return;
        }
        let welcome = Down::welcome(
            &self.name,
            self.dir.clone(),
            self.pause.is_asked,
            IMAGES.as_secs_f64(),
        );
        self.speakers.welcome(id, rank, &welcome);
        if rank > 0 {
            self.declared(id, hello.said);
            return;
        }
        self.gallery.set_asked(false);
        self.assessment.set_asked(None);
        let step = hello.step;
        if let Some(problem) = self.known.hello(hello) {
            self.complain(id, &problem);
        }
        self.take_dataset();
        match step {
            Some(step) if step < self.ledger.step() => self.rewound(step, now),
            step => self.ledger.reach(step.unwrap_or(0), None),
        }
        if self.pause.is_asked {
            self.set_paused(true, String::new(), now);
        }
    }

    /// A connection says more of the program. Others than rank 0 have metrics only.
    fn declared(&mut self, id: Id, mut said: Said) {
        let rank = self.speakers.rank(id);
        if rank > 0 {
            let metrics = std::mem::take(&mut said.metrics).into_iter();
            said = Said {
                metrics: metrics
                    .map(|(metric, lines)| (info_of_rank(rank, metric), lines))
                    .collect(),
                ..Said::default()
            };
        }
        if let Some(problem) = self.known.said(said) {
            self.complain(id, &problem);
        }
        self.take_dataset();
    }

    /// What a log of another tool says.
    pub fn seen(&mut self, seen: Seen, now: Instant) {
        match seen {
            Seen::Metrics(steps) => {
                // Few steps keep a window each, though they are read together.
                let is_few = steps.len() <= SEEN;
                for (step, metrics) in steps {
                    // A second log may be at the same steps.
                    let from = (step <= self.ledger.step()).then_some(step);
                    self.measured(metrics, from, Some(step), None, now, None);
                    if is_few {
                        self.flush(now, true);
                    }
                }
            }
            Seen::Config(config) => {
                let said = Said {
                    config,
                    ..Default::default()
                };
                if let Some(problem) = self.known.said(said) {
                    self.unusable(&problem);
                }
            }
            Seen::Images(name, step, images) => self.pictures(
                Pictures {
                    name,
                    step: Some(step),
                    images,
                    columns: Vec::new(),
                    keep: false,
                    id: None,
                    merged: 0,
                },
                now,
            ),
            Seen::Distribution(step, seen) => self.distribution(Some(step), seen, now),
            Seen::Text(name, step, text) => {
                let name = Some(name);
                self.ledger.record_at(step, Recorded::Text { name, text });
            }
            Seen::Note(text) => self.warn(text),
        }
    }

    fn saved(&mut self, step: Option<u64>, path: String, reason: CheckpointReason) {
        self.ledger.reach(step.unwrap_or(0), None);
        let step = step.unwrap_or(self.ledger.step());
        self.checkpoint = Some(path.clone());
        // The one that was asked for is reported with the answer.
        if !self.desk.saved(step, &path) {
            self.ledger
                .record_at(step, Recorded::Checkpoint { path, reason });
        }
    }

    fn rewound(&mut self, step: u64, now: Instant) {
        if step >= self.ledger.step() {
            return;
        }
        self.flush(now, true);
        self.keep_newest();
        let step = self.ledger.rewind(step);
        self.assessment.take_back();
        self.ranks.take_back();
        self.windows.begin_anew(now, step, self.ledger.images());
        self.ledger.show(self.pause.state());
    }

    fn set_paused(&mut self, paused: bool, detail: String, now: Instant) {
        if self.pause.set(paused, detail) {
            self.flush(now, true);
            self.ledger.run_clock(!paused);
            if !paused {
                self.windows
                    .begin_anew(now, self.ledger.step(), self.ledger.images());
            }
        }
        self.ledger.show(self.pause.state());
    }

    /// Sends what is due by now. Returns what the run itself asks for.
    pub fn tick(&mut self, now: Instant, attended: bool) -> Vec<Request> {
        self.hear_ranks(now, false);
        self.flush(now, false);
        self.ask_for_images(now, attended);
        if let Some(reason) = self.assessment.word(now) {
            self.ledger.show(Live::Unjudged { reason });
        }
        self.agenda
            .take(self.ledger.step(), self.speakers.has_leader())
    }

    /// Tells the program which images would be of use, where it does not know yet.
    fn ask_for_images(&mut self, now: Instant, attended: bool) {
        let step = self.ledger.step();
        // The judge needs many, also where nobody looks at them.
        let is_often = attended || self.assessment.lacks_shown(step);
        let shown = !self.pause.is_there() && self.gallery.is_due(is_often, now);
        let judged = self.assessment.wish(step, now);
        if !shown && judged.is_none() {
            return;
        }
        let is_out = self.speakers.send(&Down::Wants {
            images: shown.then_some(true),
            evaluation: judged,
        });
        if shown {
            self.gallery.set_asked(is_out);
        }
        if judged.is_some() {
            self.assessment.set_asked(is_out.then_some(now));
        }
    }

    /// Sends the open window of metrics, where it is due.
    pub fn flush(&mut self, now: Instant, at_once: bool) {
        let is_first = self.declared.is_none();
        let is_due = is_first || at_once || self.windows.is_due(now) && self.windows.is_open();
        if is_due || has_passed(self.declared, limits::LOG, now) {
            self.take_change();
            // All of it each time: of many changes at once only the last is worth it.
            if std::mem::take(&mut self.is_undeclared) {
                self.declared = Some(now);
                let declared = self.known.now().clone();
                self.ledger.record(Recorded::Declared(Box::new(declared)));
            }
        }
        if let Some(window) = self.windows.take(now, at_once) {
            self.ledger.record(Recorded::Step(window));
        }
    }

    /// What is held against limits is what is known by now.
    fn take_change(&mut self) {
        if self.known.take_change() {
            self.is_undeclared = true;
            self.guards.describe(&self.known.now().objective());
        }
    }

    /// Returns whether something waits for the clock.
    pub fn is_waiting(&self) -> bool {
        self.windows.is_open()
    }

    /// Shows what was printed.
    pub fn show_output(&mut self, output: Output) {
        self.ledger.show(Live::Output(output));
    }

    /// The program has ended: nothing more is answered, and everyone is told.
    pub fn close(&mut self, now: Instant) {
        self.hear_ranks(now, true);
        self.flush(now, true);
        self.keep_newest();
        for open in self.desk.close() {
            match open.request.command {
                // It has stopped indeed.
                Command::Stop => self.apply(open.request, Vec::new(), false),
                _ => self.reject(
                    open.request,
                    "the program ended before it answered".to_owned(),
                ),
            }
        }
        self.speakers.dismiss("the run has ended");
        if let Some(text) = self.assessment.missing() {
            self.warn(text);
        }
        for text in self.faults.in_all() {
            self.warn(text);
        }
    }
}
