//! The judge's network: three convolutions of 4×4 with stride 2, a layer of features, a layer of classes.
//!
//! ```text
//! 28×28×C ─conv─► 14×14×16 ─conv─► 7×7×32 ─conv─► 3×3×64 ─► 64 features ─ReLU─► classes
//! ```
//!
//! About 1.6 MFLOP per image. A convolution is a matrix product over patches: images are cut into blocks of 2×2 pixels,
//! and a patch of 4×4 is four adjacent blocks. On a CPU that is several times as fast as candle's own convolution, and
//! its gradient by candle's autograd twenty times. Training and inference use the same code.

use std::collections::HashMap;

use candle_core::{D, DType, Device, Result, Tensor, Var, bail};

use crate::rng::Stream;
use crate::shape::ImageShape;

/// Version of the architecture: weights of another version cannot be used.
pub(super) const ARCHITECTURE: u32 = 1;

/// Features of an image.
pub const FEATURES: usize = 64;

/// Width and height of an image: that of MNIST's, and of what others are resized to.
const SIDE: usize = ImageShape::MNIST.width();

/// The shape of the images that a network of so many channels looks at.
pub(super) fn shape(channels: usize) -> ImageShape {
    ImageShape::new(channels, SIDE, SIDE).unwrap_or(ImageShape::MNIST)
}

/// Names of the convolutions, with their channels in and out.
fn convolutions(channels: usize) -> [(&'static str, usize, usize); 3] {
    [
        ("conv1", channels, 16),
        ("conv2", 16, 32),
        ("conv3", 32, 64),
    ]
}

/// Number of outputs of the last convolution: 3×3 positions of 64 channels.
const FLAT: usize = 9 * 64;

/// Weights `[out, in]` and biases `[out]`.
#[derive(Debug)]
struct Layer {
    weight: Tensor,
    bias: Tensor,
}

impl Layer {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }

    /// ReLU of the layer's output, as values.
    fn relu(&self, x: &Tensor) -> Result<Vec<f32>> {
        let bias: Vec<f32> = self.bias.to_vec1()?;
        let mut values: Vec<f32> = x.matmul(&self.weight.t()?)?.flatten_all()?.to_vec1()?;
        for line in values.chunks_exact_mut(bias.len()) {
            for (value, bias) in line.iter_mut().zip(&bias) {
                *value = (*value + bias).max(0.0);
            }
        }
        Ok(values)
    }
}

/// The network with its weights.
#[derive(Debug)]
pub(super) struct Network {
    convolutions: Vec<Layer>,
    features: Layer,
    classes: Layer,
    channels: usize,
}

impl Network {
    /// The names and shapes of its tensors, in a fixed order.
    pub fn shapes(channels: usize, classes: usize) -> Vec<(String, Vec<usize>)> {
        let convolutions = convolutions(channels).map(|(name, from, to)| (name, to, 16 * from));
        let layers = convolutions
            .into_iter()
            .chain([("features", FEATURES, FLAT), ("classes", classes, FEATURES)]);
        layers
            .flat_map(|(name, to, from)| {
                [
                    (format!("{name}.weight"), vec![to, from]),
                    (format!("{name}.bias"), vec![to]),
                ]
            })
            .collect()
    }

    /// Untrained weights, U(±√(6 / fan-in)) (He et al. 2015), and biases of zero, as variables in the order of
    /// [`Network::shapes`].
    pub fn variables(
        channels: usize,
        classes: usize,
        stream: &mut Stream,
    ) -> Result<Vec<(String, Var)>> {
        let shapes = Self::shapes(channels, classes).into_iter();
        shapes
            .map(|(name, shape)| {
                let mut values = vec![0.0_f32; shape.iter().product()];
                if let [_, fan_in] = shape[..] {
                    let bound = (6.0 / fan_in as f32).sqrt();
                    stream.fill_between(&mut values, -bound, bound);
                }
                let tensor = Tensor::from_vec(values, shape, &Device::Cpu)?;
                Ok((name, Var::from_tensor(&tensor)?))
            })
            .collect()
    }

    /// The network with these tensors.
    ///
    /// # Errors
    /// When one is missing or of another shape.
    pub fn new(tensors: &HashMap<String, Tensor>, channels: usize, classes: usize) -> Result<Self> {
        let mut found = Vec::new();
        for (name, shape) in Self::shapes(channels, classes) {
            let Some(tensor) = tensors.get(&name) else {
                bail!("no tensor `{name}`");
            };
            if tensor.dims() != shape || tensor.dtype() != DType::F32 {
                bail!(
                    "tensor `{name}`: expected f32 of shape {shape:?}, found {:?} of shape {:?}",
                    tensor.dtype(),
                    tensor.dims()
                );
            }
            found.push(tensor.clone());
        }
        let mut found = found.into_iter();
        let mut layer = || match (found.next(), found.next()) {
            (Some(weight), Some(bias)) => Ok(Layer { weight, bias }),
            _ => bail!("too few tensors"),
        };
        Ok(Self {
            convolutions: (0..convolutions(channels).len())
                .map(|_| layer())
                .collect::<Result<_>>()?,
            channels,
            features: layer()?,
            classes: layer()?,
        })
    }

    /// The shape of the images that it looks at.
    pub fn shape(&self) -> ImageShape {
        shape(self.channels)
    }

    /// Features `[n, 64]`, before their ReLU, and logits `[n, classes]` of images of [`Network::shape`].
    pub fn forward(&self, pixels: &[u8]) -> Result<(Tensor, Tensor)> {
        let n = pixels.len() / self.shape().values();
        let levels: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
        let mut x = Tensor::from_vec(levels, (n, SIDE, SIDE, self.channels), &Device::Cpu)?;
        for layer in &self.convolutions {
            x = convolution(&x, layer)?.relu()?;
        }
        let features = self.features.forward(&x.reshape((n, FLAT))?)?;
        let logits = self.classes.forward(&features.relu()?)?;
        Ok((features, logits))
    }
}

impl Network {
    /// Same result as [`Network::forward`], bit for bit, without gradients: patches are copied in one pass, which takes
    /// half the time.
    pub fn infer(&self, pixels: &[u8]) -> Result<(Tensor, Tensor)> {
        let n = pixels.len() / self.shape().values();
        let mut x: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
        let mut side = SIDE;
        for (layer, (_, channels, _)) in self.convolutions.iter().zip(convolutions(self.channels)) {
            let patches = patches(&x, side, channels);
            side /= 2;
            let patches =
                Tensor::from_vec(patches, (n * side * side, 16 * channels), &Device::Cpu)?;
            x = layer.relu(&patches)?;
        }
        let x = Tensor::from_vec(x, (n, FLAT), &Device::Cpu)?;
        let features = self.features.forward(&x)?;
        let logits = self.classes.forward(&features.relu()?)?;
        Ok((features, logits))
    }
}

/// The patches of 4×4 with stride 2 of images of `side` × `side` pixels: for each, its four blocks of 2×2 pixels, row by row.
/// Images are padded as in [`convolution`].
fn patches(x: &[f32], side: usize, channels: usize) -> Vec<f32> {
    let places = side / 2;
    // Rows and columns of the padded image that patches cover.
    let padded = 2 * places + 2;
    let row = padded * channels;
    let mut image = vec![0.0; padded * row];
    let pair = 2 * channels;
    let images = x.chunks_exact(side * side * channels);
    let mut patches = Vec::with_capacity(images.len() * places * places * 8 * pair);
    for pixels in images {
        for (y, line) in pixels.chunks_exact(side * channels).enumerate() {
            let at = (y + 1) * row + channels;
            image[at..at + line.len()].copy_from_slice(line);
        }
        for top in (0..2 * places).step_by(2) {
            for left in (0..2 * places).step_by(2) {
                for (y, x) in [
                    (0, 0),
                    (1, 0),
                    (0, 2),
                    (1, 2),
                    (2, 0),
                    (3, 0),
                    (2, 2),
                    (3, 2),
                ] {
                    let at = (top + y) * row + (left + x) * channels;
                    patches.extend_from_slice(&image[at..at + pair]);
                }
            }
        }
    }
    patches
}

/// A convolution of 4×4, stride 2, of `[n, height, width, channels]`, padded by one pixel at the top and the left, and
/// for even sizes also at the bottom and the right.
fn convolution(x: &Tensor, layer: &Layer) -> Result<Tensor> {
    let end = |size: usize| usize::from(size.is_multiple_of(2));
    let (_, height, width, _) = x.dims4()?;
    let x = x.pad_with_zeros(1, 1, end(height))?;
    let x = x.pad_with_zeros(2, 1, end(width))?;
    let (n, height, width, channels) = x.dims4()?;
    let (rows, columns) = (height / 2, width / 2);
    let blocks = x
        .reshape(&[n, rows, 2, columns, 2, channels][..])?
        .permute([0, 1, 3, 2, 4, 5])?
        .reshape((n, rows, columns, 4 * channels))?;
    let (rows, columns) = (rows - 1, columns - 1);
    let quarters = [(0, 0), (0, 1), (1, 0), (1, 1)]
        .map(|(row, column)| blocks.narrow(1, row, rows)?.narrow(2, column, columns))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let patches = Tensor::cat(&quarters, D::Minus1)?;
    layer
        .forward(&patches.reshape((n * rows * columns, 16 * channels))?)?
        .reshape((n, rows, columns, ()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn infer_and_forward_agree() {
        for channels in [1, 3] {
            agree(channels);
        }
    }

    fn agree(channels: usize) {
        let mut stream = Stream::new(5, "test");
        let variables = Network::variables(channels, 10, &mut stream).unwrap();
        let tensors = variables.into_iter().map(|(name, var)| {
            let mut values = vec![0.0; var.elem_count()];
            stream.fill_between(&mut values, -0.3, 0.3);
            let tensor = Tensor::from_vec(values, var.dims(), &Device::Cpu);
            (name, tensor.unwrap())
        });
        let network = Network::new(&tensors.collect(), channels, 10).unwrap();
        let pixels: Vec<u8> = (0..9 * network.shape().values())
            .map(|_| stream.below(256) as u8)
            .collect();
        let values = |t: Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (features, logits) = network.forward(&pixels).unwrap();
        let (seen, taken_for) = network.infer(&pixels).unwrap();
        assert_eq!(values(seen), values(features));
        assert_eq!(values(taken_for), values(logits));
    }

    /// candle's own convolution of the same weights, for an even and an odd size.
    #[test]
    fn a_product_over_patches_is_a_convolution() {
        let mut stream = Stream::new(3, "test");
        let mut random = |shape: &[usize]| {
            let mut values = vec![0.0; shape.iter().product()];
            stream.fill_between(&mut values, -1.0, 1.0);
            Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
        };
        for (side, end) in [(6, 1), (7, 0)] {
            let x = random(&[2, side, side, 3]);
            let layer = Layer {
                weight: random(&[5, 48]),
                bias: random(&[5]),
            };
            let found = convolution(&x, &layer).unwrap();
            // A weight's index counts blocks, then pixels in a block, then channels.
            let kernel = layer
                .weight
                .reshape(&[5, 2, 2, 2, 2, 3][..])
                .unwrap()
                .permute([0, 5, 1, 3, 2, 4])
                .unwrap()
                .reshape((5, 3, 4, 4))
                .unwrap();
            let padded = x
                .permute([0, 3, 1, 2])
                .unwrap()
                .pad_with_zeros(2, 1, end)
                .unwrap()
                .pad_with_zeros(3, 1, end)
                .unwrap();
            let expected = padded
                .contiguous()
                .unwrap()
                .conv2d(&kernel, 0, 2, 1, 1)
                .unwrap()
                .permute([0, 2, 3, 1])
                .unwrap()
                .broadcast_add(&layer.bias)
                .unwrap();
            assert_eq!(found.dims(), expected.dims());
            let difference = (found - expected).unwrap().abs().unwrap();
            let largest: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(largest < 1e-4, "side {side}: {largest}");
        }
    }
}
