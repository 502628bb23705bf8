//! The engine of a session whose trainer is another program: starts it, listens to it, and ends with it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded, never, select};

use super::child::{self, Exit, Family, Screen, Start};
use super::connection::{self, Came, Door};
use super::ending::{Ending, Step};
use super::error::ForeignError;
use super::judge::{Finding, Judge};
use super::ledger::Ledger;
use super::output::{self, Listener};
use super::printed::{MOST_IN_A_LINE, Pattern, Printed};
use super::run::{Ask, Run};
use super::warden::Warden;
use super::watching::{self, Watcher};
use crate::config::{RunConfig, TRAINER_VARIABLES};
use crate::judging::Finder;
use crate::protocol::{
    Action, Command, Live, Metrics, OUTPUT, Outcome, Output, ProgramInfo, Recorded, Request,
    RunInfo, Source, State, Summary, Target, Trainer, Trouble, Warning,
};
use crate::session::socket_path;
use crate::session::{Engine, Window, Wiring};

/// The folder of the program's socket in the run directory.
const SOCKET_FOLDER: &str = "trainer";
/// Between two looks at the clock, while metrics wait and while none do.
const BUSY: Duration = Duration::from_millis(25);
const IDLE: Duration = Duration::from_millis(100);
/// Messages that wait for this thread.
const WAITING: usize = 64;
/// How long the last of what was printed may take to arrive after everything has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long reading the last of its logs may take.
const LAST_LOGS: Duration = Duration::from_secs(10);
/// How long a judge may take that is at work when the program has ended.
const LAST_JUDGEMENT: Duration = Duration::from_secs(60);
/// Time from SIGTERM to SIGKILL for what the program left running.
const LEFTOVER: Duration = Duration::from_secs(5);

/// A program that trains.
pub struct Program {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// Its file.
    pub file: PathBuf,
    /// What of the configuration it needs: conditions, limits, script.
    pub config: RunConfig,
    /// Whether it prints to a pseudo-terminal.
    pub terminal: bool,
    /// The size in which that is shown at first, as columns and rows.
    pub size: Option<(u16, u16)>,
    /// Time from the command to stop to SIGTERM.
    pub grace: Duration,
    /// The form of its lines, where it is one of its own.
    pub pattern: Option<Pattern>,
    /// Where other tools' logs of it are to be followed: below this path. Then what it prints is read only by a pattern.
    pub watched: Option<PathBuf>,
    /// Finds who judges its samples, where that is wanted.
    pub finder: Option<Box<dyn Finder>>,
    /// Where its process can be found by those who must end it at once.
    pub process: RunningProcess,
}

/// The process of a program, once it runs.
#[derive(Debug, Clone, Default)]
pub struct RunningProcess(Arc<AtomicU32>);

impl RunningProcess {
    /// Ends it and all that it started, without waiting for anything.
    pub fn kill(&self) {
        let process = self.0.load(Ordering::SeqCst);
        if process != 0 {
            Family::of(process).signal(rustix::process::Signal::KILL);
        }
    }
}

impl Engine for Program {
    type Error = ForeignError;

    fn is_in_this_process(&self) -> bool {
        false
    }

    fn run(mut self, wiring: Wiring) -> Result<Summary, ForeignError> {
        let place = wiring.record.place().clone();
        let dir = place.path();
        let (listener, socket) =
            socket_path::open(&dir, SOCKET_FOLDER).map_err(ForeignError::Socket)?;
        let log = open_log(&dir.join(OUTPUT))?;
        let watcher = match &self.watched {
            Some(folder) => {
                let started = watching::watch(folder.clone(), dir.clone());
                Some(started.map_err(ForeignError::Thread)?)
            }
            None => None,
        };
        let start = Start {
            environment: environment(&wiring.name, &dir, socket.path()),
            command: self.command.clone(),
            file: self.file.clone(),
            terminal: self.terminal,
            size: self.size.or_else(|| wiring.window.get()),
            keeps_stdin: !self.terminal,
        };
        let mut warden = Warden::start(socket.path());
        let (mut child, printing) =
            child::start(&start).map_err(|error| ForeignError::Program {
                program: self.file.display().to_string(),
                reason: error.to_string(),
            })?;
        let process = child.id();
        warden.watch(process);
        self.process.0.store(process, Ordering::SeqCst);
        let finder = self.finder.take();
        let ended = self.drive(wiring, listener, log, (printing, watcher, finder), process);
        // Whatever happened here, nothing is left.
        let _ = Family::of(process).end(LEFTOVER);
        let _ = child.wait();
        warden.dismiss();
        self.process.0.store(0, Ordering::SeqCst);
        drop(socket);
        ended
    }
}

impl Program {
    fn drive(
        &self,
        wiring: Wiring,
        listener: UnixListener,
        log: File,
        (printing, watcher, finder): (child::Printing, Option<Watcher>, Option<Box<dyn Finder>>),
        process: u32,
    ) -> Result<Summary, ForeignError> {
        let Wiring {
            name,
            notices,
            before,
            events,
            requests,
            attended,
            window,
            lost,
            record,
        } = wiring;
        let exited = wait_for(process).map_err(ForeignError::Thread)?;
        let (to, came) = bounded(WAITING);
        let door = connection::open(listener, to).map_err(ForeignError::Thread)?;
        let reader = self.pattern.clone().map_or_else(Printed::new, Printed::by);
        let screen = printing.screen();
        let printed = output::listen(printing, log, reader).map_err(ForeignError::Thread)?;
        record.begin(&self.config_text())?;
        let dir = record.place().shown();
        let mut ledger = Ledger::new(events, &before);
        ledger.record(Recorded::Started(Box::new(self.info(&name, &dir, process))));
        for text in notices {
            ledger.record(Recorded::Warning(Warning::passing(text)));
        }
        ledger.show(Live::State {
            state: State::Running,
            detail: String::new(),
            metrics: Metrics::new(),
        });
        let judged = finder.as_ref().map_or(0, |finder| finder.samples());
        let judge = finder.map_or_else(|| Ok(Judge::none()), Judge::start);
        let judge = judge.map_err(ForeignError::Thread)?;
        let whole = record.place().path().display().to_string();
        let mut drive = Drive {
            run: Run::new(&name, whole, ledger, &self.config, judged, Instant::now()),
            ending: Ending::default(),
            family: Family::of(process),
            spoke: Spoken {
                reads: self.watched.is_none() || self.pattern.is_some(),
                ..Spoken::default()
            },
            came,
            printed,
            watcher,
            judge,
            door,
            screen,
            window,
        };
        let exit = drive.until_ended(&exited, requests, self.grace, &attended, &lost);
        let left = drive.family.end(LEFTOVER);
        drive.drain();
        if let Some(left) = left {
            drive.run.warn(left.in_words());
        }
        Ok(summary(drive.run, &drive.ending, exit))
    }

    fn info(&self, name: &str, dir: &std::path::Path, process: u32) -> RunInfo {
        let words = self.command.iter();
        let program = ProgramInfo {
            command: words.map(|w| w.to_string_lossy().into_owned()).collect(),
            folder: std::env::current_dir().unwrap_or_default(),
            pid: process,
            terminal: self.terminal,
        };
        RunInfo {
            name: name.to_owned(),
            dir: dir.to_path_buf(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            trainer: Trainer::Program {
                program: Box::new(program),
            },
            health: self.config.health,
            measures: Vec::new(),
            settings: std::collections::BTreeMap::new(),
            target: Target::default(),
            resumed: None,
            origin: None,
        }
    }

    /// `config.toml`: how the run was started, for people.
    fn config_text(&self) -> String {
        let words = self.command.iter();
        let words = words.map(|word| toml::Value::String(word.to_string_lossy().into_owned()));
        let mut program =
            toml::Table::from_iter([("command".to_owned(), toml::Value::Array(words.collect()))]);
        let parts = [
            ("fail_if", toml::Value::try_from(&self.config.fail_if)),
            ("rules", toml::Value::try_from(&self.config.rules)),
            ("at", toml::Value::try_from(&self.config.at)),
            ("health", toml::Value::try_from(self.config.health)),
        ];
        for (name, value) in parts {
            if let Ok(value) = value
                && !value.as_array().is_some_and(Vec::is_empty)
            {
                program.insert(name.to_owned(), value);
            }
        }
        let all = toml::Table::from_iter([("program".to_owned(), toml::Value::Table(program))]);
        // A table of plain values: there is nothing in it that TOML lacks.
        let text = toml::to_string(&all).unwrap_or_default();
        format!(
            "# How this run was started. Its trainer is another program, which has its own configuration.\n\n{text}"
        )
    }
}

/// A run under way, with everything that comes to it.
struct Drive {
    run: Run,
    ending: Ending,
    family: Family,
    spoke: Spoken,
    came: Receiver<Came>,
    printed: Listener,
    watcher: Option<Watcher>,
    judge: Judge,
    door: Door,
    screen: Option<Screen>,
    window: Window,
}

impl Drive {
    /// Takes in what comes until the program has ended.
    fn until_ended(
        &mut self,
        exited: &Receiver<Exit>,
        requests: Receiver<Request>,
        grace: Duration,
        attended: &AtomicBool,
        lost: &AtomicBool,
    ) -> Exit {
        let mut requests = Some(requests);
        let watcher = self.watcher.as_ref();
        let seen = watcher.map_or_else(never, |watcher| watcher.seen.clone());
        let none = never();
        loop {
            let asked = requests.as_ref().unwrap_or(&none);
            let wait = if self.run.is_waiting() { BUSY } else { IDLE };
            select! {
                recv(self.came) -> message => {
                    if let Ok(message) = message {
                        self.run.came(message, Instant::now());
                        // What has come as well, but not without end.
                        for message in self.came.try_iter().take(WAITING) {
                            self.run.came(message, Instant::now());
                        }
                    }
                }
                recv(asked) -> request => match request {
                    Ok(request) => self.request(request),
                    // Nobody is left who could ask for anything: the program goes on.
                    Err(_) => requests = None,
                },
                recv(seen) -> seen => {
                    if let Ok(seen) = seen {
                        self.run.seen(seen, Instant::now());
                    }
                }
                recv(self.judge.findings) -> finding => self.judged(finding),
                recv(self.printed.wake) -> _ => thread::sleep(Duration::from_millis(2)),
                recv(exited) -> exit => return exit.unwrap_or(Exit { code: 1, signal: None }),
                default(wait) => {}
            }
            let now = Instant::now();
            self.spoke.take(&mut self.run, &self.printed, now, false);
            if let (Some(screen), Some(size)) = (&mut self.screen, self.window.get()) {
                screen.resize(size, self.family);
            }
            for request in self.run.tick(now, attended.load(Ordering::Relaxed)) {
                self.request(request);
            }
            // After the tick, which may have asked for better samples.
            if let Some(task) = self.run.task(now) {
                self.judge.begin(task);
            }
            if let Some((step, text)) = self.ending.tick(grace, now) {
                self.run.warn(text);
                carry_out(step, self.family);
            }
            if lost.load(Ordering::Acquire) && !self.ending.is_asked() {
                // The record is another process's: the program cannot go on in it.
                self.stop(Request {
                    id: None,
                    source: Source::Guard,
                    signal: None,
                    command: Command::Stop,
                });
            }
        }
    }

    fn request(&mut self, request: Request) {
        if let Some(Ask::Stop(request)) = self.run.request(request) {
            self.stop(request);
        }
    }

    /// Ends the program, gently at first.
    fn stop(&mut self, request: Request) {
        let now = Instant::now();
        match self.ending.ask(&request, self.run.takes_stop(), now) {
            Some(Step::Ask) => {
                if !self.run.send_stop(request) {
                    carry_out(self.ending.cannot_ask(now), self.family);
                }
            }
            Some(step) => {
                self.run.apply(request, Vec::new(), false);
                carry_out(step, self.family);
            }
            None => self.run.apply(request, Vec::new(), false),
        }
    }

    /// The judge has found something out, or has ended.
    fn judged<E>(&mut self, finding: Result<Finding, E>) {
        if let Ok(finding) = finding {
            self.run.judged(finding);
        } else {
            self.judge = Judge::none();
            self.run.unjudged();
        }
    }

    /// Waits for the evaluation under way; a person who quits does not.
    fn hear_judge(&mut self) {
        let since = Instant::now();
        loop {
            if let Some(task) = self.run.task(Instant::now()) {
                self.judge.begin(task);
            }
            if !self.run.is_judging() || self.ending.is_asked() || since.elapsed() >= LAST_JUDGEMENT
            {
                return;
            }
            match self.judge.findings.recv_timeout(Duration::from_millis(50)) {
                Err(RecvTimeoutError::Timeout) => {}
                finding => self.judged(finding),
            }
        }
    }

    /// What came last, when everything has ended.
    fn drain(&mut self) {
        let run = &mut self.run;
        if let Some(watcher) = &self.watcher {
            let since = Instant::now();
            watcher.end();
            while since.elapsed() < LAST_LOGS {
                match watcher.seen.recv_timeout(Duration::from_millis(20)) {
                    Ok(seen) => run.seen(seen, Instant::now()),
                    Err(_) if watcher.has_ended() => break,
                    Err(_) => {}
                }
            }
        }
        let since = Instant::now();
        self.door.shut();
        while since.elapsed() < LAST_WORDS {
            // Before the look at what has come.
            let is_quiet = self.printed.has_ended() && self.door.is_empty();
            match self.came.recv_timeout(Duration::from_millis(10)) {
                Ok(message) => run.came(message, Instant::now()),
                Err(_) if is_quiet => break,
                Err(_) => {}
            }
            self.spoke.take(run, &self.printed, Instant::now(), false);
        }
        self.spoke.take(run, &self.printed, Instant::now(), true);
        self.spoke.say_what_was_passed_over(run);
        self.hear_judge();
        self.run.close(Instant::now());
    }
}

/// How the run ended.
fn summary(mut run: Run, ending: &Ending, exit: Exit) -> Summary {
    let (mut outcome, mut reason, signal) = ending.verdict(exit, run.finished.as_deref());
    let step = run.ledger.step();
    if let Some(failed) = run.watch().failure() {
        (outcome, reason) = (Outcome::FailedCondition, failed.text);
    } else if matches!(outcome, Outcome::Completed | Outcome::Stopped) {
        let missing = run.watch().not_measured(step);
        if !missing.is_empty() {
            let texts: Vec<String> = missing.iter().map(|rule| rule.text.clone()).collect();
            for rule in missing
                .into_iter()
                .filter(|rule| rule.action == Action::Fail)
            {
                run.ledger.record(Recorded::Rule(rule));
            }
            (outcome, reason) = (Outcome::FailedCondition, texts.join("; "));
        }
    }
    let seconds = run.ledger.seconds();
    let summary = Summary {
        outcome,
        reason,
        signal: signal.filter(|_| outcome == Outcome::Interrupted),
        step,
        images: run.ledger.images(),
        epochs: 0.0,
        seconds,
        steps_per_second: if seconds > 0.0 {
            step as f64 / seconds
        } else {
            0.0
        },
        objective: run.known.now().objective().name,
        interventions: run.ledger.interventions(),
        metrics: run.newest().clone(),
        quality: run.quality(),
        conditions: run.watch().verdicts(),
        checkpoint: run.checkpoint.clone(),
        exit_code: Some(exit.code),
    };
    run.ledger
        .record(Recorded::Finished(Box::new(summary.clone())));
    summary
}

fn carry_out(step: Step, family: Family) {
    if let Step::Send(signal) = step {
        family.signal(signal);
        // A process that was stopped cannot end.
        family.signal(rustix::process::Signal::CONT);
    }
}

/// What the program has printed, on its way to those who watch.
#[derive(Debug, Default)]
struct Spoken {
    shown: Option<Instant>,
    waiting: Output,
    log_failed: bool,
    /// Lines that were too long to be read for metrics.
    too_long: u64,
    /// Whether it was said that a line has too many metrics.
    was_cut: bool,
    /// Whether metrics are read from it.
    reads: bool,
}

impl Spoken {
    /// Says how many lines were not read, where lines are read.
    fn say_what_was_passed_over(&self, run: &mut Run) {
        if self.too_long > 0 && self.reads && !run.has_spoken() {
            let lines = if self.too_long == 1 {
                "a line of more than 64 KiB was".to_owned()
            } else {
                format!("{} lines of more than 64 KiB were", self.too_long)
            };
            run.warn(format!("{lines} not read for metrics"));
        }
    }

    /// Takes what is new; shows it ten times a second at the most.
    fn take(&mut self, run: &mut Run, printed: &Listener, now: Instant, at_once: bool) {
        let news = printed.news();
        self.waiting.add(&news.text);
        if let Some(error) = news.log_error
            && !std::mem::replace(&mut self.log_failed, true)
        {
            let text = format!(
                "{OUTPUT} takes no more of what the program prints: {error}; the program goes on"
            );
            run.ledger
                .record(Recorded::Warning(Warning::open(Trouble::Record, text)));
        }
        self.too_long += news.too_long;
        if self.reads && !run.has_spoken() {
            if news.cut > 0 && !std::mem::replace(&mut self.was_cut, true) {
                run.warn(format!(
                    "a printed line has more than {MOST_IN_A_LINE} metrics: of such lines the first {MOST_IN_A_LINE} are taken"
                ));
            }
            run.printed(news.windows, now);
        }
        let is_due = self
            .shown
            .is_none_or(|shown| now.saturating_duration_since(shown) >= IDLE);
        if (is_due || at_once) && (!self.waiting.text.is_empty() || self.waiting.skipped > 0) {
            self.shown = Some(now);
            run.show_output(std::mem::take(&mut self.waiting));
        }
    }
}

fn wait_for(process: u32) -> std::io::Result<Receiver<Exit>> {
    let (ended, exited) = bounded(1);
    thread::Builder::new()
        .name("waiting".to_owned())
        .spawn(move || {
            if let Ok(exit) = child::wait(process) {
                let _ = ended.send(exit);
            }
        })?;
    Ok(exited)
}

fn open_log(path: &std::path::Path) -> Result<File, ForeignError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map_err(|source| ForeignError::Output {
        file: path.display().to_string(),
        source,
    })
}

fn environment(
    name: &str,
    dir: &std::path::Path,
    socket: &std::path::Path,
) -> Vec<(&'static str, OsString)> {
    let values: [OsString; 4] = [
        socket.into(),
        super::limits::VERSION.to_string().into(),
        dir.into(),
        name.into(),
    ];
    let mut variables: Vec<(&'static str, OsString)> =
        TRAINER_VARIABLES.into_iter().zip(values).collect();
    // Into a pipe Python prints when its buffer is full.
    if std::env::var_os("PYTHONUNBUFFERED").is_none() {
        variables.push(("PYTHONUNBUFFERED", "1".into()));
    }
    variables
}
