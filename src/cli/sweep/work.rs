//! `genai-tui sweep work`: a worker. Each run is a process of its own, so that one that runs out of memory or crashes does not
//! take the worker along. It holds the other end of that process's standard input: a worker that is killed takes its run along,
//! which saves what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};

use super::{DirArgs, damage, judge, say};
use crate::cli::{Failure, owner};
use crate::config::{self, RunVariable, Sources, parse_duration};
use crate::files;
use crate::record::{self, Status};
use crate::rng::Stream;
use crate::session::signals;
use crate::sweep::{Board, SweepError, Task, Turn, Until, patience};
use crate::text::shell_word;

/// Between two looks at a run, and at signals.
const TICK: Duration = Duration::from_millis(50);

/// Between two beats of a claim.
const BEAT: Duration = Duration::from_secs(2);

/// Bytes that a disk must take for a run's failure to be its own.
const PROBE: usize = 1 << 20;

/// Trials in a row whose runs could not begin, after which a worker ends: what is wrong may be its machine.
const HOPELESS: usize = 8;

/// Arguments of `genai-tui sweep work`.
#[derive(Debug, Clone, Args)]
pub(super) struct WorkArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// End after this time: save, give back, exit
    #[arg(id = "work_time", long = "max-time", value_name = "DURATION", value_parser = duration)]
    max_time: Option<Duration>,
    /// Wait at most this long for others whose results may mean more work [default: until the sweep is done]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    idle: Option<Duration>,
    /// The exit code where work is left, because of a signal or of --max-time: 75 where a scheduler should start the worker again
    #[arg(long, value_name = "CODE", default_value_t = 0)]
    again_code: u8,
    /// So many workers at once, with the cores divided among them, and the GPUs of `CUDA_VISIBLE_DEVICES`
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Threads of a run [default: as the configuration says; with --jobs a share of the cores]
    #[arg(id = "work_threads", long = "threads", value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    threads: Option<u16>,
    /// Give back and end, as at SIGTERM, when standard input is closed
    #[arg(id = "work_end_with_stdin", long = "end-with-stdin", hide = true)]
    end_with_stdin: bool,
}

/// Reads a duration; the error says what was found and expected.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| {
        format!("found `{text}`, expected a duration with its unit, such as 55m or 1h 30m")
    })
}

pub(super) fn run(args: &WorkArgs) -> Result<u8, Failure> {
    let newest = signals::noted()
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    if args.end_with_stdin {
        owner::end_with_stdin()?;
    }
    let board = Board::open(&args.dir.dir)?;
    // Before several say the same.
    let passed_over = check_environment(&board)?;
    let mut judged = BTreeSet::new();
    if board.is_fresh()? && judge::is_one(board.definition()) {
        let values = BTreeMap::new();
        if let Some(why) = judge::is_missing(board.definition(), &values)? {
            return Err(Failure::Input(anyhow!("no trial was begun: {why}")));
        }
        judged.insert(values);
    }
    if args.jobs > 1 {
        return several(args, &newest, &passed_over);
    }
    let mut worker = Worker {
        board,
        program: std::env::current_exe()
            .context("cannot find this program")
            .map_err(Failure::Run)?,
        threads: args.threads,
        until: args.max_time.map(|time| Instant::now() + time),
        newest,
        passed_over,
        judged,
        unbegun: BTreeSet::new(),
        jumps: Stream::new(u64::from(std::process::id()), &record::host()),
    };
    worker.work(args.idle, args.again_code)
}

/// What a trial is, the sweep says: with what stands in the environment of one worker or another, its results would not be the same
/// from any of them. Returns the names of the variables that do not count, and says them.
fn check_environment(board: &Board) -> Result<Vec<String>, Failure> {
    let (of_trials, others): (Vec<_>, Vec<_>) = std::env::vars_os()
        .partition(|variable| !config::run_variables([variable.clone()]).is_empty());
    // Facts of this machine, and names that are nothing, would be the same mistake in each run.
    let sources = Sources {
        environment: others,
        ..Sources::default()
    };
    config::resolve(sources).map_err(Failure::input)?;
    let passed_over = config::run_variables(of_trials).into_iter();
    let is_said = |variable: &RunVariable| {
        let said = board.definition().said(variable.key);
        said.is_some_and(|said| said == variable.value)
    };
    let (agree, others): (Vec<_>, Vec<_>) = passed_over.partition(is_said);
    let names = |variables: Vec<RunVariable>| variables.into_iter().map(|variable| variable.name);
    let mut passed_over: Vec<String> = names(others).collect();
    if !passed_over.is_empty() {
        say(&format!(
            "passed over, since sweep.toml says what a trial is: {}",
            passed_over.join(", ")
        ));
    }
    passed_over.extend(names(agree));
    Ok(passed_over)
}

/// A worker at work.
struct Worker {
    board: Board,
    program: PathBuf,
    threads: Option<u16>,
    until: Option<Instant>,
    newest: Arc<AtomicUsize>,
    /// Variables of the environment that runs do not get.
    passed_over: Vec<String>,
    /// Values of trials whose samples can be judged here.
    judged: BTreeSet<BTreeMap<String, String>>,
    /// Trials whose runs could not begin here, since one could.
    unbegun: BTreeSet<u64>,
    /// Where it looks next when another worker was faster.
    jumps: Stream,
}

impl Worker {
    fn work(&mut self, idle: Option<Duration>, again: u8) -> Result<u8, Failure> {
        let (mut idle_since, mut idle_turns) = (Instant::now(), 0);
        loop {
            if self.is_over() {
                say(match self.newest.load(Ordering::Relaxed) {
                    0 => "the time is up: what it was at is saved and given back, and work is left",
                    _ => "asked to end: what it was at is saved and given back, and work is left",
                });
                return Ok(again);
            }
            match self.board.take_turn(&mut self.jumps)? {
                Turn::Train(task) => {
                    self.train(*task)?;
                    (idle_since, idle_turns) = (Instant::now(), 0);
                }
                Turn::Again => {}
                Turn::Over => return self.leave(),
                Turn::Wait => {
                    if idle.is_some_and(|idle| idle_since.elapsed() >= idle) {
                        say("nothing to do for now: others are at what is left");
                        return Ok(0);
                    }
                    let left = idle.map(|idle| idle.saturating_sub(idle_since.elapsed()));
                    let patience = patience(idle_turns);
                    self.pause(left.map_or(patience, |left| left.min(patience)));
                    idle_turns += 1;
                }
            }
        }
    }

    /// Says how the sweep ended. One without a single result has failed, whatever its parameters were to show.
    fn leave(&mut self) -> Result<u8, Failure> {
        say("nothing is left to do");
        self.board.look()?;
        for (number, why) in self.board.lost() {
            say(&format!("trial {number}: {why}"));
        }
        let failures = self.board.failures();
        let count = self.board.definition().count();
        if failures > 0 {
            say(&format!(
                "{failures} of {count} trials failed: `genai-tui sweep status {}` says why",
                shell_word(self.board.dir())
            ));
        }
        Ok(u8::from(count > 0 && failures == count))
    }

    /// Returns whether a signal came or the time is up.
    fn is_over(&self) -> bool {
        self.newest.load(Ordering::Relaxed) != 0
            || self.until.is_some_and(|until| Instant::now() >= until)
    }

    fn pause(&self, time: Duration) {
        let since = Instant::now();
        while since.elapsed() < time && !self.is_over() {
            thread::sleep(TICK);
        }
    }

    /// Trains a run in a process of its own, and writes down what it reached.
    fn train(&mut self, task: Task) -> Result<(), Failure> {
        let name = task.name();
        let (_, unit) = self.board.definition().budget.parts();
        say(&format!(
            "trial {} (seed {}) to {} {unit}: {}",
            task.job.trial, task.job.replicate, task.job.until, task.job.reason
        ));
        self.check_judge(&task)?;
        let run = self.board.dir().join("runs").join(&name);
        let said = self.board.definition().sources(&task.trial.values);
        if let Some(damage) = damage::of(&run, said) {
            let aside = self.board.begin_again(&task)?;
            say(&format!(
                "trial {}: {damage}: it is begun again, and what there was is in {}",
                task.job.trial,
                aside.display()
            ));
        }
        let log = self.board.dir().join("logs").join(format!("{name}.log"));
        let from = step_of(&run);
        let before = fs::metadata(&log).map_or(0, |log| log.len());
        let child = start(&mut self.command(&task)?, &log).map_err(Failure::Run)?;
        let status = self.wait(child, &task)?;
        // One that ends because this worker has to is given back.
        let failed = (!self.is_over()).then(|| self.why(&name, (&log, before), status));
        let faulty = failed
            .as_ref()
            .and_then(|reason| self.fault_of_the_system(reason, &run));
        let counts = failed.filter(|_| faulty.is_none());
        let trial = task.job.trial;
        let has_begun = step_of(&run) > from;
        let is_done = self.board.finish(task, counts.as_deref())?;
        if is_done || has_begun {
            self.unbegun.clear();
        }
        if is_done {
            return Ok(());
        }
        if let Some(reason) = faulty {
            return Err(Failure::Run(anyhow!(
                "trial {trial}: {reason}; it was given back, and goes on when workers are started again"
            )));
        }
        let Some(reason) = counts else {
            return Ok(());
        };
        say(&format!("trial {trial}: {reason}"));
        if !has_begun {
            self.unbegun.insert(trial);
        }
        if self.unbegun.len() < HOPELESS {
            return Ok(());
        }
        Err(Failure::Run(anyhow!(
            "runs of {HOPELESS} trials in a row could not begin here, the last because: {reason}; others are not tried. To have these tried \
             again, remove their files in {}",
            self.board.dir().join("failures").display()
        )))
    }

    /// Makes sure that what is compared can be measured of a trial: on another machine it may have been.
    fn check_judge(&mut self, task: &Task) -> Result<(), Failure> {
        let of = judge::depends_on(&task.trial.values);
        if self.judged.contains(&of) {
            return Ok(());
        }
        let missing = judge::is_missing(self.board.definition(), &task.trial.values)?;
        if let Some(why) = missing {
            let trial = task.job.trial;
            return Err(Failure::Input(anyhow!(
                "trial {trial} was given back: {why}"
            )));
        }
        self.judged.insert(of);
        Ok(())
    }

    /// Why a run did not get to where it was meant to, if it did not.
    fn why(&self, name: &str, (log, before): (&Path, u64), status: ExitStatus) -> String {
        let run = self.board.dir().join("runs").join(name);
        match status.code() {
            None => match status.signal() {
                Some(signal) if signal == Signal::KILL.as_raw() => {
                    "its process was killed by SIGKILL: memory may have run out".to_owned()
                }
                Some(signal) => format!("its process was ended by signal {signal}"),
                None => status.to_string(),
            },
            Some(0 | 3) => match record::facts(&run) {
                Some(run) if matches!(run.status, Status::Finished { .. }) => run.in_words(),
                _ => "it ended before it had begun".to_owned(),
            },
            Some(_) => said_at_last(log, before).unwrap_or_else(|| status.to_string()),
        }
    }

    /// What is wrong with the disk, if a run failed because of it. That is not the run's fault, and would be the next one's.
    fn fault_of_the_system(&self, reason: &str, run: &Path) -> Option<String> {
        use rustix::io::Errno;
        let says = |errno: &Errno| reason.contains(&format!("(os error {})", errno.raw_os_error()));
        let faults = [
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::ROFS,
            Errno::IO,
            Errno::STALE,
        ];
        if faults.iter().any(says) {
            return Some(reason.to_owned());
        }
        let probe = |folder: &Path| {
            fs::create_dir_all(folder)?;
            let mut draft = files::draft(folder, ".probe-")?;
            draft.write_all(&vec![0; PROBE])?;
            files::sync(draft.as_file())
        };
        let runs = self.board.dir().join("runs");
        // A run that others began may be theirs.
        let places = [Some(runs.as_path()), Some(run).filter(|run| run.is_dir())];
        let mut faults = places.into_iter().flatten().filter_map(|folder| {
            let error = probe(folder).err()?;
            Some(format!("{}: {error}", folder.display()))
        });
        faults.next()
    }

    /// The command that trains a run up to a rung, from wherever it is.
    fn command(&self, task: &Task) -> Result<Command, SweepError> {
        let definition = self.board.definition();
        let sources = definition.sources(&task.trial.values);
        let mut command = Command::new(&self.program);
        for name in &self.passed_over {
            command.env_remove(name);
        }
        command.args(["train", "--no-tui", "--end-with-stdin"]);
        command.args(["--resume-or-start", "--run-dir"]);
        command.arg(self.board.dir().join("runs").join(task.name()));
        match self.board.until(&task.trial, task.job.rung)? {
            Until::Steps(steps) => command.args(["--steps", &steps.to_string()]),
            Until::Seconds(seconds) => command.args(["--max-time", &format!("{seconds}s")]),
        };
        let seed = definition.seed + task.job.replicate;
        command.args(["--seed", &seed.to_string()]);
        if let Some(base) = sources.file {
            command.arg("--config").arg(base);
        }
        for set in sources.set {
            command.args(["--set", &set]);
        }
        if let Some(threads) = self.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        Ok(command)
    }

    /// Waits for a run; asks it to save and end when this worker is to end.
    fn wait(&self, mut child: Child, task: &Task) -> Result<ExitStatus, Failure> {
        let mut asked = false;
        let mut beaten = Instant::now();
        loop {
            if let Some(status) = child.try_wait().map_err(Failure::run)? {
                return Ok(status);
            }
            if self.is_over() && !asked {
                asked = true;
                // It may have ended just now.
                let _ = kill_process(Pid::from_child(&child), Signal::TERM);
            }
            if beaten.elapsed() >= BEAT {
                beaten = Instant::now();
                // The run has a lock of its own: what this one says is only for the order among workers.
                let _ = task.beat();
            }
            thread::sleep(TICK);
        }
    }
}

/// How far a run was recorded.
fn step_of(run: &Path) -> u64 {
    let step = record::facts(run).and_then(|facts| facts.step);
    step.unwrap_or_default()
}

/// Starts a run whose diagnostics go into a log.
fn start(command: &mut Command, log: &Path) -> anyhow::Result<Child> {
    let folder = crate::files::folder_of(log);
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = File::options().create(true).append(true).open(log);
    let file = file.with_context(|| log.display().to_string())?;
    command
        // Never written to: it is closed when this process ends, however it ends.
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .context("cannot start a run")
}

/// What a run that failed said at last: its error, or the last line of its log after so many bytes.
fn said_at_last(log: &Path, before: u64) -> Option<String> {
    let text = fs::read(log).ok()?;
    let text = text.get(usize::try_from(before).ok()?..)?;
    let text = String::from_utf8_lossy(text);
    let lines = || text.lines().map(str::trim).rev();
    let error = lines().find_map(|line| line.strip_prefix("error: "));
    let line = error.or_else(|| lines().find(|line| !line.is_empty()))?;
    Some(line.to_owned())
}

/// Several workers, each a process with its share of the machine.
fn several(args: &WorkArgs, newest: &AtomicUsize, passed_over: &[String]) -> Result<u8, Failure> {
    let program = std::env::current_exe().map_err(Failure::run)?;
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = (cores / usize::from(args.jobs)).max(1);
    let gpus: Vec<String> = std::env::var("CUDA_VISIBLE_DEVICES")
        .map(|all| all.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    let mut workers = Vec::new();
    for job in 0..usize::from(args.jobs) {
        let mut command = Command::new(&program);
        for name in passed_over {
            command.env_remove(name);
        }
        command.args(["sweep", "work", "--end-with-stdin"]);
        command.arg(&args.dir.dir);
        command.args([
            "--threads",
            &args.threads.map_or(share, usize::from).to_string(),
        ]);
        command.args(["--again-code", &args.again_code.to_string()]);
        for (flag, time) in [("--max-time", args.max_time), ("--idle", args.idle)] {
            if let Some(time) = time {
                command
                    .arg(flag)
                    .arg(OsString::from(format!("{}ms", time.as_millis())));
            }
        }
        if !gpus.is_empty() {
            command.env("CUDA_VISIBLE_DEVICES", &gpus[job % gpus.len()]);
        }
        let worker = command.stdin(Stdio::piped()).spawn();
        workers.push(worker.map_err(|e| Failure::Run(anyhow!("cannot start a worker: {e}")))?);
    }
    let mut codes = Vec::new();
    let mut passed_on = false;
    while !workers.is_empty() {
        if newest.load(Ordering::Relaxed) != 0 && !passed_on {
            passed_on = true;
            for worker in &workers {
                let _ = kill_process(Pid::from_child(worker), Signal::TERM);
            }
        }
        let mut left = Vec::new();
        for mut worker in workers {
            match worker.try_wait().map_err(Failure::run)? {
                Some(status) => codes.push(status.code().unwrap_or(1)),
                None => left.push(worker),
            }
        }
        workers = left;
        thread::sleep(TICK);
    }
    let code = codes.into_iter().max().unwrap_or_default();
    Ok(u8::try_from(code).unwrap_or(1))
}
