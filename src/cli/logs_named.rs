//! The logs that RUN… name on the command line.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::Failure;
use crate::logs::{self, Format, Found};
use crate::record::RUNS_DIR;
use crate::record::reference;

/// The logs that these name, each once.
pub(super) fn all(runs: &[String]) -> Result<Vec<Found>, Failure> {
    let mut all: Vec<Found> = Vec::new();
    for run in runs {
        for found in named(run)? {
            if all.iter().all(|known| known.path != found.path) {
                all.push(found);
            }
        }
    }
    Ok(all)
}

/// The logs that RUN names: a path, or a name under `runs/`.
fn named(run: &str) -> Result<Vec<Found>, Failure> {
    let path = if Path::new(run).exists() {
        PathBuf::from(run)
    } else {
        reference::directory(run, Path::new(RUNS_DIR)).map_err(Failure::input)?
    };
    let found = logs::find(&path).map_err(Failure::input)?.runs;
    if found.is_empty() {
        let text = format!(
            "no run in `{}`: expected {}",
            path.display(),
            Format::list()
        );
        return Err(Failure::Input(anyhow!(text)));
    }
    Ok(found)
}
