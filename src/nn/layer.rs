//! The layers of a network.

use candle_core::Tensor;

use super::Activation;

/// One layer: an affine map and the activation that follows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerSpec {
    /// Inputs.
    pub inputs: usize,
    /// Outputs.
    pub outputs: usize,
    /// The activation that follows.
    pub activation: Activation,
}

/// Views of one layer's parameters and gradients. Weights are `[out, in]`, as in PyTorch.
#[derive(Debug)]
pub(super) struct Layer {
    pub spec: LayerSpec,
    pub weight: Tensor,
    pub bias: Tensor,
    pub weight_grad: Tensor,
    pub bias_grad: Tensor,
}
