//! What somebody who watches asks to see: it is drawn between two steps, and nothing of the run changes.

use crate::data::IMAGE_BYTES;
use crate::protocol::{ImageGrid, Look, Looked};
use crate::train::TrainError;
use crate::train::sampling::latent::{evenly, neighbours, slerp};
use crate::train::sampling::preview::{self, chosen};
use crate::train::trainer::Trainer;

/// Images of a walk, both ends among them: as many as half a screen of 120×40 shows, each with a word.
const WALK: usize = 9;
/// Images of a dimension, its middle among them, and how far it goes in standard deviations.
const DIMENSION: (usize, f64) = (7, 3.0);
/// Training images beside a sample.
const NEAREST: usize = 8;

/// What is to be drawn, with a word to each image.
struct Plan {
    title: String,
    latents: Vec<Vec<f32>>,
    captions: Vec<String>,
}

impl Trainer {
    /// What a look comes to, or why there is nothing to see.
    pub(in crate::train) fn see(
        &mut self,
        look: Look,
    ) -> Result<Result<Looked, String>, TrainError> {
        if look == Look::Real {
            return self.real_images().map(Ok);
        }
        let mut plan = match plan(look, &self.preview.latents()?) {
            Ok(plan) => plan,
            Err(reason) => return Ok(Err(reason)),
        };
        let mut images = preview::draw_latents(self.model.sampler(), &plan.latents)?;
        if let Look::Neighbours(_) = look {
            self.add_neighbours(&mut images, &mut plan.captions);
        }
        Ok(Ok(Looked {
            request: None,
            title: plan.title,
            images: images.into(),
            captions: plan.captions,
        }))
    }

    /// Puts the training images nearest to an image behind it, with their distances.
    fn add_neighbours(&self, images: &mut ImageGrid, captions: &mut Vec<String>) {
        let training = self.pixels.images();
        for near in neighbours(&images.pixels, training, NEAREST) {
            let pixels = &training.pixels[near.index * IMAGE_BYTES..][..IMAGE_BYTES];
            images.pixels.extend(pixels);
            captions.push(format!("{:.2}", near.distance));
        }
    }

    /// The images whose variety that of the samples is compared with, and what D makes of them.
    fn real_images(&mut self) -> Result<Looked, TrainError> {
        let objective = self.objective.info();
        let scores = self
            .preview
            .real_scores(&self.model, objective.score_is_probability)?;
        let training = self.pixels.images();
        let indices = chosen(&self.config, training.len());
        let image = |index: &u32| &training.pixels[*index as usize * IMAGE_BYTES..][..IMAGE_BYTES];
        Ok(Looked {
            request: None,
            title: format!("real images of {}", self.dataset.name),
            images: ImageGrid::digits(indices.iter().flat_map(image).copied().collect()).into(),
            captions: scores.iter().map(|s| objective.score_text(*s)).collect(),
        })
    }
}

/// The latents of a look that begins with samples, or why there are none.
fn plan(look: Look, latents: &[Vec<f32>]) -> Result<Plan, String> {
    let of = |sample: usize| {
        let latent = sample.checked_sub(1).and_then(|index| latents.get(index));
        latent.ok_or_else(|| {
            let count = latents.len();
            format!("there is no sample {sample}: those drawn from latents are 1 to {count}")
        })
    };
    Ok(match look {
        Look::Walk(from, to) => {
            let (a, b) = (of(from)?, of(to)?);
            let mut captions = vec![String::new(); WALK];
            captions[0] = from.to_string();
            captions[WALK - 1] = to.to_string();
            Plan {
                title: format!("from sample {from} to sample {to}"),
                latents: evenly(0.0, 1.0, WALK)
                    .into_iter()
                    .map(|t| slerp(a, b, t))
                    .collect(),
                captions,
            }
        }
        Look::Dimension(sample, index) => {
            let latent = of(sample)?;
            if index >= latent.len() {
                let last = latent.len() - 1;
                return Err(format!("latents have the dimensions 0 to {last}"));
            }
            let (count, reach) = DIMENSION;
            let values = evenly(-reach, reach, count);
            let with = |value: &f64| {
                let mut latent = latent.clone();
                latent[index] = *value as f32;
                latent
            };
            Plan {
                title: format!("dimension {index} of sample {sample}"),
                latents: values.iter().map(with).collect(),
                captions: values.iter().map(|value| format!("{value:+.1}")).collect(),
            }
        }
        Look::Neighbours(sample) => Plan {
            title: format!("training images nearest to sample {sample}, by L2 distance"),
            latents: vec![of(sample)?.clone()],
            captions: vec![format!("sample {sample}")],
        },
        Look::Real => return Err("real images have no latents".to_owned()),
    })
}
