//! Data files in the wild: what other programs, archives and browsers leave, and what cannot be trained on.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::workbench::{Bench, Done, mnist};

/// An npy file.
pub fn npy(kind: &str, order: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values);
    bytes
}

/// `count` images of slanted lines.
fn lines(count: usize) -> Vec<u8> {
    let pixel = |i: usize| {
        let (image, row, column) = (i / 784, i / 28 % 28, i % 28);
        if (row + image) % 28 == column { 200 } else { 0 }
    };
    (0..count * 784).map(pixel).collect()
}

fn train(bench: &Bench, name: &str, dataset: &str, more: &[&str]) -> Done {
    let arguments = [
        "--no-tui",
        "--name",
        name,
        "--dataset",
        dataset,
        "--steps",
        "4",
        "--batch-size",
        "8",
        "--set",
        "samples.every_steps=2",
        "--set",
        "samples.count=4",
        "--format",
        "json",
    ];
    bench.run(&[&arguments, more].concat())
}

#[test]
fn arrays_of_other_programs_can_be_trained_on() {
    let bench = Bench::new();
    let bytes = lines(16);
    let floats: Vec<u8> = bytes
        .iter()
        .flat_map(|b| (f32::from(*b) / 255.0).to_le_bytes())
        .collect();
    for (name, file) in [
        ("cnpy", npy("<u1", "False", "(16, 28, 28, 1)", &bytes)),
        ("keras", npy("|u1", "False", "(16, 28, 28, 1)", &bytes)),
        ("floats", npy("<f4", "False", "(16, 784)", &floats)),
    ] {
        fs::write(bench.path(name), file).unwrap();
        let done = train(&bench, name, name, &[]);
        assert_eq!(done.code, Some(0), "{name}: {}", done.err);
        let shown = bench.run(&["data", "show", name, "--count", "2"]);
        assert!(shown.out.contains("16 images"), "{}", shown.out);
    }
    // The same images in any format give the same run.
    let weights = |name: &str| bench.record(name).last().generator();
    assert_eq!(weights("cnpy"), weights("floats"));

    let mut zip = zip::ZipWriter::new(File::create(bench.path("all.npz")).unwrap());
    let labels: Vec<u8> = (0..16_i64).flat_map(i64::to_le_bytes).collect();
    for (array, file) in [
        ("x_train.npy", npy("|u1", "False", "(16, 28, 28)", &bytes)),
        ("y_train.npy", npy("<i8", "False", "(16,)", &labels)),
        ("about.npy", npy("|O", "False", "()", b"pickle")),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        let method = if array.starts_with('x') {
            zip::CompressionMethod::Deflated
        } else {
            zip::CompressionMethod::Stored
        };
        zip.start_file(array, options.compression_method(method))
            .unwrap();
        zip.write_all(&file).unwrap();
    }
    zip.finish().unwrap();
    let shown = bench.run(&["data", "show", "all.npz", "--count", "16"]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    assert!(
        shown.out.contains("16 images") && shown.out.contains("15"),
        "{}",
        shown.out
    );
}

#[test]
fn unreadable_files_are_reported_with_format_and_position() {
    let bench = Bench::new();
    let mut bad = vec![0; 784 * 8];
    bad[8 * 33..8 * 34].copy_from_slice(&f64::NAN.to_le_bytes());
    for (file, words) in [
        (
            b"\xfd7zXZ\0more of it".to_vec(),
            "found an xz archive, expected an idx, npy or npz file, plain or gzipped: unpack it first",
        ),
        (b"BZh91AY&SY".to_vec(), "found a bzip2 archive"),
        (
            b"\x28\xb5\x2f\xfdxxxxxxxx".to_vec(),
            "found a Zstandard archive",
        ),
        (
            b"PK\x03\x04xxxxxxxxxxxxxxxxxxxxxxxxxx".to_vec(),
            "found a zip archive that cannot be read",
        ),
        (b"<!DOCTYPE html><html>".to_vec(), "found a web page"),
        (
            npy("<f8", "False", "(1, 28, 28)", &bad),
            "found NaN at [0, 1, 5]",
        ),
        (
            npy("|O", "False", "(3,)", b"pickle"),
            "pickled Python objects",
        ),
        (
            npy("|u1", "False", "(28, 28, 3)", &[0; 2352]),
            "shape (28, 28, 3), expected an array of N×H×W pixels, or N×H×W×3 in colour",
        ),
        (
            npy("|u1", "False", "(99999999999, 28, 28)", &[0; 784]),
            "ends too early",
        ),
    ] {
        fs::write(bench.path("file"), file).unwrap();
        let done = bench.run(&["data", "show", "file"]);
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(words), "no `{words}` in: {}", done.err);
    }
}

/// Identical images have no diversity to compare samples with.
#[test]
fn identical_images_have_no_diversity() {
    let bench = Bench::new();
    fs::write(
        bench.path("black.npy"),
        npy("|u1", "False", "(16, 28, 28)", &[0; 16 * 784]),
    )
    .unwrap();
    let done = train(&bench, "black", "black.npy", &[]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.err.contains("all pixels of all images are the same"),
        "{}",
        done.err
    );
    let samples = bench.record("black").of_kind("samples");
    assert!(!samples.is_empty());
    assert!(
        samples.iter().all(|event| event.get("diversity").is_none()),
        "{samples:?}"
    );
    let values = bench.record("black").text("events.jsonl");
    assert!(
        !values.contains("e306") && !values.contains("lost_diversity"),
        "{values}"
    );
    // A condition on a missing metric fails, as everywhere.
    let done = train(
        &bench,
        "b",
        "black.npy",
        &["--fail-if", "diversity < 0.5 after 1"],
    );
    assert_eq!(done.code, Some(3), "{}", done.err);
    // With images that vary, it exists.
    fs::write(
        bench.path("lines"),
        npy("|u1", "False", "(16, 784)", &lines(16)),
    )
    .unwrap();
    assert_eq!(train(&bench, "lines", "lines", &[]).code, Some(0));
    let samples = bench.record("lines").of_kind("samples");
    let diversity = |event: &Value| event["diversity"].as_f64().is_some_and(|d| d < 10.0);
    assert!(samples.iter().all(diversity), "{samples:?}");
}

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The path and the bytes of each of the four files.
type Layout<'a> = Box<dyn Fn(usize) -> (String, Vec<u8>) + 'a>;

#[test]
#[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
fn mnist_is_found_as_torchvision_kaggle_and_browsers_leave_it() {
    let Some(mnist) = mnist() else {
        eprintln!("skipped: no MNIST here");
        return;
    };
    let bench = Bench::new();
    let packed: Vec<Vec<u8>> = NAMES
        .iter()
        .map(|name| fs::read(mnist.join(format!("{name}.gz"))).unwrap())
        .collect();
    let plain: Vec<Vec<u8>> = packed
        .iter()
        .map(|bytes| {
            let mut plain = Vec::new();
            GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
            plain
        })
        .collect();
    let anew = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let layouts: [(&str, Layout<'_>); 6] = [
        (
            "torchvision",
            Box::new(|i| (format!("MNIST/raw/{}", NAMES[i]), plain[i].clone())),
        ),
        (
            "still packed",
            Box::new(|i| (format!("MNIST/raw/{}.gz", NAMES[i]), packed[i].clone())),
        ),
        (
            "kaggle",
            Box::new(|i| (format!("mnist/{0}/{0}", NAMES[i]), plain[i].clone())),
        ),
        (
            "browser",
            Box::new(|i| (format!("mnist/{}.gz", NAMES[i]), plain[i].clone())),
        ),
        (
            "dots",
            Box::new(|i| {
                (
                    NAMES[i].replacen("-idx", ".idx", 1).to_uppercase(),
                    plain[i].clone(),
                )
            }),
        ),
        (
            "repacked, with zeros behind",
            Box::new(|i| {
                let bytes = [anew(&plain[i]), vec![0; 512]].concat();
                (format!("mnist/{}.gz", NAMES[i]), bytes)
            }),
        ),
    ];
    for (layout, file) in &layouts {
        let dir = bench.path(layout);
        for i in 0..4 {
            let (path, bytes) = file(i);
            let path = dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let done = bench.run(&[
            "data",
            "list",
            "--format",
            "json",
            "--data-dir",
            dir.to_str().unwrap(),
        ]);
        let list: Value = serde_json::from_str(&done.out).unwrap();
        let mnist = &list["datasets"][0];
        assert_eq!(mnist["state"], "verified", "{layout}: {mnist}");
        fs::remove_dir_all(&dir).unwrap();
    }

    // Another file with the right name in someone else's folder is skipped with a warning.
    let dir = bench.path("other");
    fs::create_dir_all(dir.join("MNIST/raw")).unwrap();
    fs::write(
        dir.join("MNIST/raw/train-images-idx3-ubyte.gz"),
        &packed[0][..1000],
    )
    .unwrap();
    let done = bench.run(&["data", "list", "--data-dir", dir.to_str().unwrap()]);
    assert!(
        done.out.contains("not here") && done.out.contains("passed over"),
        "{}",
        done.out
    );
    assert!(done.out.contains("ends too early"), "{}", done.out);
}
