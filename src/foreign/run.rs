//! The state of a run whose trainer is another program: what comes from it, from viewers and from the clock goes in, events and
//! messages come out. It does no I/O of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json};

use super::connection::{Came, Id, Peer};
use super::declared::{Known, info_of_rank, of_rank};
use super::desk::{Desk, Fate, Open, changes, fate};
use super::down::Down;
use super::images::{Pictures, REAL, SAMPLES, mean_distance};
use super::ledger::Ledger;
use super::limits;
use super::message::{Hello, Log, Up};
use super::output::PrintedWindow;
use super::problem::{Code, Problem};
use super::watching::Seen;
use super::windows::Windows;
use crate::config::RunConfig;
use crate::health::{AlarmSeen, Monitor};
use crate::metric::{DIVERSITY, HealthLimits, IMAGES_PER_S, STEPS_PER_S};
use crate::protocol::{
    Action, CheckpointReason, Command, Distribution, Level, Live, Metrics, Output, Recorded,
    Request, Samples, Source, Stat, State, Timed, Triggered, Trouble, Warning,
};
use crate::rules::{Rule, Watch};

/// Time between two requests for images while someone watches, and while nobody does.
const IMAGES: Duration = Duration::from_secs(1);
const IMAGES_UNSEEN: Duration = Duration::from_secs(30);
/// Time between two pictures that are kept as files.
const KEEP: Duration = Duration::from_secs(30);
/// Time between two recorded distributions of one name.
const DISTRIBUTIONS: Duration = Duration::from_secs(1);
/// How long a run trains before its speed is a measurement.
const PACE: f64 = 5.0;

/// A run and everyone who speaks for its program.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the program"
)]
pub struct Run {
    name: String,
    dir: String,
    pub ledger: Ledger,
    pub known: Known,
    windows: Windows,
    desk: Desk,
    peers: BTreeMap<Id, Speaker>,
    /// The connection that gets commands.
    leader: Option<Id>,
    paused: bool,
    /// Whether the last word on it was to pause: a program that connects anew begins so.
    is_held: bool,
    detail: String,
    watch: Watch,
    monitor: Monitor,
    health: HealthLimits,
    due: VecDeque<Timed>,
    /// Commands that the run itself gives.
    own: Vec<Request>,
    pub interventions: u64,
    /// The images that count as samples.
    shown: Option<String>,
    wanted: bool,
    pictured: Option<Instant>,
    kept: Option<Instant>,
    /// How far real images are from each other.
    real: Option<f64>,
    distributed: BTreeMap<String, Instant>,
    /// The last checkpoint that the program named.
    pub checkpoint: Option<String>,
    /// Why the program said that it is complete.
    pub finished: Option<String>,
    problems: BTreeMap<Code, u64>,
    /// The line of the message that is being taken in.
    line: u64,
    pub merged: u64,
    fell: bool,
    saw_metrics: bool,
}

/// Who speaks on a connection.
#[derive(Debug)]
struct Speaker {
    peer: Peer,
    rank: u64,
    is_closed: bool,
}

/// What a command asks of the one who drives the run.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// End the program.
    Stop(Request),
}

impl Run {
    /// A run at its beginning.
    pub fn new(name: &str, dir: String, ledger: Ledger, config: &RunConfig, now: Instant) -> Self {
        let failing = config.fail_if.iter().cloned().map(Rule::failing);
        let mut due: Vec<Timed> = config.at.clone();
        due.sort_by_key(|timed| timed.step);
        Self {
            name: name.to_owned(),
            dir,
            ledger,
            known: Known::default(),
            windows: Windows::new(now),
            desk: Desk::default(),
            peers: BTreeMap::new(),
            leader: None,
            paused: false,
            is_held: false,
            detail: String::new(),
            watch: Watch::new(failing.chain(config.rules.iter().cloned())),
            monitor: Monitor::of(None),
            health: config.health,
            due: due.into(),
            own: Vec::new(),
            interventions: 0,
            shown: None,
            wanted: false,
            pictured: None,
            kept: None,
            real: None,
            distributed: BTreeMap::new(),
            checkpoint: None,
            finished: None,
            problems: BTreeMap::new(),
            line: 0,
            merged: 0,
            fell: false,
            saw_metrics: false,
        }
    }

    /// Returns whether a program listens.
    pub fn is_connected(&self) -> bool {
        self.leader.is_some()
    }

    /// Returns whether a connection is open.
    pub fn has_peers(&self) -> bool {
        !self.peers.is_empty()
    }

    /// Returns whether something has spoken to the panel: then what it prints is no source of metrics.
    pub fn has_spoken(&self) -> bool {
        self.known.now().client.is_some() || self.saw_metrics
    }

    /// Whether the program takes the command to stop.
    pub fn takes_stop(&self) -> bool {
        self.is_connected() && self.known.now().takes("stop")
    }

    /// Conditions as they stand.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The newest window of each metric.
    pub fn newest(&self) -> &Metrics {
        self.windows.newest()
    }

    /// Takes in what came from a connection.
    pub fn came(&mut self, came: Came, now: Instant) {
        match came {
            Came::Opened(id, peer) => {
                let speaker = Speaker {
                    peer,
                    rank: 0,
                    is_closed: false,
                };
                self.peers.insert(id, speaker);
            }
            Came::Problem(problem) => self.count(&problem),
            Came::Closed(id) => self.closed(id, now),
            Came::Message(id, line, up) => {
                self.line = line;
                let is_open = self
                    .peers
                    .get(&id)
                    .is_some_and(|speaker| !speaker.is_closed);
                if is_open {
                    self.message(id, *up, now);
                }
            }
        }
    }

    fn closed(&mut self, id: Id, now: Instant) {
        self.peers.remove(&id);
        if self.leader != Some(id) {
            return;
        }
        self.leader = None;
        self.wanted = false;
        for open in self.desk.close() {
            let reason = "the program closed its connection before it answered";
            self.reject(open.request, reason.to_owned());
        }
        if self.paused {
            // What nobody can resume does not wait.
            self.set_paused(false, String::new(), now);
        }
    }

    /// Something that could not be used: the first of each kind is said, and at the end how many there were.
    fn count(&mut self, problem: &Problem) {
        let count = self.problems.entry(problem.code).or_default();
        *count += 1;
        if *count == 1 {
            let text = format!(
                "the program sent something that cannot be used: {}",
                problem.text
            );
            self.warn(text);
        }
    }

    /// How many lines could not be used.
    pub fn unusable(&self) -> u64 {
        self.problems.values().sum()
    }

    /// Says something about the run's surroundings.
    pub fn warn(&mut self, text: String) {
        self.ledger
            .record(Recorded::Warning(Warning::passing(text)));
    }

    fn complain(&mut self, id: Id, problem: &Problem) {
        if let Some(speaker) = self.peers.get(&id) {
            speaker.peer.complain(problem, self.line);
        }
        self.count(problem);
    }

    fn message(&mut self, id: Id, up: Up, now: Instant) {
        match up {
            Up::Hello(hello) => self.hello(id, *hello, now),
            Up::Declare(mut said) => {
                let rank = self.rank(id);
                if rank > 0 {
                    said.controls.clear();
                    said.actions.clear();
                    said.commands = None;
                    (said.title, said.config) = (None, Vec::new());
                    let metrics = std::mem::take(&mut said.metrics).into_iter();
                    said.metrics = metrics.map(|(m, r)| (info_of_rank(rank, m), r)).collect();
                }
                if let Some(problem) = self.known.said(*said) {
                    self.complain(id, &problem);
                }
            }
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
                if self.leader == Some(id) {
                    self.ledger.reach(step.unwrap_or(0), None);
                    self.set_paused(paused, detail, now);
                }
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

    fn rank(&self, id: Id) -> u64 {
        self.peers.get(&id).map_or(0, |speaker| speaker.rank)
    }

    fn hello(&mut self, id: Id, hello: Hello, now: Instant) {
        let rank = hello.rank;
        if rank == 0 && self.leader.is_some_and(|leader| leader != id) {
            let problem = Problem::new(
                Code::Taken,
                "another process leads this run already; expected one process of rank 0",
            );
            if let Some(speaker) = self.peers.get_mut(&id) {
                speaker.peer.send(&Down::error(&problem, self.line));
                speaker.peer.close();
                speaker.is_closed = true;
            }
            return;
        }
        let welcome = Down::welcome(
            &self.name,
            self.dir.clone(),
            self.is_held,
            IMAGES.as_secs_f64(),
        );
        if let Some(speaker) = self.peers.get_mut(&id) {
            speaker.rank = rank;
            speaker.peer.send(&welcome);
        }
        let step = hello.step;
        if rank > 0 {
            let said = super::declare::Said {
                metrics: hello
                    .said
                    .metrics
                    .into_iter()
                    .map(|(metric, lines)| (info_of_rank(rank, metric), lines))
                    .collect(),
                ..Default::default()
            };
            if let Some(problem) = self.known.said(said) {
                self.complain(id, &problem);
            }
            return;
        }
        self.leader = Some(id);
        self.wanted = false;
        if let Some(problem) = self.known.hello(hello) {
            self.complain(id, &problem);
        }
        match step {
            Some(step) if step < self.ledger.step() => self.rewound(step, now),
            step => self.ledger.reach(step.unwrap_or(0), None),
        }
        if self.is_held {
            self.set_paused(true, String::new(), now);
        }
    }

    /// Metrics of a connection.
    fn log(&mut self, id: Id, log: Log, now: Instant) {
        self.merged += log.merged;
        let metrics = of_rank(self.rank(id), log.metrics);
        self.windows.epoch(log.epoch, log.batch);
        if log.step.is_some_and(|step| step < self.ledger.step()) && !self.fell {
            self.fell = true;
            let text = format!(
                "metrics came for step {} after step {}: they count at the newest step; a program that goes back says so \
                 (`rewound`)",
                log.step.unwrap_or(0),
                self.ledger.step()
            );
            self.warn(text);
        }
        let from = log.from_step;
        self.measured(metrics, from, log.step, log.images, now, Some(id));
    }

    /// Metrics in what was printed.
    pub fn printed(&mut self, window: PrintedWindow, now: Instant) {
        self.windows.epoch(window.epoch, None);
        self.known.goal(super::message::Goal {
            steps: window.steps,
            ..Default::default()
        });
        self.measured(window.metrics, None, Some(window.step), None, now, None);
    }

    /// What a log of another tool says.
    pub fn seen(&mut self, seen: Seen, now: Instant) {
        match seen {
            Seen::Metrics(steps) => {
                for (step, metrics) in steps {
                    self.measured(metrics, None, Some(step), None, now, None);
                }
            }
            Seen::Config(config) => {
                let said = super::declare::Said {
                    config,
                    ..Default::default()
                };
                if let Some(problem) = self.known.said(said) {
                    self.count(&problem);
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

    fn distribution(&mut self, step: Option<u64>, seen: Distribution, now: Instant) {
        let last = self.distributed.get(&seen.name);
        if last.is_some_and(|last| now.saturating_duration_since(*last) < DISTRIBUTIONS) {
            return;
        }
        if self.distributed.len() < limits::COUNT {
            self.distributed.insert(seen.name.clone(), now);
        }
        self.ledger.reach(step.unwrap_or(0), None);
        let step = step.unwrap_or(self.ledger.step());
        self.ledger.record_at(step, Recorded::Distribution(seen));
    }

    fn measured(
        &mut self,
        mut metrics: Metrics,
        from: Option<u64>,
        step: Option<u64>,
        images: Option<u64>,
        now: Instant,
        by: Option<Id>,
    ) {
        self.saw_metrics |= by.is_some();
        if let Some(problem) = self.known.measured(&mut metrics) {
            match by {
                Some(id) => self.complain(id, &problem),
                None => self.count(&problem),
            }
        }
        let before = self.ledger.step();
        self.ledger.reach(step.unwrap_or(0), images);
        let step = self.ledger.step();
        let from = from.unwrap_or(before + 1).min(step);
        self.windows.add(Some(from), step, &metrics);
        self.windows.pass(now, step, self.ledger.images());
        self.judge(from, step, metrics, now);
    }

    /// What was measured is held against limits and conditions.
    fn judge(&mut self, from: u64, step: u64, mut metrics: Metrics, now: Instant) {
        if self.known.take_change() {
            self.declare();
        }
        let steps = step.saturating_sub(from) + 1;
        let alarms = self.monitor.observe_step(&metrics, steps, &self.health);
        for alarm in alarms {
            self.alarm(alarm);
        }
        if self.watch.is_empty() {
            return;
        }
        if self.ledger.seconds() >= PACE {
            let (steps, images) = self.windows.speed(now);
            metrics.insert(STEPS_PER_S.to_owned(), Stat::of(steps));
            if images > 0.0 {
                metrics.insert(IMAGES_PER_S.to_owned(), Stat::of(images));
            }
        }
        let triggered = self.watch.observe_windows(from, step, &metrics);
        self.triggered(triggered);
    }

    fn alarm(&mut self, mut seen: AlarmSeen) {
        // Advice that nobody could follow is none.
        let has_rates = self.known.now().rates(None).next().is_some();
        if !has_rates || seen.advice.contains("loss ") {
            seen.advice = "";
        }
        self.ledger.record(seen.into());
    }

    fn triggered(&mut self, triggered: Vec<Triggered>) {
        for rule in triggered {
            let (action, text) = (rule.action, rule.text.clone());
            self.ledger.record(Recorded::Rule(rule));
            let command = match action {
                Action::Alarm => {
                    self.ledger.record(Recorded::Alarm {
                        alarm: "rule".to_owned(),
                        level: Level::Warn,
                        text,
                    });
                    continue;
                }
                Action::Pause => Command::Pause,
                Action::Checkpoint => Command::Checkpoint,
                Action::Fail => Command::Stop,
            };
            self.own.push(Request {
                id: None,
                source: Source::Rule,
                signal: None,
                command,
            });
        }
    }

    fn declare(&mut self) {
        let declared = self.known.now().clone();
        self.monitor.describe(&declared.objective());
        self.ledger.record(Recorded::Declared(Box::new(declared)));
    }

    fn pictures(&mut self, pictures: Pictures, now: Instant) {
        self.merged += pictures.merged;
        self.ledger.reach(pictures.step.unwrap_or(0), None);
        let step = pictures.step.unwrap_or(self.ledger.step());
        let is_real = pictures.name == REAL;
        if is_real {
            self.real = mean_distance(&pictures.images).filter(|distance| *distance > 0.0);
        }
        let is_shown = pictures.name == SAMPLES
            || !is_real
                && *self.shown.get_or_insert_with(|| pictures.name.clone()) == pictures.name;
        if pictures.name == SAMPLES {
            self.shown = Some(SAMPLES.to_owned());
        }
        let diversity = match (is_shown, self.real) {
            (true, Some(real)) => mean_distance(&pictures.images).map(|found| found / real),
            _ => None,
        };
        let samples = Samples {
            count: pictures.images.count(),
            shape: pictures.images.shape(),
            columns: pictures.columns,
            diversity: diversity.unwrap_or(f64::NAN),
            images: Arc::new(pictures.images),
            ..Samples::default()
        };
        if !is_shown {
            let file = format!("samples/{}-{step:08}.png", file_name(&pictures.name));
            let name = pictures.name;
            self.ledger.record_at(
                step,
                Recorded::Pictures {
                    name,
                    file,
                    samples,
                },
            );
            return;
        }
        (self.wanted, self.pictured) = (false, Some(now));
        let is_due = self
            .kept
            .is_none_or(|kept| now.saturating_duration_since(kept) >= KEEP);
        let asked = pictures.id.is_some_and(|id| self.desk.is_open(id));
        if is_due || pictures.keep || asked {
            self.kept = Some(now);
            let file = format!("samples/step-{step:08}.png");
            self.ledger
                .record_at(step, Recorded::Samples { file, samples });
        } else {
            self.ledger.show(Live::Samples(samples));
        }
        if let Some(diversity) = diversity {
            let alarm = self.monitor.observe_samples(diversity, &self.health);
            if let Some(alarm) = alarm {
                self.alarm(alarm);
            }
            let triggered = self.watch.observe(step, &[(DIVERSITY, diversity)]);
            self.triggered(triggered);
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
            self.ledger.reach(step, None);
            return;
        }
        self.flush(now, true);
        let step = self.ledger.rewind(step);
        self.windows.begin_anew(now, step, self.ledger.images());
        self.show_state();
    }

    fn set_paused(&mut self, paused: bool, detail: String, now: Instant) {
        let changed = self.paused != paused;
        if changed {
            self.flush(now, true);
            self.ledger.run_clock(!paused);
            if !paused {
                self.windows
                    .begin_anew(now, self.ledger.step(), self.ledger.images());
            }
        }
        self.paused = paused;
        self.detail = detail;
        self.show_state();
    }

    fn show_state(&mut self) {
        let state = if self.paused {
            State::Paused
        } else {
            State::Running
        };
        self.ledger.show(Live::State {
            state,
            detail: self.detail.clone(),
            metrics: Metrics::new(),
        });
    }

    /// What a viewer, a script, a rule or a signal asks for.
    pub fn request(&mut self, request: Request) -> Option<Ask> {
        let id = self.desk.next();
        match fate(&request.command, id, self.known.now(), self.is_connected()) {
            Fate::Own => match request.command.clone() {
                Command::Note(text) => {
                    self.ledger.record(Recorded::Note { text });
                    self.apply(request, Vec::new(), false);
                    None
                }
                _ => Some(Ask::Stop(request)),
            },
            Fate::Reject(reason) => {
                self.reject(request, reason);
                None
            }
            Fate::Send(down) => {
                self.send(id, request, &down);
                None
            }
        }
    }

    /// Sends a command to the program. Returns whether it went out.
    fn send(&mut self, id: u64, request: Request, down: &Down) -> bool {
        let leader = self.leader.and_then(|leader| self.peers.get(&leader));
        if leader.is_some_and(|speaker| speaker.peer.send(down)) {
            self.desk.sent(id, request, down);
            return true;
        }
        let reason = "the program does not read what is sent to it";
        self.reject(request, reason.to_owned());
        false
    }

    /// Asks the program to stop. Returns whether that went out.
    pub fn send_stop(&mut self, request: Request) -> bool {
        let id = self.desk.next();
        self.send(id, request, &Down::Stop { id })
    }

    /// A command took effect that is the panel's own.
    pub fn apply(
        &mut self,
        request: Request,
        changes: Vec<crate::protocol::Change>,
        switched: bool,
    ) {
        self.interventions += 1;
        let objective = switched.then(|| Box::new(self.known.now().objective()));
        self.ledger.record(Recorded::Applied {
            request: request.id,
            source: request.source,
            signal: request.signal,
            command: request.command,
            changes,
            objective,
        });
    }

    fn reject(&mut self, request: Request, reason: String) {
        self.ledger.record(Recorded::Rejected {
            request: request.id,
            source: request.source,
            command: request.command,
            reason,
        });
    }

    fn unknown_command(&mut self, by: Id, command: u64) {
        let problem = Problem::new(
            Code::UnknownId,
            format!("found the answer to command {command}, which is not open"),
        );
        self.complain(by, &problem);
    }

    /// The program has carried out a command.
    fn applied(
        &mut self,
        by: Id,
        id: u64,
        step: Option<u64>,
        values: &Map<String, Json>,
        now: Instant,
    ) {
        self.ledger.reach(step.unwrap_or(0), None);
        let Some(open) = self.desk.answered(id) else {
            self.unknown_command(by, id);
            return;
        };
        let Open {
            request,
            values: asked,
            checkpoint,
        } = open;
        // Without a word on what it took, it took what it was asked for.
        let values = if values.is_empty() { &asked } else { values };
        let (changes, strange) = changes(self.known.now(), values);
        for name in strange {
            let problem = Problem::invalid(format!(
                "applied: `values`: `{name}` is no control, or the value is not of its type"
            ));
            self.complain(by, &problem);
        }
        // Losses before and after are not comparable.
        self.flush(now, true);
        let switched = self.known.set(&changes);
        if switched {
            self.monitor.describe(&self.known.now().objective());
        }
        let command = request.command.clone();
        self.apply(request, changes, switched);
        match command {
            Command::Pause => {
                self.is_held = true;
                self.set_paused(true, String::new(), now);
            }
            Command::Resume | Command::Step(_) => {
                self.is_held = false;
                self.set_paused(false, String::new(), now);
            }
            Command::Checkpoint => self.asked_checkpoint(checkpoint),
            _ => {}
        }
    }

    /// The checkpoint that was asked for, after the answer: whoever asked waits for it.
    fn asked_checkpoint(&mut self, saved: Option<(u64, String)>) {
        let reason = CheckpointReason::Request;
        if let Some((_, path)) = saved {
            self.ledger.record(Recorded::Checkpoint { path, reason });
            return;
        }
        let trouble = Trouble::Checkpoint { reason };
        let text = "the program has answered that it saved, and has not said where";
        for warning in [
            Warning::open(trouble, text),
            Warning::resolved(trouble, text),
        ] {
            self.ledger.record(Recorded::Warning(warning));
        }
    }

    /// Sends what is due by now. Returns what the run itself asks for.
    pub fn tick(&mut self, now: Instant, attended: bool) -> Vec<Request> {
        self.flush(now, false);
        self.want(now, attended);
        let step = self.ledger.step();
        // A program that listens gets what is due; one that does not is told when it is too late.
        while self.due.front().is_some_and(|timed| timed.step <= step)
            && (self.is_connected() || step > 0)
            && let Some(timed) = self.due.pop_front()
        {
            self.own.push(Request {
                id: None,
                source: Source::Script,
                signal: None,
                command: timed.command,
            });
        }
        std::mem::take(&mut self.own)
    }

    /// Asks for images when the last ones are old enough.
    fn want(&mut self, now: Instant, attended: bool) {
        let every = if attended { IMAGES } else { IMAGES_UNSEEN };
        let is_due = self
            .pictured
            .is_none_or(|last| now.saturating_duration_since(last) >= every);
        if self.wanted || !is_due || self.paused {
            return;
        }
        let leader = self.leader.and_then(|leader| self.peers.get(&leader));
        self.wanted =
            leader.is_some_and(|speaker| speaker.peer.send(&Down::Wants { images: true }));
    }

    /// Sends the open window of metrics, where it is due.
    pub fn flush(&mut self, now: Instant, at_once: bool) {
        if self.known.take_change() {
            self.declare();
        }
        if let Some(window) = self.windows.take(now, at_once) {
            self.ledger.record(Recorded::Step(window));
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
        self.flush(now, true);
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
        for speaker in self.peers.values() {
            speaker.peer.send(&Down::Bye {
                text: "the run has ended".to_owned(),
            });
            speaker.peer.close();
        }
        let unusable = self.unusable();
        if unusable > 1 {
            self.warn(format!(
                "{unusable} messages of the program, or parts of them, could not be used"
            ));
        }
        if self.merged > 0 {
            let merged = self.merged;
            self.warn(format!(
                "{merged} messages of the program were merged into others before they were sent: the panel did not read them in \
                 time, and the program did not wait"
            ));
        }
    }
}

/// A name that is a file's everywhere.
fn file_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "_-.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(plain).collect();
    name.trim_start_matches('.').to_owned()
}
