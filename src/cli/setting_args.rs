//! The flags that set keys of the configuration: those of `train` and of `config`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueHint};
use toml::Value;

use super::path_arg;
use super::value_flags::ValueFlags;
use crate::config::{FlagValue, Sources, condition, preset_about, preset_names, timed};
use crate::protocol::Timed;
use crate::rules::Condition;

/// Flags that set keys of the configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingArgs {
    /// Start from the settings of a preset
    ///
    /// --config, the environment, --set and the other flags override it. Without it, the preset of the objective; without an
    /// objective, `quick`.
    #[arg(long, value_name = "NAME", value_parser = preset(), help_heading = "Configuration")]
    preset: Option<String>,
    /// Read settings from this TOML file
    #[arg(
        long,
        value_name = "FILE",
        value_parser = path_arg::path(),
        value_hint = ValueHint::FilePath,
        help_heading = "Configuration"
    )]
    config: Option<PathBuf>,
    /// Set any configuration key (`genai-tui config` lists them)
    ///
    /// As in `--set optimizer.d.lr=1e-4`. Overrides --config and the environment; named flags override it.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Configuration")]
    set: Vec<String>,

    #[command(flatten)]
    values: ValueFlags,
    /// Run a command after a step, as in `500:loss wgan`; repeatable
    ///
    /// COMMAND is as on the dashboard's command line: pause, resume, lr d 1e-4, loss wgan, checkpoint, stop, ….
    #[arg(long, value_name = "STEP:COMMAND", value_parser = timed, help_heading = "Schedule")]
    at: Vec<Timed>,
    /// Exit with code 3 when a condition holds, as in `d_loss < 0.01 for 500`; repeatable
    ///
    /// EXPR is a metric and a test: < <= > >= == != and a number, or `is nan`, `is not finite`. Optionally followed by `@ STEP`
    /// (checked once, at that step), `after STEP` (not before), and `for STEPS` (so many steps in a row): `fid > 60 @ 20k`,
    /// `modes < 8 after 5000`, `images_per_s < 2000`. A condition whose metric is never measured fails the run, too.
    #[arg(long, value_name = "EXPR", value_parser = failing, help_heading = "Schedule")]
    fail_if: Vec<Condition>,
    /// Train by class: the generator is told which class to generate, the discriminator which class it sees
    #[arg(long, help_heading = "Training")]
    conditional: bool,
    /// Also write event files for TensorBoard into the run directory
    #[arg(long, help_heading = "Output")]
    tensorboard: bool,
    /// Limit output to 4 KB/s: fewer frames, samples as dots
    #[arg(long, help_heading = "Output")]
    low_bandwidth: bool,
}

impl SettingArgs {
    /// The layers of the configuration: these flags over this environment.
    #[must_use]
    pub fn sources(&self, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Sources {
        let (at, fail_if) = (list(&self.at), list(&self.fail_if));
        let conditional = self.conditional.then_some(Value::Boolean(true));
        let tensorboard = self.tensorboard.then_some(Value::Boolean(true));
        let low_bandwidth = self.low_bandwidth.then_some(Value::Boolean(true));
        let others = [
            ("--at", "at", at),
            ("--fail-if", "fail_if", fail_if),
            ("--conditional", "arch.conditional", conditional),
            ("--tensorboard", "record.tensorboard", tensorboard),
            ("--low-bandwidth", "ui.low_bandwidth", low_bandwidth),
        ];
        let others = others.into_iter().filter_map(|(flag, key, value)| {
            let value = value?;
            Some(FlagValue { flag, key, value })
        });
        Sources {
            preset: self.preset.clone(),
            file: self.config.clone(),
            environment: environment.into_iter().collect(),
            set: self.set.clone(),
            paths: Some(path_arg::of_key),
            flags: self.values.iter().cloned().chain(others).collect(),
        }
    }
}

/// Offers the presets, each with the line that it begins with.
fn preset() -> PossibleValuesParser {
    let about = |name| preset_about(name).unwrap_or_default();
    preset_names()
        .map(|name| PossibleValue::new(name).help(about(name)))
        .collect::<Vec<_>>()
        .into()
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
