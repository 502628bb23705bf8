//! One picture file: what its header says, and its pixels.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::data::fit::Picture;

/// Pixels of the largest picture that is decoded: more than cameras make, and less than fills a memory.
const MOST_PIXELS: u64 = 100_000_000;
/// Bytes that a decoder may allocate.
const MOST_BYTES: u64 = 1 << 30;

/// The formats that are read.
const READ: &str = "PNG, JPEG, WebP or GIF";
/// Why a picture is broken that was not copied to its end.
const CUT: &str = "it ends before its last row";

/// What a file is, by its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A picture.
    Picture(Header),
    /// A picture that cannot be read, and why.
    Broken(String),
    /// Something else.
    Other,
}

/// What the header of a picture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Rows, once the picture stands upright.
    pub height: u32,
    /// Columns, once the picture stands upright.
    pub width: u32,
    /// Whether its format has room for colours.
    pub is_colour: bool,
}

/// Looks at a file without decoding it. A file that is no picture is broken if its name says that it is one.
pub(super) fn look(bytes: &[u8], is_named_so: bool) -> Kind {
    let format = match format_of(bytes) {
        Ok(format) => format,
        Err(_) if !is_named_so => return Kind::Other,
        Err(reason) => return Kind::Broken(reason),
    };
    // What will not be decoded must not decide how large the images are, and whether they have colours.
    match header(bytes, format) {
        Ok(_) if is_cut(bytes, format) => Kind::Broken(CUT.to_owned()),
        Ok(header) => Kind::Picture(header),
        Err(reason) => Kind::Broken(reason),
    }
}

/// The pixels of a picture as its author saw them: upright, in 8 bits, over black where it is transparent, and of an
/// animation the first frame.
///
/// # Errors
/// Why it cannot be decoded.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, String> {
    let format = format_of(bytes)?;
    if is_cut(bytes, format) {
        return Err(CUT.to_owned());
    }
    let (mut image, orientation) = (|| {
        let mut decoder = reader(bytes, format).into_decoder()?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        Ok((DynamicImage::from_decoder(decoder)?, orientation))
    })()
    .map_err(|error: image::ImageError| error.to_string())?;
    image.apply_orientation(orientation);
    Ok(picture(&image))
}

/// The format of a picture by its first bytes, if it is one that is read here, or what the file is instead.
fn format_of(bytes: &[u8]) -> Result<ImageFormat, String> {
    use ImageFormat::{Avif, Bmp, Gif, Jpeg, Png, Pnm, Tiff, WebP};

    let name = match image::guess_format(bytes) {
        Ok(format @ (Png | Jpeg | WebP | Gif)) => return Ok(format),
        Ok(Tiff) => "TIFF",
        Ok(Bmp) => "BMP",
        Ok(Avif) => "AVIF",
        Ok(Pnm) => "PNM",
        _ if bytes.is_empty() => return Err("it is empty".to_owned()),
        _ => return Err(format!("it is not a {READ} picture")),
    };
    Err(format!("it is a {name} picture, expected {READ}"))
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    reader
}

fn header(bytes: &[u8], format: ImageFormat) -> Result<Header, String> {
    let mut decoder = reader(bytes, format)
        .into_decoder()
        .map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MOST_PIXELS {
        return Err(format!(
            "its header says {height}×{width} pixels; expected at least 1 and at most {} million",
            MOST_PIXELS / 1_000_000
        ));
    }
    let is_turned = matches!(
        decoder.orientation(),
        Ok(Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH)
    );
    let (height, width) = if is_turned {
        (width, height)
    } else {
        (height, width)
    };
    Ok(Header {
        height,
        width,
        is_colour: decoder.color_type().has_color(),
    })
}

/// Returns whether a picture ends before its last row, as far as that shows without decoding it.
fn is_cut(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => is_cut_jpeg(bytes),
        ImageFormat::Png => is_cut_png(bytes),
        _ => false,
    }
}

/// A JPEG picture ends with a marker. Without it, its decoder fills the missing rows with grey and says nothing.
/// Between a start of scan and the end marker neither occurs as data.
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    const START_OF_SCAN: [u8; 2] = [0xff, 0xda];
    const END: [u8; 2] = [0xff, 0xd9];
    // From the end, where the marker is in all that are whole.
    let Some(end) = bytes.windows(2).rposition(|pair| pair == END) else {
        return true;
    };
    bytes[end..].windows(2).any(|pair| pair == START_OF_SCAN)
}

/// A PNG picture is a row of chunks, each with its length, a kind, data and a sum.
fn is_cut_png(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = *head;
        let length = u64::from(u32::from_be_bytes([a, b, c, d])) + 4;
        let next = usize::try_from(length).ok().and_then(|at| after.get(at..));
        match (&kind, next) {
            (b"IEND", _) => return false,
            (_, Some(next)) => rest = next,
            // A torn chunk of text behind the pixels does no harm.
            (kind, None) => return *kind == *b"IDAT",
        }
    }
    false
}

/// The same pixels in 8 bits, over black where they are transparent.
fn picture(image: &DynamicImage) -> Picture {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let color = image.color();
    let over_black =
        |level: u8, alpha: u8| ((u32::from(level) * u32::from(alpha) + 127) / 255) as u8;
    let (channels, bytes) = match (color.has_color(), color.has_alpha()) {
        (false, false) => (1, image.to_luma8().into_raw()),
        (true, false) => (3, image.to_rgb8().into_raw()),
        (false, true) => {
            let pixels = image.to_luma_alpha8().into_raw();
            let grey = pixels.chunks_exact(2).map(|p| over_black(p[0], p[1]));
            (1, grey.collect())
        }
        (true, true) => {
            let pixels = image.to_rgba8().into_raw();
            let colour = pixels
                .chunks_exact(4)
                .flat_map(|p| [0, 1, 2].map(|channel| over_black(p[channel], p[3])));
            (3, colour.collect())
        }
    };
    Picture {
        channels,
        height,
        width,
        bytes,
    }
}
