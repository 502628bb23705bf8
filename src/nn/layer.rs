//! Networks as data: a list of layers, each with its shapes. Everything else follows from it: the parameters and their names,
//! the passes and their buffers, and the work of a pass.

use std::fmt::{self, Display, Formatter};

use candle_core::Tensor;

use super::Activation;
use crate::shape::ImageShape;

/// The windows of a convolution: squares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Pixels of a side.
    pub kernel: usize,
    /// Pixels from one window to the next; at most as many as a side has.
    pub stride: usize,
    /// Pixels by which the first window begins before the plane.
    pub padding: usize,
}

/// What lies between two layers: as many values for each pixel as there are channels, `[height, width, channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plane {
    /// Values of a pixel.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
}

impl Plane {
    /// A single pixel: a vector.
    #[must_use]
    pub const fn pixel(channels: usize) -> Self {
        Self {
            channels,
            height: 1,
            width: 1,
        }
    }

    /// An image.
    #[must_use]
    pub const fn of(image: ImageShape) -> Self {
        Self {
            channels: image.channels(),
            height: image.height(),
            width: image.width(),
        }
    }

    /// Whether it is a single pixel.
    #[must_use]
    pub const fn is_pixel(self) -> bool {
        self.height == 1 && self.width == 1
    }

    /// All values.
    #[must_use]
    pub const fn values(self) -> usize {
        self.channels * self.height * self.width
    }
}

impl Display for Plane {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            channels,
            height,
            width,
        } = self;
        write!(f, "{channels}x{height}x{width}")
    }
}

/// Two planes of values, of which each pixel of the small one meets a window of the large one. A convolution goes from the large
/// plane to the small one, a transposed convolution the other way. Weights are `[small channels, large channels, kernel,
/// kernel]`, which is how `PyTorch` stores those of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The plane with the windows.
    pub large: Plane,
    /// The plane with a pixel for each window.
    pub small: Plane,
    /// The windows.
    pub window: Window,
}

impl Window {
    /// A single window.
    pub(crate) const WHOLE: Self = Self {
        kernel: 1,
        stride: 1,
        padding: 0,
    };
}

impl Link {
    /// The shape of the weights.
    #[must_use]
    pub fn weight(self) -> [usize; 4] {
        let kernel = self.window.kernel;
        [self.small.channels, self.large.channels, kernel, kernel]
    }

    /// Multiplications of one pass of one image, counting those with the zeros around the plane.
    fn products(self) -> usize {
        let positions = self.small.height * self.small.width;
        positions * self.weight().into_iter().product::<usize>()
    }
}

/// The linear part of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// Each output is a sum over all inputs.
    Linear {
        /// Inputs.
        inputs: usize,
        /// Outputs.
        outputs: usize,
    },
    /// From the large plane to the small one.
    Convolution(Link),
    /// From the small plane to the large one.
    Transposed(Link),
}

impl Map {
    /// The two planes; of a linear map, planes of one pixel.
    #[must_use]
    pub fn link(self) -> Link {
        match self {
            Self::Convolution(link) | Self::Transposed(link) => link,
            Self::Linear { inputs, outputs } => Link {
                large: Plane::pixel(inputs),
                small: Plane::pixel(outputs),
                window: Window::WHOLE,
            },
        }
    }

    /// The plane it reads.
    #[must_use]
    pub fn input(self) -> Plane {
        match self {
            Self::Transposed(link) => link.small,
            _ => self.link().large,
        }
    }

    /// The plane it writes.
    #[must_use]
    pub fn output(self) -> Plane {
        match self {
            Self::Transposed(link) => link.large,
            _ => self.link().small,
        }
    }

    /// The same from a pixel of so many values.
    #[must_use]
    pub(super) fn with_inputs(self, inputs: usize) -> Self {
        match self {
            Self::Linear { outputs, .. } => Self::Linear { inputs, outputs },
            Self::Convolution(mut link) => {
                link.large.channels = inputs;
                Self::Convolution(link)
            }
            Self::Transposed(mut link) => {
                link.small.channels = inputs;
                Self::Transposed(link)
            }
        }
    }

    /// The same to planes of so many channels.
    #[must_use]
    pub(super) fn with_outputs(self, outputs: usize) -> Self {
        match self {
            Self::Linear { inputs, .. } => Self::Linear { inputs, outputs },
            Self::Convolution(mut link) => {
                link.small.channels = outputs;
                Self::Convolution(link)
            }
            Self::Transposed(mut link) => {
                link.large.channels = outputs;
                Self::Transposed(link)
            }
        }
    }
}

/// One layer: a linear map, a bias or a batch norm, and the activation that follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerSpec {
    /// Whether a `Flatten` stands before it in `PyTorch`'s `nn.Sequential`: its weights are those of a `Linear`, whatever its map is.
    pub flattens: bool,
    /// The linear map.
    pub map: Map,
    /// What is between the map and the activation.
    pub shift: Shift,
    /// Layers of the residual block that ends with this one: what the first of them reads is added before the activation. 0 where
    /// none ends.
    pub block: usize,
    /// The activation that follows.
    pub activation: Activation,
}

/// What follows a linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// A bias for each channel.
    Bias,
    /// Batch norm (Ioffe and Szegedy 2015), which has a bias of its own: each channel is brought to a mean of 0 and a variance
    /// of 1 over the batch, then scaled and shifted. A network that only generates takes running means and variances.
    BatchNorm,
}

impl LayerSpec {
    /// A map with a bias.
    #[must_use]
    pub fn biased(map: Map, activation: Activation) -> Self {
        Self {
            flattens: false,
            map,
            shift: Shift::Bias,
            block: 0,
            activation,
        }
    }

    /// A map with a batch norm.
    #[must_use]
    pub fn normed(map: Map, activation: Activation) -> Self {
        Self {
            flattens: false,
            map,
            shift: Shift::BatchNorm,
            block: 0,
            activation,
        }
    }

    /// A linear layer with a bias.
    #[must_use]
    pub fn linear(inputs: usize, outputs: usize, activation: Activation) -> Self {
        Self::biased(Map::Linear { inputs, outputs }, activation)
    }

    /// The same as the last of so many layers of a residual block.
    #[must_use]
    pub fn ending_block(self, layers: usize) -> Self {
        Self {
            block: layers,
            ..self
        }
    }

    /// Whether it is a linear map with a bias, and nothing is added.
    #[must_use]
    pub fn is_full(self) -> bool {
        matches!(self.map, Map::Linear { .. }) && self.shift == Shift::Bias && self.block == 0
    }

    /// Values of a row that it reads.
    #[must_use]
    pub fn inputs(self) -> usize {
        self.map.input().values()
    }

    /// Values of a row that it writes.
    #[must_use]
    pub fn outputs(self) -> usize {
        self.map.output().values()
    }

    /// Multiplications of one pass of one row.
    #[must_use]
    pub fn products(self) -> u64 {
        self.map.link().products() as u64
    }

    /// Weights, biases, scales and shifts: what is learnt.
    #[must_use]
    pub fn parameters(self) -> u64 {
        let weights: usize = self.map.link().weight().into_iter().product();
        let channels = self.map.output().channels;
        let shift = match self.shift {
            Shift::Bias => channels,
            Shift::BatchNorm => 2 * channels,
        };
        (weights + shift) as u64
    }
}

/// Views of one layer's parameters and gradients. Weights are as in `PyTorch`.
#[derive(Debug)]
pub(super) struct Layer {
    pub spec: LayerSpec,
    pub weight: Tensor,
    pub weight_grad: Tensor,
    /// The bias of the map, or of its batch norm.
    pub bias: Tensor,
    pub bias_grad: Tensor,
    pub norm: Option<Norm>,
}

/// Views of a batch norm's parameters and gradients, `[channels]` each.
#[derive(Debug)]
pub(super) struct Norm {
    pub scale: Tensor,
    pub scale_grad: Tensor,
    pub mean: Tensor,
    pub variance: Tensor,
}

impl Norm {
    /// Added to variances, as in `PyTorch`.
    pub const EPSILON: f64 = 1e-5;
    /// Share of a batch's mean and variance in the running ones, as in `PyTorch`.
    pub const MOMENTUM: f64 = 0.1;
}
