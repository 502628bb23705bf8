//! Files of other programs, and everything that is refused.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Write as _;

use super::*;
use crate::shape::ImageShape;

/// Bytes of an image of 28×28.
const BYTES: usize = ImageShape::MNIST.values();

/// The pixels of the images in a file.
fn pixels_of(path: &Path) -> Result<Vec<u8>, DataError> {
    read_images(path).map(ImageGrid::into_pixels)
}

fn file(header: &str, values: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"\x93NUMPY\x01\x00").unwrap();
    file.write_all(&(header.len() as u16).to_le_bytes())
        .unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.write_all(values).unwrap();
    file
}

fn dictionary(kind: &str, order: &str, shape: &str) -> String {
    format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}  \n")
}

#[test]
fn rows_of_either_width_are_read() {
    let values = [1.5_f32, -2.0, 0.25, 4.0, 5.0, 6.0];
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let written = file(&dictionary("<f4", "False", "(2, 3)"), &bytes);
    let expected = values.map(f64::from).to_vec();
    assert_eq!(read_rows(written.path()).unwrap(), (2, 3, expected.clone()));
    let bytes: Vec<u8> = expected.iter().flat_map(|v| v.to_le_bytes()).collect();
    let written = file(&dictionary("<f8", "False", "(3, 2)"), &bytes);
    assert_eq!(read_rows(written.path()).unwrap(), (3, 2, expected));
}

#[test]
fn images_of_one_channel_may_be_written_in_four_ways() {
    for shape in [
        "(2, 28, 28)",
        "(2, 1, 28, 28)",
        "(2, 28, 28, 1)",
        "(2, 784)",
    ] {
        let written = file(&dictionary("|u1", "False", shape), &[7; 2 * BYTES]);
        assert_eq!(pixels_of(written.path()).unwrap(), [7; 2 * BYTES]);
    }
}

#[test]
fn files_of_this_program_are_read() {
    for channels in [1, 3] {
        let shape = ImageShape::new(channels, 8, 12).unwrap();
        let pixels = (0..3 * shape.values()).map(|i| (i * 7 % 256) as u8);
        let grid = ImageGrid::new(shape, pixels.collect());
        let written = tempfile::NamedTempFile::new().unwrap();
        crate::picture::write_npy(&grid, &mut written.as_file()).unwrap();
        assert_eq!(read_images(written.path()).unwrap(), grid);
    }
}

#[test]
fn other_content_is_reported_with_what_was_expected() {
    let images = |header: &str, values: &[u8]| {
        let written = file(header, values);
        read_images(written.path()).unwrap_err().to_string()
    };
    let rows = |header: &str, values: &[u8]| {
        let written = file(header, values);
        read_rows(written.path()).unwrap_err().to_string()
    };
    for (message, words) in [
        (
            images(&dictionary("<c8", "False", "(1, 28, 28)"), &[0; 6272]),
            "found `<c8` values (complex numbers) of shape (1, 28, 28), expected an array of N×H×W pixels, or N×H×W×3 in colour",
        ),
        (
            images(&dictionary("|u1", "False", "(1, 0, 28)"), &[]),
            "shape (1, 0, 28)",
        ),
        (
            images(&dictionary("|u1", "False", "(0, 28, 28)"), &[]),
            "shape (0, 28, 28)",
        ),
        (
            images(&dictionary("|u1", "False", "(2, 28, 28)"), &[0; 784]),
            "ends too early",
        ),
        (
            images(&dictionary("|u1", "False", "(1, 28, 28)"), &[0; 785]),
            "more than the 784 bytes",
        ),
        (
            images(&dictionary("<i2", "False", "(1, 28, 28)"), &[1; 1568]),
            "found values from 0 to 257",
        ),
        (
            images(&dictionary("|i1", "False", "(1, 784)"), &[0xff; 784]),
            "found values from -1 to 0",
        ),
        (
            images(&dictionary("|u1", "False", "(28, 28, 3)"), &[0; 2352]),
            "`|u1` values of shape (28, 28, 3)",
        ),
        (
            images(&dictionary("|O", "False", "(3,)"), &[0; 24]),
            "found pickled Python objects (`|O` values",
        ),
        (
            images(
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }",
                &[0; 12],
            ),
            "found the header `{'descr': [(",
        ),
        (
            images(
                &dictionary("|u1", "False", "(99999999999, 99999999999)"),
                &[],
            ),
            "99999999999",
        ),
        (images("{}", &[]), "found the header `{}`"),
        (
            rows(&dictionary("<f8", "False", "(3,)"), &[0; 24]),
            "shape (3), expected an array of N×D numbers",
        ),
        (
            rows(&dictionary("|O", "False", "(3, 1)"), &[0; 24]),
            "pickled Python objects (`|O` values",
        ),
    ] {
        assert!(message.contains(words), "{message} / {words}");
    }
    let mut version = tempfile::NamedTempFile::new().unwrap();
    version.write_all(b"\x93NUMPY\x09\x00    ").unwrap();
    let message = read_rows(version.path()).unwrap_err().to_string();
    assert!(message.contains("an npy file of version 9"), "{message}");
    let mut text = tempfile::NamedTempFile::new().unwrap();
    text.write_all(b"not an array at all").unwrap();
    let message = read_rows(text.path()).unwrap_err().to_string();
    assert!(message.contains("not an npy file"), "{message}");
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// One image of these values; returns its grey levels.
fn image_of(values: &[f32]) -> Result<Vec<u8>, String> {
    let mut all = vec![values[0]; BYTES];
    all[..values.len()].copy_from_slice(values);
    let written = file(&dictionary("<f4", "False", "(1, 28, 28)"), &floats(&all));
    let pixels = pixels_of(written.path()).map_err(|e| e.to_string())?;
    Ok(pixels[..values.len()].to_vec())
}

#[test]
fn the_range_of_floats_determines_their_scale() {
    assert_eq!(image_of(&[0.0, 0.5, 1.0]).unwrap(), [0, 128, 255]);
    assert_eq!(image_of(&[-1.0, 0.0, 1.0]).unwrap(), [0, 128, 255]);
    assert_eq!(
        image_of(&[0.0, 1.5, 254.6, 255.0]).unwrap(),
        [0, 2, 255, 255]
    );
    assert_eq!(image_of(&[0.0, 0.0]).unwrap(), [0, 0]);
    // Rounding errors of a generator's Tanh, or of a division.
    assert_eq!(image_of(&[-1.000_000_1, 1.000_000_1]).unwrap(), [0, 255]);
    assert_eq!(image_of(&[0.0, 1.000_000_1]).unwrap(), [0, 255]);
    assert_eq!(image_of(&[-0.000_000_1, 1.0]).unwrap(), [0, 255]);
    for (values, words) in [
        (&[0.0, f32::NAN][..], "found NaN at [0, 0, 1], expected"),
        (&[0.0, 0.0, f32::INFINITY], "found inf at [0, 0, 2]"),
        (&[-0.424, 2.822], "found values from -0.424"),
        (
            &[0.0, 300.0],
            "found values from 0 to 300, expected an array of N×H×W pixels, or N×H×W×3 in colour: integers from 0 to 255, or",
        ),
    ] {
        let message = image_of(values).unwrap_err();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn booleans_are_black_and_white() {
    let mut values = [0; BYTES];
    values[5] = 1;
    let written = file(&dictionary("|b1", "False", "(1, 28, 28, 1)"), &values);
    let pixels = pixels_of(written.path()).unwrap();
    assert_eq!((pixels[4], pixels[5]), (0, 255));
}

#[test]
fn arrays_of_cnpy_keras_and_big_endian_machines_are_read() {
    let expected: Vec<u8> = (0..2 * BYTES).map(|i| (i * 7 % 256) as u8).collect();
    let wide =
        |to: fn(u8) -> Vec<u8>| -> Vec<u8> { expected.iter().flat_map(|v| to(*v)).collect() };
    let mut fortran = vec![0; 2 * BYTES];
    for (place, value) in expected.iter().enumerate() {
        let (image, row, column) = (place / BYTES, place / 28 % 28, place % 28);
        fortran[image + 2 * (row + 28 * column)] = *value;
    }
    for (kind, order, shape, bytes) in [
        ("<u1", "False", "(2, 28, 28, 1)", expected.clone()),
        ("|u1", "True", "(2, 28, 28)", fortran),
        (
            "<i8",
            "False",
            "(2, 784)",
            wide(|v| i64::from(v).to_le_bytes().to_vec()),
        ),
        (
            ">i4",
            "False",
            "(2, 1, 28, 28)",
            wide(|v| i32::from(v).to_be_bytes().to_vec()),
        ),
        (
            ">u2",
            "False",
            "(2, 28, 28)",
            wide(|v| u16::from(v).to_be_bytes().to_vec()),
        ),
        (
            ">f8",
            "False",
            "(2, 28, 28)",
            wide(|v| f64::from(v).to_be_bytes().to_vec()),
        ),
        (
            "<f2",
            "False",
            "(2, 28, 28)",
            wide(|v| {
                half::f16::from_f32(f32::from(v) / 255.0)
                    .to_le_bytes()
                    .to_vec()
            }),
        ),
    ] {
        let written = file(&dictionary(kind, order, shape), &bytes);
        assert!(
            pixels_of(written.path()).unwrap() == expected,
            "{kind} {order} {shape}"
        );
    }
}

#[test]
fn later_versions_have_longer_headers() {
    for version in [2, 3] {
        let mut written = tempfile::NamedTempFile::new().unwrap();
        let header = dictionary("|u1", "False", "(1, 28, 28)");
        written
            .write_all(&[b"\x93NUMPY", &[version, 0][..]].concat())
            .unwrap();
        written
            .write_all(&(header.len() as u32).to_le_bytes())
            .unwrap();
        written.write_all(header.as_bytes()).unwrap();
        written.write_all(&[3; BYTES]).unwrap();
        assert_eq!(pixels_of(written.path()).unwrap(), [3; BYTES]);
    }
}

#[test]
fn rows_may_have_any_number_type_and_trailing_ones() {
    let bytes: Vec<u8> = [1_i32, -2, 3, 4]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    let written = file(&dictionary(">i4", "False", "(2, 2, 1, 1)"), &bytes);
    assert_eq!(
        read_rows(written.path()).unwrap(),
        (2, 2, vec![1.0, -2.0, 3.0, 4.0])
    );
    let written = file(&dictionary(">i4", "True", "(2, 2)"), &bytes);
    assert_eq!(
        read_rows(written.path()).unwrap(),
        (2, 2, vec![1.0, 3.0, -2.0, 4.0])
    );
}

#[test]
fn channels_come_last_however_they_were_written() {
    let (shape, n) = (ImageShape::new(3, 2, 4).unwrap(), 2 * 24);
    let expected: Vec<u8> = (0..n).map(|i| (i * 5) as u8).collect();
    let mut planar = vec![0; n];
    for (i, value) in expected.iter().enumerate() {
        let (image, pixel, channel) = (i / 24, i / 3 % 8, i % 3);
        planar[image * 24 + channel * 8 + pixel] = *value;
    }
    for (dimensions, bytes) in [("(2, 2, 4, 3)", &expected), ("(2, 3, 2, 4)", &planar)] {
        let written = file(&dictionary("|u1", "False", dimensions), bytes);
        let read = read_images(written.path()).unwrap();
        assert_eq!((read.shape(), read.pixels()), (shape, &expected[..]));
    }
}
