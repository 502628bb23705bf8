//! The shape of an image: how many channels, rows and columns it has.
//!
//! It is one value that flows from a dataset through batches, networks, samples, files and pictures to checkpoints and
//! records. Nothing else says how large an image is.
//!
//! # Layout
//!
//! An image is [`ImageShape::values`] numbers: row by row from the top, in a row pixel by pixel from the left, and for each
//! pixel its channels (height × width × channels, "HWC"). Files, pictures and terminals have them in that order, and a
//! convolution over rows of patches reads it without gathering; networks of full layers do not care.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The shape of an image: 1 channel (grey) or 3 (red, green, blue), and sides from 1 to [`ImageShape::MAX_SIDE`] pixels.
///
/// Displays as `28×28 grey`: rows, columns, kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Sizes")]
pub struct ImageShape {
    channels: usize,
    height: usize,
    width: usize,
}

/// A shape as it is written, before it is checked.
#[derive(Deserialize)]
struct Sizes {
    channels: usize,
    height: usize,
    width: usize,
}

/// Sizes that no image of this program has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "found images of {height}×{width} pixels with {channels} channels, expected sides from 1 to {max} and 1 or 3 channels",
    max = ImageShape::MAX_SIDE
)]
pub struct ShapeError {
    channels: usize,
    height: usize,
    width: usize,
}

impl ImageShape {
    /// The largest height and width, in pixels.
    pub const MAX_SIDE: usize = 4096;

    /// The shape of MNIST's images and of those of its kin, 28×28 grey.
    pub const MNIST: Self = Self::known(1, 28, 28);

    /// A shape that is known when the program is written, for constants: impossible sizes do not compile there.
    ///
    /// # Panics
    /// Where [`Self::new`] has an error; sizes that are read or computed are for that one.
    #[must_use]
    pub const fn known(channels: usize, height: usize, width: usize) -> Self {
        let shape = Self {
            channels,
            height,
            width,
        };
        assert!(shape.is_possible(), "no image has these sizes");
        shape
    }

    /// A shape of these sizes.
    ///
    /// # Errors
    /// When a side is 0 or above [`Self::MAX_SIDE`], or there are neither 1 nor 3 channels.
    pub const fn new(channels: usize, height: usize, width: usize) -> Result<Self, ShapeError> {
        let shape = Self {
            channels,
            height,
            width,
        };
        if shape.is_possible() {
            Ok(shape)
        } else {
            Err(ShapeError {
                channels,
                height,
                width,
            })
        }
    }

    const fn is_possible(self) -> bool {
        let has_height = self.height >= 1 && self.height <= Self::MAX_SIDE;
        let has_width = self.width >= 1 && self.width <= Self::MAX_SIDE;
        has_height && has_width && (self.channels == 1 || self.channels == 3)
    }

    /// 1 for grey, 3 for red, green and blue.
    #[must_use]
    pub const fn channels(self) -> usize {
        self.channels
    }

    /// Rows of pixels.
    #[must_use]
    pub const fn height(self) -> usize {
        self.height
    }

    /// Pixels in a row.
    #[must_use]
    pub const fn width(self) -> usize {
        self.width
    }

    /// Height and width alone.
    #[must_use]
    pub const fn size(self) -> ImageSize {
        ImageSize {
            height: self.height,
            width: self.width,
        }
    }

    /// Pixels of an image.
    #[must_use]
    pub const fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Numbers of an image: one for each channel of each pixel; its bytes, as bytes.
    #[must_use]
    pub const fn values(self) -> usize {
        self.pixels() * self.channels
    }

    /// Numbers of a row of an image.
    #[must_use]
    pub const fn row(self) -> usize {
        self.width * self.channels
    }

    /// Returns whether images have colours.
    #[must_use]
    pub const fn is_colour(self) -> bool {
        self.channels == 3
    }
}

/// The size of an image as people say it: `64` for a square of 64 pixels, `48x64` for 48 rows of 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageSize {
    height: usize,
    width: usize,
}

/// A text that is not the size of an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {}; found `{found}`", ImageSize::EXPECTED)]
pub struct SizeError {
    found: String,
}

impl ImageSize {
    /// What a size looks like, in words that follow "expected".
    pub const EXPECTED: &'static str =
        "a size in pixels such as 64, or HEIGHTxWIDTH such as 48x64, with sides from 1 to 4096";

    /// A square.
    ///
    /// # Errors
    /// When the side is 0 or above [`ImageShape::MAX_SIDE`].
    pub fn square(side: usize) -> Result<Self, SizeError> {
        Self::new(side, side)
    }

    fn new(height: usize, width: usize) -> Result<Self, SizeError> {
        let is_side = |side| (1..=ImageShape::MAX_SIDE).contains(&side);
        if is_side(height) && is_side(width) {
            Ok(Self { height, width })
        } else {
            Err(SizeError {
                found: format!("{height}x{width}"),
            })
        }
    }

    /// The shape of images of this size, with so many channels.
    ///
    /// # Errors
    /// When there are neither 1 nor 3 channels.
    pub fn with_channels(self, channels: usize) -> Result<ImageShape, ShapeError> {
        ImageShape::new(channels, self.height, self.width)
    }
}

/// What is asked of the images of a dataset; the default leaves them as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fit {
    /// Height and width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<ImageSize>,
    /// 1 for grey, 3 for colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// Rows become columns before anything else.
    pub transpose: bool,
}

impl Fit {
    /// The shape that images of `shape` get.
    #[must_use]
    pub fn shape_of(&self, shape: ImageShape) -> ImageShape {
        let (height, width) = if self.transpose {
            (shape.width, shape.height)
        } else {
            (shape.height, shape.width)
        };
        let size = self.size.unwrap_or(ImageSize { height, width });
        let channels = self.channels.unwrap_or(shape.channels);
        size.with_channels(channels).unwrap_or(shape)
    }
}

impl FromStr for ImageSize {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let wrong = || SizeError {
            found: text.to_owned(),
        };
        let side = |text: &str| text.trim().parse().map_err(|_| wrong());
        let (height, width) = text.split_once(['x', 'X', '×']).unwrap_or((text, text));
        Self::new(side(height)?, side(width)?).map_err(|_| wrong())
    }
}

impl TryFrom<String> for ImageSize {
    type Error = SizeError;

    fn try_from(text: String) -> Result<Self, SizeError> {
        text.parse()
    }
}

impl From<ImageSize> for String {
    fn from(size: ImageSize) -> Self {
        size.to_string()
    }
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.height == self.width {
            write!(f, "{}", self.height)
        } else {
            write!(f, "{}x{}", self.height, self.width)
        }
    }
}

/// Where nothing is said: in what versions wrote that only knew [`ImageShape::MNIST`].
impl Default for ImageShape {
    fn default() -> Self {
        Self::MNIST
    }
}

impl TryFrom<Sizes> for ImageShape {
    type Error = ShapeError;

    fn try_from(sizes: Sizes) -> Result<Self, ShapeError> {
        Self::new(sizes.channels, sizes.height, sizes.width)
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_colour() { "colour" } else { "grey" };
        write!(f, "{}×{} {kind}", self.height, self.width)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn sizes_follow_from_each_other() {
        let shape = ImageShape::new(3, 8, 12).unwrap();
        assert_eq!((shape.pixels(), shape.values(), shape.row()), (96, 288, 36));
        assert_eq!(shape.to_string(), "8×12 colour");
        assert_eq!(ImageShape::MNIST.to_string(), "28×28 grey");
        assert_eq!(ImageShape::MNIST.values(), 784);
    }

    #[test]
    fn a_known_shape_is_that_of_its_sizes() {
        const KNOWN: ImageShape = ImageShape::known(3, 8, 12);
        assert_eq!(KNOWN, ImageShape::new(3, 8, 12).unwrap());
    }

    #[test]
    #[should_panic(expected = "no image has these sizes")]
    fn an_impossible_shape_cannot_be_known() {
        let _ = ImageShape::known(2, 8, 12);
    }

    #[test]
    fn a_size_is_a_side_or_two() {
        for (text, height, width, shown) in [
            ("64", 64, 64, "64"),
            ("48x64", 48, 64, "48x64"),
            (" 32 X 32 ", 32, 32, "32"),
        ] {
            let size: ImageSize = text.parse().unwrap();
            assert_eq!(size.to_string(), shown);
            let shape = size.with_channels(3).unwrap();
            assert_eq!((shape.height(), shape.width()), (height, width));
        }
        for wrong in ["", "x", "64x", "0", "4097", "-1", "64x64x3", "1e2"] {
            let error = wrong.parse::<ImageSize>().unwrap_err().to_string();
            assert!(error.ends_with(&format!("found `{wrong}`")), "{error}");
        }
    }

    #[test]
    fn impossible_sizes_are_refused_in_words_also_when_read() {
        for (channels, height, width) in [(0, 8, 8), (2, 8, 8), (4, 8, 8), (1, 0, 8), (3, 8, 4097)]
        {
            let error = ImageShape::new(channels, height, width).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "found images of {height}×{width} pixels with {channels} channels, expected sides from 1 to 4096 and 1 \
                     or 3 channels"
                )
            );
            let json = format!("{{\"channels\":{channels},\"height\":{height},\"width\":{width}}}");
            assert!(serde_json::from_str::<ImageShape>(&json).is_err());
        }
        let shape = ImageShape::new(3, 8, 12).unwrap();
        let json = serde_json::to_string(&shape).unwrap();
        assert_eq!(json, r#"{"channels":3,"height":8,"width":12}"#);
        assert_eq!(serde_json::from_str::<ImageShape>(&json).unwrap(), shape);
    }
}
