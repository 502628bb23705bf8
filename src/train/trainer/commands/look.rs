//! `look`: shows a viewer what it asks to see. The images are generated between two steps, and nothing of the run changes.

use super::{CommandError, Done, Outcome, Trainer};
use crate::protocol::{Look, Looked};
use crate::train::TrainError;
use crate::train::sampling::preview::{self, chosen};
use crate::train::sampling::{along, evenly, walk, with_neighbours};

/// Images of a walk, both ends among them: as many as half a screen of 120×40 shows, each with a caption.
const WALK: usize = 9;
/// Images of a dimension, its middle among them, and how far it goes in standard deviations.
const DIMENSION: (usize, f64) = (7, 3.0);
/// Training images next to a sample.
const NEAREST: usize = 8;

/// The latents to generate images from, with a caption for each.
struct Plan {
    title: String,
    latents: Vec<Vec<f32>>,
    captions: Vec<String>,
}

pub(super) fn apply(trainer: &mut Trainer, look: Look) -> Outcome {
    match look {
        Look::Real => return Ok(Done::Seen(trainer.real_images()?)),
        Look::Raw => return trainer.raw_samples(),
        Look::Walk(..) | Look::Dimension(..) | Look::Neighbours(_) => {}
    }
    let latents = trainer.preview.latents()?;
    let plan = plan(look, &latents).map_err(CommandError::Rejected)?;
    let sampler = trainer.learner.model().sampler();
    let shape = trainer.learner.images().shape();
    let mut images = preview::generate_from(sampler, shape, &plan.latents)?;
    let mut captions = plan.captions;
    if let Look::Neighbours(_) = look {
        let (grid, found) = with_neighbours(&images, trainer.learner.images(), NEAREST);
        images = grid;
        let distances = found.iter().flatten().map(|near| near.distance);
        captions.extend(distances.map(|distance| format!("{distance:.2}")));
    }
    Ok(Done::Seen(Looked {
        request: None,
        title: plan.title,
        images: images.into(),
        captions,
    }))
}

impl Trainer {
    /// The images whose variety that of the samples is compared with, and the discriminator's scores of them.
    fn real_images(&mut self) -> Result<Looked, TrainError> {
        let objective = self.learner.objective().info();
        let scores = self
            .preview
            .real_scores(self.learner.model(), objective.score_is_probability)?;
        let training = self.learner.images();
        let indices = chosen(&self.setup.config, training.len());
        Ok(Looked {
            request: None,
            title: format!("real images of {}", self.setup.dataset.name),
            images: training.gather(&indices).into(),
            captions: scores.iter().map(|s| objective.score_text(*s)).collect(),
        })
    }

    /// The samples of the fixed latents by the weights without average.
    fn raw_samples(&mut self) -> Outcome {
        let model = self.learner.model();
        if model.average().is_none() {
            let why = "the samples are those of the weights without average: `ema.decay` is 0";
            return Err(CommandError::Rejected(why.to_owned()));
        }
        let latents = self.preview.latents()?;
        let shape = self.learner.images().shape();
        let images = preview::generate_from(model.networks()[0].network(), shape, &latents)?;
        Ok(Done::Seen(Looked {
            request: None,
            title: "samples without average".to_owned(),
            captions: (1..=images.count()).map(|n| n.to_string()).collect(),
            images: images.into(),
        }))
    }
}

/// The latents of a look that starts from samples, or why there are none.
fn plan(look: Look, latents: &[Vec<f32>]) -> Result<Plan, String> {
    let of = |sample: usize| {
        let latent = sample.checked_sub(1).and_then(|index| latents.get(index));
        latent.ok_or_else(|| {
            let count = latents.len();
            format!("there is no sample {sample}: those generated from latents are 1 to {count}")
        })
    };
    Ok(match look {
        Look::Walk(from, to) => {
            let mut captions = vec![String::new(); WALK];
            captions[0] = from.to_string();
            captions[WALK - 1] = to.to_string();
            Plan {
                title: format!("from sample {from} to sample {to}"),
                latents: walk(of(from)?, of(to)?, WALK),
                captions,
            }
        }
        Look::Dimension(sample, index) => {
            let latent = of(sample)?;
            let (count, reach) = DIMENSION;
            let values = evenly(-reach, reach, count);
            let Some(latents) = along(latent, index, &values) else {
                let last = latent.len() - 1;
                return Err(format!("latents have the dimensions 0 to {last}"));
            };
            Plan {
                title: format!("dimension {index} of sample {sample}"),
                latents,
                captions: values.iter().map(|value| format!("{value:+.1}")).collect(),
            }
        }
        Look::Neighbours(sample) => Plan {
            title: format!("training images nearest to sample {sample}, by L2 distance"),
            latents: vec![of(sample)?.clone()],
            captions: vec![format!("sample {sample}")],
        },
        Look::Real | Look::Raw => return Err("it does not start from a sample".to_owned()),
    })
}
