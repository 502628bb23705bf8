//! Whether there is a judge for what a sweep compares: without one no trial would have a value, which would show only at its first rung.

use std::collections::BTreeMap;

use crate::data::{self, LoadOptions};
use crate::eval::check_judged;
use crate::sweep::{Definition, SweepError};

/// Why what is compared cannot be measured, as far as that is known before a run.
pub(super) fn is_missing(definition: &Definition) -> Result<Option<String>, SweepError> {
    let decides = |key: &str| key == "dataset" || key.starts_with("images.");
    let is_swept = definition.params.iter().any(|param| decides(&param.key));
    if !definition.is_quality() || is_swept {
        return Ok(None);
    }
    let config = definition.resolve(&BTreeMap::new(), "the sweep")?;
    let options = LoadOptions {
        data_dir: config.data_dir.clone(),
        fit: config.images,
        ..LoadOptions::default()
    };
    // One that cannot be loaded is the first run's to report.
    let Ok(dataset) = data::load(&config.dataset, &options, &mut |_| {}, &|| false) else {
        return Ok(None);
    };
    let judge = check_judged(&dataset).err();
    Ok(judge.map(|error| format!("`{}` cannot be measured: {error}", definition.metric)))
}
