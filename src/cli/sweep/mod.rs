//! `genai-tui sweep`: many runs of one configuration, with some of its keys varied, by workers that share a directory.

mod best;
mod damage;
mod judge;
mod new;
mod plan;
mod scheduler;
mod status;
mod submit;
mod watch;
mod work;

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::{Failure, path_arg};
use crate::sweep::SweepError;

/// Arguments of `genai-tui sweep`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  genai-tui sweep new s --param 'optimizer.g.lr=log(1e-5,1e-3)' --param 'batch_size=choice(32,64)' \\
      --trials 20 --metric fid --steps 5000 --scheduler asha --set dataset=mnist
  genai-tui sweep work s          # any number of these, on any machine that sees the directory
  genai-tui sweep status s
  genai-tui sweep best s --apply best.toml")]
pub struct SweepArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Make a sweep: a directory with a file sweep.toml
    New(Box<new::NewArgs>),
    /// Say what would run, and how long it would take on this machine
    Plan(DirArgs),
    /// Work: claim a run, train it, take the next, until nothing is left
    ///
    /// Any number of workers may share the directory, over NFS too. A run whose worker died is taken up by another, from its newest
    /// checkpoint. A signal that asks to end saves what is trained and gives it back.
    Work(work::WorkArgs),
    /// Show where each trial stands
    Status(status::StatusArgs),
    /// Show it on the screen: trials, curves, parameters and their importance; steer it from there
    Watch(watch::WatchArgs),
    /// Print the best configuration, and how sure that is
    Best(best::BestArgs),
    /// Start workers on a cluster, ask for them, end them: by Slurm or Kubernetes; or print what starts them, for xargs too
    ///
    /// Prints a script of Slurm, a Job of Kubernetes or a line for xargs; with --go submits it. What was submitted is remembered in the
    /// directory of the sweep: --status, --cancel and --again are about that.
    Submit(submit::SubmitArgs),
}

/// The directory of a sweep.
#[derive(Debug, Clone, Args)]
struct DirArgs {
    /// The directory of the sweep
    #[arg(value_name = "DIR", value_parser = path_arg::path(), value_hint = ValueHint::DirPath)]
    dir: PathBuf,
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        if error.is_input() {
            Self::input(error)
        } else {
            Self::run(error)
        }
    }
}

/// Carries it out and returns the exit code.
///
/// # Errors
/// When there is no such sweep, something in it is wrong, or the system refuses.
pub fn run(args: &SweepArgs) -> Result<u8, Failure> {
    match &args.what {
        What::New(args) => new::run(args).map(|()| 0),
        What::Plan(args) => plan::run(&args.dir).map(|()| 0),
        What::Work(args) => work::run(args),
        What::Status(args) => status::run(args),
        What::Watch(args) => watch::run(args).map(|()| 0),
        What::Best(args) => best::run(args).map(|()| 0),
        What::Submit(args) => submit::run(args).map(|()| 0),
    }
}

/// A line on stderr; what is done goes on even if it cannot be written.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "genai-tui: {text}");
}
