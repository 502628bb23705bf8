//! An objective's preset: the part of the configuration that a switch of objective loads.
//!
//! The registry of objectives is the one list of names that a configuration may give; everything that checks or offers a
//! name reads it.

use serde::{Deserialize, Serialize};

use super::keys::{find, is_size};
use super::layers::insert;
use super::{AugmentConfig, CriticConfig, EmaConfig, Optimizers, RunConfig, VaeConfig};
use crate::metric::{Description, Networks, Role, objectives};
use crate::text::{did_you_mean, nearest};

/// What `configs/NAME.toml` sets, and what a live switch replaces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// The objective it belongs to.
    pub objective: String,
    /// Critic updates, clipping, penalties.
    pub critic: CriticConfig,
    /// What D sees of images.
    #[serde(default)]
    pub augment: AugmentConfig,
    /// The average of G's weights.
    #[serde(default)]
    pub ema: EmaConfig,
    /// The loss of a VAE.
    #[serde(default)]
    pub vae: VaeConfig,
    /// Both optimizers.
    pub optimizer: Optimizers,
}

/// Keys of a preset that `set KEY VALUE` may change during a run. (Learning rates have their own command.)
pub const LIVE: &[&str] = &[
    "critic.gp_weight",
    "critic.r1",
    "critic.r2",
    "critic.label_smoothing",
    "augment.noise",
    "augment.noise_steps",
    "augment.shift",
    "augment.rotate",
    "augment.scale",
    "augment.brightness",
    "augment.saturation",
    "augment.contrast",
    "augment.cutout",
    "augment.target",
    "augment.ada_images",
    "ema.decay",
    "vae.beta",
];

impl Preset {
    /// The settings that a run of this configuration begins with.
    #[must_use]
    pub fn of(config: &RunConfig) -> Self {
        Self {
            objective: config.objective.clone(),
            critic: config.critic.clone(),
            augment: config.augment,
            ema: config.ema,
            vae: config.vae,
            optimizer: config.optimizer.clone(),
        }
    }

    /// The same settings with another value for `key`, as `set KEY VALUE` gives it.
    ///
    /// # Errors
    /// What was found and what was expected; what to do instead for a key that cannot change in mid-run.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, String> {
        let value = live(key, value)?;
        let found = || -> Result<Self, Box<dyn std::error::Error>> {
            let mut table = toml::Table::try_from(self)?;
            insert(&mut table, key, value.clone());
            Ok(table.try_into()?)
        };
        let settings = found().map_err(|e| e.to_string())?;
        let check = settings.check();
        check.map_err(|(key, problem)| format!("{key}: {problem}"))?;
        Ok(settings)
    }

    /// Settings that the objective has no use for: key, value, and the value that changes nothing.
    fn unused(&self) -> Vec<(&'static str, [String; 2])> {
        fn row<T: ToString>(key: &'static str, values: [T; 2]) -> (&'static str, [String; 2]) {
            (key, values.map(|value| value.to_string()))
        }
        let (critic, augment) = (&self.critic, &self.augment);
        let smoothing = row("critic.label_smoothing", [critic.label_smoothing, 0.0]);
        let beta = row("vae.beta", [self.vae.beta, VaeConfig::default().beta]);
        let objective = objectives::find(&self.objective);
        let target = row("augment.target", [augment.target, 0.0]);
        // What adaptive augmentation goes by.
        let tells = |o: &Description| o.info().with_role(Role::RealAccuracy).is_some();
        match objective.map(|o| (o.networks, o.smooths_labels, tells(o))) {
            Some((Networks::Adversarial, smooths, tells)) => {
                let unused = [(smooths, smoothing), (tells, target), (false, beta)];
                let unused = unused.into_iter().filter(|(is_used, _)| !is_used);
                unused.map(|(_, setting)| setting).collect()
            }
            Some((Networks::Variational, ..)) => vec![
                smoothing,
                row("critic.n_critic", [critic.n_critic, 1]),
                row("critic.clip", [critic.clip, 0.0]),
                row("critic.gp_weight", [critic.gp_weight, 0.0]),
                row("critic.r1", [critic.r1, 0.0]),
                row("critic.r2", [critic.r2, 0.0]),
                row("critic.spectral_norm", [critic.spectral_norm, false]),
                row("augment.noise", [augment.noise, 0.0]),
                row("augment.noise_steps", [augment.noise_steps, 0]),
                row("augment.shift", [augment.shift, 0.0]),
                row("augment.rotate", [augment.rotate, 0.0]),
                row("augment.scale", [augment.scale, 0.0]),
                row("augment.brightness", [augment.brightness, 0.0]),
                row("augment.saturation", [augment.saturation, 0.0]),
                row("augment.contrast", [augment.contrast, 0.0]),
                row("augment.cutout", [augment.cutout, 0.0]),
                target,
            ],
            None => Vec::new(),
        }
    }

    /// What an objective needs and does not take: a bound that its preset switches on belongs to it.
    ///
    /// # Errors
    /// The key, and what is wrong with its value.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let objective = &self.objective;
        let Some(preset) = preset(objective) else {
            return Ok(());
        };
        let bounds = [
            ("critic.clip", preset.critic.clip, self.critic.clip),
            (
                "critic.gp_weight",
                preset.critic.gp_weight,
                self.critic.gp_weight,
            ),
        ];
        for (key, preset, given) in bounds {
            if preset > 0.0 && given <= 0.0 {
                return Err((
                    key,
                    format!(
                        "objective {objective} needs it: expected a number above 0 (its preset has {preset}); found `{given}`"
                    ),
                ));
            }
        }
        if self.critic.spectral_norm && self.critic.clip > 0.0 {
            return Err((
                "critic.spectral_norm",
                format!(
                    "expected false with `critic.clip` {}, which bounds the same weights; found `true`",
                    self.critic.clip
                ),
            ));
        }
        if self.augment.target > 0.0 && !self.augment.transforms() {
            return Err((
                "augment.target",
                format!(
                    "there is no augmentation to adapt: expected `augment.shift` or another one (not `augment.noise`) above 0; \
                     found `{}` with none",
                    self.augment.target
                ),
            ));
        }
        for (key, [given, neutral]) in self.unused() {
            if given != neutral {
                return Err((
                    key,
                    format!(
                        "objective {objective} has no use for it: expected {neutral}; found `{given}`"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// A value for a key that may change in mid-run.
pub(super) fn live(key: &str, value: &str) -> Result<toml::Value, String> {
    let found = find(key);
    if let Some(key) = found.filter(|key| LIVE.contains(&key.name)) {
        let read = key.value_type.read(value);
        return read.map_err(|invalid| format!("`{}`: {invalid}", key.name));
    }
    let list = LIVE.join(", ");
    Err(match key {
        "objective" => "`loss NAME` switches the objective".to_owned(),
        "optimizer.d.lr" | "optimizer.g.lr" => "`lr` changes learning rates".to_owned(),
        _ if is_size(key) => {
            format!(
                "`{key}` is the size of a network, which a run and its forks keep; these can change: {list}"
            )
        }
        _ if found.is_some() => {
            format!(
                "`{key}` cannot change in mid-run, a `--fork` can have another; these can: {list}"
            )
        }
        _ => format!(
            "there is no key `{key}`{}; these can change: {list}",
            did_you_mean(nearest(key, LIVE.iter().copied()))
        ),
    })
}

/// The preset of a run that is given neither an objective nor a preset.
pub(super) const DEFAULT: &str = "quick";

/// Presets besides those of the objectives, each with the text of its file.
const MORE: &[(&str, &str)] = &[(DEFAULT, include_str!("../../configs/quick.toml"))];

/// The names of all presets: those of the objectives, and others of the same objectives.
pub fn preset_names() -> impl Iterator<Item = &'static str> {
    let more = MORE.iter().map(|(name, _)| *name);
    more.chain(objectives::names())
}

/// One line about a preset, from the head of its file; nothing if it does not exist.
#[must_use]
pub fn preset_about(name: &str) -> Option<&'static str> {
    let first = preset_text(name)?.lines().next()?;
    Some(first.trim_start_matches('#').trim().trim_end_matches('.'))
}

/// The preset of this name, or nothing if it does not exist. That of an objective has the objective's name.
#[must_use]
pub fn preset(name: &str) -> Option<Preset> {
    // A preset is part of the program: a test reads every one, so a broken one never ships.
    let mut table: toml::Table = preset_text(name)?.parse().ok()?;
    // Networks have their sizes from the start: no switch changes them.
    table.remove("latent_dim");
    table.try_into().ok()
}

pub(super) fn preset_text(name: &str) -> Option<&'static str> {
    let more = MORE.iter().find(|(more, _)| *more == name);
    more.map(|(_, text)| *text)
        .or_else(|| objectives::find(name).map(|o| o.preset))
}

/// Accepts the name of an objective; the error says what was expected and what was found.
pub(super) fn check_objective(name: &str) -> Result<(), String> {
    if objectives::find(name).is_some() {
        return Ok(());
    }
    let names = objectives::names().collect::<Vec<_>>().join(", ");
    Err(format!(
        "expected one of {names}; found `{name}`{}",
        did_you_mean(nearest(name, objectives::names()))
    ))
}
