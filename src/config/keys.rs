//! Every key of a configuration: its dotted name, type, default, and one line about it.
//!
//! A key is a field of [`super::RunConfig`] and a row here; a test holds the two together. Error messages, `--set`, the
//! environment, and the comments in `config.toml` all read this table.

use super::ValueType;
use super::arch::ArchKind;
use super::ui::{Frames, Notify, SampleGraphics, ThemeName};
use crate::metric::HEALTH_SETTINGS;
use crate::shape::ImageShape;
use crate::text::nearest;

/// One key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Dotted name, as in `--set`.
    pub name: &'static str,
    /// The type of its value.
    pub value_type: ValueType,
    /// The built-in default, as `--set` would take it; `None` for a key that the preset sets or that may be absent.
    pub default: Option<&'static str>,
    /// One line about it.
    pub about: &'static str,
}

/// A whole number of at least this.
const fn at_least(min: i64) -> ValueType {
    ValueType::Whole { min, max: None }
}

/// A whole number from and to these.
const fn between(min: i64, max: i64) -> ValueType {
    ValueType::Whole {
        min,
        max: Some(max),
    }
}

const DATASET: ValueType = ValueType::Path(
    "auto, a dataset's name, or the path of a folder, an archive or an idx, npy or npz file of images",
);
const METRIC: ValueType =
    ValueType::Text("auto, none, diversity, or the name of a metric such as fid or d_loss");
const MODULES: ValueType =
    ValueType::Text("the modules of a network, one a line: Linear(100, 256), ReLU(), ...");
const FOLDER: ValueType = ValueType::Path("the path of a folder");

const KEY: ValueType =
    ValueType::Text("a key: a character, or space, Tab, Enter, F1, Ctrl-K and the like");
/// What a run can do at a signal.
pub const AT_SIGNAL: &[&str] = &["checkpoint", "stop"];

/// A row of the table on one line: name, what it takes, default, about.
macro_rules! keys {
    ($(($name:expr, $takes:expr, $default:expr, $about:expr))*) => {
        &[$(Key { name: $name, value_type: $takes, default: $default, about: $about }),*]
    };
}

/// Every key, in the order in which `config.toml` has them: those of one group stand together.
pub const KEYS: &[Key] = &{
    const PARTS: [&[Key]; 3] = [BEFORE_HEALTH, &HEALTH, AFTER_HEALTH];
    const ALL: usize = PARTS[0].len() + PARTS[1].len() + PARTS[2].len();
    let mut keys = [PARTS[0][0]; ALL];
    let (mut part, mut place) = (0, 0);
    while part < PARTS.len() {
        let mut i = 0;
        while i < PARTS[part].len() {
            keys[place] = PARTS[part][i];
            place += 1;
            i += 1;
        }
        part += 1;
    }
    keys
};

const BEFORE_HEALTH: &[Key] = keys! {
    ("objective", ValueType::Objective, Some("gan"), "Objective to start with")
    ("dataset", DATASET, Some("auto"), "Training images; `genai-tui data list` shows the names")
    ("data_dir", FOLDER, None, "Folder of the datasets; genai-tui's cache folder if not set")
    ("device", ValueType::Device, Some("auto"), "Where to train")
    ("threads", between(0, 1024), Some("0"), "Training threads; 0 is one per available physical core")
    ("seed", between(0, i64::MAX), Some("0"), "Seed of every random number of the run")
    ("batch_size", between(1, 65_536), Some("64"), "Real images per update of D")
    ("latent_dim", between(1, 65_536), Some("100"), "Dimension of a latent vector")
    ("epochs", at_least(1), Some("1000"), "Total epochs; the run ends at the first of its limits")
    ("steps", at_least(1), None, "Total steps (updates of G)")
    ("max_time", ValueType::Time { zero: false }, None, "Total training time, without pauses")
    ("at", ValueType::Script, None, "Commands to run at given steps")
    ("fail_if", ValueType::Conditions, None, "Conditions that end the run with exit code 3 when they hold")
    ("rules", ValueType::Rules, None, "Conditions and what each triggers when it holds")

    ("images.size", ValueType::ImageSize, None, "Size of the images in pixels, N or HEIGHTxWIDTH: they are cropped to its proportions around the centre and resized; as they are if not set")
    ("images.channels", ValueType::Channels, None, "1 makes images grey, 3 gives them colours; as they are if not set")
    ("images.transpose", ValueType::Flag, Some("false"), "Turn rows into columns, which sets EMNIST's images upright")

    ("arch.kind", ValueType::OneOf(ArchKind::NAMES), Some("mlp"), "The networks: mlp (linear layers), dcgan, sn-cnn or resnet (convolutions), or custom: those of arch.generator and arch.discriminator")
    ("arch.width", between(1, 4096), None, "Width of the narrowest hidden layer of each network (units, or channels); the others are two, four, … times as wide. 256 for mlp and 64 for dcgan, sn-cnn and resnet if not set")
    ("arch.generator", MODULES, None, "With arch.kind custom: the generator's modules in PyTorch's words, from a latent to an image")
    ("arch.discriminator", MODULES, None, "The discriminator's, from an image to a logit")
    ("arch.conditional", ValueType::Flag, Some("false"), "Train by class: G is told which class to generate, and D which class it sees")

    ("critic.n_critic", at_least(1), None, "Updates of D per step")
    ("critic.clip", ValueType::NotNegative, None, "Weights are clipped to plus or minus this after each update of D; 0 is off")
    ("critic.gp_weight", ValueType::NotNegative, None, "Weight of the gradient penalty, which asks for a gradient of norm 1 between real and generated images; 0 is off")
    ("critic.r1", ValueType::NotNegative, Some("0.0"), "R1, weight of half the squared norm of D's gradient at real images; 0 is off")
    ("critic.r2", ValueType::NotNegative, Some("0.0"), "R2, the same at generated images; 0 is off")
    ("critic.spectral_norm", ValueType::Flag, Some("false"), "Spectral normalisation: D computes with each weight matrix divided by its largest singular value")
    ("critic.label_smoothing", ValueType::Fraction, Some("0.0"), "One-sided label smoothing: the target for real images is 1 minus this; 0 is off")

    ("augment.noise", ValueType::UpTo(10.0), Some("0.0"), "Standard deviation of noise on every pixel; 0 is off")
    ("augment.noise_steps", at_least(0), Some("0"), "Steps over which the noise falls to 0 in a straight line; 0: it does not fall")
    ("augment.shift", ValueType::UpTo(ImageShape::MAX_SIDE as f64), Some("0.0"), "Largest shift of an image in each direction, in pixels; 0 is off")
    ("augment.rotate", ValueType::UpTo(180.0), Some("0.0"), "Largest rotation of an image, in degrees; 0 is off")
    ("augment.scale", ValueType::Fraction, Some("0.0"), "Largest share by which an image grows or shrinks; 0 is off")
    ("augment.brightness", ValueType::UpTo(2.0), Some("0.0"), "Largest change of the brightness of an image, whose values lie in [-1, 1]; 0 is off")
    ("augment.saturation", ValueType::UpTo(1.0), Some("0.0"), "Largest share by which the saturation of an image in colour changes; 0 is off")
    ("augment.contrast", ValueType::UpTo(1.0), Some("0.0"), "Largest share by which the contrast of an image changes; 0 is off")
    ("augment.cutout", ValueType::Fraction, Some("0.0"), "Share of each side of an image that is hidden, in a place of its own: it becomes background; 0 is off")
    ("augment.target", ValueType::UpTo(1.0), Some("0.0"), "ADA: at each step event the share of images that are augmented (but for noise) rises if the mean sign of D's logits of real images is above this, and falls if it is below; it begins at 0. 0: all images are augmented. 0.6 is usual")
    ("augment.ada_images", at_least(1), Some("500000"), "Real images in which that share can go from 0 to 1")

    ("ema.decay", ValueType::Fraction, Some("0.0"), "Decay per step of the EMA of G's weights that samples are generated with; 0 uses G itself")

    ("vae.beta", ValueType::NotNegative, Some("1.0"), "Weight of the KL divergence of codes from N(0, 1)")

    ("optimizer.d.kind", ValueType::Optimizer, None, "Which optimizer")
    ("optimizer.d.lr", ValueType::Rate, None, "Learning rate")
    ("optimizer.d.beta1", ValueType::Fraction, None, "adam: decay of the mean of gradients")
    ("optimizer.d.beta2", ValueType::Fraction, None, "adam: decay of the mean of squared gradients; rmsprop: its alpha")
    ("optimizer.d.eps", ValueType::Positive, None, "Added to the denominator")

    ("optimizer.g.kind", ValueType::Optimizer, None, "Which optimizer")
    ("optimizer.g.lr", ValueType::Rate, None, "Learning rate")
    ("optimizer.g.beta1", ValueType::Fraction, None, "adam: decay of the mean of gradients")
    ("optimizer.g.beta2", ValueType::Fraction, None, "adam: decay of the mean of squared gradients; rmsprop: its alpha")
    ("optimizer.g.eps", ValueType::Positive, None, "Added to the denominator")

    ("switch.warm_up_updates", at_least(0), Some("100"), "Updates of D alone, with G frozen, after a switch that needs them")
    ("switch.ramp_steps", at_least(0), Some("200"), "Steps over which G's learning rate ramps up")
    ("switch.guard_steps", at_least(0), Some("500"), "Steps within which a critical alarm undoes the switch")

    ("events.every_batches", at_least(1), Some("10"), "Batches of real images per step event")

    ("samples.count", between(1, 1024), Some("64"), "Number of images")
    ("samples.every_steps", at_least(1), Some("50"), "Steps between sample images; before the first of them also at 1, 2, 4, 8, ... steps")
    ("samples.keep_every_steps", at_least(0), Some("500"), "Steps between sample images kept as PNG files; 0 keeps only the last")

    ("evaluation.every_steps", at_least(0), Some("2000"), "Steps between evaluations (FID, modes, recall, ...); 0 is off")
    ("evaluation.samples", between(10, 50_000), Some("2000"), "Number of samples in an evaluation, and of the held-out images that they are compared with")

    ("checkpoint.every_steps", at_least(0), Some("0"), "Steps between checkpoints; 0 is off")
    ("checkpoint.every_time", ValueType::Time { zero: true }, Some("30s"), "Training time between checkpoints; 0s is off")
    ("checkpoint.keep", at_least(1), Some("3"), "Number of newest checkpoints to keep; the best one and requested ones are always kept")
    ("checkpoint.best_by", METRIC, Some("auto"), "Metric that chooses the best checkpoint; auto is fid once it is measured, diversity before that; none keeps no best one")

    ("rewind.every_steps", at_least(0), Some("1000"), "Steps between states kept in memory for rewinding; 0 is off")
    ("rewind.keep", between(1, 64), Some("2"), "Number of newest states to keep, about 40 MB each with networks of the default width")
    ("rewind.recoveries", between(0, 100), Some("3"), "How often an unattended run rewinds by itself after NaN or infinite numbers")
};

/// Those of the limits of signals and alarms, which stand where their defaults do.
const HEALTH: [Key; HEALTH_SETTINGS.len()] = {
    let mut keys = [BEFORE_HEALTH[0]; HEALTH_SETTINGS.len()];
    let mut i = 0;
    while i < keys.len() {
        let setting = HEALTH_SETTINGS[i];
        keys[i] = Key {
            name: setting.key,
            value_type: ValueType::Positive,
            default: Some(setting.default),
            about: setting.about,
        };
        i += 1;
    }
    keys
};

const AFTER_HEALTH: &[Key] = keys! {
    ("signals.usr1", ValueType::OneOf(AT_SIGNAL), Some("checkpoint"), "At SIGUSR1: checkpoint (save and continue) or stop (save and end with exit code 138)")
    ("signals.usr2", ValueType::OneOf(AT_SIGNAL), Some("checkpoint"), "At SIGUSR2: checkpoint, or stop with exit code 140")

    ("record.tensorboard", ValueType::Flag, Some("false"), "Also write event files for TensorBoard into the run directory")

    ("system.record_every_time", ValueType::Time { zero: true }, Some("30s"), "Time between recorded measurements of the machine; 0s records only the last")
    ("system.watts_per_core", ValueType::Positive, Some("12.0"), "Watts of a busy core, where there is no energy counter")
    ("system.gco2_per_kwh", ValueType::NotNegative, Some("445.0"), "Grams of CO2 equivalent per kilowatt-hour of your grid; the default is the world average of 2024")
    ("system.pue", ValueType::Positive, Some("1.0"), "Power usage effectiveness: energy of the building per energy of its computers")

    ("ui.fps", between(1, 30), Some("4"), "Most frames per second; keys are answered faster")
    ("ui.low_bandwidth", ValueType::Flag, Some("false"), "Stay below 4 KB per second: fewer frames, plainer samples")
    ("ui.theme", ValueType::OneOf(ThemeName::NAMES), Some("default"), "Colours: default is safe for colour-blind eyes")
    ("ui.graphics", ValueType::OneOf(SampleGraphics::NAMES), Some("auto"), "How samples are drawn: auto (in pixels if the terminal reports support), none (in characters), sextants (in finer characters), kitty, iterm2, sixel")
    ("ui.frames", ValueType::OneOf(Frames::NAMES), Some("auto"), "What frames are drawn with: auto (plain where the terminal draws box characters two cells wide), unicode, plain (text stays UTF-8)")
    ("ui.notify", ValueType::OneOf(Notify::NAMES), Some("none"), "How to notify you of an alarm when the terminal is not focused: none, bell, osc (a desktop notification)")
    ("ui.mouse", ValueType::Flag, Some("true"), "Use the mouse; false leaves it to the terminal, for selecting text")
    ("ui.close_after", ValueType::Time { zero: true }, Some("60s"), "How long the dashboard stays open after the run has reached its end, if no key was ever pressed; 0s is forever")

    ("keys.pause", KEY, Some("space"), "Pause or resume")
    ("keys.step", KEY, Some("s"), "One step")
    ("keys.lr_up", KEY, Some("+"), "Raise both learning rates")
    ("keys.lr_down", KEY, Some("-"), "Lower both learning rates")
    ("keys.lr_d_up", KEY, Some("]"), "Raise D's learning rate")
    ("keys.lr_d_down", KEY, Some("["), "Lower D's learning rate")
    ("keys.lr_g_up", KEY, Some("}"), "Raise G's learning rate")
    ("keys.lr_g_down", KEY, Some("{"), "Lower G's learning rate")
    ("keys.loss", KEY, Some("l"), "Menu of objectives")
    ("keys.command", KEY, Some(":"), "Command line")
    ("keys.rewind", KEY, Some("u"), "Rewind to an earlier state")
    ("keys.checkpoint", KEY, Some("c"), "Save now")
    ("keys.sample", KEY, Some("p"), "Generate samples now")
    ("keys.smoothing", KEY, Some("m"), "Strength of smoothing")
    ("keys.scale", KEY, Some("y"), "Linear or logarithmic")
    ("keys.window", KEY, Some("w"), "Steps on the charts")
    ("keys.axis", KEY, Some("x"), "Charts by step, images or time")
    ("keys.zoom_in", KEY, Some("z"), "Zoom in")
    ("keys.zoom_out", KEY, Some("Z"), "Zoom out")
    ("keys.pan_left", KEY, Some(","), "Pan to the left")
    ("keys.pan_right", KEY, Some("."), "Pan to the right")
    ("keys.focus", KEY, Some("Tab"), "Next line of the charts")
    ("keys.hide", KEY, Some("v"), "Hide or show the line")
    ("keys.filter", KEY, Some("/"), "Metrics by name; in the help: search")
    ("keys.grid", KEY, Some("g"), "Size of the samples")
    ("keys.enlarge", KEY, Some("e"), "One sample, enlarged")
    ("keys.full", KEY, Some("f"), "The samples over the whole terminal, in pixels")
    ("keys.real", KEY, Some("b"), "Real images next to the samples")
    ("keys.raw", KEY, Some("W"), "Samples of the weights without average next to the samples")
    ("keys.walk", KEY, Some("i"), "From one sample to the next")
    ("keys.neighbours", KEY, Some("n"), "Training images nearest to a sample")
    ("keys.dimension", KEY, Some("t"), "A dimension of a sample's latent")
    ("keys.play", KEY, Some("P"), "Play the filmstrip")
    ("keys.dashboard", KEY, Some("1"), "Screen")
    ("keys.charts", KEY, Some("2"), "Screen")
    ("keys.samples", KEY, Some("3"), "Screen")
    ("keys.events", KEY, Some("4"), "Screen")
    ("keys.health", KEY, Some("5"), "Screen")
    ("keys.output", KEY, Some("6"), "Screen, of a program that trains")
    ("keys.help", KEY, Some("?"), "Help")
    ("keys.cost", KEY, Some("o"), "Cost of drawing the screen")
    ("keys.detach", KEY, Some("d"), "Detach; the training continues")
    ("keys.control", KEY, Some("T"), "Take control")
    ("keys.quit", KEY, Some("q"), "Quit")
};

/// A group of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its name, which its keys begin with: `optimizer.d`.
    pub name: &'static str,
    /// What its keys are about.
    pub about: &'static str,
    /// Whether it is part of an objective's preset: it acts on what is learned, and a switch of objective replaces it.
    pub in_preset: bool,
}

/// A group of the preset.
const fn preset(name: &'static str, about: &'static str) -> Group {
    Group {
        name,
        about,
        in_preset: true,
    }
}

/// A group of the run.
const fn run(name: &'static str, about: &'static str) -> Group {
    Group {
        name,
        about,
        in_preset: false,
    }
}

/// Every group of keys, in the order of the table.
pub const GROUPS: &[Group] = &[
    run("images", "What is made of the dataset's images."),
    run("arch", "The networks."),
    preset(
        "critic",
        "How the discriminator (critic) is updated and constrained.",
    ),
    preset(
        "augment",
        "Augmentation of the images that D sees, real and generated alike: random shifts, rotations, scales, colours, hidden parts and noise.",
    ),
    preset("ema", "The exponential moving average of G's weights."),
    preset("vae", "The loss of a VAE."),
    preset(
        "optimizer.d",
        "The optimizer of the discriminator, or a VAE's encoder.",
    ),
    preset(
        "optimizer.g",
        "The optimizer of the generator, or a VAE's decoder.",
    ),
    run("switch", "Switching the objective during a run."),
    run("events", "How often metrics are reported."),
    run("samples", "Samples of the fixed latents."),
    run("evaluation", "Evaluation of samples during a run."),
    run("checkpoint", "When and how many checkpoints are saved."),
    run("rewind", "Rewinding to an earlier state of the run."),
    run("health", "Limits of the health signals and of alarms."),
    run("signals", "Signals that a batch system sends as a warning."),
    run("record", "What is written besides the record."),
    run("system", "Measurement of the machine and of energy."),
    run("ui", "The dashboard."),
    run("keys", "Custom key bindings of the dashboard."),
];

/// The group of this name.
#[must_use]
pub fn group(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.name == name)
}

impl Key {
    /// The group it belongs to; `None` for a key of the run as a whole.
    #[must_use]
    pub fn group(&self) -> Option<&'static Group> {
        group(self.name.rsplit_once('.')?.0)
    }

    /// Returns whether it is the objective or part of its preset.
    #[must_use]
    pub fn acts_on_training(&self) -> bool {
        self.value_type == ValueType::Objective || self.group().is_some_and(|group| group.in_preset)
    }
}

/// Returns whether a key is a size of the networks, which a checkpoint fixes: a fork cannot have another either.
pub(super) fn is_size(key: &str) -> bool {
    [
        "latent_dim",
        "arch.kind",
        "arch.width",
        "arch.generator",
        "arch.discriminator",
        "arch.conditional",
        "images.size",
        "images.channels",
    ]
    .contains(&key)
}

/// The key of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The keys in a group such as `optimizer.d`; empty if it does not exist.
pub(super) fn members(group: &str) -> Vec<&'static str> {
    KEYS.iter()
        .map(|key| key.name)
        .filter(|name| {
            name.strip_prefix(group)
                .is_some_and(|rest| rest.starts_with('.'))
        })
        .collect()
}

/// Guesses at the key that was meant by an unknown one.
///
/// A name without its group (`lr`) may be any key that ends so; else it is the nearest in spelling; else (`train.lr`) again
/// any that ends so.
pub(super) fn guesses(unknown: &str) -> Vec<&'static str> {
    let names = || KEYS.iter().map(|key| key.name);
    let end = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let same_end: Vec<_> = names().filter(|name| end(name) == end(unknown)).collect();
    let bare = !unknown.contains('.');
    match nearest(unknown, names()) {
        Some(name) if same_end.is_empty() || !bare => vec![name],
        _ => same_end,
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        reason = "a test that cannot continue should stop"
    )]

    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{Sources, resolve};

    /// The dotted names of a table's leaves.
    fn leaves(group: &str, table: &toml::Table, into: &mut BTreeSet<String>) {
        for (name, value) in table {
            let name = if group.is_empty() {
                name.clone()
            } else {
                format!("{group}.{name}")
            };
            match value.as_table() {
                Some(inner) => leaves(&name, inner, into),
                None => drop(into.insert(name)),
            }
        }
    }

    #[test]
    fn the_table_has_a_row_for_every_field_and_no_other() {
        let set = [
            "data_dir=d",
            "epochs=1",
            "steps=1",
            "max_time=1s",
            "images.size=64",
            "images.channels=3",
            "arch.kind=custom",
            "arch.generator=Linear(100, 784); Tanh()",
            "arch.discriminator=Flatten(); Linear(784, 1)",
            "at=1:stop",
            "fail_if=d_loss > 1",
            "rules=[{ when = 'd_loss > 1', do = 'alarm' }]",
        ];
        let sources = Sources {
            set: set.map(str::to_owned).to_vec(),
            ..Sources::default()
        };
        let mut fields = BTreeSet::new();
        leaves(
            "",
            &toml::Table::try_from(resolve(sources).unwrap().config).unwrap(),
            &mut fields,
        );
        let rows: BTreeSet<_> = KEYS.iter().map(|key| key.name.to_owned()).collect();
        assert_eq!(rows, fields);
        assert_eq!(rows.len(), KEYS.len(), "a key stands twice in the table");
    }

    #[test]
    fn every_default_is_valid_for_its_key() {
        for key in KEYS {
            if let Some(default) = key.default {
                assert!(
                    key.value_type.read(default).is_ok(),
                    "{}: {default}",
                    key.name
                );
            }
        }
    }

    #[test]
    fn every_group_has_one_description_and_its_keys_stand_together() {
        let mut groups: Vec<_> = KEYS
            .iter()
            .filter_map(|key| Some(key.name.rsplit_once('.')?.0))
            .collect();
        groups.dedup();
        assert_eq!(
            groups,
            GROUPS.iter().map(|group| group.name).collect::<Vec<_>>()
        );
    }
}
