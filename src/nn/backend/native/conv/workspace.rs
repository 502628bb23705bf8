//! The workspace of a network with convolutions, on slices.

use std::ops::Range;

use super::after::After;
use super::maps::Maps;
use super::norm::{self, Moments};
use super::plan::border_of_small;
use super::ways::Ways;
use crate::nn::backend::Statistics;
use crate::nn::layer::Plane;
use crate::nn::layer::{LayerSpec, Map, Shift};
use crate::nn::matrix::Accumulation;
use crate::nn::residual::last_of_block;

/// The positions of a layer's parameters within the network's.
#[derive(Debug)]
struct Places {
    weight: Range<usize>,
    bias: Range<usize>,
    /// Scale, running mean and running variance of a batch norm.
    norm: Option<[Range<usize>; 3]>,
}

/// One layer.
#[derive(Debug)]
struct Stage {
    spec: LayerSpec,
    places: Places,
    ways: Ways,
    norm: Option<Norm>,
    /// The last layer of the residual block that begins with this one.
    last_of_block: Option<usize>,
}

/// A batch norm.
#[derive(Debug)]
struct Norm {
    /// What the map gives.
    raw: Maps,
    moments: Moments,
    /// Where a residual block ends: the gradient at the norm's output, which is needed once more where the block begins.
    kept: Option<Maps>,
}

impl Stage {
    fn weights<'a>(&self, params: &'a [f32]) -> &'a [f32] {
        &params[self.places.weight.clone()]
    }

    /// What is added before the activation, where a residual block ends: what its first layer reads. `read` are the planes that layers
    /// read, up to this one's.
    fn added<'m>(&self, read: &'m [Maps]) -> Option<&'m Maps> {
        let first = read.len().checked_sub(self.spec.block)?;
        read.get(first)
    }

    /// The gradient of the weights from what the layer reads and the gradient at the output of its map.
    fn weight_grad(
        &self,
        between: (&Maps, &Maps),
        accumulation: Accumulation,
        sums: &mut Vec<f32>,
        grads: &mut [f32],
    ) {
        let out = &mut grads[self.places.weight.clone()];
        self.ways.weight_grad(between, accumulation, sums, out);
    }
}

/// The values of one pass through a network, and the gradients of the backward pass.
#[derive(Debug)]
pub struct Workspace {
    statistics: Statistics,
    stages: Vec<Stage>,
    /// What each layer reads, and what the last one gives.
    values: Vec<Maps>,
    /// The gradients by these, before the activation that gave them.
    deltas: Vec<Maps>,
    /// Memory for the sums of weights' gradients.
    sums: Vec<f32>,
}

impl Workspace {
    /// A workspace for `rows` rows.
    pub fn new(specs: &[LayerSpec], rows: usize, statistics: Statistics) -> Self {
        let borders = borders(specs);
        let maps = |rows: usize| -> Vec<Maps> {
            planes(specs)
                .zip(&borders)
                .map(|(shape, border)| Maps::new(rows, shape, *border))
                .collect()
        };
        // Where values lie in an image does not depend on the number of images.
        let layout = maps(0);
        let mut end = 0;
        let mut next = |count: usize| {
            end += count;
            end - count..end
        };
        let pairs = specs.iter().zip(layout.windows(2)).enumerate();
        let stages = pairs.map(|(i, (spec, maps))| {
            let link = spec.map.link();
            let (input, output) = (&maps[0], &maps[1]);
            let channels = output.shape.channels;
            let weight = next(link.weight().into_iter().product());
            let (places, norm) = match spec.shift {
                Shift::Bias => {
                    let bias = next(channels);
                    (
                        Places {
                            weight,
                            bias,
                            norm: None,
                        },
                        None,
                    )
                }
                Shift::BatchNorm => {
                    let scale = next(channels);
                    let bias = next(channels);
                    let norm = Some([scale, next(channels), next(channels)]);
                    let maps = || Maps::new(rows, output.shape, output.border);
                    (
                        Places { weight, bias, norm },
                        Some(Norm {
                            raw: maps(),
                            moments: Moments::default(),
                            kept: (spec.block > 0).then(maps),
                        }),
                    )
                }
            };
            Stage {
                spec: *spec,
                places,
                ways: Ways::new(spec.map, input, output),
                norm,
                last_of_block: last_of_block(specs, i),
            }
        });
        Self {
            statistics,
            stages: stages.collect(),
            values: maps(rows),
            deltas: maps(rows),
            sums: Vec::new(),
        }
    }

    /// Runs `x` through the network with these parameters; writes the output to `out`. Both are row-major.
    pub fn forward(&mut self, params: &[f32], x: &[f32], out: &mut [f32]) {
        let statistics = self.statistics;
        if let Some(input) = self.values.first_mut() {
            input.read(x);
        }
        for (i, stage) in self.stages.iter_mut().enumerate() {
            let (below, above) = self.values.split_at_mut(i + 1);
            let (Some(input), Some(output)) = (below.last(), above.first_mut()) else {
                return;
            };
            let weights = stage.weights(params);
            stage.ways.pack_up(weights);
            let bias = &params[stage.places.bias.clone()];
            let activation = stage.spec.activation;
            let plus = stage.added(below);
            let (Some(Norm { raw, moments, .. }), Some([scale, mean, variance])) =
                (&mut stage.norm, &stage.places.norm)
            else {
                let after = After::activate(bias, activation).plus(plus);
                stage.ways.up(input, after, output);
                continue;
            };
            stage.ways.up(input, After::NOTHING, raw);
            match statistics {
                Statistics::OfBatch => moments.of(raw),
                Statistics::Running => {
                    moments.set(&params[mean.clone()], &params[variance.clone()]);
                }
            }
            let scale = &params[scale.clone()];
            norm::normalise(raw, moments, (scale, bias), (plus, activation), output);
        }
        if let Some(last) = self.values.last() {
            last.write(out);
        }
    }

    /// The moments of each layer with a batch norm in the newest pass, and the values that each is of, where they are those of the
    /// batch.
    pub fn moments(&self) -> impl Iterator<Item = (usize, &Moments, usize)> {
        let of_batch = self.statistics == Statistics::OfBatch;
        self.stages
            .iter()
            .enumerate()
            .filter(move |_| of_batch)
            .filter_map(|(i, stage)| {
                let Norm { raw, moments, .. } = stage.norm.as_ref()?;
                Some((i, moments, raw.rows * raw.shape.height * raw.shape.width))
            })
    }

    /// Whether its batch norms take running moments, which no gradient passes.
    pub fn is_fixed(&self) -> bool {
        self.statistics == Statistics::Running
            && self.stages.iter().any(|stage| stage.norm.is_some())
    }

    /// Whether it has batch norms, which penalties on gradients do not pass.
    pub fn has_norms(&self) -> bool {
        self.stages.iter().any(|stage| stage.norm.is_some())
    }

    /// Backpropagates from `output_grad`; the gradient by the input, `input`, is row-major too. Gradients of parameters are only
    /// computed if `grads` are given.
    pub fn backward(
        &mut self,
        params: &[f32],
        output_grad: &[f32],
        mut grads: Option<&mut [f32]>,
        input: Option<&mut [f32]>,
    ) {
        let last = self.stages.len();
        if let (Some(delta), Some(y), Some(stage)) = (
            self.deltas.last_mut(),
            self.values.last(),
            self.stages.last(),
        ) {
            delta.read(output_grad);
            norm::derive(delta, y, stage.spec.activation);
        }
        for i in (0..last).rev() {
            self.norm_back(params, i, grads.as_deref_mut());
            if let Some(grads) = grads.as_deref_mut() {
                let stage = &self.stages[i];
                if stage.norm.is_none() {
                    let out = &mut grads[stage.places.bias.clone()];
                    norm::channel_sums(&self.deltas[i + 1], out);
                }
                let between = (&self.values[i], &self.deltas[i + 1]);
                stage.weight_grad(between, Accumulation::Overwrite, &mut self.sums, grads);
            }
            self.down(params, i, input.is_some());
        }
        if let (Some(input), Some(delta)) = (input, self.deltas.first()) {
            delta.write(input);
        }
    }

    /// The gradient at the output of a batch norm becomes that at the output of its map.
    fn norm_back(&mut self, params: &[f32], index: usize, grads: Option<&mut [f32]>) {
        let stage = &mut self.stages[index];
        let (Some(Norm { raw, moments, kept }), Some([scale, ..])) =
            (&mut stage.norm, &stage.places.norm)
        else {
            return;
        };
        let delta = &mut self.deltas[index + 1];
        let (plain, weighted) = norm::sums(delta, raw, moments);
        if let Some(grads) = grads {
            grads[stage.places.bias.clone()].copy_from_slice(&plain);
            grads[scale.clone()].copy_from_slice(&weighted);
            for place in stage.places.norm.iter().flatten().skip(1) {
                grads[place.clone()].fill(0.0);
            }
        }
        let scale = &params[scale.clone()];
        let sums = (plain.as_slice(), weighted.as_slice());
        norm::backward((delta, kept.as_mut()), raw, moments, scale, sums);
    }

    /// Turns the gradient at the output of layer `index` into the gradient at its input.
    fn down(&mut self, params: &[f32], index: usize, to_input: bool) {
        if index == 0 && !to_input {
            return;
        }
        let stage = &mut self.stages[index];
        let weights = stage.weights(params);
        stage.ways.pack_down(weights);
        let (below, above) = self.deltas.split_at_mut(index + 1);
        let stage = &self.stages[index];
        // The gradient at the sum with which a block ends is one at what the block reads, too.
        let plus = stage.last_of_block.and_then(|last| {
            let norm = self.stages[last].norm.as_ref();
            norm.map_or(above.get(last - index), |norm| norm.kept.as_ref())
        });
        let after = match index.checked_sub(1) {
            None => After::NOTHING,
            Some(below) => After::derive(&self.values[index], self.stages[below].spec.activation),
        };
        if let (Some(out), Some(delta)) = (below.last_mut(), above.first()) {
            stage.ways.down(delta, after.plus(plus), out);
        }
    }

    /// After a forward pass through a network without batch norms: writes the gradient of each row's output, or of their sum
    /// weighted by `direction`, to `input`. Keeps the gradients by the outputs of all layers for
    /// [`Workspace::add_second_order`].
    pub fn input_grad(&mut self, params: &[f32], direction: Option<&[f32]>, input: &mut [f32]) {
        if let Some(delta) = self.deltas.last_mut() {
            match direction {
                Some(direction) => delta.read(direction),
                None => delta.read(&vec![1.0; delta.rows * delta.shape.values()]),
            }
        }
        for i in (0..self.stages.len()).rev() {
            self.down(params, i, true);
        }
        if let Some(delta) = self.deltas.first() {
            delta.write(input);
        }
    }

    /// Adds to `grads` the gradient of a value that depends only on the result of [`Workspace::input_grad`] and whose gradient by
    /// that result is `v`: one pass through the same layers, from the input upwards.
    pub fn add_second_order(&mut self, v: &[f32], grads: &mut [f32]) {
        let Some(input) = self.values.first() else {
            return;
        };
        let mut below = Maps::new(input.rows, input.shape, input.border);
        below.read(v);
        // The one that the next layer reads, and before it those that a residual block still needs.
        let mut tangents = vec![below];
        let mut is_within = false;
        for (i, stage) in self.stages.iter().enumerate() {
            let Some(below) = tangents.last() else { return };
            let between = (below, &self.deltas[i + 1]);
            stage.weight_grad(between, Accumulation::Add, &mut self.sums, grads);
            if i + 1 < self.stages.len() {
                let y = &self.values[i + 1];
                let mut above = Maps::new(y.rows, y.shape, y.border);
                let after = After::derive(y, stage.spec.activation);
                let after = after.plus(stage.added(&tangents));
                stage.ways.up(below, after, &mut above);
                is_within = stage.spec.block == 0 && (is_within || stage.last_of_block.is_some());
                if !is_within {
                    tangents.clear();
                }
                tangents.push(above);
            }
        }
    }
}

/// The planes between the layers: what each reads, and what the last one gives.
fn planes(specs: &[LayerSpec]) -> impl Iterator<Item = Plane> {
    let first = specs.first().map(|spec| spec.map.input());
    first
        .into_iter()
        .chain(specs.iter().map(|spec| spec.map.output()))
}

/// The border of each plane: what the layer above needs to read it, and the layer below to read its gradient; the same of both planes
/// that a residual block adds.
fn borders(specs: &[LayerSpec]) -> Vec<usize> {
    let mut borders = vec![0; specs.len() + 1];
    for (i, spec) in specs.iter().enumerate() {
        let link = spec.map.link();
        let (large, small) = (link.window.padding, border_of_small(link));
        let (input, output) = match spec.map {
            Map::Transposed(_) => (small, large),
            _ => (large, small),
        };
        borders[i] = borders[i].max(input);
        borders[i + 1] = borders[i + 1].max(output);
    }
    // What is added lies as what it is added to. A block's end may be the next one's beginning: borders spread both ways.
    let ends = || (1..borders.len()).filter(|i| specs[i - 1].block > 0);
    for i in ends().chain(ends().rev()).collect::<Vec<_>>() {
        let first = i - specs[i - 1].block;
        let border = borders[i].max(borders[first]);
        (borders[first], borders[i]) = (border, border);
    }
    borders
}
