//! A canvas as PNG, with text chunks that record its origin.

use flate2::Crc;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError};

use super::{Canvas, Channels};

/// Text chunks of a PNG: keyword (`Software`, `Comment`, …; at most 79 Latin-1 characters) and text.
pub type Notes<'a> = &'a [(&'a str, String)];

/// The metadata of generated images: run, step and seed.
#[must_use]
pub fn provenance(run: &str, step: u64, seed: Option<u64>) -> Vec<(&'static str, String)> {
    let mut notes = vec![
        (
            "Software",
            concat!("genai-tui ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        (
            GENERATED,
            "generated image: made by a neural network, not a photograph or scan".to_owned(),
        ),
        ("Source run", run.to_owned()),
        ("Step", step.to_string()),
    ];
    notes.extend(seed.map(|seed| ("Seed", seed.to_string())));
    notes
}

/// The key of the note that says that the image is generated.
pub const GENERATED: &str = "Comment";

/// Signature (8 bytes) and header chunk (25): what comes before any text chunk.
const HEAD: usize = 33;

/// `canvas` as a PNG file of 8 bits per channel, grey or in colour.
///
/// # Errors
/// When the canvas has no pixels or more than PNG allows.
pub fn encode_png(canvas: &Canvas, notes: Notes<'_>) -> Result<Vec<u8>, ImageError> {
    let mut file = encode(canvas, CompressionType::Default, FilterType::Adaptive)?;
    // The encoder of `image` writes no text chunks, so they are inserted after the header.
    let chunks: Vec<u8> = notes
        .iter()
        .flat_map(|(keyword, text)| text_chunk(keyword, text))
        .collect();
    file.splice(HEAD..HEAD, chunks);
    Ok(file)
}

/// `canvas` as a PNG file without text.
///
/// # Errors
/// Those of [`encode_png`].
pub(super) fn encode(
    canvas: &Canvas,
    compression: CompressionType,
    filter: FilterType,
) -> Result<Vec<u8>, ImageError> {
    let color_type = match canvas.channels() {
        Channels::Grey => ExtendedColorType::L8,
        Channels::Rgb => ExtendedColorType::Rgb8,
    };
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, compression, filter).write_image(
        canvas.pixels(),
        canvas.width() as u32,
        canvas.height() as u32,
        color_type,
    )?;
    Ok(file)
}

/// A `tEXt` chunk, or an `iTXt` one (UTF-8) where the text is not plain ASCII.
fn text_chunk(keyword: &str, text: &str) -> Vec<u8> {
    let mut data: Vec<u8> = keyword
        .bytes()
        .filter(|b| b.is_ascii_graphic() || *b == b' ')
        .take(79)
        .collect();
    data.push(0);
    let kind = if text.is_ascii() {
        b"tEXt"
    } else {
        // Not compressed, no language, no translated keyword.
        data.extend([0, 0, 0, 0]);
        b"iTXt"
    };
    data.extend(text.bytes().filter(|&b| b != 0));
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(&data);
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.append(&mut data);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_decoder_reads_the_same_pixels_back_past_the_notes() {
        let canvas = Canvas::new(32, 8, Channels::Grey, (0..=255).collect());
        let notes = [
            ("Software", "genai-tui".to_owned()),
            ("Source run", "größer".to_owned()),
        ];
        let file = encode_png(&canvas, &notes).unwrap();
        let back = image::load_from_memory(&file).unwrap().into_luma8();
        assert_eq!((back.width(), back.height()), (32, 8));
        assert_eq!(back.into_raw(), canvas.pixels());
        let colour = Canvas::new(16, 5, Channels::Rgb, (0..240).collect());
        let back = image::load_from_memory(&encode_png(&colour, &notes).unwrap()).unwrap();
        assert_eq!(back.color(), image::ColorType::Rgb8);
        assert_eq!(back.into_rgb8().into_raw(), colour.pixels());
    }

    #[test]
    fn chunks_are_the_ones_the_standard_describes() {
        let chunk = text_chunk("Comment", "hi");
        assert_eq!(chunk[..4], [0, 0, 0, 10]);
        assert_eq!(&chunk[4..18], b"tEXtComment\0hi");
        // zlib.crc32(b"tEXtComment\0hi")
        assert_eq!(chunk[18..], [0xa2, 0xa2, 0x58, 0x66]);
        assert_eq!(&text_chunk("Name", "é")[4..17], b"iTXtName\0\0\0\0\0");
    }

    #[test]
    fn a_canvas_without_pixels_is_an_error() {
        assert!(encode_png(&Canvas::filled(0, 0, Channels::Grey, 0), &[]).is_err());
    }
}
