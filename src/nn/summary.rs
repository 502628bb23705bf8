//! Networks for people: their layers, one by one.

use serde::Serialize;

use super::Activation;
use super::layer::{LayerSpec, Map, Shift, Window};
use super::place;
use super::residual;

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerSummary {
    /// The number of its map in the `nn.Sequential`, as its parameters are named: `3`, within a residual block `3.0`.
    pub index: String,
    /// The map, as in `PyTorch`: `Conv2d(3, 64, 4, 2, 1)`; of a flattened plane `Flatten(), Linear(1024, 1)`.
    pub map: String,
    /// What follows it: `BatchNorm, ReLU`; `+ x` where a residual block's input is added; empty for nothing.
    pub then: String,
    /// What it gives: channels, height, width.
    pub output: [usize; 3],
    /// What is learnt in it.
    pub parameters: u64,
    /// Floating-point operations of a forward pass of one image: two for each multiplication.
    pub flop: u64,
}

/// The layers of a network.
#[must_use]
pub fn layers(specs: &[LayerSpec]) -> Vec<LayerSummary> {
    let layers = specs.iter().zip(place::of_maps(specs));
    layers
        .map(|(spec, place)| {
            let output = spec.map.output();
            let norm = (spec.shift == Shift::BatchNorm).then_some("BatchNorm");
            let sum = (spec.block > 0).then_some("+ x");
            let activation = activation(spec.activation);
            let then = norm.into_iter().chain(sum).chain(activation.as_deref());
            LayerSummary {
                index: place.to_string(),
                map: map(spec),
                then: then.collect::<Vec<_>>().join(", "),
                output: [output.channels, output.height, output.width],
                parameters: spec.parameters(),
                flop: 2 * spec.products(),
            }
        })
        .collect()
}

fn map(spec: &LayerSpec) -> String {
    let flatten = if spec.flattens { "Flatten(), " } else { "" };
    // A batch norm has a bias of its own.
    let bias = match spec.shift {
        Shift::Bias => "",
        Shift::BatchNorm => ", bias=False",
    };
    let link = spec.map.link();
    let Window {
        kernel,
        stride,
        padding,
    } = link.window;
    let windows = match (stride, padding) {
        (1, 0) => format!("{kernel}"),
        (_, 0) => format!("{kernel}, {stride}"),
        _ => format!("{kernel}, {stride}, {padding}"),
    };
    let (small, large) = (link.small.channels, link.large.channels);
    match spec.map {
        Map::Linear { inputs, outputs } => format!("{flatten}Linear({inputs}, {outputs}{bias})"),
        Map::Convolution(_) if spec.flattens => {
            format!("{flatten}Linear({}, {small}{bias})", link.large.values())
        }
        Map::Convolution(_) => format!("Conv2d({large}, {small}, {windows}{bias})"),
        Map::Transposed(_) => format!("ConvTranspose2d({small}, {large}, {windows}{bias})"),
    }
}

/// The modules of a network, one a line, as [`super::Described`] takes them.
#[must_use]
pub fn modules(specs: &[LayerSpec]) -> String {
    let (mut modules, mut block) = (Vec::new(), 0);
    for (i, spec) in specs.iter().enumerate() {
        if residual::last_of_block(specs, i).is_some() {
            block = modules.len();
        }
        modules.push(map(spec));
        if spec.shift == Shift::BatchNorm {
            let dimensions = match spec.map {
                Map::Linear { .. } => 1,
                _ => 2,
            };
            let channels = spec.map.output().channels;
            modules.push(format!("BatchNorm{dimensions}d({channels})"));
        }
        if spec.block > 0 {
            let within = modules.split_off(block).join(", ");
            modules.push(format!("Residual({within})"));
        }
        modules.extend(activation(spec.activation).map(|activation| {
            let call = if activation.ends_with(')') { "" } else { "()" };
            activation + call
        }));
    }
    modules.into_iter().map(|module| module + "\n").collect()
}

fn activation(activation: Activation) -> Option<String> {
    match activation {
        Activation::Identity => None,
        Activation::Relu => Some("ReLU".to_owned()),
        Activation::LeakyRelu(slope) => Some(format!("LeakyReLU({slope})")),
        Activation::Tanh => Some("Tanh".to_owned()),
    }
}

/// Bytes of the networks of an adversarial run with a batch of `rows`: parameters with gradients and two moments, and the values
/// and gradients between layers and beside batch norms, where the discriminator sees both halves of a batch together and either alone.
#[must_use]
pub fn bytes([generator, discriminator]: [&[LayerSpec]; 2], rows: usize) -> (u64, u64) {
    /// A value, its gradient and two moments.
    const COPIES: u64 = 4;
    let value = size_of::<f32>() as u64;
    let parameters: u64 = [generator, discriminator]
        .into_iter()
        .flatten()
        .map(|spec| spec.parameters())
        .sum();
    let between = |specs: &[LayerSpec], rows: usize| -> u64 {
        let first = specs.first().map_or(0, |spec| spec.inputs());
        let planes = |spec: &LayerSpec| match spec.shift {
            Shift::Bias => 2,
            Shift::BatchNorm => 3 + usize::from(spec.block > 0),
        };
        let all = specs.iter().map(|spec| planes(spec) * spec.outputs());
        (rows * (2 * first + all.sum::<usize>())) as u64
    };
    let activations = between(generator, rows) + between(discriminator, 3 * rows);
    (value * COPIES * parameters, value * activations)
}
