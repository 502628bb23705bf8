#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use anyhow::anyhow;

use super::*;
use crate::protocol::ImageGrid;

fn a_run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("digits/checkpoints/step-00000040");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("generator.safetensors"), "").unwrap();
    folder
}

fn args(folder: &Path, output: &str) -> SampleArgs {
    SampleArgs {
        run: folder.join("digits").display().to_string(),
        count: Some(10),
        seed: 7,
        weights: WeightsArgs::default(),
        class: None,
        png_dir: None,
        output: ImageOutputArgs {
            output: Some(folder.join(output)),
            ..ImageOutputArgs::default()
        },
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands for a generator, which can fail"
)]
fn draw(_: &Path, (count, _): (usize, OfClass<'_>), seed: u64) -> anyhow::Result<Generated> {
    Ok(Generated {
        images: ImageGrid::new(ImageShape::MNIST, vec![seed as u8; count * 784]),
        labels: None,
        classes: Vec::new(),
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands for a checkpoint, which may be unreadable"
)]
fn shape(_: &Path) -> anyhow::Result<ImageShape> {
    Ok(ImageShape::MNIST)
}

fn message(args: &SampleArgs) -> String {
    let failure = run(args, shape, draw).unwrap_err();
    assert_eq!(failure.exit_code(), 2, "{}", failure.message());
    failure.message()
}

#[test]
fn the_latest_checkpoint_generates_the_file() {
    let folder = a_run();
    run(&args(folder.path(), "a.idx"), shape, draw).unwrap();
    let bytes = fs::read(folder.path().join("a.idx")).unwrap();
    assert_eq!((bytes.len(), bytes[7], bytes[16]), (16 + 10 * 784, 10, 7));
}

#[test]
fn a_folder_has_a_picture_for_each_image_or_nothing() {
    let folder = a_run();
    let path = folder.path().join("deep/images");
    let into = |path: &Path| SampleArgs {
        png_dir: Some(path.to_owned()),
        output: ImageOutputArgs::default(),
        ..args(folder.path(), "unused.png")
    };
    run(&into(&path), shape, draw).unwrap();
    let mut names: Vec<_> = fs::read_dir(&path)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!((names.len(), names[9].to_str().unwrap()), (10, "00009.png"));
    let picture = image::open(path.join("00009.png")).unwrap().into_luma8();
    assert_eq!((picture.width(), picture.get_pixel(3, 3).0), (28, [7]));
    let message = message(&into(&path));
    assert!(
        message.contains("found a folder with files in it"),
        "{message}"
    );
    // A generator that fails leaves nothing.
    let other = folder.path().join("other");
    let failing = |_: &Path, _: (usize, OfClass<'_>), _: u64| -> anyhow::Result<Generated> {
        Err(anyhow!("no"))
    };
    assert!(run(&into(&other), shape, failing).is_err());
    assert!(!other.exists());
    fs::create_dir(&other).unwrap();
    run(&into(&other), shape, draw).unwrap();
    assert_eq!(fs::read_dir(&other).unwrap().count(), 10);
    let lines = png_dir::how_to_measure(Path::new("a b"));
    assert_eq!(
        lines[0],
        "torch-fidelity: fidelity --fid --isc --input1 'a b' --input2 REAL"
    );
    assert!(
        lines[1].starts_with("clean-fid: python -c "),
        "{}",
        lines[1]
    );
}

#[test]
fn a_png_names_its_origin_unless_told_not_to() {
    let folder = a_run();
    let says = |name: &str, words: &str| {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        bytes
            .windows(words.len())
            .any(|window| window == words.as_bytes())
    };
    let with = args(folder.path(), "a.png");
    run(&with, shape, draw).unwrap();
    for words in [
        "Source run\0digits",
        "Step\x0040",
        "Seed\x007",
        "generated image",
    ] {
        assert!(says("a.png", words), "{words}");
    }
    run(
        &SampleArgs {
            output: ImageOutputArgs {
                no_metadata: true,
                ..args(folder.path(), "b.png").output
            },
            ..args(folder.path(), "b.png")
        },
        shape,
        draw,
    )
    .unwrap();
    assert!(!says("b.png", "tEXt"));
}

#[test]
fn invalid_arguments_are_reported_before_generating() {
    let folder = a_run();
    let drawn = |_: &Path, _: (usize, OfClass<'_>), _: u64| -> anyhow::Result<Generated> {
        Err(anyhow!("drawn"))
    };
    for (wrong, words) in [
        (
            args(folder.path(), "a.jpg"),
            "expected a file name that ends in .png, .idx, .npy",
        ),
        (
            SampleArgs {
                count: Some(0),
                ..args(folder.path(), "a.png")
            },
            "--count: expected 1 to",
        ),
        (
            SampleArgs {
                count: Some(2_000_000),
                ..args(folder.path(), "a.npy")
            },
            "1 to 1000000 images",
        ),
        (
            SampleArgs {
                output: ImageOutputArgs {
                    columns: Some(0),
                    ..args(folder.path(), "a.png").output
                },
                ..args(folder.path(), "a.png")
            },
            "--columns: expected at least 1",
        ),
        (
            SampleArgs {
                output: ImageOutputArgs {
                    columns: Some(3),
                    ..args(folder.path(), "a.idx").output
                },
                ..args(folder.path(), "a.idx")
            },
            "--columns is for .png files",
        ),
        (
            SampleArgs {
                output: ImageOutputArgs {
                    no_metadata: true,
                    ..args(folder.path(), "a.npy").output
                },
                ..args(folder.path(), "a.npy")
            },
            "--no-metadata is for .png",
        ),
        (
            SampleArgs {
                run: "no-such-run".to_owned(),
                ..args(folder.path(), "a.png")
            },
            "no run `no-such-run`",
        ),
    ] {
        let failure = run(&wrong, shape, drawn).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.message().contains(words), "{}", failure.message());
    }
}

#[test]
fn a_checkpoint_that_cannot_be_used_is_bad_input_and_leaves_no_file() {
    let folder = a_run();
    let broken = |_: &Path, _: (usize, OfClass<'_>), _: u64| -> anyhow::Result<Generated> {
        Err(anyhow!("no header"))
    };
    let failure = run(&args(folder.path(), "a.png"), shape, broken).unwrap_err();
    assert_eq!(failure.exit_code(), 2);
    assert!(
        failure.message().contains("step-00000040") && failure.message().ends_with("no header")
    );
    assert!(!folder.path().join("a.png").exists());
}

#[test]
fn ten_thousand_images_fit_one_png() {
    let folder = a_run();
    run(
        &SampleArgs {
            count: Some(10_000),
            ..args(folder.path(), "a.png")
        },
        shape,
        draw,
    )
    .unwrap();
    let picture = image::open(folder.path().join("a.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (3002, 3002));
}

#[test]
fn a_missing_folder_is_bad_input() {
    let folder = a_run();
    assert!(message(&args(folder.path(), "no/a.png")).contains("there is no folder"));
}
