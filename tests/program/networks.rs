//! Convolutional networks, from the command line through training to pictures.

use crate::datasets::npy;
use crate::workbench::{Bench, Done};

/// A folder with 32 images of 16×16 pixels in colour in `blobs.npy`: squares of a colour each.
fn bench() -> Bench {
    let value = |i: usize| {
        let (image, y, x, channel) = (i / 768, i / 48 % 16, i / 3 % 16, i % 3);
        let is_lit = x / 4 == image % 4 && y / 4 == image / 4 % 4;
        if is_lit && channel == image % 3 {
            240
        } else {
            10
        }
    };
    let pixels: Vec<u8> = (0..32 * 768).map(value).collect();
    let bench = Bench::new();
    let file = npy("|u1", "False", "(32, 16, 16, 3)", &pixels);
    std::fs::write(bench.path("blobs.npy"), file).unwrap();
    bench
}

fn arguments<'a>(arch: &'a str, name: &'a str, steps: &'a str) -> Vec<&'a str> {
    vec![
        "--no-tui",
        "--arch",
        arch,
        "--arch-width",
        "8",
        "--name",
        name,
        "--dataset",
        "blobs.npy",
        "--batch-size",
        "8",
        "--steps",
        steps,
        "--set",
        "samples.count=4",
        "--set",
        "samples.every_steps=2",
    ]
}

fn done(bench: &Bench, arguments: &[&str]) -> Done {
    let done = bench.run(arguments);
    assert_eq!(done.code, Some(0), "{}", done.err);
    done
}

#[test]
fn a_run_in_two_parts_is_the_same_run_also_with_convolutions() {
    for (arch, objective, first) in [("dcgan", "gan", 16), ("sn-cnn", "hinge", 32)] {
        let bench = bench();
        let more = [
            "--objective",
            objective,
            "--set",
            "critic.spectral_norm=true",
        ];
        done(
            &bench,
            &[&arguments(arch, "whole", "4")[..], &more].concat(),
        );
        done(
            &bench,
            &[
                &arguments(arch, "parts", "2")[..],
                &more,
                &["--threads", "1"],
            ]
            .concat(),
        );
        done(
            &bench,
            &[
                "--no-tui",
                "--resume",
                "parts",
                "--arch-width",
                "8",
                "--steps",
                "4",
            ],
        );
        let (whole, parts) = (bench.record("whole"), bench.record("parts"));
        assert!(
            whole.last().generator() == parts.last().generator(),
            "{arch}"
        );
        assert!(
            whole.last().discriminator() == parts.last().discriminator(),
            "{arch}"
        );

        // Running moments are part of the checkpoint, under PyTorch's names, and have moved.
        let tensor = |name: &str| whole.last().tensor("generator.safetensors", name);
        assert_eq!(tensor("model.0.weight").len(), 100 * first * 16);
        assert!(
            tensor("model.1.running_mean")
                .iter()
                .any(|mean| *mean != 0.0)
        );

        let picture = bench.path("grid.png");
        done(&bench, &["sample", "whole", "-n", "4", "-o", "grid.png"]);
        assert_eq!(
            image::open(picture).unwrap().color(),
            image::ColorType::Rgb8
        );
    }
}

#[test]
fn the_loss_is_switched_between_all_objectives() {
    let bench = bench();
    let mut all = arguments("dcgan", "switched", "12");
    for at in [
        "2:loss wgan-gp",
        "4:loss lsgan",
        "6:loss rpgan",
        "8:loss wgan",
        "10:loss hinge",
    ] {
        all.extend(["--at", at]);
    }
    done(&bench, &all);
    let record = bench.record("switched");
    assert_eq!(record.last().state()["settings"]["objective"], "hinge");
    assert!(record.of_kind("rejected").is_empty());
}

#[test]
fn other_networks_and_images_that_do_not_fit_are_refused() {
    let bench = bench();
    done(&bench, &arguments("dcgan", "whole", "2"));
    for (arguments, says) in [
        (
            &[
                "--no-tui", "--fork", "whole", "--arch", "sn-cnn", "--steps", "4",
            ][..],
            "the networks of `--arch dcgan` and the fork would have the networks of `--arch sn-cnn`",
        ),
        (
            &[
                "--no-tui",
                "--resume",
                "whole",
                "--arch-width",
                "8",
                "--arch",
                "mlp",
            ],
            "`arch.kind`",
        ),
        (
            &[
                "--no-tui",
                "--arch",
                "dcgan",
                "--dataset",
                "blobs.npy",
                "--image-size",
                "20x24",
            ],
            "`--arch dcgan` (`arch.kind`): found images of 20×24 colour, expected square ones",
        ),
        (
            &["--no-tui", "--arch", "cnn"],
            "expected one of mlp, dcgan, sn-cnn",
        ),
        (
            &["model", "dcgan", "--image-size", "30"],
            "expected square ones",
        ),
    ] {
        let refused = bench.run(arguments);
        assert_ne!(refused.code, Some(0), "{arguments:?}");
        assert!(refused.err.contains(says), "{says}: {}", refused.err);
    }
}

#[test]
fn networks_are_shown_layer_by_layer() {
    let bench = bench();
    let shown = done(
        &bench,
        &[
            "model",
            "dcgan",
            "--image-size",
            "64",
            "--channels",
            "3",
            "--arch-width",
            "64",
        ],
    );
    for line in [
        "dcgan for images of 64×64 colour",
        "generator (3,576,707 parameters)",
        "discriminator (2,764,737 parameters)",
        "ConvTranspose2d(100, 512, 4, 1, 0)",
        "BatchNorm, ReLU",
        "Conv2d(3, 64, 4, 2, 1)",
        "LeakyReLU(0.2)",
    ] {
        assert!(shown.out.contains(line), "{line}: {}", shown.out);
    }
    let json = done(
        &bench,
        &["model", "mlp", "--format", "json", "--arch-width", "256"],
    );
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["networks"][0]["parameters"], 1_486_352);
    assert_eq!(
        report["networks"][0]["layers"][3]["map"],
        "Linear(1024, 784)"
    );
}
