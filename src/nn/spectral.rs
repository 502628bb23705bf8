//! Spectral normalisation (Miyato et al. 2018, "Spectral normalization for generative adversarial networks"): a network computes
//! with W̄ = W/σ(W) in place of each weight matrix W, σ its largest singular value, so that its slope is at most 1.
//!
//! σ = ‖Wᵀu‖ = uᵀWv with v = Wᵀu/σ. After each update of W one power iteration moves u on: u ← Wv/‖Wv‖. So u and W together are
//! the whole state. Everything that passes through the network sees W̄, penalties on its gradient too; the gradient by W̄ then
//! becomes that by W, where u is a constant (eq. 12): ∂L/∂W = (∂L/∂W̄ − λ·u·vᵀ)/σ with λ = Σ ∂L/∂W̄ ⊙ W̄.

use candle_core::{Result, Tensor, bail};

use super::Params;
use super::kernels;
use super::layer::{Layer, LayerSpec};
use super::singular::SingularPair;
use super::views::views;
use crate::rng::Stream;

/// Power iterations at the beginning, from a random u.
const FIRST_TURNS: usize = 15;

/// The normalised weights of a network. Biases are as they are.
#[derive(Debug)]
pub(super) struct Spectral {
    params: Params,
    /// Views of them, and of the network's own gradients.
    layers: Vec<Layer>,
    pairs: Vec<SingularPair>,
}

impl Spectral {
    /// Memory for normalised weights of these parameters, which the layers are views of.
    pub fn new(params: &Params, layers: &[Layer]) -> Result<Self> {
        let shapes: Vec<(String, Vec<usize>)> = params
            .shapes()
            .map(|(name, shape)| (name.to_owned(), shape.to_vec()))
            .collect();
        let normalised = Params::frozen(&shapes, params.buffer().device())?;
        let specs: Vec<LayerSpec> = layers.iter().map(|layer| layer.spec).collect();
        let layers = views(&specs, &normalised, params)?;
        let pairs = layers
            .iter()
            .map(|layer| {
                SingularPair::new(as_matrix(&layer.weight)?.dims2()?, layer.weight.device())
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            params: normalised,
            layers,
            pairs,
        })
    }

    /// The normalised weights, `[1, n]`.
    pub fn buffer(&self) -> &Tensor {
        self.params.buffer()
    }

    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Begins from a random u, the same each time.
    pub fn begin(&self, own: &[Layer]) -> Result<()> {
        let mut stream = Stream::new(0, "spectral");
        for pair in &self.pairs {
            kernels::fill(&pair.left, |left| {
                stream.fill_normal(left);
                let norm = left.iter().map(|u| u * u).sum::<f32>().sqrt();
                for u in left {
                    *u /= norm;
                }
            })?;
        }
        self.normalise(own)?;
        for _ in 0..FIRST_TURNS {
            self.follow(own)?;
        }
        Ok(())
    }

    /// Follows the network's own weights after an update: one power iteration.
    pub fn follow(&self, own: &[Layer]) -> Result<()> {
        let backend = self.params.backend();
        for (own, pair) in own.iter().zip(&self.pairs) {
            backend.turn(&as_matrix(&own.weight)?, pair)?;
        }
        self.normalise(own)
    }

    /// Normalises the network's own weights by u as it is.
    fn normalise(&self, own: &[Layer]) -> Result<()> {
        let backend = self.params.backend();
        for ((own, layer), pair) in own.iter().zip(&self.layers).zip(&self.pairs) {
            backend.normalise(&as_matrix(&layer.weight)?, &as_matrix(&own.weight)?, pair)?;
            kernels::copy(&layer.bias, &own.bias)?;
        }
        Ok(())
    }

    /// Turns the gradients by normalised weights into those by the network's own.
    pub fn back(&self) -> Result<()> {
        let backend = self.params.backend();
        for (layer, pair) in self.layers.iter().zip(&self.pairs) {
            let (grad, weight) = (as_matrix(&layer.weight_grad)?, as_matrix(&layer.weight)?);
            backend.normalise_backward(&grad, &weight, pair)?;
        }
        Ok(())
    }

    /// u of every layer, one after another.
    pub fn left(&self) -> Result<Vec<f32>> {
        let all = self.pairs.iter().map(|pair| pair.left.to_vec1());
        Ok(all.collect::<Result<Vec<Vec<f32>>>>()?.concat())
    }

    /// Restores what [`Spectral::left`] gave, with the network's own weights as they were then.
    pub fn restore(&self, own: &[Layer], left: &[f32]) -> Result<()> {
        let mut rest = left;
        for pair in &self.pairs {
            let count = pair.left.elem_count();
            let Some((these, others)) = rest.split_at_checked(count) else {
                bail!(
                    "spectral normalisation: {} values are not enough",
                    left.len()
                );
            };
            kernels::fill(&pair.left, |values| values.copy_from_slice(these))?;
            rest = others;
        }
        self.normalise(own)
    }
}

/// Weights as a matrix with a row for each output (`[out, in · kernel²]` of a convolution), as in the paper: a view.
fn as_matrix(weight: &Tensor) -> Result<Tensor> {
    weight.flatten_from(1)
}
