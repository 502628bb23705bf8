//! Networks that a person describes, module by module, in `PyTorch`'s words: the body of an `nn.Sequential`.
//!
//! Their sizes are written out, as there, so that a mistake is found where it was made.

mod build;
mod module;
mod text;

use build::Building;
use module::Part;

use crate::nn::layer::LayerSpec;
use crate::shape::ImageShape;

/// Both networks of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Described {
    /// The generator's modules, from a latent to an image in [-1, 1].
    pub generator: String,
    /// The discriminator's modules, from an image to a logit.
    pub discriminator: String,
}

/// What is wrong with the description of a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {network}{place}: {problem}")]
pub struct DescriptionError {
    network: &'static str,
    place: String,
    problem: ModuleError,
}

/// What is wrong with one module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
struct ModuleError(String);

impl ModuleError {
    fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

impl Described {
    /// The layers of the generator, from `latent_dim` values; the first layer takes one value more for each of so many classes.
    pub(super) fn generator(
        &self,
        (latent_dim, classes): (usize, usize),
        image: ImageShape,
    ) -> Result<Vec<LayerSpec>, DescriptionError> {
        const NETWORK: &str = "generator";
        let start = Building::generator(latent_dim);
        let building = build(NETWORK, &self.generator, start)?;
        let layers = building.into_generator(latent_dim, classes, image);
        layers.map_err(|problem| at_the_end(NETWORK, problem))
    }

    /// The layers of the discriminator, whose last one gives `outputs` values instead of one.
    pub(super) fn discriminator(
        &self,
        image: ImageShape,
        outputs: usize,
    ) -> Result<Vec<LayerSpec>, DescriptionError> {
        const NETWORK: &str = "discriminator";
        let start = Building::discriminator(image);
        let building = build(NETWORK, &self.discriminator, start)?;
        let layers = building.into_discriminator(outputs);
        layers.map_err(|problem| at_the_end(NETWORK, problem))
    }
}

fn build(
    network: &'static str,
    description: &str,
    mut building: Building,
) -> Result<Building, DescriptionError> {
    for (i, text) in text::modules(description).into_iter().enumerate() {
        add(&mut building, &i.to_string(), &text).map_err(|(place, problem)| DescriptionError {
            network,
            place,
            problem,
        })?;
    }
    Ok(building)
}

/// Adds what stands at a place, numbered as `PyTorch` counts modules and names their parameters; or says which module has a mistake.
fn add(building: &mut Building, number: &str, text: &str) -> Result<(), (String, ModuleError)> {
    let here = |problem| {
        let place = format!(", module {number}, `{}`", text::line(text));
        (place, problem)
    };
    match Part::read(text).map_err(here)? {
        Part::Module(module) => building.add(module).map_err(here),
        Part::Residual(modules) => {
            building.begin_block().map_err(here)?;
            for (i, text) in modules.iter().enumerate() {
                add(building, &format!("{number}.{i}"), text)?;
            }
            building.end_block().map_err(here)
        }
    }
}

fn at_the_end(network: &'static str, problem: ModuleError) -> DescriptionError {
    DescriptionError {
        network,
        place: String::new(),
        problem,
    }
}

#[cfg(test)]
mod tests;
