//! Images of a trainer: PNG or raw bytes in base64, from a message to a grid of one shape.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, GenericImageView as _, ImageReader, Limits};

use super::fields::Fields;
use super::json::kind;
use super::limits;
use super::problem::Problem;
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;

/// The name of the images that are shown as samples.
pub const SAMPLES: &str = "samples";
/// The name of images of the data, with whose variety that of samples is compared.
pub const REAL: &str = "real";
/// The name of images that are made for the judge, and not shown.
pub const EVALUATION: &str = "evaluation";

/// Bytes of all images of a message, once they are unpacked.
const UNPACKED: usize = 256 << 20;

/// The content of `images`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pictures {
    /// What they are called.
    pub name: String,
    /// The step of the weights that made them.
    pub step: Option<u64>,
    /// The images.
    pub images: ImageGrid,
    /// The class of each column.
    pub columns: Vec<String>,
    /// Whether to keep them as a file.
    pub keep: bool,
    /// The command that asked for them.
    pub id: Option<u64>,
    /// Earlier images that were left out.
    pub merged: u64,
}

/// Reads the fields of `images`.
///
/// # Errors
/// When there are no images in them.
pub fn pictures(fields: &Fields<'_>) -> Result<Pictures, Problem> {
    let images = match (fields.any("png"), fields.text("data")?) {
        (Some(png), None) => of_png(fields, png)?,
        (None, Some(data)) => of_bytes(fields, data)?,
        (Some(_), Some(_)) => return Err(wrong("found `png` and `data`; expected one of them")),
        (None, None) => return Err(wrong("expected `png`, or `data` with `shape`")),
    };
    Ok(Pictures {
        name: fields.name("name")?.unwrap_or(SAMPLES).to_owned(),
        step: fields.step("step")?,
        images,
        columns: fields.texts("columns")?.unwrap_or_default(),
        keep: fields.flag("keep")?.unwrap_or(false),
        id: fields.whole("id")?,
        merged: fields.step("merged")?.unwrap_or(0),
    })
}

fn wrong(text: impl std::fmt::Display) -> Problem {
    Problem::invalid(format!("images: {text}"))
}

fn decode(text: &str, of: &str) -> Result<Vec<u8>, Problem> {
    STANDARD
        .decode(text)
        .map_err(|error| wrong(format!("`{of}`: expected base64: {error}")))
}

fn shape(channels: usize, height: usize, width: usize) -> Result<ImageShape, Problem> {
    ImageShape::new(channels, height, width).map_err(wrong)
}

/// Raw bytes with their shape.
fn of_bytes(fields: &Fields<'_>, data: &str) -> Result<ImageGrid, Problem> {
    let nhwc = fields.one_of("layout", &[("nhwc", true), ("nchw", false)])?;
    let nhwc = nhwc.unwrap_or(true);
    let sizes = fields.numbers("shape")?;
    let sizes = fields.needed("shape", sizes, "a list of four whole numbers")?;
    let sizes: Vec<usize> = sizes
        .iter()
        .filter(|size| (1.0..=65_536.0).contains(*size) && size.fract() == 0.0)
        .map(|size| *size as usize)
        .collect();
    let &[count, a, b, c] = &sizes[..] else {
        return Err(wrong(
            "`shape`: expected four whole numbers above 0: count, height, width and channels",
        ));
    };
    let (height, width, channels) = if nhwc { (a, b, c) } else { (b, c, a) };
    if count > limits::IMAGES {
        return Err(wrong(format!(
            "found {count} images; expected at most {}",
            limits::IMAGES
        )));
    }
    let bytes = decode(data, "data")?;
    let pixels = height * width;
    if !(1..=4).contains(&channels) || bytes.len() != count * pixels * channels {
        return Err(wrong(format!(
            "found {} bytes; expected {count}×{height}×{width}×{channels} with 1 to 4 channels",
            bytes.len()
        )));
    }
    let (kept, opaque) = match channels {
        1 | 2 => (1, channels == 1),
        _ => (3, channels == 3),
    };
    let shape = shape(kept, height, width)?;
    let mut out = Vec::with_capacity(count * shape.values());
    for image in bytes.chunks_exact(pixels * channels) {
        let at = |pixel: usize, channel: usize| {
            let index = if nhwc {
                pixel * channels + channel
            } else {
                channel * pixels + pixel
            };
            u16::from(image[index])
        };
        for pixel in 0..pixels {
            let opacity = if opaque { 255 } else { at(pixel, kept) };
            out.extend((0..kept).map(|c| (at(pixel, c) * opacity / 255) as u8));
        }
    }
    Ok(ImageGrid::new(shape, out))
}

/// One PNG for each image, or one that is a grid.
fn of_png(fields: &Fields<'_>, png: &serde_json::Value) -> Result<ImageGrid, Problem> {
    let texts: Vec<&str> = match png {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(all) => all.iter().filter_map(|text| text.as_str()).collect(),
        other => {
            return Err(wrong(format!(
                "`png`: found {}; expected base64, or a list of that",
                kind(other)
            )));
        }
    };
    if texts.is_empty() || texts.len() > limits::IMAGES {
        return Err(wrong(format!(
            "`png`: found {} images; expected 1 to {}",
            texts.len(),
            limits::IMAGES
        )));
    }
    let grid = fields.object("grid")?;
    if let (Some(grid), [one]) = (grid, &texts[..]) {
        return cut(&read_png(one)?, &Fields::of(grid, "images: `grid`"));
    }
    let mut found: Option<(ImageShape, Vec<u8>)> = None;
    let count = texts.len();
    for text in texts {
        let image = read_png(text)?;
        let (shape, pixels) = plain(&image)?;
        match &mut found {
            // They are of one size, or cannot be used.
            None if pixels.len().saturating_mul(count) > UNPACKED => {
                return Err(wrong("`png`: expected images of at most 256 MiB in all"));
            }
            None => found = Some((shape, pixels)),
            Some((first, all)) if *first == shape => {
                all.extend_from_slice(&pixels);
            }
            Some((first, _)) => {
                return Err(wrong(format!(
                    "`png`: found images of {first} and of {shape}; expected all of one size"
                )));
            }
        }
    }
    let (shape, pixels) = found.ok_or_else(|| wrong("`png`: expected an image"))?;
    Ok(ImageGrid::new(shape, pixels))
}

fn read_png(text: &str) -> Result<DynamicImage, Problem> {
    let bytes = decode(text, "png")?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image::ImageFormat::Png);
    let mut within = Limits::default();
    let most = 2 * ImageShape::MAX_SIDE as u32;
    (within.max_image_width, within.max_image_height) = (Some(most), Some(most));
    within.max_alloc = Some(UNPACKED as u64);
    reader.limits(within);
    reader
        .decode()
        .map_err(|error| wrong(format!("`png`: expected a PNG: {error}")))
}

/// The pixels of an image, grey or in colour, on black.
fn plain(image: &DynamicImage) -> Result<(ImageShape, Vec<u8>), Problem> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let has_colour = image.color().has_color();
    let shape = shape(if has_colour { 3 } else { 1 }, height, width)?;
    let on_black = |value: u8, opacity: u8| (u16::from(value) * u16::from(opacity) / 255) as u8;
    let pixels = if has_colour {
        let pixels = image.to_rgba8();
        let each = pixels.pixels().map(|pixel| pixel.0);
        each.flat_map(|[r, g, b, a]| [r, g, b].map(|v| on_black(v, a)))
            .collect()
    } else {
        let pixels = image.to_luma_alpha8();
        let each = pixels.pixels().map(|pixel| pixel.0);
        each.map(|[v, a]| on_black(v, a)).collect()
    };
    Ok((shape, pixels))
}

/// The images of a grid.
fn cut(image: &DynamicImage, grid: &Fields<'_>) -> Result<ImageGrid, Problem> {
    let side = |name: &str| -> Result<u32, Problem> {
        let found = grid.whole(name)?.filter(|n| (1..=4096).contains(n));
        let found = grid.needed(name, found, "a whole number from 1 to 4096")?;
        Ok(u32::try_from(found).unwrap_or(1))
    };
    let (rows, columns) = (side("rows")?, side("columns")?);
    let padding = grid.whole("padding")?.unwrap_or(0).min(4096);
    let padding = u32::try_from(padding).unwrap_or(0);
    let one = |whole: u32, count: u32| {
        let left = whole.checked_sub(padding * (count + 1))?;
        (left >= count && left % count == 0).then_some(left / count)
    };
    let sizes = one(image.width(), columns).zip(one(image.height(), rows));
    let Some((width, height)) = sizes else {
        return Err(wrong(format!(
            "found a picture of {}×{} pixels, which does not divide into {rows} rows and {columns} columns with {padding} \
             pixels around and between images",
            image.height(),
            image.width()
        )));
    };
    if (rows * columns) as usize > limits::IMAGES {
        return Err(wrong(format!(
            "found {} images; expected at most {}",
            rows * columns,
            limits::IMAGES
        )));
    }
    let mut all = Vec::new();
    let mut shape = None;
    for index in 0..rows * columns {
        let (row, column) = (index / columns, index % columns);
        let x = padding + column * (width + padding);
        let y = padding + row * (height + padding);
        let tile = image.view(x, y, width, height).to_image();
        let tile = DynamicImage::from(tile);
        let tile = if image.color().has_color() {
            tile
        } else {
            DynamicImage::from(tile.to_luma_alpha8())
        };
        let (found, pixels) = plain(&tile)?;
        shape = Some(found);
        all.extend_from_slice(&pixels);
    }
    let shape = shape.ok_or_else(|| wrong("`grid`: expected at least one image"))?;
    Ok(ImageGrid::new(shape, all))
}

/// Mean distance (L2) of two images; `None` of fewer than two.
pub fn mean_distance(images: &ImageGrid) -> Option<f64> {
    /// As many are enough, and few enough.
    const MOST: usize = 64;
    let all: Vec<&[u8]> = images.images().take(MOST).collect();
    let mut sum = 0.0;
    let mut pairs = 0_u32;
    for (i, a) in all.iter().enumerate() {
        for b in &all[i + 1..] {
            let square = |(x, y): (&u8, &u8)| {
                let difference = f64::from(*x) - f64::from(*y);
                difference * difference
            };
            sum += a.iter().zip(*b).map(square).sum::<f64>().sqrt();
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum / f64::from(pairs))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::{Value, json};

    use super::*;

    fn read(message: &Value) -> Result<Pictures, Problem> {
        pictures(&Fields::of(message.as_object().unwrap(), "images"))
    }

    fn base64(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }

    fn png(image: &DynamicImage) -> String {
        let mut bytes = Vec::new();
        image
            .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
            .unwrap();
        base64(&bytes)
    }

    #[test]
    fn raw_bytes_are_taken_in_both_orders() {
        let hwc =
            read(&json!({"data": base64(&[1, 2, 3, 4, 5, 6]), "shape": [1, 1, 2, 3]})).unwrap();
        assert_eq!(hwc.images.pixels(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(hwc.name, SAMPLES);
        let chw = json!({"data": base64(&[1, 4, 2, 5, 3, 6]), "shape": [1, 3, 1, 2], "layout": "nchw", "name": "x"});
        assert_eq!(read(&chw).unwrap().images, hwc.images);
        let with_opacity = json!({"data": base64(&[200, 255, 200, 0]), "shape": [2, 1, 1, 2]});
        assert_eq!(read(&with_opacity).unwrap().images.pixels(), [200, 0]);
    }

    #[test]
    fn a_grid_is_cut_into_its_images() {
        let mut picture = image::GrayImage::new(7, 4);
        for (x, value) in [(1, 10), (4, 20)] {
            picture.put_pixel(x, 1, image::Luma([value]));
        }
        let message =
            json!({"png": png(&picture.into()), "grid": {"rows": 1, "columns": 2, "padding": 1}});
        let found = read(&message).unwrap().images;
        assert_eq!(found.shape(), ImageShape::new(1, 2, 2).unwrap());
        assert_eq!(found.pixels(), [10, 0, 0, 0, 20, 0, 0, 0]);
        let colour = image::RgbImage::from_pixel(2, 1, image::Rgb([1, 2, 3]));
        let two = json!({"png": [png(&colour.clone().into()), png(&colour.into())]});
        assert_eq!(read(&two).unwrap().images.count(), 2);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let small = png(&image::GrayImage::new(2, 2).into());
        let large = png(&image::GrayImage::new(3, 2).into());
        for (message, expected) in [
            (json!({}), "expected `png`, or `data` with `shape`"),
            (json!({"data": "%"}), "`shape`: found nothing"),
            (
                json!({"data": "%", "shape": [1, 1, 1, 1]}),
                "expected base64",
            ),
            (
                json!({"data": base64(&[1]), "shape": [1, 1, 2, 1]}),
                "found 1 bytes; expected 1×1×2×1",
            ),
            (
                json!({"data": base64(&[1]), "shape": [1e9, 1, 1, 1]}),
                "four whole numbers",
            ),
            (json!({"png": base64(b"GIF89a")}), "expected a PNG"),
            (
                json!({"png": [small, large]}),
                "found images of 2×2 grey and of 2×3 grey",
            ),
            (
                json!({"png": small, "grid": {"rows": 1, "columns": 3}}),
                "does not divide",
            ),
            (json!({"png": 7}), "found a number; expected base64"),
        ] {
            let text = read(&message).unwrap_err().text;
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn images_that_are_alike_have_no_distance() {
        let grid = |bytes: &[u8]| ImageGrid::new(ImageShape::new(1, 1, 2).unwrap(), bytes.to_vec());
        assert_eq!(mean_distance(&grid(&[1, 2])), None);
        assert_eq!(mean_distance(&grid(&[1, 2, 1, 2])), Some(0.0));
        assert_eq!(mean_distance(&grid(&[0, 0, 3, 4])), Some(5.0));
    }
}
