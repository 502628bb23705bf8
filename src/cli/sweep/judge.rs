//! Whether what a sweep compares can be measured of a trial on this machine: without a judge it would have no value, which would show only
//! at its first rung.

use std::collections::BTreeMap;

use crate::data::{self, LoadOptions};
use crate::eval::{check_judged, live_metrics};
use crate::sweep::{Definition, SweepError};

/// Why what is compared cannot be measured of a trial with these values, as far as that is known before a run.
pub(super) fn is_missing(
    definition: &Definition,
    values: &BTreeMap<String, String>,
) -> Result<Option<String>, SweepError> {
    if !definition.is_quality() {
        return Ok(None);
    }
    let config = definition.resolve(values, "the sweep")?;
    let options = LoadOptions {
        data_dir: config.data_dir.clone(),
        fit: config.images,
        ..LoadOptions::default()
    };
    // One that cannot be loaded is the run's to report.
    let Ok(dataset) = data::load(&config.dataset, &options, &mut |_| {}, &|| false) else {
        return Ok(None);
    };
    let metric = &definition.metric;
    let judge = match check_judged(&dataset) {
        Ok(judge) => judge,
        Err(error) => return Ok(Some(format!("`{metric}` cannot be measured: {error}"))),
    };
    let measured = live_metrics(judge, config.arch.conditional);
    if measured.iter().any(|measure| measure.name == *metric) {
        return Ok(None);
    }
    let names: Vec<&str> = measured
        .iter()
        .map(|measure| measure.name.as_str())
        .collect();
    Ok(Some(format!(
        "`{metric}` cannot be measured: evaluations of {} measure {} only",
        dataset.name,
        names.join(", ")
    )))
}

/// The values of a trial that decide which judge it has.
pub(super) fn depends_on(values: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let found = values.iter().filter(|(key, _)| decides(key));
    found
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Whether all trials of a sweep have the same judge.
pub(super) fn is_one(definition: &Definition) -> bool {
    !definition.params.iter().any(|param| decides(&param.key))
}

fn decides(key: &str) -> bool {
    key == "dataset" || key == "arch.conditional" || key.starts_with("images.")
}
