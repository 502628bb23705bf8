//! Specs, users' files, and what `auto` does without a network. No test needs a network.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use super::*;
use crate::data::net::Network;
use crate::data::registry::{Classes, PublishedFile, Split};
use crate::shape::ImageShape;

/// An idx file: magic number, dimensions, then `bytes`.
fn idx(magic: u32, dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
    let words = std::iter::once(&magic).chain(dimensions);
    words
        .flat_map(|word| word.to_be_bytes())
        .chain(bytes.iter().copied())
        .collect()
}

fn images(count: usize) -> Vec<u8> {
    idx(0x803, &[count as u32, 28, 28], &vec![7; count * 784])
}

fn labels(labels: &[u8]) -> Vec<u8> {
    idx(0x801, &[labels.len() as u32], labels)
}

fn quiet(spec: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    load(spec, options, &mut |_| {}, &|| false)
}

fn from_path(path: &Path) -> Result<Dataset, DataError> {
    quiet(path.to_str().unwrap(), &LoadOptions::default())
}

/// A dataset like MNIST whose files are those of `folder`.
fn entry_of(folder: &Path) -> Entry {
    let file = |name: &'static str| {
        let md5 = crate::data::checksum::checksum(&folder.join(name)).unwrap_or_default();
        PublishedFile {
            name,
            md5_gz: "none",
            md5: Some(Box::leak(md5.into_boxed_str())),
        }
    };
    Entry {
        name: "small",
        title: "Small",
        about: "a small dataset",
        classes: Classes::Named(&["zero", "one"]),
        shape: ImageShape::MNIST,
        train_images: 3,
        test_images: 2,
        origin: Origin::Published(Published {
            content: Content::Idx {
                train: Split {
                    images: file("train-images"),
                    labels: file("train-labels"),
                },
                test: Split {
                    images: file("test-images"),
                    labels: file("test-labels"),
                },
            },
            folders: &["elsewhere", "."],
            archive: Some("small.npz"),
            mirrors: &[],
        }),
    }
}

/// The four files of such a dataset in `dir/small`.
fn small(dir: &Path, train_labels: &[u8]) -> Entry {
    let folder = dir.join("small");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("train-images"), images(3)).unwrap();
    fs::write(folder.join("train-labels"), labels(train_labels)).unwrap();
    fs::write(folder.join("test-images"), images(2)).unwrap();
    fs::write(folder.join("test-labels"), labels(&[1, 0])).unwrap();
    entry_of(&folder)
}

fn options(dir: &Path) -> LoadOptions {
    LoadOptions {
        data_dir: Some(dir.to_owned()),
        network: Network::direct(),
        ..LoadOptions::default()
    }
}

/// Runs `auto` for a preferred dataset; also returns the progress messages.
fn run_auto(entry: &Entry, options: &LoadOptions) -> (Result<Dataset, DataError>, Vec<String>) {
    let mut said = Vec::new();
    let mut progress = |progress: Progress| said.push(progress.what);
    let result = auto(
        entry,
        options,
        &mut Watch {
            progress: &mut progress,
            cancelled: &|| false,
        },
    );
    (result, said)
}

#[test]
fn an_unknown_name_lists_the_names_and_guesses() {
    let error = quiet("mnits", &LoadOptions::default()).unwrap_err();
    assert!(error.is_input());
    assert_eq!(
        error.to_string(),
        "dataset \"mnits\": found neither a dataset of that name nor such a file or folder; expected auto, mnist, \
         fashion-mnist, digits, stacked-mnist, cifar-10 or the path of a folder, an archive or an idx, npy or npz file of images; did you mean \"mnist\"?"
    );
    assert!(check("auto").is_ok() && check("digits").is_ok() && check("no/such/file").is_err());
}

#[test]
fn a_users_file_is_read_with_the_labels_next_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("my-images-idx3-ubyte");
    fs::write(&path, images(3)).unwrap();
    let plain = from_path(&path).unwrap();
    assert_eq!(
        (
            plain.train.len(),
            plain.train.label(0),
            plain.test.is_none()
        ),
        (3, None, true)
    );
    assert_eq!(
        (plain.title.as_str(), plain.info().images),
        ("my-images-idx3-ubyte", 3)
    );

    fs::write(
        dir.path().join("my-labels-idx1-ubyte"),
        labels(&[3, 200, 1]),
    )
    .unwrap();
    assert_eq!(from_path(&path).unwrap().train.label(1), Some(200));
}

#[test]
fn labels_and_images_of_different_length_are_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("images");
    fs::write(&path, images(3)).unwrap();
    fs::write(dir.path().join("labels"), labels(&[1, 2])).unwrap();
    let error = from_path(&path).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::LengthsDiffer {
                images: 3,
                labels: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_published_dataset_is_read_from_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let entry = small(dir.path(), &[0, 1, 1]);
    let dataset = run_auto(&entry, &options(dir.path())).0.unwrap();
    assert_eq!(
        (dataset.name.as_str(), dataset.train.len(), dataset.notice),
        ("small", 3, None)
    );
    assert_eq!(dataset.test.unwrap().label(0), Some(1));
}

#[test]
fn a_label_that_is_not_a_class_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let entry = small(dir.path(), &[0, 1, 2]);
    let error = run_auto(&entry, &options(dir.path())).0.unwrap_err();
    assert!(
        matches!(
            error,
            DataError::LabelOutOfRange {
                index: 2,
                found: 2,
                classes: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_damaged_file_is_an_error_even_for_auto() {
    let dir = tempfile::tempdir().unwrap();
    let entry = small(dir.path(), &[0, 1, 1]);
    fs::write(dir.path().join("small/test-images"), images(1)).unwrap();
    fs::remove_file(dir.path().join("small/train-images")).unwrap();
    let error = run_auto(&entry, &options(dir.path())).0.unwrap_err();
    assert!(
        matches!(&error, DataError::WrongChecksum { path, .. } if path.ends_with("test-images")),
        "{error}"
    );
    assert!(
        error.is_input() && error.to_string().contains("`genai-tui data fetch small`"),
        "{error}"
    );
}

#[test]
fn without_a_network_auto_uses_the_digits_with_a_notice() {
    let dir = tempfile::tempdir().unwrap();
    let entry = entry_of(dir.path());
    // Nobody listens at the first address; at the second one a listener never answers.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [closed, silent.local_addr().unwrap()] {
        let options = LoadOptions {
            mirror: Some(format!("http://{address}")),
            patience: Duration::from_millis(200),
            ..options(dir.path())
        };
        let (dataset, said) = run_auto(&entry, &options);
        let dataset = dataset.unwrap();
        assert_eq!(
            (dataset.name.as_str(), dataset.train.len()),
            ("digits", 20_000)
        );
        let notice = dataset.notice.unwrap();
        for words in [
            "Small is not here and could not be downloaded: no ",
            "Using the built-in digits instead",
            "`genai-tui data fetch small`",
            "`--dataset small` makes this an error",
        ] {
            assert!(notice.contains(words), "{notice}");
        }
        let reason = if address == closed {
            "no connection: the server refused the connection [127.0.0.1]"
        } else {
            "no answer within 0.2 seconds [127.0.0.1]"
        };
        assert!(notice.contains(reason), "{notice}");
        assert!(
            said.iter()
                .any(|what| what == "downloading train-images.gz"),
            "{said:?}"
        );
    }
}

#[test]
fn a_dataset_named_outright_is_that_dataset_or_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let options = LoadOptions {
        mirror: Some(format!("http://{closed}")),
        ..options(dir.path())
    };
    let error = quiet("mnist", &options).unwrap_err();
    assert!(error.is_offline() && !error.is_input(), "{error}");
    assert!(
        error
            .to_string()
            .contains("could not download train-images-idx3-ubyte.gz: http://127.0.0.1:"),
        "{error}"
    );
}

#[test]
fn an_invalid_mirror_is_an_error_even_for_auto() {
    let dir = tempfile::tempdir().unwrap();
    let options = LoadOptions {
        mirror: Some("example".into()),
        ..options(dir.path())
    };
    assert!(matches!(
        quiet("auto", &options),
        Err(DataError::BadMirror { .. })
    ));
}

#[test]
fn cancelling_returns_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = LoadOptions {
        mirror: Some(format!("http://{}", silent.local_addr().unwrap())),
        ..options(dir.path())
    };
    let downloading = std::cell::Cell::new(false);
    let mut progress =
        |progress: Progress| downloading.set(progress.what.starts_with("downloading"));
    match load("auto", &options, &mut progress, &|| downloading.get()) {
        Err(DataError::Cancelled) => {}
        other => panic!("{:?}", other.map(|dataset| dataset.name)),
    }
}

/// The small dataset as other programs leave it: each of these is the only copy of the first file.
#[test]
fn files_are_recognised_by_content() {
    let gzip = |bytes: &[u8]| {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zeros = |mut bytes: Vec<u8>| {
        bytes.extend([0; 512]);
        bytes
    };
    for (place, bytes) in [
        ("small/train-images.gz", gzip(&images(3))),
        ("small/train-images.gz", images(3)),
        ("small/train-images.gz", zeros(gzip(&images(3)))),
        ("small/train.images", images(3)),
        ("small/TRAIN-IMAGES.GZ", gzip(&images(3))),
        ("small/train-images (1).gz", gzip(&images(3))),
        ("small/train-images/train-images", images(3)),
        ("elsewhere/train-images", images(3)),
        ("elsewhere/train-images.gz", gzip(&images(3))),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let entry = small(dir.path(), &[0, 1, 1]);
        fs::remove_file(dir.path().join("small/train-images")).unwrap();
        let path = dir.path().join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        let dataset = run_auto(&entry, &options(dir.path())).0.unwrap();
        assert_eq!(
            (dataset.name.as_str(), dataset.train.len()),
            ("small", 3),
            "{place}"
        );
        assert!(matches!(
            crate::data::presence(&entry, dir.path()),
            crate::data::Presence::Verified { .. }
        ));
    }
}

#[test]
fn wrong_files_are_an_error_only_in_the_datasets_own_folder() {
    let dir = tempfile::tempdir().unwrap();
    let entry = small(dir.path(), &[0, 1, 1]);
    let home = dir.path().join("small/train-images");
    let elsewhere = dir.path().join("elsewhere/train-images.gz");
    fs::create_dir(dir.path().join("elsewhere")).unwrap();
    fs::rename(&home, &elsewhere).unwrap();
    // A good file elsewhere makes up for a bad one in its own folder.
    fs::write(&home, images(2)).unwrap();
    assert!(run_auto(&entry, &options(dir.path())).0.is_ok());
    fs::write(&elsewhere, images(1)).unwrap();
    let error = run_auto(&entry, &options(dir.path())).0.unwrap_err();
    assert!(
        error.to_string().contains("small/train-images: found MD5"),
        "{error}"
    );
    fs::remove_file(&home).unwrap();
    let presence = crate::data::presence(&entry, dir.path());
    let crate::data::Presence::Missing {
        files,
        all: false,
        passed_over,
    } = presence
    else {
        panic!("{presence:?}");
    };
    assert_eq!((files, passed_over.len()), (vec!["train-images"], 1));
    fs::write(&home, b"\xfd7zXZ\0 and so on, and so on").unwrap();
    let error = run_auto(&entry, &options(dir.path())).0.unwrap_err();
    assert!(
        error.is_input() && error.to_string().contains("found an xz archive"),
        "{error}"
    );
}

/// An archive of arrays as Keras makes it, with the content of these files.
#[test]
fn an_archive_is_accepted_if_its_arrays_match() {
    use std::io::Write as _;
    let dir = tempfile::tempdir().unwrap();
    let entry = small(dir.path(), &[0, 1, 1]);
    fs::remove_dir_all(dir.path().join("small")).unwrap();
    let write = |first: u8| {
        let array = |shape: &str, values: &[u8]| {
            let header =
                format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
            let length = (header.len() as u16).to_le_bytes();
            [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), values].concat()
        };
        let mut train = vec![7; 3 * 784];
        train[0] = first;
        let file = fs::File::create(dir.path().join("small.npz")).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        for (name, array) in [
            ("x_train.npy", array("(3, 28, 28)", &train)),
            ("y_train.npy", array("(3,)", &[0, 1, 1])),
            ("x_test.npy", array("(2, 28, 28)", &[7; 2 * 784])),
            ("y_test.npy", array("(2,)", &[1, 0])),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(&array).unwrap();
        }
        zip.finish().unwrap();
    };
    write(7);
    let dataset = run_auto(&entry, &options(dir.path())).0.unwrap();
    assert_eq!((dataset.name.as_str(), dataset.train.len()), ("small", 3));
    assert_eq!(dataset.test.unwrap().label(0), Some(1));
    write(8);
    assert!(matches!(
        crate::data::presence(&entry, dir.path()),
        crate::data::Presence::Missing { all: true, passed_over, .. } if passed_over.len() == 1
    ));
}
