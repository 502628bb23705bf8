//! Folders of pictures, from the disk through training to pictures.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::time::SystemTime;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::json;
use walkdir::{DirEntry, WalkDir};

use crate::workbench::{Bench, Done, Record};

/// A picture of one colour with a lighter border.
fn picture(width: u32, height: u32, colour: [u8; 3]) -> DynamicImage {
    let is_border = |x, y| x == 0 || y == 0 || x + 1 == width || y + 1 == height;
    let pixel = |x, y| {
        if is_border(x, y) {
            Rgb([240; 3])
        } else {
            Rgb(colour)
        }
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
}

fn write(bench: &Bench, name: &str, picture: &DynamicImage, format: ImageFormat) {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    let path = bench.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes.into_inner()).unwrap();
}

/// `pets` with 20 cats (red) and 12 dogs (blue) of mixed sizes, as JPEG and PNG.
fn bench() -> Bench {
    let bench = Bench::new();
    for i in 0..20 {
        let cat = picture(20 + i % 5, 30, [200, 20, 20]);
        write(
            &bench,
            &format!("pets/cat/{i:02}.jpg"),
            &cat,
            ImageFormat::Jpeg,
        );
    }
    for i in 0..12 {
        let dog = picture(40, 24 + i % 3, [20, 20, 200]);
        write(
            &bench,
            &format!("pets/dog/{i:02}.png"),
            &dog,
            ImageFormat::Png,
        );
    }
    bench
}

/// The files of decoded pictures, with the time of their last change.
fn decoded(bench: &Bench) -> Vec<(PathBuf, SystemTime)> {
    let found = WalkDir::new(bench.path("home/cache")).sort_by_file_name();
    let files = found
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file());
    let changed = |entry: &DirEntry| entry.metadata().unwrap().modified().unwrap();
    files
        .map(|entry| (entry.path().to_owned(), changed(&entry)))
        .collect()
}

/// Trains on `pets` until `steps`, with samples of six images.
fn train(bench: &Bench, name: &str, steps: &str, more: &[&str]) -> Done {
    let arguments = [
        "--no-tui",
        "--name",
        name,
        "--dataset",
        "pets",
        "--steps",
        steps,
        "--batch-size",
        "8",
        "--set",
        "samples.count=6",
    ];
    bench.run(&[&arguments, more].concat())
}

#[test]
fn a_folder_of_pictures_is_trained_on_and_ready_at_once_the_next_time() {
    let bench = bench();
    let sized = ["--image-size", "12x16"];
    let done = train(&bench, "whole", "6", &sized);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let run = bench.record("whole");
    let dataset = &run.of_kind("started")[0]["dataset"];
    let colour = json!({"channels": 3, "height": 12, "width": 16});
    assert_eq!(
        (&dataset["shape"], &dataset["images"], &dataset["name"]),
        (&colour, &json!(32), &json!("pets"))
    );
    assert!(run.text("config.toml").contains("size = \"12x16\""));

    // In two parts it is the same run, and nothing is decoded again.
    let decoded = decoded(&bench);
    assert!(!decoded.is_empty());
    let done = train(&bench, "parts", "3", &sized);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!done.err.contains("decoding "), "{}", done.err);
    assert_eq!(decoded, self::decoded(&bench));
    let resumed = bench.run(&["--no-tui", "--resume", "parts", "--steps", "6"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    assert!(bench.record("parts").last().generator() == run.last().generator());

    let done = bench.run(&[
        "--no-tui",
        "--resume",
        "parts",
        "--steps",
        "9",
        "--image-size",
        "8",
    ]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err
            .contains("the run has \"12x16\" and cannot resume with \"8\""),
        "{}",
        done.err
    );

    // The images that samples are compared with are those that the run saw.
    let latent = [
        "latent",
        "whole",
        "neighbours",
        "-n",
        "2",
        "-k",
        "3",
        "-o",
        "near.png",
    ];
    let done = bench.run(&latent);
    assert_eq!(done.code, Some(0), "{}", done.err);

    // A run does not go on with other pictures.
    write(
        &bench,
        "pets/cat/new.png",
        &picture(16, 12, [0, 0, 0]),
        ImageFormat::Png,
    );
    let done = bench.run(&["--no-tui", "--resume", "parts", "--steps", "9"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err.contains("33 images, where it was 32"),
        "{}",
        done.err
    );
}

#[test]
fn data_show_tells_shape_classes_and_counts_of_a_folder() {
    let bench = bench();
    let done = bench.run(&["data", "show", "pets", "--count", "1"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let words = "are cropped to squares and resized to 64×64; --image-size asks for another size";
    assert!(done.err.contains(words), "{}", done.err);
    assert!(
        done.out.starts_with("pets: 32 images of 64×64 colour\n"),
        "{}",
        done.out
    );
    let counts: Vec<&str> = done.out.lines().skip(1).take(2).collect();
    assert!(counts[0].starts_with("cat        20  ██"), "{}", done.out);
    assert!(counts[1].starts_with("dog        12  ██"), "{}", done.out);
    let grey = [
        "data",
        "show",
        "pets",
        "--image-size",
        "8",
        "--channels",
        "1",
    ];
    let done = bench.run(&grey);
    assert!(
        done.out.starts_with("pets: 32 images of 8×8 grey\n"),
        "{}",
        done.out
    );
}

#[test]
fn what_cannot_be_trained_on_is_refused_in_one_sentence() {
    let bench = bench();
    let refused = |arguments: &[&str], words: &str| {
        let done = bench.run(&[&["--no-tui", "--steps", "1"], arguments].concat());
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(words), "{}", done.err);
    };
    fs::create_dir(bench.path("texts")).unwrap();
    fs::write(bench.path("texts/a.txt"), "a").unwrap();
    refused(
        &["--dataset", "texts"],
        "texts: found 1 file that is no picture (a.txt); expected PNG, JPEG",
    );
    let single = picture(9, 9, [1, 2, 3]);
    write(&bench, "one.png", &single, ImageFormat::Png);
    refused(
        &["--dataset", "one.png"],
        "found a PNG picture; a dataset of pictures is the folder that holds them",
    );
    let grey = DynamicImage::ImageLuma8(single.to_luma8());
    write(&bench, "mixed/a.png", &single, ImageFormat::Png);
    write(&bench, "mixed/b.png", &grey, ImageFormat::Png);
    refused(
        &["--dataset", "mixed"],
        "found 1 grey and 1 colour pictures, expected --channels 1 or --channels 3",
    );
    refused(
        &["--dataset", "pets", "--channels", "2"],
        "expected 1 (grey) or 3 (colour)",
    );
    refused(
        &["--dataset", "pets", "--image-size", "0"],
        "expected a size in pixels such as 64",
    );
    assert!(!bench.path("runs").exists());
}

#[test]
fn any_dataset_can_be_had_in_another_size() {
    let bench = Bench::new();
    let shown = [
        "data",
        "show",
        "digits",
        "--image-size",
        "32",
        "--channels",
        "3",
        "--count",
        "1",
    ];
    let done = bench.run(&shown);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains("images of 32×32 colour"), "{}", done.out);
}

#[test]
fn a_conditional_run_generates_the_class_that_is_asked_for() {
    let bench = bench();
    let conditional = [
        "--conditional",
        "--image-size",
        "8",
        "--lr",
        "3e-3",
        "--set",
        "critic.r1=0.1",
        "--set",
        "evaluation.every_steps=0",
    ];
    let done = train(&bench, "a", "300", &conditional);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let run = bench.record("a");
    assert_eq!(
        run.of_kind("started")[0]["dataset"]["classes"],
        json!(["cat", "dog"])
    );
    assert_eq!(run.of_kind("samples")[0]["columns"], json!(["cat", "dog"]));

    // Cats are red, dogs are blue.
    let (cat, dog) = (redness(&bench, "cat"), redness(&bench, "dog"));
    assert!(cat > 40.0 && dog < -40.0, "{cat} {dog}");
    assert!((redness(&bench, "1") - dog).abs() < 1e-9);

    let done = bench.run(&["sample", "a", "-n", "6", "-o", "both.png"]);
    assert!(done.err.contains("columns: cat, dog"), "{}", done.err);
    let done = bench.run(&["sample", "a", "--png-dir", "files", "-n", "20"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let count = |class: &str| {
        fs::read_dir(bench.path("files").join(class))
            .unwrap()
            .count()
    };
    assert_eq!(count("cat") + count("dog"), 20);
    assert!(count("cat") > count("dog"), "as in the data");
    let walk = [
        "latent",
        "a",
        "walk",
        "--class",
        "cat",
        "--to-class",
        "dog",
        "-n",
        "5",
        "-o",
        "w.png",
    ];
    let done = bench.run(&walk);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.err
            .contains("from seed 0 of class cat to seed 0 of class dog"),
        "{}",
        done.err
    );
}

/// By how much eight samples of a class of run `a` are redder than blue, in levels of a pixel.
fn redness(bench: &Bench, class: &str) -> f64 {
    let file = format!("{class}.npy");
    let done = bench.run(&["sample", "a", "--class", class, "-n", "8", "-o", &file]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let bytes = fs::read(bench.path(&file)).unwrap();
    let pixels = bytes[bytes.len() - 8 * 192..].chunks(3);
    let differences = pixels.map(|p| f64::from(p[0]) - f64::from(p[2]));
    differences.sum::<f64>() / (8.0 * 64.0)
}

#[test]
fn a_conditional_autoencoder_generates_the_class_that_is_asked_for() {
    let bench = bench();
    let vae = [
        "--conditional",
        "--objective",
        "vae",
        "--image-size",
        "8",
        "--lr",
        "3e-3",
        "--set",
        "evaluation.every_steps=0",
    ];
    let done = train(&bench, "a", "300", &vae);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let (cat, dog) = (redness(&bench, "cat"), redness(&bench, "dog"));
    assert!(cat > 0.0 && dog < -40.0, "{cat} {dog}");
    let run = bench.record("a");
    let samples = &run.of_kind("samples")[0];
    assert_eq!(samples["columns"], json!(["cat", "dog"]));
    assert_eq!(samples["pairs"], json!(1));
    // 8×8 images of three channels, and two classes.
    let weights = run.last().tensor("encoder.safetensors", "model.0.weight");
    assert_eq!(weights.len() % (192 + 2), 0);
    let latent = ["latent", "a", "reconstruct", "-n", "4", "-o", "pairs.npy"];
    let done = bench.run(&latent);
    assert_eq!(done.code, Some(0), "{}", done.err);

    // In two parts it is the same run.
    let done = train(&bench, "parts", "150", &vae);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let resumed = bench.run(&["--no-tui", "--resume", "parts", "--steps", "300"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    let decoder = |run: &Record| run.last().tensor("decoder.safetensors", "model.6.weight");
    assert!(decoder(&bench.record("parts")) == decoder(&run));
}

#[test]
fn what_a_conditional_run_cannot_be_is_refused() {
    let bench = bench();
    let done = train(&bench, "a", "2", &["--conditional", "--image-size", "8"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let refused = |arguments: &[&str], words: &str| {
        let done = bench.run(arguments);
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(words), "{}", done.err);
    };
    refused(
        &["sample", "a", "--class", "cow", "-o", "x.png"],
        "found no such class, expected one of cat, dog",
    );
    fs::create_dir(bench.path("flat")).unwrap();
    fs::copy(bench.path("pets/cat/00.jpg"), bench.path("flat/a.jpg")).unwrap();
    let flat = [
        "--no-tui",
        "--dataset",
        "flat",
        "--conditional",
        "--steps",
        "1",
    ];
    refused(&flat, "has no labels, expected a class for each image");
    refused(
        &[
            "--no-tui",
            "--dataset",
            "pets/cat",
            "--conditional",
            "--steps",
            "1",
        ],
        "has no labels",
    );
    // The name is free again.
    let named = [
        "--no-tui",
        "--dataset",
        "flat",
        "--conditional",
        "--steps",
        "1",
        "--name",
        "n",
    ];
    refused(&named, "has no labels");
    assert!(!bench.path("runs/n").exists());
    for class in ["cat", "cow", "dog"] {
        let picture = picture(16, 16, [9, 9, 9]);
        write(
            &bench,
            &format!("farm/{class}/a.png"),
            &picture,
            ImageFormat::Png,
        );
    }
    let fork = [
        "--no-tui",
        "--fork",
        "a",
        "--name",
        "c",
        "--steps",
        "9",
        "--dataset",
        "farm",
    ];
    refused(
        &fork,
        "found 3 classes, and the networks of run `a` are for 2: expected as many",
    );
    assert!(!bench.path("runs/c").exists());
    let fork = [
        "--no-tui",
        "--fork",
        "a",
        "--name",
        "b",
        "--steps",
        "310",
        "--set",
        "arch.conditional=false",
    ];
    refused(&fork, "`arch.conditional`");
}
