//! CIFAR-10's binary version: files of records, each a byte for the class and the red, green and blue planes of a 32×32 image.
//!
//! Read from the folder of the six files or from the published archive, `cifar-10-binary.tar.gz`.

use std::io::Read;
use std::path::Path;

use super::error::DataError;
use super::gzip::unpacked;
use super::image_set::{ImageSet, ImageSets};
use super::pixels::Pixels;
use super::watch::Watch;
use crate::files;
use crate::memory::Block;
use crate::shape::ImageShape;

/// The classes.
pub(super) const CLASSES: &[&str] = &[
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];
/// The shape of its images.
pub(super) const SHAPE: ImageShape = ImageShape::known(3, 32, 32);
const TRAIN: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
const TEST: &str = "test_batch.bin";
/// Records of each file.
const RECORDS: usize = 10_000;
/// Entries of an archive that are looked at to find out whether it is CIFAR-10's.
const LOOKED_AT: usize = 4;

/// Returns whether a folder holds the binary version.
pub(super) fn is_in(folder: &Path) -> bool {
    folder.join(TRAIN[0]).is_file()
}

/// Returns whether a tar archive is that of the binary version, by the names of its first entries.
pub(super) fn is_packed_in(archive: &Path) -> bool {
    let Ok(reader) = unpacked(archive) else {
        return false;
    };
    let mut tar = tar::Archive::new(reader);
    let Ok(entries) = tar.entries() else {
        return false;
    };
    entries.flatten().take(LOOKED_AT).any(|entry| {
        let name = entry.path().ok();
        let name = name.as_deref().and_then(Path::file_name);
        name.is_some_and(|name| TRAIN.iter().any(|known| name == *known) || name == TEST)
    })
}

/// The images in a folder; held-out ones if their file is there.
pub(super) fn read_folder(folder: &Path, watch: &Watch<'_>) -> Result<ImageSets, DataError> {
    let mut reading = Reading::default();
    for name in TRAIN.iter().chain([&TEST]) {
        watch.check()?;
        let path = folder.join(name);
        if *name == TEST && !path.exists() {
            continue;
        }
        let bytes = files::read(&path).map_err(DataError::io(&path, "read it"))?;
        reading.add(&path, name, &bytes)?;
    }
    reading.sets(folder)
}

/// The images in an archive.
pub(super) fn read_archive(archive: &Path, watch: &Watch<'_>) -> Result<ImageSets, DataError> {
    let broken = |error: std::io::Error| DataError::BrokenArchive {
        path: archive.to_owned(),
        reason: error.to_string(),
    };
    let mut tar = tar::Archive::new(unpacked(archive)?);
    let mut reading = Reading::default();
    for entry in tar.entries().map_err(broken)? {
        watch.check()?;
        let entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| TRAIN.contains(name) || *name == TEST) else {
            continue;
        };
        let name = name.to_owned();
        let mut bytes = Vec::new();
        // One more than there should be, so that too many are noticed.
        let most = (RECORDS * record() + 1) as u64;
        entry.take(most).read_to_end(&mut bytes).map_err(broken)?;
        reading.add(&archive.join(&path), &name, &bytes)?;
    }
    reading.sets(archive)
}

/// Bytes of a record.
fn record() -> usize {
    1 + SHAPE.values()
}

/// Images and labels of the files read so far, by file.
#[derive(Default)]
struct Reading {
    train: [Option<(Vec<u8>, Vec<u16>)>; TRAIN.len()],
    test: Option<(Vec<u8>, Vec<u16>)>,
}

impl Reading {
    fn add(&mut self, path: &Path, name: &str, bytes: &[u8]) -> Result<(), DataError> {
        let wrong = |found: String| DataError::Npy {
            path: path.to_owned(),
            found,
            expected: "10,000 records of a class from 0 to 9 and 3,072 bytes of pixels, as in CIFAR-10's binary version",
        };
        if bytes.len() != RECORDS * record() {
            return Err(wrong(format!("{} bytes", bytes.len())));
        }
        let (mut pixels, mut labels) =
            (Vec::with_capacity(bytes.len()), Vec::with_capacity(RECORDS));
        for (i, record) in bytes.chunks_exact(record()).enumerate() {
            let (label, planes) = (record[0], &record[1..]);
            if usize::from(label) >= CLASSES.len() {
                return Err(wrong(format!("class {label} in record {i}")));
            }
            labels.push(u16::from(label));
            let plane = SHAPE.pixels();
            for pixel in 0..plane {
                pixels.extend((0..SHAPE.channels()).map(|channel| planes[channel * plane + pixel]));
            }
        }
        let place = match TRAIN.iter().position(|known| *known == name) {
            Some(at) => &mut self.train[at],
            None => &mut self.test,
        };
        *place = Some((pixels, labels));
        Ok(())
    }

    fn sets(self, path: &Path) -> Result<ImageSets, DataError> {
        let set = |(pixels, labels): (Vec<u8>, Vec<u16>)| {
            ImageSet::of(SHAPE, Pixels::of(Block::from(pixels))).with_labels(labels)
        };
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for (name, part) in TRAIN.iter().zip(self.train) {
            let Some((some, their)) = part else {
                return Err(DataError::Npy {
                    path: path.to_owned(),
                    found: format!("no {name}"),
                    expected: "the five files of CIFAR-10's binary version, data_batch_1.bin to data_batch_5.bin",
                });
            };
            pixels.extend(some);
            labels.extend(their);
        }
        ImageSets::new(set((pixels, labels)), self.test.map(set), path)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    /// A file of 10,000 records: record i is of class i % 10, with red 1, green 2, blue 3, and i % 251 in its first red pixel.
    fn file() -> Vec<u8> {
        let mut bytes = Vec::with_capacity(RECORDS * record());
        for i in 0..RECORDS {
            bytes.push((i % 10) as u8);
            let start = bytes.len();
            for level in 1..=3 {
                bytes.extend(std::iter::repeat_n(level, SHAPE.pixels()));
            }
            bytes[start] = (i % 251) as u8;
        }
        bytes
    }

    #[test]
    fn planes_become_pixels_and_the_first_byte_the_class() {
        let mut reading = Reading::default();
        let path = Path::new("data_batch_1.bin");
        reading.add(path, TRAIN[0], &file()).unwrap();
        let (pixels, labels) = reading.train[0].as_ref().unwrap();
        assert_eq!((labels.len(), labels[17]), (RECORDS, 7));
        let image = &pixels[17 * SHAPE.values()..18 * SHAPE.values()];
        assert_eq!(image[..6], [17, 2, 3, 1, 2, 3]);
        let error = reading.sets(Path::new("cifar")).unwrap_err().to_string();
        assert!(
            error.starts_with("cifar: found no data_batch_2.bin"),
            "{error}"
        );
    }

    #[test]
    fn other_files_are_refused() {
        let mut bytes = file();
        let refused = |bytes: &[u8]| {
            let added = Reading::default().add(Path::new("x.bin"), TRAIN[0], bytes);
            added.unwrap_err().to_string()
        };
        assert!(
            refused(&bytes[1..])
                .starts_with("x.bin: found 30729999 bytes, expected 10,000 records")
        );
        bytes[record()] = 10;
        assert!(refused(&bytes).starts_with("x.bin: found class 10 in record 1"));
    }
}
