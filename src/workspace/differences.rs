//! Settings in which runs differ.

use std::collections::BTreeSet;

use super::index::{Index, RunId};

/// A setting, and what each run has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The setting.
    pub key: String,
    /// Its value in each of the runs; `None` where a run does not have it.
    pub values: Vec<Option<String>>,
}

impl Difference {
    /// Whether two runs have it with different values. What some logs do not have at all says more about the logs than about the
    /// runs.
    #[must_use]
    pub fn is_of_values(&self) -> bool {
        let mut present = self.values.iter().flatten();
        let first = present.next();
        present.any(|value| Some(value) != first)
    }
}

/// The settings in which these runs are not alike, by their names: first those that have different values, then those that only some
/// runs have. Runs whose logs have no settings at all are compared, too:
/// they lack every one.
#[must_use]
pub fn differences(index: &Index, runs: &[RunId]) -> Vec<Difference> {
    let configs: Vec<_> = runs
        .iter()
        .map(|id| index.get(*id).and_then(|entry| entry.known.as_ref()))
        .map(|known| known.map(|known| &known.about.config))
        .collect();
    let keys: BTreeSet<&String> = configs.iter().flatten().flat_map(|c| c.keys()).collect();
    let rows = keys.into_iter().filter_map(|key| {
        let values = || configs.iter().map(|config| config.and_then(|c| c.get(key)));
        // Most settings are the same in all runs: they are not written out.
        if values().zip(values().skip(1)).all(|(a, b)| a == b) {
            return None;
        }
        Some(Difference {
            key: key.clone(),
            values: values().map(|v| v.map(ToString::to_string)).collect(),
        })
    });
    // Values that differ may be written alike.
    let is_seen = |row: &Difference| row.values.windows(2).any(|pair| pair[0] != pair[1]);
    let mut rows: Vec<Difference> = rows.filter(is_seen).collect();
    rows.sort_by_key(|row| !row.is_of_values());
    rows
}
