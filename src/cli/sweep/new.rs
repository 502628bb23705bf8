//! `genai-tui sweep new`: makes a sweep.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, ValueHint};

use super::DirArgs;
use super::work::duration;
use crate::cli::{Failure, path_arg, stdout};
use crate::config::{self, Origin, Resolved, Sources, ValueType, parse_duration};
use crate::data;
use crate::files;
use crate::metric::quality::FID;
use crate::sweep::{Budget, Definition, Domain, Goal, Param, Sampler, Scheduler, Trial, value_of};
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
    /// The first seed, which also decides what trials are drawn [default: `seed` of the configuration]
    #[arg(id = "sweep_seed", long = "seed", value_name = "N")]
    seed: Option<u64>,
    /// How long a trial is trained, in steps [default: `steps` or `max_time` of the configuration]
    #[arg(
        id = "sweep_steps",
        long = "steps",
        value_name = "N",
        conflicts_with_all = ["images", "sweep_time"]
    )]
    steps: Option<u64>,
    /// How long a trial is trained, in training images
    #[arg(long, value_name = "N", conflicts_with = "sweep_time")]
    images: Option<u64>,
    /// How long a trial is trained, in time of training
    #[arg(id = "sweep_time", long = "time", value_name = "DURATION", value_parser = whole_seconds)]
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
    /// How many times the one before each rung is; of as many trials asha lets one go on [default: 3]
    #[arg(long, value_name = "N")]
    factor: Option<u64>,
}

/// How many times the one before each rung is, where that is not said.
const FACTOR: u64 = 3;

fn whole_seconds(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() || time.subsec_nanos() > 0 {
        return Err(format!(
            "found `{text}`, expected whole seconds, such as 90s or 10m"
        ));
    }
    Ok(time)
}

/// Keys that say how long a run is trained.
const LENGTHS: [&str; 3] = ["steps", "epochs", "max_time"];

impl NewArgs {
    fn budget(&self) -> Option<Budget> {
        match (self.steps, self.images, self.time) {
            (Some(steps), ..) => Some(Budget::Steps(steps)),
            (_, Some(images), _) => Some(Budget::Images(images)),
            (_, _, Some(time)) => Some(Budget::Seconds(time.as_secs())),
            (None, None, None) => None,
        }
    }

    /// The first rung in the unit of the budget; 0 if it is not given.
    fn first_rung(&self, budget: Budget) -> Result<u64, Failure> {
        let Some(text) = &self.first_rung else {
            return Ok(0);
        };
        let (found, expected) = match budget {
            Budget::Steps(_) | Budget::Images(_) => {
                (text.parse().ok(), "a whole number, as the budget is")
            }
            Budget::Seconds(_) => (
                parse_duration(text)
                    .filter(|time| time.subsec_nanos() == 0)
                    .map(|time| time.as_secs()),
                "a duration in whole seconds such as 30s, as the budget is",
            ),
        };
        let (whole, _) = budget.parts();
        let refused = |expected: &str| {
            Failure::Input(anyhow!("--first-rung: found `{text}`, expected {expected}"))
        };
        let amount = found
            .filter(|amount| *amount > 0)
            .ok_or_else(|| refused(expected))?;
        if amount >= whole && self.scheduler != Scheduler::None {
            return Err(refused("less than the budget, where the last rung is"));
        }
        Ok(amount)
    }

    /// Without rungs there is nothing for what says where they are.
    fn check_rungs(&self) -> Result<(), Failure> {
        let given = [
            ("--first-rung", self.first_rung.is_some()),
            ("--factor", self.factor.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) if self.scheduler == Scheduler::None => Err(Failure::Input(anyhow!(
                "{flag}: found --scheduler none, which has no rungs, expected --scheduler asha or median"
            ))),
            _ => Ok(()),
        }
    }
}

/// What all trials have, in full: what it says is the same from any folder and on any machine.
struct Given {
    /// `KEY=VALUE`, but for the seed and the length, which are the sweep's.
    set: Vec<String>,
    budget: Budget,
    seed: u64,
    /// What `auto` is, where that is the dataset.
    auto: Option<&'static str>,
}

impl Given {
    fn of(args: &NewArgs) -> Result<Self, Failure> {
        let environment = config::run_variables(std::env::vars_os());
        let environment = environment.into_iter();
        let mut set: Vec<String> = environment
            .map(|variable| format!("{}={}", variable.key, variable.value))
            .chain(args.set.iter().cloned())
            .collect();
        let resolved = config::resolve(Sources {
            file: args.config.clone(),
            set: set.clone(),
            paths: Some(path_arg::of_key),
            ..Sources::default()
        });
        let Resolved { config, origins } = resolved.map_err(Failure::input)?;
        let is_given = |key: &str| {
            let origin = origins.get(key);
            origin.is_some_and(|origin| !matches!(origin, Origin::BuiltIn | Origin::Preset(_)))
        };
        let budget = args.budget();
        let names = |set: &String, key: &str| value_of(set, key).is_some();
        if let (Some(key), Some(_)) = (
            LENGTHS
                .iter()
                .find(|key| set.iter().any(|set| names(set, key))),
            budget,
        ) {
            return Err(Failure::Input(anyhow!(
                "--set: found `{key}` besides --steps, --images or --time, expected one length"
            )));
        }
        let budget = match (budget, config.steps, config.max_time) {
            (Some(budget), ..) => budget,
            (None, Some(steps), _) => Budget::Steps(steps),
            (None, None, Some(time)) => Budget::Seconds(time.as_secs()),
            (None, None, None) => {
                return Err(Failure::Input(anyhow!(
                    "found no length of a trial, expected --steps, --images or --time"
                )));
            }
        };
        let seed = args.seed.unwrap_or(config.seed);
        // Whichever is the sweep's own now.
        set.retain(|set| !LENGTHS.iter().chain(&["seed"]).any(|key| names(set, key)));
        let is_swept = |key: &str| args.params.iter().any(|param| param.key == key);
        let auto = (config.dataset == data::AUTO && !is_swept("dataset"))
            .then(|| data::data_dir(config.data_dir.as_deref()))
            .transpose()
            .map_err(Failure::input)?
            // Found anew for each trial it would depend on the worker's machine.
            .map(|folder| data::auto_here(&folder.path));
        let dataset = auto.unwrap_or(&config.dataset);
        if !is_swept("dataset") {
            data::check(dataset)?;
        }
        let data_dir = config.data_dir.as_ref().and_then(|path| path.to_str());
        for (key, path) in [("dataset", Some(dataset)), ("data_dir", data_dir)] {
            let is_auto = key == "dataset" && auto.is_some();
            if let Some(path) = path.filter(|_| is_auto || is_given(key)) {
                set.retain(|set| !names(set, key));
                set.push(format!("{key}={path}"));
            }
        }
        Ok(Self {
            set,
            budget,
            seed,
            auto,
        })
    }
}

/// The values of a parameter, where they are paths, from wherever a worker is.
fn with_whole_paths(param: &Param) -> Result<Param, Failure> {
    let is_path = config::find_key(&param.key)
        .is_some_and(|key| matches!(key.value_type, ValueType::Path(_)));
    let mut param = param.clone();
    if let (true, Domain::Choice(values)) = (is_path, &mut param.domain) {
        for value in values {
            *value = path_arg::of_key(&param.key, value)
                .map_err(|problem| Failure::Input(anyhow!("--param: {}: {problem}", param.key)))?;
            if param.key == "dataset" {
                data::check(value)?;
            }
        }
    }
    Ok(param)
}

pub(super) fn run(args: &NewArgs) -> Result<(), Failure> {
    let params = args.params.iter().map(with_whole_paths);
    let mut params: Vec<Param> = params.collect::<Result<_, _>>()?;
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
    let given = Given::of(args)?;
    let first_rung = args.first_rung(given.budget)?;
    args.check_rungs()?;
    let definition = Definition {
        params,
        set: given.set,
        sampler: args.sampler,
        scheduler: args.scheduler,
        metric: args.metric.clone(),
        goal: args.goal,
        trials: args.trials,
        seeds: args.seeds,
        seed: given.seed,
        budget: given.budget,
        first_rung,
        factor: args.factor.unwrap_or(FACTOR),
        base: args.config.clone(),
    };
    Trial::check_draws(&definition, "sweep new")?;
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
        } + &given
            .auto
            .map_or_else(String::new, |name| format!(", all of them on {name}")),
    ))
}
