//! What somebody who watches asks to see: it is drawn between two steps, and nothing of the run changes.

use super::TrainError;
use super::latent::{evenly, neighbours, slerp};
use super::preview::{self, chosen};
use super::trainer::Trainer;
use crate::data::IMAGE_BYTES;
use crate::protocol::{ImageGrid, Look, Looked};

/// Images of a walk, both ends among them: as many as half a screen of 120×40 shows, each with a word.
const WALK: usize = 9;
/// Images of a dimension, its middle among them, and how far it goes in standard deviations.
const DIMENSION: (usize, f64) = (7, 3.0);
/// Training images beside a sample.
const NEAREST: usize = 8;

impl Trainer {
    /// What a look comes to, or why there is nothing to see.
    pub(super) fn see(&mut self, look: Look) -> Result<Result<Looked, String>, TrainError> {
        let latents = self.preview.latents()?;
        let of = |sample: usize| {
            let latent = latents.get(sample - 1);
            latent.ok_or_else(|| {
                let count = latents.len();
                format!("there is no sample {sample}: those drawn from latents are 1 to {count}")
            })
        };
        let (title, wanted, captions) = match look {
            Look::Walk(from, to) => match (of(from), of(to)) {
                (Ok(a), Ok(b)) => {
                    let way = evenly(0.0, 1.0, WALK).into_iter();
                    let mut captions = vec![String::new(); WALK];
                    captions[0] = from.to_string();
                    captions[WALK - 1] = to.to_string();
                    (
                        format!("from sample {from} to sample {to}"),
                        way.map(|t| slerp(a, b, t)).collect::<Vec<_>>(),
                        captions,
                    )
                }
                (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason)),
            },
            Look::Dimension(sample, index) => match of(sample) {
                Ok(latent) if index < latent.len() => {
                    let (count, reach) = DIMENSION;
                    let values = evenly(-reach, reach, count);
                    let with = |value: &f64| {
                        let mut latent = latent.clone();
                        latent[index] = *value as f32;
                        latent
                    };
                    (
                        format!("dimension {index} of sample {sample}"),
                        values.iter().map(with).collect(),
                        values.iter().map(|value| format!("{value:+.1}")).collect(),
                    )
                }
                Ok(latent) => {
                    let last = latent.len() - 1;
                    return Ok(Err(format!("latents have the dimensions 0 to {last}")));
                }
                Err(reason) => return Ok(Err(reason)),
            },
            Look::Neighbours(sample) => match of(sample) {
                Ok(latent) => return self.neighbours_of(sample, latent).map(Ok),
                Err(reason) => return Ok(Err(reason)),
            },
            Look::Real => return self.real_images().map(Ok),
        };
        Ok(Ok(Looked {
            title,
            images: preview::draw_latents(self.model.drawing(), &wanted)?.into(),
            captions,
            request: None,
        }))
    }

    fn neighbours_of(&self, sample: usize, latent: &[f32]) -> Result<Looked, TrainError> {
        let mut grid = preview::draw_latents(self.model.drawing(), &[latent.to_vec()])?;
        let training = self.pixels.images();
        let mut captions = vec![format!("sample {sample}")];
        for near in neighbours(&grid.pixels, training, NEAREST) {
            grid.pixels
                .extend(&training.pixels[near.index * IMAGE_BYTES..][..IMAGE_BYTES]);
            captions.push(format!("{:.2}", near.distance));
        }
        Ok(Looked {
            title: format!("training images nearest to sample {sample}, by L2 distance"),
            images: grid.into(),
            captions,
            request: None,
        })
    }

    /// The images whose variety that of the samples is compared with, and what D makes of them.
    fn real_images(&mut self) -> Result<Looked, TrainError> {
        let is_probability = self.objective.info().score_is_probability;
        let scores = self.preview.draw(&self.model, is_probability)?.real_scores;
        let training = self.pixels.images();
        let indices = chosen(&self.config, training.len());
        let image = |index: &u32| &training.pixels[*index as usize * IMAGE_BYTES..][..IMAGE_BYTES];
        let caption = |score: &f32| {
            if is_probability {
                format!("{score:.2}")
            } else {
                format!("{score:+.1}")
            }
        };
        Ok(Looked {
            title: format!("real images of {}", self.dataset.name),
            images: ImageGrid::digits(indices.iter().flat_map(image).copied().collect()).into(),
            captions: scores.iter().map(caption).collect(),
            request: None,
        })
    }
}
