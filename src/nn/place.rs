//! The places of a network's modules in `PyTorch`, and the names of their parameters: one `nn.Sequential` called `model`, in which batch
//! norms and activations are modules of their own, and so are residual blocks, which are Sequentials again.

use std::fmt::{self, Display, Formatter};

use super::Activation;
use super::layer::{LayerSpec, Map, Shift};
use super::residual;

/// The place of a module: `3`, or `3.0` within a residual block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    block: Option<usize>,
    module: usize,
}

impl Place {
    /// That of the module behind it.
    fn next(self) -> Self {
        Self {
            module: self.module + 1,
            ..self
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(block) = self.block {
            write!(f, "{block}.")?;
        }
        write!(f, "{}", self.module)
    }
}

/// The place of each layer's map.
pub fn of_maps(specs: &[LayerSpec]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut at = Place {
        block: None,
        module: 0,
    };
    for (i, spec) in specs.iter().enumerate() {
        if residual::last_of_block(specs, i).is_some() {
            at = Place {
                block: Some(at.module),
                module: 0,
            };
        }
        at.module += usize::from(spec.flattens);
        places.push(at);
        at.module += 1 + usize::from(spec.shift == Shift::BatchNorm);
        if let (1.., Some(block)) = (spec.block, at.block) {
            at = Place {
                block: None,
                module: block + 1,
            };
        }
        at.module += usize::from(spec.activation != Activation::Identity);
    }
    places
}

/// Names and shapes of the parameters of these layers.
pub fn shapes(specs: &[LayerSpec]) -> Vec<(String, Vec<usize>)> {
    let layers = specs.iter().zip(of_maps(specs));
    layers.flat_map(|(spec, at)| of_layer(spec, at)).collect()
}

/// Those of the layer whose map stands at `place`.
fn of_layer(spec: &LayerSpec, place: Place) -> Vec<(String, Vec<usize>)> {
    let channels = spec.map.output().channels;
    let named = |place: Place, name: &str, shape: &[usize]| {
        (format!("model.{place}.{name}"), shape.to_vec())
    };
    let weight = match spec.map {
        Map::Linear { inputs, outputs } => vec![outputs, inputs],
        Map::Convolution(link) if spec.flattens => {
            vec![link.small.channels, link.large.values()]
        }
        Map::Convolution(link) | Map::Transposed(link) => link.weight().to_vec(),
    };
    let mut shapes = vec![named(place, "weight", &weight)];
    match spec.shift {
        Shift::Bias => shapes.push(named(place, "bias", &[channels])),
        Shift::BatchNorm => {
            for name in ["weight", "bias", "running_mean", "running_var"] {
                shapes.push(named(place.next(), name, &[channels]));
            }
        }
    }
    shapes
}
