//! Activations, with derivatives expressed by their outputs, so that inputs need not be kept.

/// The activation after an affine map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing: a logit.
    Identity,
    /// max(x, 0).
    Relu,
    /// x where positive, else `slope`·x; the slope is positive, so that the output keeps the input's sign.
    LeakyRelu(f32),
    /// tanh(x).
    Tanh,
}

impl Activation {
    /// The activation of one value.
    #[inline]
    #[must_use]
    pub fn apply(self, x: f32) -> f32 {
        match self {
            Self::Identity => x,
            Self::Relu => x.max(0.0),
            Self::LeakyRelu(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Self::Tanh => x.tanh(),
        }
    }

    /// The derivative, from the activation's output `y`. At 0 it is that of the negative side, as in PyTorch.
    #[inline]
    #[must_use]
    pub fn derivative(self, y: f32) -> f32 {
        match self {
            Self::Identity => 1.0,
            Self::Relu => {
                if y > 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Self::LeakyRelu(slope) => {
                if y > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Tanh => 1.0 - y * y,
        }
    }
}
