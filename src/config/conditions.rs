//! Which metrics a condition may be about, and the lists of conditions that `fail_if` and `rules` take.
//!
//! A name is known if any objective declares it (a run may switch to that one), if the trainer measures it under every
//! objective, or if an evaluation does.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::invalid_value::InvalidValue;
use crate::metric::quality::{Quantity, live_quantities};
use crate::metric::{common_metrics, objectives};
use crate::protocol::Action;
use crate::rules::{Condition, ConditionError};
use crate::text::{did_you_mean, nearest};

/// Returns whether a metric is measured by evaluations during a run.
#[must_use]
pub fn is_evaluated(metric: &str) -> bool {
    live_quantities().any(|quantity| quantity.name == metric)
}

/// What a rule may trigger. To fail is what `fail_if` is for.
const ACTIONS: [Action; 3] = [Action::Pause, Action::Checkpoint, Action::Alarm];

/// The name of every metric that a condition may be about, sorted. What only `genai-tui eval` measures is not one: a run
/// could never meet a condition on it.
#[must_use]
pub fn condition_metrics() -> Vec<String> {
    let declared = objectives::all().flat_map(|objective| objective.info().metrics);
    let evaluated = live_quantities().map(Quantity::info);
    let all = declared.chain(common_metrics()).chain(evaluated);
    let names: BTreeSet<String> = all.map(|metric| metric.name).collect();
    names.into_iter().collect()
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

/// The condition in its own form. Whether there is such a metric depends on what trains.
pub(super) fn check_condition(text: &str) -> Result<Value, InvalidValue> {
    let condition: Condition = text.parse()?;
    Ok(Value::String(condition.to_string()))
}

/// The `number`th entry of `rules`, in its own form.
pub(super) fn check_rule(entry: &Value, number: usize) -> Result<Value, InvalidValue> {
    let within = format!("rule {number}");
    let wrong = |problem: String| InvalidValue::Value(format!("{within}: {problem}"));
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
    let when: Condition = when
        .parse()
        .map_err(|error: ConditionError| error.within(&within))?;
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
