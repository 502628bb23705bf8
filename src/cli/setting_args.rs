//! The flags that set keys of the configuration: those of `train` and of `config`.
//!
//! A value is checked by what its key takes, the same check that files and the environment meet. Negative numbers are let
//! through to it, so that the answer says what was expected rather than that there is no flag `-1`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use toml::Value;

use super::path_arg;
use crate::config::{FlagValue, Sources, condition, find_key, objective_about, timed};
use crate::protocol::Timed;
use crate::rules::Condition;

/// Flags that set keys of the configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingArgs {
    /// Read settings from this TOML file
    #[arg(
        long,
        value_name = "FILE",
        value_parser = path_arg::path(),
        value_hint = ValueHint::FilePath,
        help_heading = "Configuration"
    )]
    config: Option<PathBuf>,
    /// Set any key of the configuration (`genai-tui config` lists them)
    ///
    /// As in `--set optimizer.d.lr=1e-4`. Stronger than --config and the environment, weaker than the named flags.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Configuration")]
    set: Vec<String>,

    /// What to train
    #[arg(
        long,
        visible_alias = "loss",
        value_name = "NAME",
        value_parser = objective(),
        help_heading = "Training"
    )]
    objective: Option<Value>,
    /// What to learn from: auto, a name from `genai-tui data list`, or the path of an idx, npy or npz file
    ///
    /// auto takes MNIST: from the data directory, else downloaded, else the built-in digits, with a notice that says why.
    #[arg(
        long,
        value_name = "NAME|PATH",
        value_parser = takes("dataset"),
        value_hint = ValueHint::AnyPath,
        help_heading = "Training"
    )]
    dataset: Option<Value>,
    /// Folder of the datasets, one subfolder each
    #[arg(
        long,
        value_name = "DIR",
        value_parser = takes("data_dir"),
        value_hint = ValueHint::DirPath,
        help_heading = "Training"
    )]
    data_dir: Option<Value>,
    /// Where to train: auto, cpu, cuda, cuda:N or metal
    #[arg(long, value_name = "DEVICE", value_parser = takes("device"), help_heading = "Training")]
    device: Option<Value>,
    /// Threads that train; 0 is one for each physical core that it may use
    #[arg(
        long,
        value_name = "N",
        value_parser = takes("threads"),
        allow_negative_numbers = true,
        help_heading = "Training"
    )]
    threads: Option<Value>,
    /// Seed of every random number of the run
    #[arg(
        long,
        value_name = "N",
        value_parser = takes("seed"),
        allow_negative_numbers = true,
        help_heading = "Training"
    )]
    seed: Option<Value>,
    /// Real images per update of the discriminator
    #[arg(
        long,
        value_name = "N",
        value_parser = takes("batch_size"),
        allow_negative_numbers = true,
        help_heading = "Training"
    )]
    batch_size: Option<Value>,
    /// Learning rate of both networks
    #[arg(
        long,
        value_name = "RATE",
        value_parser = takes("optimizer.d.lr"),
        allow_hyphen_values = true,
        help_heading = "Training"
    )]
    lr: Option<Value>,
    /// Learning rate of the discriminator; stronger than --lr
    #[arg(
        long,
        value_name = "RATE",
        value_parser = takes("optimizer.d.lr"),
        allow_hyphen_values = true,
        help_heading = "Training"
    )]
    lr_d: Option<Value>,
    /// Learning rate of the generator; stronger than --lr
    #[arg(
        long,
        value_name = "RATE",
        value_parser = takes("optimizer.g.lr"),
        allow_hyphen_values = true,
        help_heading = "Training"
    )]
    lr_g: Option<Value>,

    /// End after this many steps (updates of the generator)
    #[arg(
        long,
        value_name = "N",
        value_parser = takes("steps"),
        allow_negative_numbers = true,
        conflicts_with = "epochs",
        help_heading = "Schedule"
    )]
    steps: Option<Value>,
    /// End after this many epochs
    #[arg(
        long,
        value_name = "N",
        value_parser = takes("epochs"),
        allow_negative_numbers = true,
        help_heading = "Schedule"
    )]
    epochs: Option<Value>,
    /// End after this much time of training, as in 30s, 10m or 1h30m
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = takes("max_time"),
        allow_hyphen_values = true,
        help_heading = "Schedule"
    )]
    max_time: Option<Value>,
    /// Give a command when a step is done, as in `500:loss wgan`; repeatable
    ///
    /// COMMAND is what the dashboard's command line takes: pause, resume, lr d 1e-4, loss wgan, checkpoint, stop, ….
    #[arg(long, value_name = "STEP:COMMAND", value_parser = timed, help_heading = "Schedule")]
    at: Vec<Timed>,
    /// End with exit code 3 when a condition holds, as in `d_loss < 0.01 for 500`; repeatable
    ///
    /// EXPR is a metric and a test: < <= > >= == != and a number, or `is nan`, `is not finite`. Then perhaps `@ STEP` (looked
    /// at once, at that step), `after STEP` (not before), and `for STEPS` (so many steps in a row): `fid > 60 @ 20k`, `modes <
    /// 8 after 5000`, `images_per_s < 2000`. One whose metric is never measured fails the run, too.
    #[arg(long, value_name = "EXPR", value_parser = failing, help_heading = "Schedule")]
    fail_if: Vec<Condition>,
    /// Frames a second of the dashboard at the most
    #[arg(
        long,
        value_name = "N",
        value_parser = takes("ui.fps"),
        allow_negative_numbers = true,
        help_heading = "Output"
    )]
    fps: Option<Value>,
    /// Keep to 4 KB a second: fewer frames, samples in dots
    #[arg(long, help_heading = "Output")]
    low_bandwidth: bool,
}

impl SettingArgs {
    /// The layers of the configuration: these flags over this environment.
    #[must_use]
    pub fn sources(&self, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Sources {
        let (at, fail_if) = (list(&self.at), list(&self.fail_if));
        let low_bandwidth = self.low_bandwidth.then_some(Value::Boolean(true));
        let flags = [
            ("--objective", "objective", &self.objective),
            ("--dataset", "dataset", &self.dataset),
            ("--data-dir", "data_dir", &self.data_dir),
            ("--device", "device", &self.device),
            ("--threads", "threads", &self.threads),
            ("--seed", "seed", &self.seed),
            ("--batch-size", "batch_size", &self.batch_size),
            ("--lr", "optimizer.d.lr", &self.lr),
            ("--lr", "optimizer.g.lr", &self.lr),
            ("--lr-d", "optimizer.d.lr", &self.lr_d),
            ("--lr-g", "optimizer.g.lr", &self.lr_g),
            ("--steps", "steps", &self.steps),
            ("--epochs", "epochs", &self.epochs),
            ("--max-time", "max_time", &self.max_time),
            ("--at", "at", &at),
            ("--fail-if", "fail_if", &fail_if),
            ("--fps", "ui.fps", &self.fps),
            ("--low-bandwidth", "ui.low_bandwidth", &low_bandwidth),
        ];
        Sources {
            file: self.config.clone(),
            environment: environment.into_iter().collect(),
            set: self.set.clone(),
            paths: Some(path_arg::of_key),
            flags: flags
                .into_iter()
                .filter_map(|(flag, key, value)| {
                    Some(FlagValue {
                        flag,
                        key,
                        value: value.clone()?,
                    })
                })
                .collect(),
        }
    }
}

/// Reads a value as its key takes it.
pub(super) fn takes(
    key: &'static str,
) -> impl Fn(&str) -> Result<Value, String> + Clone + Send + Sync + 'static {
    move |text| {
        find_key(key)
            .ok_or_else(|| format!("there is no key `{key}`"))?
            .takes
            .read(text)
            .map_err(|misfit| misfit.to_string())
    }
}

/// Reads a condition; the error points at what is wrong.
fn failing(text: &str) -> Result<Condition, String> {
    condition(text).map_err(|error| format!("{error}\n{}", error.excerpt()))
}

/// Several values of a flag as one of its key, if it was given.
fn list(all: &[impl ToString]) -> Option<Value> {
    let values = all.iter().map(|one| Value::String(one.to_string()));
    (!all.is_empty()).then(|| Value::Array(values.collect()))
}

/// Offers the objectives, each with the line that its preset begins with.
fn objective() -> impl TypedValueParser<Value = Value> {
    let values = crate::metric::objectives::names()
        .map(|name| PossibleValue::new(name).help(objective_about(name).unwrap_or_default()));
    PossibleValuesParser::new(values).map(Value::String)
}
