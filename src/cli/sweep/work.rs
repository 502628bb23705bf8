//! `genai-tui sweep work`: a worker. Each run is a process of its own, so that one that runs out of memory or crashes does not
//! take the worker along.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};

use super::DirArgs;
use crate::cli::Failure;
use crate::config::parse_duration;
use crate::session::signals;
use crate::sweep::{Board, Claim, Job, SweepError, Trial, decide};

/// Between two looks at a run, and at signals.
const TICK: Duration = Duration::from_millis(50);

/// Between two looks at a sweep that others work on.
const IDLE_TICK: Duration = Duration::from_secs(1);

/// Between two beats of a claim.
const BEAT: Duration = Duration::from_secs(2);

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
    #[arg(id = "work_threads", long = "threads", value_name = "N")]
    threads: Option<usize>,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| {
        format!("found `{text}`, expected a duration with its unit, such as 55m or 1h 30m")
    })
}

pub(super) fn run(args: &WorkArgs) -> Result<u8, Failure> {
    let newest = signals::noted()
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    if args.jobs > 1 {
        // Before several say the same.
        Board::open(&args.dir.dir)?;
        return several(args, &newest);
    }
    let mut worker = Worker {
        board: Board::open(&args.dir.dir)?,
        program: std::env::current_exe()
            .context("cannot find this program")
            .map_err(Failure::Run)?,
        threads: args.threads,
        until: args.max_time.map(|time| Instant::now() + time),
        newest,
    };
    worker.work(args.idle, args.again_code)
}

/// A worker at work.
struct Worker {
    board: Board,
    program: PathBuf,
    threads: Option<usize>,
    until: Option<Instant>,
    newest: Arc<AtomicUsize>,
}

/// How a job ended.
enum Ended {
    /// It is where it was meant to be, or failed for good.
    Done,
    /// Another worker is at it.
    Taken,
    /// This worker is to end.
    Given,
}

impl Worker {
    fn work(&mut self, idle: Option<Duration>, again: u8) -> Result<u8, Failure> {
        let mut idle_since = Instant::now();
        loop {
            if self.is_over() {
                return Ok(again);
            }
            self.board.look()?;
            let next = decide(self.board.definition(), &self.board.replicates());
            let mut has_worked = false;
            for job in &next.jobs {
                match self.take(job)? {
                    Ended::Done => has_worked = true,
                    Ended::Taken => continue,
                    Ended::Given => return Ok(again),
                }
                break;
            }
            if has_worked {
                idle_since = Instant::now();
                continue;
            }
            if !next.is_open {
                Claim::clear(self.board.dir());
                say("nothing is left to do");
                return Ok(0);
            }
            if idle.is_some_and(|idle| idle_since.elapsed() >= idle) {
                say("nothing to do for now: others are at what is left");
                return Ok(0);
            }
            self.pause(IDLE_TICK);
        }
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

    fn take(&mut self, job: &Job) -> Result<Ended, Failure> {
        let name = Trial::run_name(job.trial, job.replicate);
        let dir = self.board.dir().to_owned();
        let Some(claim) = Claim::take(&dir, &name)? else {
            return Ok(Ended::Taken);
        };
        let mut command = self.command(job, &name)?;
        self.board.note(job)?;
        say(&format!(
            "trial {} (seed {}) to {}: {}",
            job.trial,
            job.replicate,
            self.board.definition().rungs().at(job.rung),
            job.reason
        ));
        let log = dir.join("logs").join(format!("{name}.log"));
        let child = start(&mut command, &log).map_err(Failure::Run)?;
        let status = self.wait(child, &claim)?;
        drop(claim);
        match status.code() {
            // It trained, diverged or met a condition: its record says which.
            Some(0 | 3) => Ok(Ended::Done),
            _ if self.is_over() => Ok(Ended::Given),
            _ => {
                let reason = last_line(&log).unwrap_or_else(|| status.to_string());
                say(&format!("trial {}: {reason}", job.trial));
                self.board.fail(&name, &format!("{reason}\n"))?;
                Ok(Ended::Done)
            }
        }
    }

    /// The command that trains a run up to a rung, from wherever it is.
    fn command(&mut self, job: &Job, name: &str) -> Result<Command, SweepError> {
        let trial = self.board.trial(job.trial)?.clone();
        let definition = self.board.definition();
        let steps = self.board.steps(job.trial, job.rung).unwrap_or_default();
        let sources = definition.sources(&trial.values);
        let mut command = Command::new(&self.program);
        command.args(["train", "--no-tui", "--resume-or-start", "--run-dir"]);
        command.arg(self.board.dir().join("runs").join(name));
        command.args(["--steps", &steps.to_string()]);
        command.args(["--seed", &(definition.seed + job.replicate).to_string()]);
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
    fn wait(&self, mut child: Child, claim: &Claim) -> Result<ExitStatus, Failure> {
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
                let _ = claim.beat();
            }
            thread::sleep(TICK);
        }
    }
}

/// Starts a run whose diagnostics go into a log.
fn start(command: &mut Command, log: &Path) -> anyhow::Result<Child> {
    let folder = crate::files::folder_of(log);
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = File::options().create(true).append(true).open(log);
    let file = file.with_context(|| log.display().to_string())?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .context("cannot start a run")
}

/// The last line of a log: what a run that failed said at last.
fn last_line(log: &Path) -> Option<String> {
    let text = fs::read(log).ok()?;
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().to_owned())
}

/// Several workers, each a process with its share of the machine.
fn several(args: &WorkArgs, newest: &AtomicUsize) -> Result<u8, Failure> {
    let program = std::env::current_exe().map_err(Failure::run)?;
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = (cores / usize::from(args.jobs)).max(1);
    let gpus: Vec<String> = std::env::var("CUDA_VISIBLE_DEVICES")
        .map(|all| all.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    let mut workers = Vec::new();
    for job in 0..usize::from(args.jobs) {
        let mut command = Command::new(&program);
        command.args(["sweep", "work"]).arg(&args.dir.dir);
        command.args(["--threads", &args.threads.unwrap_or(share).to_string()]);
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
        let worker = command.stdin(Stdio::null()).spawn();
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

/// A line on stderr; the work goes on even if it cannot be written.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "genai-tui: {text}");
}
