//! Every way in which an idx file can be wrong.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// An images file whose header says `count`, followed by `bytes` bytes.
fn images(count: u32, side: (u32, u32), bytes: usize) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [IMAGES_MAGIC, count, side.0, side.1] {
        file.extend(word.to_be_bytes());
    }
    file.extend((0..bytes).map(|i| (i * 7 % 251) as u8));
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a file and reads it as images.
fn read(bytes: &[u8]) -> Result<ImageSet, DataError> {
    let (_dir, path) = file(bytes);
    read_images(&path)
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("some-images");
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn error(bytes: &[u8]) -> DataError {
    match read(bytes) {
        Ok(images) => panic!("read {} images", images.len()),
        Err(error) => error,
    }
}

#[test]
fn images_beyond_what_is_reserved_are_read_as_well() {
    let count = (RESERVE / 784) as u32 + 2;
    let header = images(count, (28, 28), 0);
    let size = u64::from(count) * 784;
    let all = |bytes| {
        let bytes = header.as_slice().chain(std::io::repeat(7).take(bytes));
        images_of(&mut Source::of(Path::new("many"), bytes))
    };
    let found = all(size).unwrap();
    assert_eq!(found.len(), count as usize);
    assert!(found.pixels().iter().all(|pixel| *pixel == 7));
    assert!(matches!(
        all(size - 1).unwrap_err(),
        DataError::TooFewBytes { found, .. } if found == size - 1
    ));
    assert!(matches!(
        all(size + 1).unwrap_err(),
        DataError::TooManyBytes { .. }
    ));
}

#[test]
fn a_good_file_reads_the_same_packed_and_unpacked() {
    let bytes = images(3, (28, 28), 3 * 784);
    assert_eq!(read(&bytes).unwrap().pixels(), &bytes[16..]);
    assert_eq!(read(&gzip(&bytes)).unwrap().pixels(), &bytes[16..]);
}

#[test]
fn images_have_the_size_that_the_header_says() {
    let bytes = images(3, (8, 12), 3 * 96);
    let read_back = read(&bytes).unwrap();
    assert_eq!(read_back.shape(), ImageShape::new(1, 8, 12).unwrap());
    assert_eq!(read_back.pixels(), &bytes[16..]);
    // In colour, as this program writes them.
    let shape = ImageShape::new(3, 8, 12).unwrap();
    let colour =
        crate::protocol::ImageGrid::new(shape, (0..2 * 288).map(|i| (i % 251) as u8).collect());
    let mut written = Vec::new();
    crate::picture::write_idx(&colour, &mut written).unwrap();
    let colour = ImageSet::from(colour);
    assert_eq!(read(&written).unwrap(), colour);
    assert_eq!(read(&gzip(&written)).unwrap(), colour);
}

#[test]
fn labels_are_read_and_not_mistaken_for_images() {
    let mut bytes = LABELS_MAGIC.to_be_bytes().to_vec();
    bytes.extend([0, 0, 0, 3, 5, 0, 4]);
    let (_dir, path) = file(&bytes);
    assert_eq!(read_labels(&path).unwrap(), [5, 0, 4]);
    let error = read_images(&path).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::WrongMagic {
                found: LABELS_MAGIC,
                expected: IMAGES_MAGIC,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains(
        "some-images: found magic number 0x00000801 (labels), expected 0x00000803 (images)"
    ));
}

#[test]
fn a_truncated_gzip_is_reported_wherever_it_ends() {
    let packed = gzip(&images(3, (28, 28), 3 * 784));
    for length in [5, 12, packed.len() / 2, packed.len() - 1] {
        let error = error(&packed[..length]);
        assert!(
            matches!(error, DataError::TruncatedGzip { .. }),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_damaged_gzip_is_reported() {
    let mut packed = gzip(&images(3, (28, 28), 3 * 784));
    let checksum = packed.len() - 6;
    packed[checksum] ^= 1;
    let error = error(&packed);
    assert!(
        matches!(error, DataError::DamagedGzip { unpacked: 2368, .. }),
        "{error}"
    );
}

#[test]
fn a_wrong_magic_number_is_named() {
    let error = error(b"\x89PNG\r\n\x1a\n and so on");
    assert!(
        error
            .to_string()
            .contains("found a PNG picture; a dataset of pictures is the folder that holds them"),
        "{error}"
    );
}

#[test]
fn too_few_and_too_many_bytes_are_distinguished() {
    let few = error(&images(3, (28, 28), 3 * 784 - 1));
    assert!(
        matches!(
            few,
            DataError::TooFewBytes {
                count: 3,
                found: 2351,
                expected: 2352,
                ..
            }
        ),
        "{few}"
    );
    let many = error(&gzip(&images(3, (28, 28), 3 * 784 + 1)));
    assert!(
        matches!(
            many,
            DataError::TooManyBytes {
                count: 3,
                expected: 2352,
                ..
            }
        ),
        "{many}"
    );
}

#[test]
fn a_huge_count_is_an_error_without_allocating() {
    let error = error(&images(u32::MAX, (28, 28), 784));
    assert!(
        matches!(
            error,
            DataError::TooFewBytes {
                count: 4_294_967_295,
                found: 784,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn impossible_sizes_empty_sets_and_stubs_are_errors() {
    for side in [(0, 28), (28, 5000)] {
        let size = error(&images(3, side, 0));
        assert!(matches!(size, DataError::WrongSize { .. }), "{size}");
        assert!(
            size.to_string().contains("expected sides from 1 to 4096"),
            "{size}"
        );
    }
    let empty = error(&images(0, (28, 28), 0));
    assert!(
        matches!(
            empty,
            DataError::Empty {
                items: "images",
                ..
            }
        ),
        "{empty}"
    );
    let stub = error(&images(3, (28, 28), 0)[..10]);
    assert!(
        matches!(
            stub,
            DataError::ShortHeader {
                found: 10,
                expected: 16,
                ..
            }
        ),
        "{stub}"
    );
    let nothing = error(b"");
    assert!(
        matches!(nothing, DataError::ShortHeader { found: 0, .. }),
        "{nothing}"
    );
}

#[test]
fn folders_and_missing_files_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        read_images(dir.path()),
        Err(DataError::NotAFile {
            found: crate::files::Kind::Folder,
            ..
        })
    ));
    let missing = read_images(&dir.path().join("none")).unwrap_err();
    assert!(
        missing.is_input() && matches!(missing, DataError::Io { .. }),
        "{missing}"
    );
}
