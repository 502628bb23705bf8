//! The subcommands: which latents to generate images from, and what to show next to these.

use anyhow::anyhow;

use super::{View, What};
use crate::cli::Failure;
use crate::data::Dataset;
use crate::protocol::ImageGrid;
use crate::rng::Stream;
use crate::train::{self, Explorer, along, evenly, plane, with_neighbours};

/// Generates the view. `data` is loaded if real images are shown.
pub(super) fn look(
    explorer: &Explorer,
    what: &What,
    (seed, class): (u64, Option<&str>),
    data: impl FnOnce() -> Result<Dataset, Failure>,
) -> Result<View, Failure> {
    let start = Start {
        seed,
        class: class_of(explorer, "--class", class)?.unwrap_or(0),
    };
    match what {
        What::Walk {
            to,
            to_class,
            count,
        } => {
            let class = class_of(explorer, "--to-class", to_class.as_deref())?;
            let end = Start {
                seed: to.unwrap_or(if class.is_some() { seed } else { 1 }),
                class: class.unwrap_or(start.class),
            };
            walk(explorer, start, end, *count)
        }
        What::Dimension {
            index,
            reach,
            count,
        } => dimensions(explorer, start, index, *reach, *count),
        What::Neighbours { count, nearest } => {
            next_to_training(explorer, start, *count, *nearest, &data()?)
        }
        What::Reconstruct { count } => reconstructions(explorer, seed, *count, &data()?),
        What::Map { side, reach } => map(explorer, start, *side, *reach),
    }
}

/// The first image of a view.
#[derive(Clone, Copy)]
struct Start {
    seed: u64,
    class: usize,
}

impl Start {
    fn latent(self, explorer: &Explorer) -> Vec<f32> {
        explorer.latent(self.seed, self.class)
    }

    /// `seed 3`, and of a conditional run `seed 3 of class cat`.
    fn words(self, explorer: &Explorer) -> String {
        let name = explorer
            .classes()
            .and_then(|classes| classes.names().get(self.class));
        let class = name.map(|name| format!(" of class {name}"));
        format!("seed {}{}", self.seed, class.unwrap_or_default())
    }
}

/// The number of the class that a flag names.
fn class_of(
    explorer: &Explorer,
    flag: &str,
    class: Option<&str>,
) -> Result<Option<usize>, Failure> {
    let Some(class) = class else {
        return Ok(None);
    };
    let Some(classes) = explorer.classes() else {
        return Err(Failure::Input(anyhow!(
            "{flag} {class}: the run is not conditional; expected one that was trained with --conditional"
        )));
    };
    let found = classes.find(class).ok_or_else(|| {
        Failure::Input(anyhow!(
            "{flag} {class}: found no such class, expected one of {}",
            classes.names().join(", ")
        ))
    })?;
    Ok(Some(found))
}

fn walk(explorer: &Explorer, start: Start, end: Start, count: usize) -> Result<View, Failure> {
    let (a, b) = (start.latent(explorer), end.latent(explorer));
    let latents = train::walk(&a, &b, count);
    Ok(View {
        images: explorer.generate(&latents).map_err(Failure::run)?,
        columns: count.min(16),
        words: format!(
            "interpolation from {} to {}",
            start.words(explorer),
            end.words(explorer)
        ),
        lines: Vec::new(),
    })
}

fn dimensions(
    explorer: &Explorer,
    from: Start,
    indices: &[usize],
    reach: f64,
    count: usize,
) -> Result<View, Failure> {
    check_reach(reach)?;
    let start = from.latent(explorer);
    let values = evenly(-reach, reach, count);
    let mut latents = Vec::new();
    for index in indices {
        let dim = explorer.latent_dim();
        latents.extend(along(&start, *index, &values).ok_or_else(|| {
            Failure::Input(anyhow!(
                "INDEX: expected 0 to {}, found {index}: the run's latents have {dim} dimensions",
                dim - 1
            ))
        })?);
    }
    let names: Vec<String> = indices.iter().map(ToString::to_string).collect();
    Ok(View {
        images: explorer.generate(&latents).map_err(Failure::run)?,
        columns: count,
        words: format!(
            "dimension {} from {} to {reach}, {}",
            names.join(", "),
            -reach,
            from.words(explorer)
        ),
        lines: Vec::new(),
    })
}

fn next_to_training(
    explorer: &Explorer,
    Start { seed, class }: Start,
    count: usize,
    nearest: usize,
    dataset: &Dataset,
) -> Result<View, Failure> {
    let latents: Vec<_> = (seed..)
        .take(count)
        .map(|s| explorer.latent(s, class))
        .collect();
    let drawn = explorer.generate(&latents).map_err(Failure::run)?;
    let (images, found) = with_neighbours(&drawn, &dataset.train, nearest);
    let lines = (seed..).zip(&found).map(|(seed, near)| {
        let places = near.iter();
        let places: Vec<String> = places
            .map(|n| format!("{} ({:.2})", n.index, n.distance))
            .collect();
        format!("  seed {seed}: {}", places.join(", "))
    });
    Ok(View {
        images,
        columns: nearest + 1,
        words: format!(
            "{count} samples, each with the {nearest} nearest training images of {} (index and distance below)",
            dataset.title
        ),
        lines: lines.collect(),
    })
}

fn reconstructions(
    explorer: &Explorer,
    seed: u64,
    count: usize,
    dataset: &Dataset,
) -> Result<View, Failure> {
    let (images, which) = match &dataset.test {
        Some(test) => (test, "held-out"),
        None => (&dataset.train, "training"),
    };
    let mut stream = Stream::new(seed, "reconstructions");
    let count = count.min(images.len());
    let mut order: Vec<u32> = (0..images.len() as u32).collect();
    stream.shuffle(&mut order);
    order.truncate(count);
    let again = explorer.reconstruct(images, &order).map_err(Failure::run)?;
    let Some(again) = again else {
        return Err(Failure::Input(anyhow!(
            "expected a run of objective vae, found one without an encoder: `walk`, `dimension` and `neighbours` work with any"
        )));
    };
    let mut pixels = Vec::new();
    for (i, index) in order.iter().enumerate() {
        pixels.extend_from_slice(images.image(*index as usize).unwrap_or_default());
        pixels.extend_from_slice(again.image(i).unwrap_or_default());
    }
    Ok(View {
        images: ImageGrid::new(images.shape(), pixels),
        columns: 8,
        words: format!("{count} {which} images, each left of its reconstruction,"),
        lines: Vec::new(),
    })
}

fn map(explorer: &Explorer, start: Start, side: usize, reach: f64) -> Result<View, Failure> {
    if explorer.latent_dim() != 2 {
        return Err(Failure::Input(anyhow!(
            "expected a run whose latents have 2 dimensions (`--set latent_dim=2`), found {}: `walk` and `dimension` work with any",
            explorer.latent_dim()
        )));
    }
    check_reach(reach)?;
    let mut latents = plane(side, reach);
    // The class, where there is one, follows the two dimensions.
    let class = start.latent(explorer).split_off(explorer.latent_dim());
    for latent in &mut latents {
        latent.extend(&class);
    }
    Ok(View {
        images: explorer.generate(&latents).map_err(Failure::run)?,
        columns: side,
        words: format!("the plane from -{reach} to {reach} in both dimensions"),
        lines: Vec::new(),
    })
}

fn check_reach(reach: f64) -> Result<(), Failure> {
    if reach.is_finite() && reach > 0.0 {
        return Ok(());
    }
    Err(Failure::Input(anyhow!(
        "--reach: expected a number above 0, found {reach}"
    )))
}
