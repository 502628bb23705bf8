//! Finds the judge of samples that another program makes: of the dataset that it names, or whose images it sends as real ones.
//! Only of datasets that are on this machine: nothing is downloaded for it.

use std::collections::HashSet;

use super::evaluator::evaluator;
use crate::config::RunConfig;
use crate::data::{self, Dataset, Entry, LoadOptions, Presence, REGISTRY};
use crate::judging::{Evaluator, Finder, Imitated};
use crate::protocol::ImageGrid;
use crate::session::priority::give_way;
use crate::shape::ImageShape;

/// The finder for a run of another program; `None` where the configuration wants no evaluations.
#[must_use]
pub fn finder(config: &RunConfig) -> Option<Box<dyn Finder>> {
    (config.evaluation.every_steps > 0).then(|| {
        Box::new(OnThisMachine {
            options: LoadOptions {
                data_dir: config.data_dir.clone(),
                ..LoadOptions::default()
            },
            samples: config.evaluation.samples,
        }) as Box<dyn Finder>
    })
}

struct OnThisMachine {
    options: LoadOptions,
    samples: usize,
}

impl Finder for OnThisMachine {
    fn samples(&self) -> usize {
        self.samples
    }

    fn find(
        &mut self,
        imitated: &Imitated,
        shape: ImageShape,
    ) -> Result<Option<Box<dyn Evaluator>>, String> {
        give_way();
        let dataset = match imitated {
            Imitated::Named(name) => self.named(name, shape)?,
            Imitated::Real(images) => match self.recognised(images) {
                Some(dataset) => dataset,
                None => return Ok(None),
            },
        };
        evaluator(&dataset, self.samples, false).map(Some)
    }
}

impl OnThisMachine {
    fn named(&self, name: &str, shape: ImageShape) -> Result<Dataset, String> {
        let Some(entry) = data::find(&name.to_lowercase()) else {
            let known: Vec<&str> = REGISTRY.iter().map(|entry| entry.name).collect();
            return Err(format!(
                "there is no judge of `{name}`; datasets are {}",
                known.join(", ")
            ));
        };
        if entry.shape != shape {
            return Err(format!(
                "the samples are {shape}, and the judge of {} looks at {}",
                entry.title, entry.shape
            ));
        }
        match self.presence(entry) {
            Some(Presence::BuiltIn | Presence::Verified { .. }) => self.load(entry),
            _ => Err(format!(
                "{} is not on this machine; `genai-tui data fetch {}` brings it",
                entry.title, entry.name
            )),
        }
    }

    fn presence(&self, entry: &Entry) -> Option<Presence> {
        let folder = data::data_dir(self.options.data_dir.as_deref()).ok()?;
        Some(data::presence(entry, &folder.path))
    }

    fn load(&self, entry: &Entry) -> Result<Dataset, String> {
        data::load(entry.name, &self.options, &mut |_| {}, &|| false)
            .map_err(|error| error.to_string())
    }

    /// The dataset on this machine that these are images of.
    fn recognised(&self, images: &ImageGrid) -> Option<Dataset> {
        let mut candidates = REGISTRY.iter().filter(|entry| {
            entry.shape == images.shape()
                && matches!(self.presence(entry), Some(Presence::Verified { .. }))
        });
        candidates.find_map(|entry| {
            let dataset = self.load(entry).ok()?;
            holds(&dataset, images).then_some(dataset)
        })
    }
}

/// Whether nearly all of these are images of the dataset, to the byte.
fn holds(dataset: &Dataset, images: &ImageGrid) -> bool {
    let values = images.shape().values();
    let sets = [Some(&dataset.train), dataset.test.as_ref()];
    let all: HashSet<&[u8]> = sets
        .into_iter()
        .flatten()
        .flat_map(|set| set.pixels().chunks_exact(values))
        .collect();
    let found = images.images().filter(|image| all.contains(image)).count();
    // Some may be flipped, moved or noisy.
    found > 0 && found * 10 >= images.count() * 9
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn finder() -> OnThisMachine {
        OnThisMachine {
            options: LoadOptions {
                data_dir: Some("/nowhere".into()),
                ..LoadOptions::default()
            },
            samples: 100,
        }
    }

    #[test]
    fn a_missing_judge_is_one_clear_word() {
        let shape = |side| ImageShape::new(1, side, side).unwrap();
        let why = |name: &str, side| {
            let found = finder().find(&Imitated::Named(name.to_owned()), shape(side));
            found.err().unwrap_or_default()
        };
        assert!(why("faces", 28).starts_with("there is no judge of `faces`; datasets are mnist"));
        assert_eq!(
            why("MNIST", 32),
            "the samples are 32×32 grey, and the judge of MNIST looks at 28×28 grey"
        );
        assert!(why("mnist", 28).contains("`genai-tui data fetch mnist` brings it"));
    }

    #[test]
    fn images_are_recognised_by_their_bytes() {
        let entry = data::find("digits").unwrap();
        let digits = finder().load(entry).unwrap();
        let mut some = digits.train.part(0..20).pixels().to_vec();
        let grid = |bytes: &[u8]| ImageGrid::new(entry.shape, bytes.to_vec());
        assert!(holds(&digits, &grid(&some)));
        let values = entry.shape.values();
        for image in some.chunks_exact_mut(values).take(3) {
            image[0] ^= 255;
        }
        assert!(!holds(&digits, &grid(&some)));
    }
}
