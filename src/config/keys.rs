//! Every key of a configuration: its dotted name, what it takes, its default, one line about it.
//!
//! A key is a field of [`super::RunConfig`] and a row here; a test holds the two together. Error messages, `--set`, the
//! environment, and the comments in `config.toml` all read this table.

use super::Takes;
use super::ui::{Frames, Notify, SampleGraphics, ThemeName};
use crate::metric::HEALTH_SETTINGS;
use crate::text::nearest;

/// One key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Dotted name, as in `--set`.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The built-in default, as `--set` would take it; none for a key that the preset sets or that may be absent.
    pub default: Option<&'static str>,
    /// One line about it.
    pub about: &'static str,
}

/// A whole number of at least this.
const fn at_least(min: i64) -> Takes {
    Takes::Whole { min, max: None }
}

/// A whole number from and to these.
const fn between(min: i64, max: i64) -> Takes {
    Takes::Whole {
        min,
        max: Some(max),
    }
}

const DATASET: Takes =
    Takes::Path("auto, a dataset's name, or the path of an idx, npy or npz file");
const METRIC: Takes =
    Takes::Text("auto, none, diversity, or the name of a metric such as fid or d_loss");
const FOLDER: Takes = Takes::Path("the path of a folder");

const KEY: Takes = Takes::Text("a key: a character, or space, Tab, Enter, F1, Ctrl-K and the like");
/// What a run can do at a signal.
pub const AT_SIGNAL: &[&str] = &["checkpoint", "stop"];

/// A row of the table on one line: name, what it takes, default, about.
macro_rules! keys {
    ($(($name:expr, $takes:expr, $default:expr, $about:expr))*) => {
        &[$(Key { name: $name, takes: $takes, default: $default, about: $about }),*]
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
    ("objective", Takes::Objective, Some("gan"), "Objective to start with")
    ("dataset", DATASET, Some("auto"), "Images to learn from; `genai-tui data list` has the names")
    ("data_dir", FOLDER, None, "Folder of the datasets; if not set, genai-tui's own cache folder")
    ("device", Takes::Device, Some("auto"), "Where to train")
    ("threads", between(0, 1024), Some("0"), "Threads that train; 0 is one for each physical core that it may use")
    ("seed", between(0, i64::MAX), Some("0"), "Seed of every random number of the run")
    ("batch_size", between(1, 65_536), Some("64"), "Real images per update of D")
    ("latent_dim", between(1, 65_536), Some("100"), "Dimension of a latent vector")
    ("epochs", at_least(1), Some("1000"), "Total epochs; the run ends at the first of its limits")
    ("steps", at_least(1), None, "Total steps (updates of G)")
    ("max_time", Takes::Time { zero: false }, None, "Total time of training, pauses left out")
    ("at", Takes::Script, None, "Commands due at steps")
    ("fail_if", Takes::Conditions, None, "Conditions that end the run with exit code 3 when they hold")
    ("rules", Takes::Rules, None, "Conditions and what each triggers when it holds")

    ("critic.n_critic", at_least(1), None, "Updates of D per step")
    ("critic.clip", Takes::NotNegative, None, "Weights are clipped to plus or minus this after each update of D; 0 is off")
    ("critic.gp_weight", Takes::NotNegative, None, "Weight of the gradient penalty; 0 is off")
    ("critic.label_smoothing", Takes::Fraction, Some("0.0"), "What the target of real images lacks to 1, for objectives that have one; 0 is off")

    ("augment.noise", Takes::UpTo(10.0), Some("0.0"), "Standard deviation of noise on every pixel; 0 is off")
    ("augment.shift", Takes::UpTo(28.0), Some("0.0"), "Pixels that an image is moved by at most, each way; 0 is off")
    ("augment.rotate", Takes::UpTo(180.0), Some("0.0"), "Degrees that an image is turned by at most; 0 is off")
    ("augment.scale", Takes::Fraction, Some("0.0"), "Share that an image grows or shrinks by at most; 0 is off")

    ("ema.decay", Takes::Fraction, Some("0.0"), "Decay, per step, of the average of G's weights that samples are drawn with; 0 draws with G itself")

    ("vae.beta", Takes::NotNegative, Some("1.0"), "Weight of the divergence of codes from N(0, 1)")

    ("optimizer.d.kind", Takes::Optimizer, None, "Which optimizer")
    ("optimizer.d.lr", Takes::Rate, None, "Learning rate")
    ("optimizer.d.beta1", Takes::Fraction, None, "adam: decay of the mean of gradients")
    ("optimizer.d.beta2", Takes::Fraction, None, "adam: decay of the mean of squared gradients; rmsprop: its alpha")
    ("optimizer.d.eps", Takes::Positive, None, "Added to the denominator")

    ("optimizer.g.kind", Takes::Optimizer, None, "Which optimizer")
    ("optimizer.g.lr", Takes::Rate, None, "Learning rate")
    ("optimizer.g.beta1", Takes::Fraction, None, "adam: decay of the mean of gradients")
    ("optimizer.g.beta2", Takes::Fraction, None, "adam: decay of the mean of squared gradients; rmsprop: its alpha")
    ("optimizer.g.eps", Takes::Positive, None, "Added to the denominator")

    ("switch.warm_up_updates", at_least(0), Some("100"), "Updates of D with G frozen, after a switch that needs them")
    ("switch.ramp_steps", at_least(0), Some("200"), "Steps over which the learning rate of G rises to its value")
    ("switch.guard_steps", at_least(0), Some("500"), "Steps within which a hard alarm takes the run back to before the switch")

    ("events.every_batches", at_least(1), Some("10"), "Real batches per step event")

    ("samples.count", between(1, 1024), Some("64"), "How many images")
    ("samples.every_steps", at_least(1), Some("50"), "Steps between two drawings")
    ("samples.keep_every_steps", at_least(0), Some("500"), "Steps between two drawings kept as PNG files; 0 keeps only the last")

    ("evaluation.every_steps", at_least(0), Some("2000"), "Steps between two evaluations (FID, modes, recall, ...); 0 is off")
    ("evaluation.samples", between(10, 50_000), Some("2000"), "How many samples are judged, and with how many held-out images they are compared")

    ("checkpoint.every_steps", at_least(0), Some("0"), "Steps between two checkpoints; 0 is off")
    ("checkpoint.every_time", Takes::Time { zero: true }, Some("30s"), "Time of training between two checkpoints; 0s is off")
    ("checkpoint.keep", at_least(1), Some("3"), "How many of the newest stay on disk; the best and those asked for always do")
    ("checkpoint.best_by", METRIC, Some("auto"), "Metric that the best checkpoint is chosen by; auto is fid once it is measured, diversity before; none keeps no best one")

    ("rewind.every_steps", at_least(0), Some("500"), "Steps between two states kept in memory, to go back to; 0 is off")
    ("rewind.keep", between(1, 64), Some("3"), "How many of the newest are kept, each of about 35 MB")
    ("rewind.recoveries", between(0, 100), Some("3"), "How often a run that nobody watches goes back when its numbers stop being finite")
};

/// Those of the limits of signals and alarms, which stand where their defaults do.
const HEALTH: [Key; HEALTH_SETTINGS.len()] = {
    let mut keys = [BEFORE_HEALTH[0]; HEALTH_SETTINGS.len()];
    let mut i = 0;
    while i < keys.len() {
        let setting = HEALTH_SETTINGS[i];
        keys[i] = Key {
            name: setting.key,
            takes: Takes::Positive,
            default: Some(setting.default),
            about: setting.about,
        };
        i += 1;
    }
    keys
};

const AFTER_HEALTH: &[Key] = keys! {
    ("signals.usr1", Takes::OneOf(AT_SIGNAL), Some("checkpoint"), "At SIGUSR1: checkpoint (save one and go on) or stop (save one and end with exit code 138)")
    ("signals.usr2", Takes::OneOf(AT_SIGNAL), Some("checkpoint"), "At SIGUSR2: checkpoint, or stop with exit code 140")

    ("system.record_every_time", Takes::Time { zero: true }, Some("30s"), "Time between two recorded looks at the machine; 0s records only the last")
    ("system.watts_per_core", Takes::Positive, Some("12.0"), "Watts of a busy core, where no counter tells")
    ("system.gco2_per_kwh", Takes::NotNegative, Some("445.0"), "Grams of CO2 equivalent per kilowatt-hour of your grid; the world's average in 2024")
    ("system.pue", Takes::Positive, Some("1.0"), "What the building takes for each unit that its computers take")

    ("ui.fps", between(1, 30), Some("4"), "Frames a second at the most; keys are answered faster")
    ("ui.low_bandwidth", Takes::Flag, Some("false"), "Keep to 4 KB a second: fewer frames, plainer samples")
    ("ui.theme", Takes::OneOf(ThemeName::NAMES), Some("default"), "Colours: default is safe for colour-blind eyes")
    ("ui.graphics", Takes::OneOf(SampleGraphics::NAMES), Some("auto"), "How samples are drawn: auto (in pixels where the terminal answers that it can), none (in characters), sextants (in finer ones), kitty, iterm2, sixel")
    ("ui.frames", Takes::OneOf(Frames::NAMES), Some("auto"), "What frames are drawn with: auto (plain ones where the terminal draws box characters in two cells), unicode, plain (text stays UTF-8)")
    ("ui.notify", Takes::OneOf(Notify::NAMES), Some("none"), "How an alarm is told to who looks elsewhere: none, bell, osc (a notification of the desktop)")
    ("ui.mouse", Takes::Flag, Some("true"), "Whether the mouse does something; false leaves it to the terminal, for selecting text")
    ("ui.close_after", Takes::Time { zero: true }, Some("60s"), "How long the dashboard of a run with an end of its own stays open after that end where no key was ever pressed; 0s is for ever")

    ("keys.pause", KEY, Some("space"), "Pause, and go on")
    ("keys.step", KEY, Some("s"), "One step")
    ("keys.lr_up", KEY, Some("+"), "Both learning rates up")
    ("keys.lr_down", KEY, Some("-"), "Both learning rates down")
    ("keys.lr_d_up", KEY, Some("]"), "D's learning rate up")
    ("keys.lr_d_down", KEY, Some("["), "D's learning rate down")
    ("keys.lr_g_up", KEY, Some("}"), "G's learning rate up")
    ("keys.lr_g_down", KEY, Some("{"), "G's learning rate down")
    ("keys.loss", KEY, Some("l"), "Menu of objectives")
    ("keys.command", KEY, Some(":"), "Command line")
    ("keys.rewind", KEY, Some("u"), "Back to an earlier state")
    ("keys.checkpoint", KEY, Some("c"), "Save now")
    ("keys.sample", KEY, Some("p"), "Draw now")
    ("keys.smoothing", KEY, Some("m"), "Strength of smoothing")
    ("keys.scale", KEY, Some("y"), "Linear or logarithmic")
    ("keys.window", KEY, Some("w"), "Steps on the charts")
    ("keys.axis", KEY, Some("x"), "Charts by step, images or time")
    ("keys.zoom_in", KEY, Some("z"), "Zoom in")
    ("keys.zoom_out", KEY, Some("Z"), "Zoom out")
    ("keys.pan_left", KEY, Some(","), "Pan to the left")
    ("keys.pan_right", KEY, Some("."), "Pan to the right")
    ("keys.focus", KEY, Some("Tab"), "Next line of the charts")
    ("keys.hide", KEY, Some("v"), "Hide the line, or show it")
    ("keys.filter", KEY, Some("/"), "Metrics by name; in the help: search")
    ("keys.grid", KEY, Some("g"), "Size of the samples")
    ("keys.enlarge", KEY, Some("e"), "One sample, enlarged")
    ("keys.full", KEY, Some("f"), "The samples over the whole terminal, in pixels")
    ("keys.real", KEY, Some("b"), "Real images beside the samples")
    ("keys.walk", KEY, Some("i"), "From one sample to the next")
    ("keys.neighbours", KEY, Some("n"), "Training images nearest to a sample")
    ("keys.dimension", KEY, Some("t"), "A dimension of a sample's latent")
    ("keys.play", KEY, Some("P"), "Play the filmstrip")
    ("keys.dashboard", KEY, Some("1"), "Screen")
    ("keys.charts", KEY, Some("2"), "Screen")
    ("keys.samples", KEY, Some("3"), "Screen")
    ("keys.events", KEY, Some("4"), "Screen")
    ("keys.health", KEY, Some("5"), "Screen")
    ("keys.help", KEY, Some("?"), "Help")
    ("keys.cost", KEY, Some("o"), "What the screen costs")
    ("keys.detach", KEY, Some("d"), "Leave; the training goes on")
    ("keys.control", KEY, Some("T"), "Take control")
    ("keys.quit", KEY, Some("q"), "Quit")
};

/// What each group of keys is about.
pub const GROUPS: &[(&str, &str)] = &[
    (
        "critic",
        "The discriminator's part of a step, and how it is kept in bounds.",
    ),
    (
        "augment",
        "What D sees of images, real and generated alike: moved, turned, scaled at random, with noise.",
    ),
    ("ema", "The average of G's weights."),
    ("vae", "The loss of a VAE."),
    (
        "optimizer.d",
        "The optimizer of the discriminator, or a VAE's encoder.",
    ),
    (
        "optimizer.g",
        "The optimizer of the generator, or a VAE's decoder.",
    ),
    (
        "switch",
        "What happens around a switch of objective in mid-run.",
    ),
    ("events", "How often metrics are reported."),
    (
        "samples",
        "How often the generator draws the fixed latents.",
    ),
    (
        "evaluation",
        "How often samples are judged while the run goes on.",
    ),
    ("checkpoint", "How often the run is saved."),
    ("rewind", "Going back to an earlier state of the run."),
    ("health", "When a signal of the training is worth a look."),
    (
        "signals",
        "What the run does at a signal that is only a warning.",
    ),
    (
        "system",
        "What the machine does, and what the energy of the run costs.",
    ),
    ("ui", "The dashboard."),
    ("keys", "What each key of the dashboard is."),
];

/// The key of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The keys in a group such as `optimizer.d`; none if there is no such group.
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
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

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
    fn every_default_is_taken_by_its_key() {
        for key in KEYS {
            if let Some(default) = key.default {
                assert!(key.takes.read(default).is_ok(), "{}: {default}", key.name);
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
            GROUPS.iter().map(|(name, _)| *name).collect::<Vec<_>>()
        );
    }
}
