//! The samples that a run kept before this viewer came, read from its directory: the beginning of the timeline.

use std::fs;
use std::sync::Arc;

use super::app::{App, Picture};
use crate::picture::read_grid;
use crate::protocol::Samples;

/// Maximum number of files read.
const MOST: usize = 80;

/// The recorded pictures, oldest first, spread over the run; empty if the directory is not on this machine.
pub fn read(app: &App) -> Vec<Arc<Picture>> {
    let (Some(info), Some(newest)) = (&app.run.info, &app.picture) else {
        return Vec::new();
    };
    let folder = info.dir.join("samples");
    let step = |name: &str| -> Option<u64> {
        let digits = name.strip_prefix("step-")?.strip_suffix(".png")?;
        digits.parse().ok()
    };
    let files = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut steps: Vec<u64> = files
        .filter_map(|file| step(file.file_name().to_str()?))
        .collect();
    steps.sort_unstable();
    let stride = steps.len().div_ceil(MOST).max(1);
    let count = newest.samples.count.max(newest.samples.images.count());
    let shape = newest.samples.shape;
    let read = |step: u64| {
        let png = fs::read(folder.join(format!("step-{step:08}.png"))).ok()?;
        let images = read_grid(&png, (count, newest.samples.columns.len()), shape).ok()?;
        Some(Arc::new(Picture {
            step,
            samples: Samples {
                columns: newest.samples.columns.clone(),
                images: Arc::new(images),
                count,
                shape,
                diversity: f64::NAN,
                ..Samples::default()
            },
        }))
    };
    steps.into_iter().step_by(stride).filter_map(read).collect()
}
