//! `genai-tui sweep submit`: what starts workers on a cluster.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::{DirArgs, scheduler};
use crate::cli::{Failure, stdout};
use crate::config::parse_duration;
use crate::sweep::{
    Board, Engine, Kubernetes, Slurm, Submitted, decide, kubernetes, parallel, slurm, with_workers,
};
use crate::text::shell_word;

/// Where no worker is asked for that would have cores, memory or GPUs.
const NOT_OF_A_CLUSTER: [&str; 4] = ["parallel", "status", "cancel", "again"];
const NOT_OF_SLURM: [&str; 5] = ["k8s", "parallel", "status", "cancel", "again"];
const NOT_OF_KUBERNETES: [&str; 5] = ["slurm", "parallel", "status", "cancel", "again"];

/// Arguments of `genai-tui sweep submit`.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, each on its own"
)]
#[command(group = clap::ArgGroup::new("scheduler").required(true))]
pub(super) struct SubmitArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Print a script for sbatch
    #[arg(long, group = "scheduler")]
    slurm: bool,
    /// Print an indexed Job for kubectl
    #[arg(long, group = "scheduler")]
    k8s: bool,
    /// Print a line for xargs and one for GNU parallel
    #[arg(long, group = "scheduler")]
    parallel: bool,
    /// Ask the scheduler how the workers stand that were submitted with --go
    #[arg(long, group = "scheduler")]
    status: bool,
    /// End those workers: they save what they train and give it back
    #[arg(long, group = "scheduler")]
    cancel: bool,
    /// Submit as many workers again as have died or were cancelled; not where the sweep is done
    #[arg(long, group = "scheduler")]
    again: bool,
    /// Submit it with sbatch or kubectl, instead of printing it, and remember it in DIR/jobs
    #[arg(long, conflicts_with_all = ["parallel", "status", "cancel", "again"])]
    go: bool,
    /// Number of workers [default: 4; with --again as many as there were]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000), conflicts_with_all = ["status", "cancel"])]
    workers: Option<u32>,
    /// How many of them at once (Slurm)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with_all = NOT_OF_SLURM)]
    at_once: Option<u32>,
    /// Time limit of a worker (Slurm): 1h, or as Slurm writes it: 1:00:00
    #[arg(long, value_name = "TIME", value_parser = slurm_time, conflicts_with_all = NOT_OF_SLURM)]
    time: Option<String>,
    /// Partition (Slurm)
    #[arg(long, value_name = "NAME", value_parser = word, conflicts_with_all = NOT_OF_SLURM)]
    partition: Option<String>,
    /// Generic resources of a worker (Slurm): gpu:1
    #[arg(long, value_name = "LIST", value_parser = word, conflicts_with_all = NOT_OF_SLURM, conflicts_with = "gpus")]
    gres: Option<String>,
    /// Cores of a worker
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with_all = NOT_OF_A_CLUSTER)]
    cores: Option<u32>,
    /// Memory of a worker: 4G, on Kubernetes 4Gi
    #[arg(long, value_name = "SIZE", value_parser = size, conflicts_with_all = NOT_OF_A_CLUSTER)]
    memory: Option<String>,
    /// GPUs of a worker
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with_all = NOT_OF_A_CLUSTER)]
    gpus: u32,
    /// The image with this program (Kubernetes)
    #[arg(long, value_name = "IMAGE", value_parser = word, required_if_eq("k8s", "true"), conflicts_with_all = NOT_OF_KUBERNETES)]
    image: Option<String>,
    /// The volume claim that holds the sweep (Kubernetes)
    #[arg(long, value_name = "NAME", value_parser = word, required_if_eq("k8s", "true"), conflicts_with_all = NOT_OF_KUBERNETES)]
    claim: Option<String>,
}

pub(super) fn run(args: &SubmitArgs) -> Result<(), Failure> {
    let board = Board::open(&args.dir.dir)?;
    if args.status || args.cancel || args.again {
        return those_submitted(args, board);
    }
    let dir = absolute(board.dir()).map_err(Failure::run)?;
    let program = std::env::current_exe().map_err(Failure::run)?;
    let workers = args.workers.unwrap_or(4);
    let (engine, text) = if args.slurm {
        make_logs(&dir)?;
        (
            Engine::Slurm,
            slurm(&program, &dir, &args.for_slurm(workers))?,
        )
    } else if args.k8s {
        (
            Engine::Kubernetes,
            kubernetes(&dir, &args.for_kubernetes(workers)),
        )
    } else {
        return stdout::print(parallel(&program, &dir, workers));
    };
    if args.go {
        stdout::print(submit(&args.dir.dir, engine, workers, text)?)
    } else {
        stdout::print(text)
    }
}

impl SubmitArgs {
    fn for_slurm(&self, workers: u32) -> Slurm {
        Slurm {
            workers,
            at_once: self.at_once,
            time: self.time.clone(),
            partition: self.partition.clone(),
            gres: match self.gpus {
                0 => self.gres.clone(),
                gpus => Some(format!("gpu:{gpus}")),
            },
            cores: self.cores,
            // There is one kind of gigabytes there.
            memory: self
                .memory
                .as_ref()
                .map(|size| size.trim_end_matches('i').to_owned()),
        }
    }

    fn for_kubernetes(&self, workers: u32) -> Kubernetes {
        Kubernetes {
            workers,
            image: self.image.clone().unwrap_or_default(),
            claim: self.claim.clone().unwrap_or_default(),
            cores: self.cores.unwrap_or(1),
            memory: self.memory.clone().unwrap_or_else(|| "2Gi".to_owned()),
            gpus: self.gpus,
        }
    }
}

/// A name that can stand in a line of a script or of YAML.
fn word(text: &str) -> Result<String, String> {
    if text.is_empty()
        || text.contains(|c: char| c.is_control() || c.is_whitespace() || "\"'\\".contains(c))
    {
        return Err(format!(
            "found `{}`, expected a word without spaces and quotes",
            text.escape_debug()
        ));
    }
    Ok(text.to_owned())
}

/// An amount of memory, in the words of Slurm (`4G`) or of Kubernetes (`4Gi`).
fn size(text: &str) -> Result<String, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let is_number = digits.parse::<u64>().is_ok_and(|number| number > 0);
    if !is_number || !["M", "G", "T", "Mi", "Gi", "Ti"].contains(&unit) {
        return Err(format!(
            "found `{text}`, expected a size such as 4G, for Kubernetes 4Gi"
        ));
    }
    Ok(text.to_owned())
}

/// A time limit as Slurm takes it: minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S; durations as this program takes them become one.
fn slurm_time(text: &str) -> Result<String, String> {
    if let Some(time) = parse_duration(text).filter(|time| time.as_secs() > 0) {
        let seconds = time.as_secs();
        return Ok(format!(
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ));
    }
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (is_number(days), rest),
        None => (true, text),
    };
    if days && rest.split(':').count() <= 3 && rest.split(':').all(is_number) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "found `{text}`, expected a duration such as 1h 30m, or as Slurm writes it, 1:30:00 or 2-12"
    ))
}

/// Slurm does not make the folder of its logs.
fn make_logs(dir: &Path) -> Result<PathBuf, Failure> {
    let logs = dir.join("workers");
    fs::create_dir_all(&logs)
        .with_context(|| logs.display().to_string())
        .map_err(Failure::Run)?;
    Ok(logs)
}

/// Submits and remembers. Returns what to say.
fn submit(dir: &Path, engine: Engine, workers: u32, text: String) -> Result<String, Failure> {
    let id = scheduler::submit(engine, &text)?;
    let job = Submitted {
        engine,
        id,
        workers,
        text,
    };
    let word = shell_word(dir);
    let said = format!(
        "{}: {workers} workers\n  genai-tui sweep submit {word} --status    how they stand\n  \
         genai-tui sweep submit {word} --cancel    ends them\n",
        name(&job)
    );
    // One that is submitted and not remembered is to be known at least.
    job.keep(dir)
        .map_err(|error| Failure::Run(anyhow!("{said}but it cannot be remembered: {error}")))?;
    Ok(said)
}

fn name(job: &Submitted) -> String {
    match job.engine {
        Engine::Slurm => format!("Slurm's job {}", job.id),
        Engine::Kubernetes => format!("Kubernetes' job {}", job.id),
    }
}

/// Asks for, ends, or starts again the workers that were submitted.
fn those_submitted(args: &SubmitArgs, mut board: Board) -> Result<(), Failure> {
    let dir = &args.dir.dir;
    let jobs = Submitted::all(dir)?;
    let Some(newest) = jobs.last() else {
        return Err(Failure::Input(anyhow!(
            "{}: found no job in {}, expected one that was submitted with --slurm --go or --k8s --go",
            dir.display(),
            dir.join("jobs").display()
        )));
    };
    board.look()?;
    let is_open = decide(board.definition(), &board.replicates()).is_open;
    // Writing into a String cannot fail.
    let mut text = String::new();
    let mut alive = 0;
    for job in &jobs {
        let queue = scheduler::look(job)?;
        if args.cancel && queue.alive() > 0 {
            scheduler::cancel(job)?;
            let _ = writeln!(text, "{}: ends {} workers", name(job), queue.alive());
        } else if args.again && is_open && !queue.held.is_empty() {
            scheduler::release(&queue.held)?;
            let _ = writeln!(
                text,
                "{}: {} go on that were held",
                name(job),
                queue.held.join(", ")
            );
        } else if args.status {
            let _ = writeln!(text, "{}: {} workers: {queue}", name(job), job.workers);
        }
        alive += queue.alive();
    }
    if args.status {
        text.push_str(if is_open {
            "the sweep is not done\n"
        } else {
            "nothing is left to do\n"
        });
    } else if args.cancel && text.is_empty() {
        text.push_str("no worker is left\n");
    } else if args.again && !is_open {
        text.push_str("nothing is left to do: no worker was submitted\n");
    } else if args.again {
        let missing = args.workers.unwrap_or(newest.workers).saturating_sub(alive);
        if missing == 0 {
            let _ = writeln!(text, "{alive} workers run or wait: no other was submitted");
        } else {
            if newest.engine == Engine::Kubernetes {
                // A Job cannot be changed, and its name is taken.
                scheduler::cancel(newest)?;
            } else {
                make_logs(&absolute(dir).map_err(Failure::run)?)?;
            }
            let script = with_workers(newest.engine, &newest.text, missing);
            text.push_str(&submit(dir, newest.engine, missing, script)?);
        }
    }
    stdout::print(text)
}
