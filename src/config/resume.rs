//! The configuration of a run that is resumed or forked from a checkpoint.
//!
//! What was recorded when the run began stands; what is given now overrides it where that does not make it another run. What
//! acts on the training becomes a command, and is recorded as one.

use std::collections::BTreeSet;
use std::path::Path;

use toml::Value;

use super::keys::{Key, is_size};
use super::layers::Leaf;
use super::resolve::{build, layers, objective_of};
use super::{ConfigError, LIVE, Preset, RunConfig, Sources, file, resolve};
use crate::files::Kind;
use crate::protocol::{Command, LrChange, LrTarget, Timed};

/// How a run resumes.
#[derive(Debug, Clone, PartialEq)]
pub struct Resumption {
    /// Its configuration from now on.
    pub config: RunConfig,
    /// What was given and acts on the training, in order.
    pub commands: Vec<Command>,
    /// Scripted commands that were added.
    pub added: Vec<Timed>,
}

/// How a fork begins.
#[derive(Debug, Clone, PartialEq)]
pub struct ForkPlan {
    /// The fork's configuration.
    pub config: RunConfig,
    /// Whether its random numbers and its place in the data are its own: another seed, other data, other batches.
    pub afresh: bool,
}

/// What a key may do when a run is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnResume {
    /// It does not touch the numbers.
    Free,
    /// It becomes a command.
    Command,
    /// Another value would be another run.
    Fixed,
}

fn on_resume(key: &Key) -> OnResume {
    match key.name {
        "objective" | "optimizer.d.lr" | "optimizer.g.lr" => OnResume::Command,
        _ if LIVE.contains(&key.name) => OnResume::Command,
        "dataset" | "images.size" | "images.channels" | "images.transpose" | "seed"
        | "batch_size" | "latent_dim" | "arch.kind" | "arch.width" | "arch.generator"
        | "arch.discriminator" | "arch.conditional" => OnResume::Fixed,
        _ if key.acts_on_training() => OnResume::Fixed,
        _ => OnResume::Free,
    }
}

/// Returns whether another value of a key would make it another run, or is carried out by a command: those that do not touch the
/// numbers may change when a run is resumed.
#[must_use]
pub fn makes_the_run(key: &Key) -> bool {
    on_resume(key) != OnResume::Free
}

/// A run's own configuration is a file: to open a pipe in its place would be to wait for one who writes.
fn is_file(recorded: &Path) -> Result<(), ConfigError> {
    match Kind::of(recorded) {
        Ok(found) if found != Kind::File => Err(ConfigError::Read {
            path: recorded.to_owned(),
            reason: format!("expected a file, found {found}"),
        }),
        _ => Ok(()),
    }
}

/// The configuration of a run that is resumed: the one in `recorded`, covered by `given` (which has no file), from a
/// checkpoint whose settings are `current`.
///
/// # Errors
/// Those of [`resolve`], and for a setting that only another run could have.
pub fn resume(
    given: Sources,
    recorded: &Path,
    current: &Preset,
) -> Result<Resumption, ConfigError> {
    is_file(recorded)?;
    take_over(strongest(layers(given)?), recorded, current)
}

/// The same for a run that is given all that it was given when it began, a file included: what is unchanged from the record
/// changes nothing, also where a command has changed it since.
///
/// # Errors
/// Those of [`resume`].
pub fn begin_again(
    given: Sources,
    recorded: &Path,
    current: &Preset,
) -> Result<Resumption, ConfigError> {
    is_file(recorded)?;
    let layers = layers(given)?;
    let base = resolve(Sources::file(recorded))?.config;
    let mut all = vec![file::read(recorded)?];
    all.extend(layers.iter().cloned());
    let covered = build(all)?.config;
    let mut given = strongest(layers);
    let (then, now) = (
        toml::Table::try_from(&base)?,
        toml::Table::try_from(&covered)?,
    );
    given.retain_mut(|leaf| {
        let name = leaf.key.name;
        if let ("at", Value::Array(all)) = (name, &mut leaf.value) {
            // What was added when it was resumed stands in the record next to what it began with.
            let known: Vec<String> = base.at.iter().map(ToString::to_string).collect();
            all.retain(|one| {
                one.as_str()
                    .is_none_or(|text| !known.iter().any(|k| k == text))
            });
            return !all.is_empty();
        }
        // What these chose when the run began stands in the record.
        let chooses = ["dataset", "device"].contains(&name) && leaf.value.as_str() == Some("auto");
        !chooses && lookup(&then, name) != lookup(&now, name)
    });
    take_over(given, recorded, current)
}

/// The value that counts for each key: that of the strongest layer, which is the last.
fn strongest(layers: [Vec<Leaf>; 5]) -> Vec<Leaf> {
    let mut seen = BTreeSet::new();
    let mut given: Vec<Leaf> = layers.into_iter().flatten().collect();
    given.reverse();
    given.retain(|leaf| seen.insert(leaf.key.name));
    given.reverse();
    given
}

/// Sorts out what is given: what may change, what becomes a command, and what would be another run.
fn take_over(
    given: Vec<Leaf>,
    recorded: &Path,
    current: &Preset,
) -> Result<Resumption, ConfigError> {
    let mut free = Vec::new();
    let (mut objective, mut lr_d, mut lr_g) = (None, None, None);
    let mut settings = Vec::new();
    let mut added = Vec::new();
    let base = resolve(Sources::file(recorded))?.config;
    let mut others: Vec<(Leaf, String)> = Vec::new();
    for leaf in given {
        let name = leaf.key.name;
        match on_resume(leaf.key) {
            OnResume::Free if name == "at" => added.clone_from(&scripted(&leaf)),
            OnResume::Free => free.push(leaf),
            OnResume::Command => match (name, &leaf.value) {
                ("objective", Value::String(text)) => objective = Some(text.clone()),
                ("optimizer.d.lr", Value::Float(rate)) => lr_d = Some(*rate),
                ("optimizer.g.lr", Value::Float(rate)) => lr_g = Some(*rate),
                (_, Value::Float(value)) => settings.push((name, *value)),
                _ => {}
            },
            OnResume::Fixed => {
                let now = value_of(&base, name)?;
                if name == "dataset" && has_moved(now.as_ref(), &leaf.value) {
                    free.push(leaf);
                } else if now.as_ref() != Some(&leaf.value) {
                    let has = now.map_or_else(|| "none".to_owned(), |value| value.to_string());
                    others.push((leaf, has));
                }
            }
        }
    }
    refuse(others)?;
    let mut config = build(vec![file::read(recorded)?, free])?.config;
    config.at.extend(added.iter().cloned());
    let mut commands: Vec<Command> = objective
        .filter(|name| *name != current.objective)
        .map(Command::Objective)
        .into_iter()
        .collect();
    let switches = !commands.is_empty();
    let mut rate = |target, given: Option<f64>, now: f64| {
        if let Some(rate) = given
            && (switches || rate.total_cmp(&now).is_ne())
        {
            commands.push(Command::Lr(target, LrChange::Set(rate)));
        }
    };
    rate(LrTarget::D, lr_d, current.optimizer.d.lr);
    rate(LrTarget::G, lr_g, current.optimizer.g.lr);
    let table = toml::Table::try_from(current)?;
    for (key, value) in settings {
        if switches || lookup(&table, key) != Some(Value::Float(value)) {
            commands.push(Command::Set {
                key: key.to_owned(),
                value: value.to_string(),
            });
        }
    }
    Ok(Resumption {
        config,
        commands,
        added,
    })
}

/// The configuration of a run that is forked: the origin's in `recorded`, with the settings of the checkpoint (`current`)
/// or, for another objective, those of its preset; covered by `given`.
///
/// # Errors
/// Those of [`resolve`].
pub fn fork(given: Sources, recorded: &Path, current: &Preset) -> Result<ForkPlan, ConfigError> {
    is_file(recorded)?;
    let base = resolve(Sources::file(recorded))?.config;
    let layers: Vec<Vec<Leaf>> = layers(given)?.into();
    let is_other = objective_of(&layers).is_some_and(|objective| objective != current.objective);
    let mut first = file::read(recorded)?;
    // What was scripted was the other run's script, and what it had to meet was asked of that run.
    first.retain(|leaf| !["at", "fail_if"].contains(&leaf.key.name));
    for leaf in &mut first {
        let name = leaf.key.name;
        if leaf.key.acts_on_training()
            && let Some(value) = lookup(&toml::Table::try_from(current)?, name)
        {
            leaf.value = value;
        }
    }
    if is_other {
        first.retain(|leaf| !leaf.key.acts_on_training());
    }
    let mut all = vec![first];
    all.extend(layers);
    let config = build(all)?.config;
    let afresh = config.seed != base.seed
        || config.dataset != base.dataset
        || config.images != base.images
        || config.batch_size != base.batch_size;
    Ok(ForkPlan { config, afresh })
}

/// Returns whether a dataset may be a file that has moved; its content shows that when it is read. One that was given by a
/// path is always given by a whole one; earlier versions recorded what was written.
fn has_moved(then: Option<&Value>, now: &Value) -> bool {
    let (Some(then), Some(now)) = (then.and_then(Value::as_str), now.as_str()) else {
        return false;
    };
    let (then, now) = (Path::new(then), Path::new(now));
    now.is_absolute() && (then.is_absolute() || then.file_name() == now.file_name())
}

/// Refuses settings that would make it another run, each with what the run has.
fn refuse(others: Vec<(Leaf, String)>) -> Result<(), ConfigError> {
    let mut others = others.into_iter();
    let Some((first, has)) = others.next() else {
        return Ok(());
    };
    let mut all_may_differ = !is_size(first.key.name);
    let mut problems = vec![format!(
        "the run has {has} and cannot resume with {}",
        first.value
    )];
    problems.extend(others.map(|(Leaf { key, value, .. }, has)| {
        let name = key.name;
        all_may_differ &= !is_size(name);
        format!("nor with `{name}` {value}, where it has {has}")
    }));
    problems.push(if all_may_differ {
        "`--fork` starts a run that can".to_owned()
    } else {
        "networks of another size need a new run, without `--fork`".to_owned()
    });
    Err(ConfigError::Value {
        origin: first.origin,
        key: first.key.name.to_owned(),
        problem: problems.join("; "),
    })
}

fn scripted(leaf: &Leaf) -> Vec<Timed> {
    let all = leaf.value.as_array();
    all.into_iter()
        .flatten()
        .filter_map(|one| one.as_str()?.parse().ok())
        .collect()
}

fn value_of(config: &RunConfig, name: &str) -> Result<Option<Value>, ConfigError> {
    Ok(lookup(&toml::Table::try_from(config)?, name))
}

fn lookup(table: &toml::Table, name: &str) -> Option<Value> {
    match name.split_once('.') {
        None => table.get(name).cloned(),
        Some((group, rest)) => lookup(table.get(group)?.as_table()?, rest),
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        reason = "a test that cannot continue should stop"
    )]
    #![expect(clippy::float_cmp, reason = "what is set is what is read")]

    use super::*;
    use crate::config::preset;

    fn recorded() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        let set = ["dataset=digits", "seed=7", "steps=100", "at=5:lr 1e-3"];
        let config = resolve(Sources {
            set: set.map(str::to_owned).to_vec(),
            ..Sources::default()
        })
        .unwrap()
        .config;
        std::fs::write(&path, config.to_toml().unwrap()).unwrap();
        (dir, path)
    }

    fn given(set: &[&str]) -> Sources {
        Sources {
            set: set.iter().map(|&s| s.to_owned()).collect(),
            ..Sources::default()
        }
    }

    #[test]
    fn a_resumed_run_keeps_its_settings_and_takes_a_new_end() {
        let (_dir, path) = recorded();
        let mut current = preset("gan").unwrap();
        current.optimizer.d.lr = 1e-3;
        let plan = resume(given(&["epochs=3", "at=50:pause"]), &path, &current).unwrap();
        assert_eq!((plan.config.steps, plan.config.epochs), (None, Some(3)));
        assert_eq!(plan.config.seed, 7);
        assert!(plan.commands.is_empty());
        assert_eq!(plan.added, ["50:pause".parse().unwrap()]);
        assert_eq!(plan.config.at.len(), 2);
    }

    #[test]
    fn conditions_are_replaced_on_resume_and_stay_behind_on_a_fork() {
        let (_dir, path) = recorded();
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.insert_str(0, "fail_if = [\"d_loss > 9\", \"fid > 60 @ 5k\"]\n");
        text.insert_str(0, "rules = [{ when = \"g_loss > 9\", do = \"alarm\" }]\n");
        std::fs::write(&path, text).unwrap();
        let current = preset("gan").unwrap();
        let held_to = |set: &[&str]| {
            let config = resume(given(set), &path, &current).unwrap().config;
            let all: Vec<String> = config.fail_if.iter().map(ToString::to_string).collect();
            assert_eq!(config.rules.len(), 1);
            all.join(", ")
        };
        assert_eq!(held_to(&[]), "d_loss > 9, fid > 60 @ 5000");
        assert_eq!(held_to(&["fail_if=g_loss is nan"]), "g_loss is nan");
        assert_eq!(held_to(&["fail_if=[]"]), "");
        let config = fork(given(&[]), &path, &current).unwrap().config;
        assert!(config.fail_if.is_empty());
        assert_eq!(config.rules.len(), 1);
    }

    #[test]
    fn changed_settings_become_commands_on_resume() {
        let (_dir, path) = recorded();
        let mut current = preset("gan").unwrap();
        current.optimizer.d.lr = 1e-3;
        let set = [
            "optimizer.d.lr=1e-3",
            "optimizer.g.lr=1e-4",
            "objective=gan",
        ];
        let plan = resume(given(&set), &path, &current).unwrap();
        let commands: Vec<_> = plan.commands.iter().map(ToString::to_string).collect();
        assert_eq!(commands, ["lr g 1e-4"]);
        let plan = resume(given(&["objective=wgan"]), &path, &current).unwrap();
        let commands: Vec<_> = plan.commands.iter().map(ToString::to_string).collect();
        assert_eq!(commands, ["loss wgan"]);
        assert_eq!(plan.config.objective, "gan", "what it began with stays");
    }

    #[test]
    fn settings_that_would_change_the_run_are_refused() {
        let (_dir, path) = recorded();
        let current = preset("gan").unwrap();
        for (set, says) in [
            ("seed=8", "the run has 7 and cannot resume with 8; `--fork`"),
            ("batch_size=32", "the run has 64"),
            ("critic.n_critic=5", "the run has 1"),
            ("optimizer.d.beta1=0.9", "the run has 0.5"),
            (
                "arch.width=8",
                "the run has 256 and cannot resume with 8; networks of another size need a new run",
            ),
        ] {
            let error = resume(given(&[set]), &path, &current)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(says) && error.starts_with("--set"),
                "{error}"
            );
        }
        assert!(resume(given(&["seed=7"]), &path, &current).is_ok());
        // What a stronger layer covers does not count.
        let mut covered = given(&["seed=7"]);
        covered.environment = vec![("GENAI_TUI_SEED".into(), "8".into())];
        assert!(resume(covered, &path, &current).is_ok());
    }

    #[test]
    fn a_fork_takes_the_checkpoints_settings_or_another_objectives_preset() {
        let (_dir, path) = recorded();
        let mut current = preset("gan").unwrap();
        current.optimizer.d.lr = 1e-3;
        let plan = fork(given(&[]), &path, &current).unwrap();
        assert_eq!(plan.config.optimizer.d.lr, 1e-3);
        assert!(plan.config.at.is_empty() && !plan.afresh);
        let plan = fork(given(&["objective=wgan", "seed=1"]), &path, &current).unwrap();
        assert_eq!(plan.config.critic, preset("wgan").unwrap().critic);
        assert_eq!(plan.config.optimizer, preset("wgan").unwrap().optimizer);
        assert!(plan.afresh);
        let plan = fork(given(&["optimizer.g.lr=3e-4"]), &path, &current).unwrap();
        assert_eq!(plan.config.optimizer.g.lr, 3e-4);
    }
}
