//! Images of another shape than MNIST's, from their file through training to pictures.

use std::fs;

use serde_json::{Value, json};

use crate::datasets::npy;
use crate::workbench::{Bench, Done};

/// 48 images of 8×12 pixels in colour: stripes whose colours go round.
fn stripes() -> Vec<u8> {
    let value = |i: usize| {
        let (image, row, column, channel) = (i / 288, i / 36 % 8, i / 3 % 12, i % 3);
        let is_lit = (row + column + image) % 4 < 2 && (channel + image) % 3 != 0;
        if is_lit { 230 } else { 20 }
    };
    (0..48 * 288).map(value).collect()
}

/// A folder with these images in `stripes.npy`.
fn bench() -> Bench {
    let bench = Bench::new();
    let file = npy("|u1", "False", "(48, 8, 12, 3)", &stripes());
    fs::write(bench.path("stripes.npy"), file).unwrap();
    bench
}

/// Augmentation, which an autoencoder does not have.
const AUGMENTED: &[&str] = &[
    "--set",
    "augment.shift=2",
    "--set",
    "augment.rotate=10",
    "--set",
    "augment.noise=0.1",
];

/// Trains until `steps`, to the end.
fn train(bench: &Bench, name: &str, steps: &str, more: &[&str]) -> Done {
    let arguments = [
        "--no-tui",
        "--name",
        name,
        "--dataset",
        "stripes.npy",
        "--steps",
        steps,
        "--batch-size",
        "16",
        "--set",
        "samples.count=6",
        "--set",
        "samples.every_steps=2",
    ];
    let done = bench.run(&[&arguments, more].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    done
}

fn shape(channels: usize, height: usize, width: usize) -> Value {
    json!({"channels": channels, "height": height, "width": width})
}

#[test]
fn small_images_in_colour_are_trained_on_shown_sampled_and_resumed() {
    let bench = bench();
    let shown = bench.run(&["data", "show", "stripes.npy", "--count", "2"]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    let told = "stripes.npy: 48 images of 8×12 colour";
    assert!(shown.out.contains(told), "{}", shown.out);

    train(&bench, "whole", "6", AUGMENTED);
    let run = bench.record("whole");
    let colour = shape(3, 8, 12);
    assert_eq!(run.of_kind("started")[0]["dataset"]["shape"], colour);
    let samples = run.of_kind("samples");
    assert!(samples.iter().all(|event| event["shape"] == colour));
    assert!(samples.iter().all(|event| event["diversity"].is_f64()));
    let state = run.last().state();
    assert_eq!(state["image_shape"], colour);
    // 288 values in, 288 out.
    assert_eq!(
        run.last()
            .tensor("generator.safetensors", "model.6.bias")
            .len(),
        288
    );
    assert!(run.text("card.md").contains("8×12 colour"));

    // Six images in three columns, each 12 wide and 8 high, with gaps of 2.
    let picture = image::open(run.path("samples/step-00000006.png")).unwrap();
    assert_eq!(picture.color(), image::ColorType::Rgb8);
    assert_eq!(
        (picture.width(), picture.height()),
        (3 * 14 + 2, 2 * 10 + 2)
    );

    // In two parts it is the same run.
    train(&bench, "parts", "3", AUGMENTED);
    let resumed = bench.run(&["--no-tui", "--resume", "parts", "--steps", "6"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    let parts = bench.record("parts");
    assert!(parts.last().generator() == run.last().generator());
    assert!(parts.last().discriminator() == run.last().discriminator());

    let draw = |file: &str| {
        let done = bench.run(&["sample", "whole", "-n", "6", "-o", file]);
        assert_eq!(done.code, Some(0), "{}", done.err);
        fs::read(bench.path(file)).unwrap()
    };
    let grid = image::load_from_memory(&draw("grid.png")).unwrap();
    assert_eq!(grid.color(), image::ColorType::Rgb8);
    let grid = grid.into_rgb8();
    let array = draw("images.npy");
    let header = String::from_utf8_lossy(&array[..128]).into_owned();
    assert!(header.contains("(6, 8, 12, 3)"), "{header}");
    let pixels = &array[array.len() - 6 * 288..];
    assert!(draw("images.idx").ends_with(pixels));
    // The fifth image is the second of the second row.
    for (i, pixel) in (0_u32..).zip(pixels[4 * 288..5 * 288].chunks(3)) {
        assert_eq!(grid.get_pixel(16 + i % 12, 12 + i / 12).0, pixel);
    }
    // What it writes can be trained on.
    for file in ["images.npy", "images.idx"] {
        let shown = bench.run(&["data", "show", file]);
        assert!(
            shown.out.contains("6 images of 8×12 colour"),
            "{}",
            shown.out
        );
    }
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
    let near = image::open(bench.path("near.png")).unwrap();
    assert_eq!((near.width(), near.height()), (4 * 14 + 2, 2 * 10 + 2));
}

#[test]
fn an_autoencoder_reconstructs_images_of_another_shape() {
    let bench = bench();
    train(&bench, "vae", "4", &["--objective", "vae"]);
    let samples = &bench.record("vae").of_kind("samples")[0];
    assert_eq!(
        (&samples["pairs"], &samples["shape"]),
        (&json!(1), &shape(3, 8, 12))
    );
    let done = bench.run(&["latent", "vae", "reconstruct", "-n", "4", "-o", "pairs.npy"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let pairs = fs::read(bench.path("pairs.npy")).unwrap();
    assert_eq!(pairs.len(), 128 + 8 * 288);
}

#[test]
fn no_network_continues_with_images_of_another_shape() {
    let bench = bench();
    train(&bench, "a", "2", &[]);
    let fork = |dataset: &str| {
        let fork = ["--no-tui", "--fork", "a", "--name", "b", "--steps", "4"];
        bench.run(&[&fork[..], &["--dataset", dataset]].concat())
    };
    let done = fork("digits");
    assert_eq!(done.code, Some(2), "{}", done.err);
    let words = "the checkpoint has networks for images of 8×12 colour and the fork would have networks for images of 28×28 grey";
    assert!(done.err.contains(words), "{}", done.err);
    assert!(!bench.path("runs/b").exists());

    let grey = npy("|u1", "False", "(48, 8, 12)", &stripes()[..48 * 96]);
    fs::write(bench.path("grey.npy"), &grey).unwrap();
    let words = "found images of 8×12 grey, and the networks of run `a` are for images of 8×12 colour: expected the same shape";
    let done = fork("grey.npy");
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains(words), "{}", done.err);
    // The file itself may have changed.
    fs::write(bench.path("stripes.npy"), &grey).unwrap();
    let done = bench.run(&["--no-tui", "--resume", "a", "--steps", "4"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains(words), "{}", done.err);
    let done = bench.run(&["latent", "a", "neighbours", "-o", "near.png"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    let words =
        "found images of 8×12 grey, expected the shape that the run was trained on, 8×12 colour";
    assert!(done.err.contains(words), "{}", done.err);
}

#[test]
fn images_without_labels_are_evaluated_by_random_features() {
    let bench = bench();
    let evaluated = [
        "--set",
        "evaluation.every_steps=1",
        "--set",
        "evaluation.samples=20",
    ];
    train(&bench, "a", "2", &evaluated);
    let run = bench.record("a");
    let values = &run.of_kind("evaluated")[0]["values"];
    assert!(values["random_fid"].is_f64(), "{values}");
    assert!(
        values["fid"].is_null() && values["recall"].is_null(),
        "{values}"
    );

    let done = bench.run(&["eval", "a", "-n", "20"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.out.contains("random features, weights "),
        "{}",
        done.out
    );
    assert!(
        done.out.contains("\nrandom-feature distance"),
        "{}",
        done.out
    );
    assert!(!done.out.contains("FID"), "{}", done.out);
    let done = bench.run(&["eval", "stripes.npy", "--dataset", "digits", "-n", "20"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
}

#[test]
fn images_too_large_for_full_layers_are_refused_before_memory_is_full() {
    let bench = Bench::new();
    let file = npy("|u1", "False", "(1, 2000, 2000, 3)", &vec![7; 12_000_000]);
    fs::write(bench.path("large.npy"), file).unwrap();
    let flags = [
        "--no-tui",
        "--name",
        "a",
        "--dataset",
        "large.npy",
        "--steps",
        "1",
    ];
    let done = bench.run(&[&flags[..], &["--arch-width", "256"]].concat());
    assert_ne!(done.code, Some(0));
    for says in ["2000×2000 colour", "million parameters", "--arch-width"] {
        assert!(done.err.contains(says), "{says}: {}", done.err);
    }
}
