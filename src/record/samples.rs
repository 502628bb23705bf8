//! Sample pictures on their way to the disk.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{RecordError, write_atomic};
use crate::picture::{GENERATED, Layout, compose, encode_png, provenance};
use crate::protocol::ImageGrid;

/// Pictures that wait at the most when the disk refuses.
const QUEUE: usize = 16;

/// A picture and the path of its file below the run directory.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub file: String,
    pub images: Arc<ImageGrid>,
    /// Columns of the grid; 0 for a nearly square one.
    pub columns: usize,
    /// The step after which they were generated.
    pub step: u64,
    /// Whether they are what a generator made; else a program has called them something else.
    pub are_samples: bool,
}

/// The pictures that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    queue: VecDeque<Picture>,
    lost: u64,
    /// Name and seed of the run, which are written into them.
    run: String,
    seed: Option<u64>,
}

impl Pictures {
    /// Whose pictures they are.
    pub fn of(&mut self, run: &str, seed: Option<u64>) {
        run.clone_into(&mut self.run);
        self.seed = seed;
    }

    /// Takes a picture; drops the oldest if the queue is full.
    pub fn push(&mut self, picture: Picture) {
        if self.queue.len() >= QUEUE {
            self.queue.pop_front();
            self.lost += 1;
        }
        self.queue.push_back(picture);
    }

    /// Writes the pictures that wait below the run directory `dir`.
    pub fn flush(&mut self, dir: &Path) -> Result<(), RecordError> {
        while let Some(picture) = self.queue.front() {
            let path = dir.join(&picture.file);
            let layout = Layout {
                columns: Some(picture.columns).filter(|columns| *columns > 0),
                ..Layout::default()
            };
            let canvas = compose(&picture.images, &layout);
            let mut notes = provenance(&self.run, picture.step, self.seed);
            if !picture.are_samples {
                notes.retain(|(key, _)| *key != GENERATED);
            }
            let bytes = encode_png(&canvas, &notes)
                .map_err(io::Error::other)
                .map_err(RecordError::io("encode", &path))?;
            write_atomic(&path, &bytes)?;
            self.queue.pop_front();
        }
        Ok(())
    }

    /// Pictures that wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Pictures lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}
