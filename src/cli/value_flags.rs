//! Flags that each give a key of the configuration one value: one table.
//!
//! A value is checked by what its key takes, the same check that files and the environment meet. Negative numbers are let
//! through to it, so that the error names what was expected instead of an unknown flag `-1`.

use std::ops::Deref;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, ValueHint};
use toml::Value;

use crate::config::{FlagValue, find_key, preset_about};
use crate::protocol::SWITCH_OBJECTIVE;

const TRAINING: &str = "Training";
const SCHEDULE: &str = "Schedule";
const OUTPUT: &str = "Output";

/// Which values that begin with a hyphen are let through to the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Minus {
    No,
    Number,
    Any,
}

/// A flag and the keys that it sets.
struct ValueFlag {
    /// With its dashes.
    flag: &'static str,
    keys: &'static [&'static str],
    /// The name of its value.
    value: &'static str,
    about: &'static str,
    /// What `--help` adds to that.
    more: Option<&'static str>,
    heading: &'static str,
    minus: Minus,
    hint: ValueHint,
    alias: Option<&'static str>,
    conflicts: Option<&'static str>,
}

const FLAG: ValueFlag = ValueFlag {
    flag: "",
    keys: &[],
    value: "",
    about: "",
    more: None,
    heading: TRAINING,
    minus: Minus::No,
    hint: ValueHint::Unknown,
    alias: None,
    conflicts: None,
};

/// In the order of the help; of two that set one key the later is stronger.
const FLAGS: &[ValueFlag] = &[
    ValueFlag {
        flag: "--objective",
        keys: &["objective"],
        value: "NAME",
        about: "Objective to train",
        heading: TRAINING,
        alias: Some(SWITCH_OBJECTIVE),
        ..FLAG
    },
    ValueFlag {
        flag: "--dataset",
        keys: &["dataset"],
        value: "NAME|PATH",
        about: "Dataset: auto, a name from `genai-tui data list`, or the path of a folder of pictures, an archive of them, or an idx, npy or npz file",
        heading: TRAINING,
        more: Some(
            "auto uses MNIST from the data directory, else downloads it, else falls back to the built-in digits and says why.",
        ),
        hint: ValueHint::AnyPath,
        ..FLAG
    },
    ValueFlag {
        flag: "--image-size",
        keys: &["images.size"],
        value: "N|HxW",
        about: "Size of the images in pixels: they are cropped around the centre and resized",
        heading: TRAINING,
        ..FLAG
    },
    ValueFlag {
        flag: "--channels",
        keys: &["images.channels"],
        value: "1|3",
        about: "Make images grey (1) or give them colours (3)",
        heading: TRAINING,
        minus: Minus::Number,
        ..FLAG
    },
    ValueFlag {
        flag: "--data-dir",
        keys: &["data_dir"],
        value: "DIR",
        about: "Directory of the datasets, one subdirectory each",
        heading: TRAINING,
        hint: ValueHint::DirPath,
        ..FLAG
    },
    ValueFlag {
        flag: "--device",
        keys: &["device"],
        value: "DEVICE",
        about: "Device to train on: auto, cpu, cuda, cuda:N or metal",
        heading: TRAINING,
        ..FLAG
    },
    ValueFlag {
        flag: "--threads",
        keys: &["threads"],
        value: "N",
        about: "Training threads; 0 means one for each physical core available",
        heading: TRAINING,
        minus: Minus::Number,
        ..FLAG
    },
    ValueFlag {
        flag: "--seed",
        keys: &["seed"],
        value: "N",
        about: "Random seed of the run",
        heading: TRAINING,
        minus: Minus::Number,
        ..FLAG
    },
    ValueFlag {
        flag: "--batch-size",
        keys: &["batch_size"],
        value: "N",
        about: "Real images per update of the discriminator",
        heading: TRAINING,
        minus: Minus::Number,
        ..FLAG
    },
    ValueFlag {
        flag: "--arch",
        keys: &["arch.kind"],
        value: "NAME",
        about: "The networks: mlp (linear layers), dcgan, sn-cnn or resnet (convolutions), or custom, as the configuration describes them",
        heading: TRAINING,
        ..FLAG
    },
    ValueFlag {
        flag: "--arch-width",
        keys: &["arch.width"],
        value: "N",
        about: "Width of the narrowest hidden layer of each network; the others are two, four, ... times as wide",
        heading: TRAINING,
        minus: Minus::Number,
        ..FLAG
    },
    ValueFlag {
        flag: "--lr",
        keys: &["optimizer.d.lr", "optimizer.g.lr"],
        value: "RATE",
        about: "Learning rate of both networks",
        heading: TRAINING,
        minus: Minus::Any,
        ..FLAG
    },
    ValueFlag {
        flag: "--lr-d",
        keys: &["optimizer.d.lr"],
        value: "RATE",
        about: "Learning rate of the discriminator; overrides --lr",
        heading: TRAINING,
        minus: Minus::Any,
        ..FLAG
    },
    ValueFlag {
        flag: "--lr-g",
        keys: &["optimizer.g.lr"],
        value: "RATE",
        about: "Learning rate of the generator; overrides --lr",
        heading: TRAINING,
        minus: Minus::Any,
        ..FLAG
    },
    ValueFlag {
        flag: "--steps",
        keys: &["steps"],
        value: "N",
        about: "Stop after this many steps (generator updates)",
        heading: SCHEDULE,
        conflicts: Some("epochs"),
        minus: Minus::Number,
        ..FLAG
    },
    ValueFlag {
        flag: "--epochs",
        keys: &["epochs"],
        value: "N",
        about: "Stop after this many epochs",
        heading: SCHEDULE,
        minus: Minus::Number,
        ..FLAG
    },
    ValueFlag {
        flag: "--max-time",
        keys: &["max_time"],
        value: "DURATION",
        about: "Stop after this much training time, as in 30s, 10m or 1h30m",
        heading: SCHEDULE,
        minus: Minus::Any,
        ..FLAG
    },
    ValueFlag {
        flag: "--fps",
        keys: &["ui.fps"],
        value: "N",
        about: "Maximum frames per second of the dashboard",
        heading: OUTPUT,
        minus: Minus::Number,
        ..FLAG
    },
];

impl ValueFlag {
    fn name(&self) -> &'static str {
        self.flag.trim_start_matches('-')
    }

    fn arg(&self) -> Arg {
        let mut arg = Arg::new(self.name())
            .long(self.name())
            .value_name(self.value)
            .help(self.about)
            .help_heading(self.heading)
            .value_hint(self.hint)
            .allow_negative_numbers(self.minus == Minus::Number)
            .allow_hyphen_values(self.minus == Minus::Any);
        if let Some(more) = self.more {
            arg = arg.long_help(format!("{}\n\n{more}", self.about));
        }
        if let Some(alias) = self.alias {
            arg = arg.visible_alias(alias);
        }
        if let Some(other) = self.conflicts {
            arg = arg.conflicts_with(other);
        }
        match self.keys.first() {
            Some(&"objective") => arg.value_parser(objective()),
            Some(&key) => arg.value_parser(takes(key)),
            None => arg,
        }
    }
}

/// The values that were given.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueFlags(Vec<FlagValue>);

impl Deref for ValueFlags {
    type Target = [FlagValue];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Args for ValueFlags {
    fn augment_args(command: Command) -> Command {
        command.args(FLAGS.iter().map(ValueFlag::arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ValueFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for flag in FLAGS {
            let given = matches
                .try_get_one::<Value>(flag.name())
                .map_err(|error| Error::raw(ErrorKind::InvalidValue, error))?;
            let Some(value) = given else { continue };
            self.0.extend(flag.keys.iter().map(|key| FlagValue {
                flag: flag.flag,
                key,
                value: value.clone(),
            }));
        }
        Ok(())
    }
}

/// Reads a value as its key takes it.
pub(super) fn takes(
    key: &'static str,
) -> impl Fn(&str) -> Result<Value, String> + Clone + Send + Sync + 'static {
    move |text| {
        find_key(key)
            .ok_or_else(|| format!("there is no key `{key}`"))?
            .value_type
            .read(text)
            .map_err(|misfit| misfit.to_string())
    }
}

/// Offers the objectives, each with the line that its preset begins with.
fn objective() -> impl TypedValueParser<Value = Value> {
    let values = crate::metric::objectives::names()
        .map(|name| PossibleValue::new(name).help(preset_about(name).unwrap_or_default()));
    PossibleValuesParser::new(values).map(Value::String)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_sets_existing_keys() {
        for flag in FLAGS {
            assert!(
                flag.flag.starts_with("--") && !flag.keys.is_empty(),
                "{}",
                flag.flag
            );
            for key in flag.keys {
                assert!(find_key(key).is_some(), "{}: {key}", flag.flag);
            }
        }
    }
}
