//! Which metrics a condition may be about, and the lists of conditions that `fail_if` and `rules` take.
//!
//! A name is known if any objective declares it (a run may switch to that one), if the trainer measures it beside the
//! objective, or if an evaluation does.

use toml::{Table, Value};

use super::takes::Misfit;
use crate::objective;
use crate::protocol::Action;
use crate::rules::{Condition, ConditionError};
use crate::text::{did_you_mean, nearest};

/// What the trainer measures whatever the objective: the variety of the fixed latents' images, at every drawing; and its
/// own pace.
const BESIDE: [&str; 3] = ["diversity", "images_per_s", "steps_per_s"];

/// What is measured of samples every `evaluation.every_steps` steps. What only `genai-tui eval` measures is not here: a
/// run could never meet a condition on it.
const EVALUATED: [&str; 10] = [
    "fid",
    "score",
    "score_deviation",
    "precision",
    "recall",
    "density",
    "coverage",
    "modes",
    "modes_kl",
    "unsure",
];

/// Whether a metric is one that evaluations measure.
#[must_use]
pub fn is_evaluated(metric: &str) -> bool {
    EVALUATED.contains(&metric)
}

/// What a rule may trigger. To fail is what `fail_if` is for.
const ACTIONS: [Action; 3] = [Action::Pause, Action::Checkpoint, Action::Alarm];

/// Every metric that a condition may be about, without order.
#[must_use]
pub fn condition_metrics() -> Vec<String> {
    let declared = objective::names()
        .filter_map(objective::find)
        .flat_map(|o| o.info().metrics)
        .map(|metric| metric.name);
    let mut all: Vec<String> = BESIDE
        .into_iter()
        .chain(EVALUATED)
        .map(str::to_owned)
        .chain(declared)
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Reads a condition on a metric that there can be.
///
/// # Errors
/// The first thing in it that is wrong, and where.
pub fn condition(text: &str) -> Result<Condition, ConditionError> {
    Condition::parse(text, |name| {
        let known = condition_metrics();
        if known.iter().any(|metric| metric == name) {
            return Ok(());
        }
        let hint = did_you_mean(nearest(name, known.iter().map(String::as_str)));
        Err(if hint.is_empty() {
            format!(
                "there is no metric `{name}`; there are {}",
                known.join(", ")
            )
        } else {
            format!("there is no metric `{name}`{hint}")
        })
    })
}

/// The condition in its own form.
pub(super) fn check_condition(text: &str) -> Result<Value, Misfit> {
    Ok(Value::String(condition(text)?.to_string()))
}

/// The `number`th entry of `rules`, in its own form.
pub(super) fn check_rule(entry: &Value, number: usize) -> Result<Value, Misfit> {
    let within = format!("rule {number}");
    let wrong = |problem: String| Misfit::Value(format!("{within}: {problem}"));
    let table = entry
        .as_table()
        .ok_or_else(|| wrong(format!("expected `when` and `do`; found `{entry}`")))?;
    if let Some(unknown) = table
        .keys()
        .find(|key| !["when", "do"].contains(&key.as_str()))
    {
        let hint = did_you_mean(nearest(unknown, ["when", "do"]));
        return Err(wrong(format!(
            "expected `when` and `do`; found `{unknown}`{hint}"
        )));
    }
    let text = |key: &str, what: &str| match table.get(key) {
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(other) => Err(wrong(format!("`{key}`: expected {what}; found `{other}`"))),
        None => Err(wrong(format!("expected `{key}`, {what}; found nothing"))),
    };
    let when = text("when", "a condition such as \"d_loss < 0.01 for 500\"")?;
    let when = condition(when).map_err(|error| error.within(&within))?;
    let word = text("do", "pause, checkpoint or alarm")?;
    if !ACTIONS.iter().any(|action| action.word() == word) {
        let hint = if word == Action::Fail.word() {
            "; `fail_if` ends a run".to_owned()
        } else {
            did_you_mean(nearest(word, ACTIONS.map(Action::word)))
        };
        return Err(wrong(format!(
            "`do`: expected pause, checkpoint or alarm; found `{word}`{hint}"
        )));
    }
    Ok(Value::Table(Table::from_iter([
        ("when".to_owned(), Value::String(when.to_string())),
        ("do".to_owned(), Value::String(word.to_owned())),
    ])))
}
