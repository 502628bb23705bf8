//! `genai-tui sweep new`: makes a sweep.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, ValueHint};

use super::DirArgs;
use super::work::duration;
use crate::cli::{Failure, path_arg, stdout};
use crate::config::parse_duration;
use crate::files;
use crate::metric::quality::FID;
use crate::sweep::{Budget, Definition, Goal, Param, Sampler, Scheduler};
use crate::text::shell_word;

/// Arguments of `genai-tui sweep new`.
#[derive(Debug, Clone, Args)]
pub(super) struct NewArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// A key to vary: choice(A,B,…), linear(LOW,HIGH), log(LOW,HIGH) or int(LOW,HIGH)
    ///
    /// With ` if KEY=VALUE` behind it, it is only set where another parameter has that value. For a grid, linear and log end in a
    /// number of points: log(1e-5,1e-3,5).
    #[arg(long = "param", value_name = "KEY=DOMAIN", required = true)]
    params: Vec<Param>,
    /// A key that every trial has
    #[arg(id = "sweep_set", long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// A configuration file that every trial has; --set and --param cover it
    #[arg(id = "sweep_config", long = "config", value_name = "FILE", value_parser = path_arg::path(), value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// How many trials; a grid has no more than its combinations
    #[arg(long, value_name = "N", default_value_t = 20)]
    trials: u64,
    /// Runs of a trial, each from another seed; it is as good as their median
    #[arg(long, value_name = "N", default_value_t = 1)]
    seeds: u64,
    /// The first seed, which also decides what trials are drawn
    #[arg(
        id = "sweep_seed",
        long = "seed",
        value_name = "N",
        default_value_t = 0
    )]
    seed: u64,
    /// How long a trial is trained, in steps
    #[arg(
        id = "sweep_steps",
        long = "steps",
        value_name = "N",
        required_unless_present_any = ["images", "sweep_time"],
        conflicts_with_all = ["images", "sweep_time"]
    )]
    steps: Option<u64>,
    /// How long a trial is trained, in training images
    #[arg(long, value_name = "N", conflicts_with = "sweep_time")]
    images: Option<u64>,
    /// How long a trial is trained, in time of training
    #[arg(id = "sweep_time", long = "time", value_name = "DURATION", value_parser = duration)]
    time: Option<Duration>,
    /// What is compared: `fid`, `modes`, `d_loss`, or any other metric of the runs
    #[arg(long, value_name = "NAME", default_value = FID.name)]
    metric: String,
    /// Which way it is better
    #[arg(long, value_enum, default_value_t)]
    goal: Goal,
    /// How the values of a trial are drawn
    #[arg(long, value_enum, default_value_t)]
    sampler: Sampler,
    /// Which trials go on after a part of the budget
    #[arg(long, value_enum, default_value_t)]
    scheduler: Scheduler,
    /// The first rung of asha and median, in the unit of the budget [default: the budget over factor³]
    #[arg(long, value_name = "N|DURATION")]
    first_rung: Option<String>,
    /// How many times the one before each rung is; of as many trials asha lets one go on
    #[arg(long, value_name = "N", default_value_t = 3)]
    factor: u64,
}

impl NewArgs {
    /// The first rung in the unit of the budget; 0 if it is not given.
    fn first_rung(&self) -> Result<u64, Failure> {
        let Some(text) = &self.first_rung else {
            return Ok(0);
        };
        let (found, expected) = match self.time {
            None => (text.parse().ok(), "a whole number, as the budget is"),
            Some(_) => (
                parse_duration(text).map(|time| time.as_secs()),
                "a duration such as 30s, as the budget is",
            ),
        };
        found.filter(|amount| *amount > 0).ok_or_else(|| {
            Failure::Input(anyhow!("--first-rung: found `{text}`, expected {expected}"))
        })
    }
}

pub(super) fn run(args: &NewArgs) -> Result<(), Failure> {
    let mut params = args.params.clone();
    params.sort_by(|a, b| a.key.cmp(&b.key));
    if let Some(pair) = params.windows(2).find(|pair| pair[0].key == pair[1].key) {
        return Err(Failure::Input(anyhow!(
            "--param: found `{}` twice, expected each key once",
            pair[0].key
        )));
    }
    let base = args.config.as_ref().map(|path| {
        let read = files::read(path);
        read.map_err(|e| Failure::Input(anyhow!("{}: cannot read it: {e}", path.display())))
    });
    let base = base.transpose()?;
    let definition = Definition {
        params,
        set: args.set.clone(),
        sampler: args.sampler,
        scheduler: args.scheduler,
        metric: args.metric.clone(),
        goal: args.goal,
        trials: args.trials,
        seeds: args.seeds,
        seed: args.seed,
        budget: match (args.steps, args.images, args.time) {
            (None, None, Some(time)) => Budget::Seconds(time.as_secs()),
            (None, Some(images), _) => Budget::Images(images),
            (steps, ..) => Budget::Steps(steps.unwrap_or_default()),
        },
        first_rung: args.first_rung()?,
        factor: args.factor,
        base: args.config.clone(),
    };
    definition.check("sweep new")?;
    let dir = &args.dir.dir;
    definition.create(dir, base.as_deref())?;
    let word = shell_word(dir);
    stdout::print(format!(
        "{}: {} trials{}\n  genai-tui sweep plan {word}      what would run\n  genai-tui sweep work {word}      a worker; start as many as you like\n  \
         genai-tui sweep status {word}    where it stands\n",
        dir.display(),
        definition.count(),
        match definition.seeds {
            1 => String::new(),
            seeds => format!(" of up to {seeds} seeds"),
        },
    ))
}
