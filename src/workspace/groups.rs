//! Groups of runs by their settings.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::column::Column;
use super::differences::differences;
use super::index::{Index, RunId};
use super::statistics::Statistics;

/// Runs with the same values of the settings they are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The settings and their values; those that not all groups share.
    pub values: Vec<(String, String)>,
    /// The runs, in the order in which they were given.
    pub members: Vec<RunId>,
}

/// Settings that say how long a run goes on.
const LENGTHS: [&str; 5] = ["steps", "max_steps", "epochs", "max_epochs", "max_time"];

/// Whether a setting only tells repetitions apart: a seed, a name, a place, how long a run goes on.
#[must_use]
pub fn is_seed(key: &str) -> bool {
    let last = key.rsplit(['.', '/']).next().unwrap_or(key).to_lowercase();
    if LENGTHS.contains(&last.as_str()) {
        return true;
    }
    let words = ["seed", "name", "out", "dir", "path", "id"];
    last.split(['_', '-']).any(|word| words.contains(&word))
}

/// Groups runs by these settings; by `None`, by all in which they differ except those that only tell repetitions apart.
#[must_use]
pub fn groups(index: &Index, runs: &[RunId], by: Option<&[String]>) -> Vec<Group> {
    let differing = differences(index, runs);
    let rows: Vec<_> = differing
        .into_iter()
        .filter(|row| match by {
            Some(keys) => keys.contains(&row.key),
            None => !is_seed(&row.key),
        })
        .collect();
    let mut found: Vec<Group> = Vec::new();
    let mut places: BTreeMap<Vec<(String, String)>, usize> = BTreeMap::new();
    for (at, id) in runs.iter().enumerate() {
        let value = |row: &super::Difference| row.values.get(at).cloned().flatten();
        let values: Vec<(String, String)> = rows
            .iter()
            .map(|row| {
                (
                    row.key.clone(),
                    value(row).unwrap_or_else(|| "-".to_owned()),
                )
            })
            .collect();
        let place = *places.entry(values.clone()).or_insert_with(|| {
            found.push(Group {
                values,
                members: Vec::new(),
            });
            found.len() - 1
        });
        if let Some(group) = found.get_mut(place) {
            group.members.push(*id);
        }
    }
    found
}

impl Group {
    /// What tells it from the others: all settings in which they differ, with their values.
    #[must_use]
    pub fn name(&self) -> String {
        if self.values.is_empty() {
            return "all".to_owned();
        }
        let pairs = self.values.iter();
        let pairs: Vec<String> = pairs
            .map(|(key, value)| match key.as_str() {
                // Names of objectives speak for themselves.
                "objective" => value.clone(),
                key => format!("{key} {value}"),
            })
            .collect();
        pairs.join(", ")
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
            "steps",
        ] {
            assert!(is_seed(key), "{key}");
        }
        for key in ["lr", "optimizer.d.lr", "seeding_rate"] {
            assert!(!is_seed(key), "{key}");
        }
    }
}
