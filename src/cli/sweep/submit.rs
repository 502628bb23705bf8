//! `genai-tui sweep submit`: what starts workers on a cluster.

use std::fs;
use std::io::Write as _;
use std::path::absolute;
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::DirArgs;
use crate::cli::{Failure, stdout};
use crate::sweep::{Board, Kubernetes, Slurm, kubernetes, parallel, slurm};

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
    /// Submit it, instead of printing it
    #[arg(long, requires = "slurm")]
    go: bool,
    /// Number of workers
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    workers: u32,
    /// How many of them at once (Slurm)
    #[arg(long, value_name = "N")]
    at_once: Option<u32>,
    /// Time limit of a worker (Slurm): 1:00:00
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Partition (Slurm)
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Generic resources of a worker (Slurm): gpu:1
    #[arg(long, value_name = "LIST")]
    gres: Option<String>,
    /// Cores of a worker
    #[arg(long, value_name = "N")]
    cores: Option<u32>,
    /// Memory of a worker: 4G, on Kubernetes 4Gi
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// GPUs of a worker (Kubernetes)
    #[arg(long, value_name = "N", default_value_t = 0)]
    gpus: u32,
    /// The image with this program (Kubernetes)
    #[arg(long, value_name = "IMAGE", required_if_eq("k8s", "true"))]
    image: Option<String>,
    /// The volume claim that holds the sweep (Kubernetes)
    #[arg(long, value_name = "NAME", required_if_eq("k8s", "true"))]
    claim: Option<String>,
}

pub(super) fn run(args: &SubmitArgs) -> Result<(), Failure> {
    let board = Board::open(&args.dir.dir)?;
    let dir = absolute(board.dir()).map_err(Failure::run)?;
    let program = std::env::current_exe().map_err(Failure::run)?;
    let text = if args.slurm {
        let job = Slurm {
            workers: args.workers,
            at_once: args.at_once,
            time: args.time.clone(),
            partition: args.partition.clone(),
            gres: args.gres.clone(),
            cores: args.cores,
            memory: args.memory.clone(),
        };
        // Slurm does not make the folder of its logs.
        let logs = dir.join("workers");
        fs::create_dir_all(&logs)
            .with_context(|| logs.display().to_string())
            .map_err(Failure::Run)?;
        slurm(&program, &dir, &job)
    } else if args.k8s {
        let job = Kubernetes {
            workers: args.workers,
            image: args.image.clone().unwrap_or_default(),
            claim: args.claim.clone().unwrap_or_default(),
            cores: args.cores.unwrap_or(1),
            memory: args.memory.clone().unwrap_or_else(|| "2Gi".to_owned()),
            gpus: args.gpus,
        };
        kubernetes(&dir, &job)
    } else {
        parallel(&program, &dir, args.workers)
    };
    if args.go {
        submit(&text)
    } else {
        stdout::print(text)
    }
}

/// Hands a script to sbatch, and prints what it answers.
fn submit(script: &str) -> Result<(), Failure> {
    let started = Command::new("sbatch")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut sbatch = started.map_err(|e| {
        Failure::Run(anyhow!(
            "--go: cannot start sbatch ({e}): without --go the script is printed"
        ))
    })?;
    if let Some(mut input) = sbatch.stdin.take() {
        input.write_all(script.as_bytes()).map_err(Failure::run)?;
    }
    let done = sbatch.wait_with_output().map_err(Failure::run)?;
    if !done.status.success() {
        return Err(Failure::Run(anyhow!("sbatch refused: {}", done.status)));
    }
    stdout::print(done.stdout)
}
