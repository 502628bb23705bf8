//! Groups of runs by their settings.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::column::Column;
use super::differences::{Difference, differences};
use super::index::{Index, RunId};
use super::statistics::Statistics;

/// Runs with the same values of the settings they are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The settings that name it, and their values.
    pub values: Vec<(String, String)>,
    /// Who wrote its logs, or the name of its only run, where settings do not tell it from others.
    pub label: Option<String>,
    /// The runs, in the order in which they were given.
    pub members: Vec<RunId>,
}

/// Settings that say how long a run goes on.
const LENGTHS: [&str; 5] = ["steps", "max_steps", "epochs", "max_epochs", "max_time"];

/// Groups of settings of this program that say how a run is shown and recorded, not what it does.
const ASIDE: [&str; 8] = [
    "checkpoint.",
    "events.",
    "health.",
    "keys.",
    "record.",
    "signals.",
    "system.",
    "ui.",
];

/// Whether a setting only tells repetitions apart: a seed, a name, a place, how long a run goes on.
#[must_use]
pub fn is_seed(key: &str) -> bool {
    let last = key.rsplit(['.', '/']).next().unwrap_or(key).to_lowercase();
    if LENGTHS.contains(&last.as_str()) || ASIDE.iter().any(|group| key.starts_with(group)) {
        return true;
    }
    let words = ["seed", "name", "out", "dir", "path", "id"];
    last.split(['_', '-']).any(|word| words.contains(&word))
}

/// Groups runs by these settings; by `None`, by all in which they differ except those that only tell repetitions apart. Then runs whose
/// logs have no settings are each a group of their own: nothing says that they repeat each other.
#[must_use]
pub fn groups(index: &Index, runs: &[RunId], by: Option<&[String]>) -> Vec<Group> {
    let rows: Vec<Difference> = differences(index, runs)
        .into_iter()
        .filter(|row| match by {
            Some(keys) => keys.contains(&row.key),
            None => !is_seed(&row.key),
        })
        .collect();
    let has_none = |id: RunId| {
        let known = index.get(id).and_then(|entry| entry.known.as_ref());
        known.is_none_or(|known| known.about.config.is_empty())
    };
    let mut found: Vec<(Vec<Option<String>>, Group)> = Vec::new();
    let mut places: BTreeMap<(Vec<Option<String>>, Option<RunId>), usize> = BTreeMap::new();
    for (at, id) in runs.iter().enumerate() {
        let value = |row: &Difference| row.values.get(at).cloned().flatten();
        let values: Vec<Option<String>> = rows.iter().map(value).collect();
        let alone = (by.is_none() && has_none(*id)).then_some(*id);
        let place = *places.entry((values.clone(), alone)).or_insert_with(|| {
            let group = Group {
                values: Vec::new(),
                label: None,
                members: Vec::new(),
            };
            found.push((values, group));
            found.len() - 1
        });
        if let Some((_, group)) = found.get_mut(place) {
            group.members.push(*id);
        }
    }
    name(index, &rows, by.is_some(), &found)
}

/// Names groups by the settings that they have with different values, or that were chosen; where those do not tell all of them apart, by who wrote
/// their logs or by the name of the only run; at last by all settings that not all of them have.
fn name(
    index: &Index,
    rows: &[Difference],
    is_chosen: bool,
    found: &[(Vec<Option<String>>, Group)],
) -> Vec<Group> {
    let pairs = |values: &[Option<String>], wanted: &dyn Fn(&Difference) -> bool| {
        let pairs = rows.iter().zip(values).filter(|(row, _)| wanted(row));
        let pairs = pairs.filter_map(|(row, value)| Some((row.key.clone(), value.clone()?)));
        let mut pairs: Vec<(String, String)> = pairs.collect();
        // Its name says most.
        pairs.sort_by_key(|(key, _)| key != "objective");
        pairs
    };
    let mut named: Vec<Group> = found
        .iter()
        .map(|(values, group)| Group {
            values: pairs(values, &|row| is_chosen || row.is_of_values()),
            ..group.clone()
        })
        .collect();
    let label = |group: &Group| {
        let first = index.get(*group.members.first()?)?;
        let is_one = group.members.len() == 1 && group.values.is_empty();
        Some(if is_one {
            first.name().to_owned()
        } else {
            first.found.format.to_string()
        })
    };
    for at in doubtful(&named) {
        if let Some(group) = named
            .get_mut(at)
            .filter(|_| !rows.is_empty() || found.len() > 1)
        {
            group.label = label(group);
        }
    }
    for at in doubtful(&named) {
        if let (Some(group), Some((values, _))) = (named.get_mut(at), found.get(at)) {
            group.values = pairs(values, &|_| true);
        }
    }
    named
}

/// The groups that have no name, or that of another one.
fn doubtful(groups: &[Group]) -> Vec<usize> {
    let names: Vec<String> = groups.iter().map(Group::name).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in &names {
        *counts.entry(name).or_default() += 1;
    }
    let each = groups.iter().zip(&names).enumerate();
    let doubtful = each.filter(|(_, (group, name))| {
        let is_bare = group.values.is_empty() && group.label.is_none();
        is_bare || counts.get(name.as_str()).is_some_and(|count| *count > 1)
    });
    doubtful.map(|(at, _)| at).collect()
}

impl Group {
    /// What tells it from the others: the settings that name it, with their values, and who wrote its logs where that is needed.
    #[must_use]
    pub fn name(&self) -> String {
        let pairs = self.values.iter();
        let pairs = pairs.map(|(key, value)| match key.as_str() {
            // Names of objectives speak for themselves.
            "objective" => value.clone(),
            key => format!("{key} {value}"),
        });
        let parts: Vec<String> = self.label.iter().cloned().chain(pairs).collect();
        if parts.is_empty() {
            return "all".to_owned();
        }
        parts.join(", ")
    }

    /// What its runs have in a column, those that have a finite number there.
    #[must_use]
    pub fn statistics(&self, index: &Index, column: &Column, now: Timestamp) -> Option<Statistics> {
        let cells = self
            .members
            .iter()
            .filter_map(|id| column.cell(index.get(*id)?, now).number());
        let numbers: Vec<f64> = cells.filter(|number| number.is_finite()).collect();
        Statistics::of(&numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_repetitions_apart_is_known() {
        for key in [
            "seed",
            "data.seed",
            "random_seed",
            "run_name",
            "output_dir",
            "record.name",
            "ui.theme",
            "steps",
        ] {
            assert!(is_seed(key), "{key}");
        }
        for key in ["lr", "optimizer.d.lr", "seeding_rate"] {
            assert!(!is_seed(key), "{key}");
        }
    }
}
