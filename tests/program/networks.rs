//! Convolutional networks, from the command line through training to pictures.

use rustix::process::Signal;

use crate::datasets::npy;
use crate::workbench::{Bench, Done, Program, names, poll_until};

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
    for (arch, objective, first) in [
        ("dcgan", "gan", 16),
        ("sn-cnn", "hinge", 32),
        ("resnet", "wgan-gp", 16),
    ] {
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
fn a_run_with_residual_blocks_that_is_killed_goes_on_with_the_same_bits() {
    let bench = bench();
    let often = ["--set", "checkpoint.every_steps=2", "--threads", "2"];
    let endless = [&arguments("resnet", "killed", "5000")[..], &often].concat();
    let mut program = Program::start(&mut bench.command(&endless));
    let folder = bench.record("killed").path("checkpoints");
    let checkpoints = || {
        let mut all = names(&folder);
        all.retain(|name| !name.ends_with(".partial"));
        all
    };
    let is_there = poll_until(&checkpoints, |all| !all.is_empty());
    assert!(is_there && program.is_running());
    program.signal(Signal::KILL);
    drop(program.finish());
    let newest = checkpoints().pop().unwrap();
    let step: u64 = newest.strip_prefix("step-").unwrap().parse().unwrap();

    let steps = (step + 3).to_string();
    let go_on = ["--no-tui", "--resume", "killed", "--arch-width", "8"];
    let go_on = [&go_on[..], &["--threads", "1", "--steps", &steps]].concat();
    done(&bench, &go_on);
    done(&bench, &arguments("resnet", "whole", &steps));
    let (whole, killed) = (bench.record("whole").last(), bench.record("killed").last());
    assert!(whole.generator() == killed.generator());
    for network in ["generator", "discriminator"] {
        assert!(whole.moments(network) == killed.moments(network));
    }
}

#[test]
fn the_loss_is_switched_between_all_objectives() {
    let bench = bench();
    for arch in ["dcgan", "resnet"] {
        let mut all = arguments(arch, arch, "12");
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
        let record = bench.record(arch);
        assert_eq!(record.last().state()["settings"]["objective"], "hinge");
        assert!(record.of_kind("rejected").is_empty());
    }
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
            "expected one of mlp, dcgan, sn-cnn, resnet, custom",
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
    let dcgan: &[&str] = &[
        "dcgan for images of 64×64 colour",
        "generator (3,576,707 parameters)",
        "discriminator (2,764,737 parameters)",
        "ConvTranspose2d(100, 512, 4, bias=False)",
        "BatchNorm, ReLU",
        "Conv2d(3, 64, 4, 2, 1)",
        "LeakyReLU(0.2)",
    ];
    // Parameters as PyTorch counts them.
    let resnet: &[&str] = &[
        "generator (5,126,787 parameters)",
        "discriminator (9,033,537 parameters)",
        "  6.0   Conv2d(256, 256, 3, 1, 1, bias=False)           BatchNorm, ReLU ",
        "  6.3   Conv2d(256, 256, 3, 1, 1, bias=False)           BatchNorm, + x, ReLU ",
        "  8     ConvTranspose2d(256, 128, 4, 2, 1, bias=False)",
    ];
    let sizes = "--image-size 64 --channels 3 --arch-width 64";
    for (arch, lines) in [("dcgan", dcgan), ("resnet", resnet)] {
        let arguments: Vec<&str> = ["model", arch]
            .into_iter()
            .chain(sizes.split(' '))
            .collect();
        let shown = done(&bench, &arguments);
        for line in lines {
            assert!(shown.out.contains(line), "{line}: {}", shown.out);
        }
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

/// Networks of one's own for the images of [`bench`].
const OWN: &str = r#"
latent_dim = 8
[arch]
kind = "custom"
generator = """
nn.ConvTranspose2d(8, 12, 4, bias=False),   # 12x4x4
nn.BatchNorm2d(12), nn.ReLU(True),
nn.ConvTranspose2d(12, 3, 4, stride=4), nn.Tanh(),
"""
discriminator = """
nn.Conv2d(3, 8, 3, 2, 1), nn.LeakyReLU(0.2),
nn.Flatten(), nn.Linear(512, 1)
"""
"#;

#[test]
fn networks_of_ones_own_train_resume_and_switch() {
    let bench = bench();
    std::fs::write(bench.path("own.toml"), OWN).unwrap();
    let run = |name: &'static str, steps: &'static str| {
        vec![
            "--no-tui",
            "--config",
            "own.toml",
            "--name",
            name,
            "--dataset",
            "blobs.npy",
            "--batch-size",
            "8",
            "--steps",
            steps,
            "--objective",
            "rpgan",
        ]
    };
    let more = ["--at", "3:loss wgan-gp"];
    done(&bench, &[&run("whole", "6")[..], &more].concat());
    done(&bench, &[&run("parts", "2")[..], &more].concat());
    done(&bench, &["--no-tui", "--resume", "parts", "--steps", "6"]);
    let (whole, parts) = (bench.record("whole"), bench.record("parts"));
    assert!(whole.last().generator() == parts.last().generator());
    assert!(whole.last().discriminator() == parts.last().discriminator());
    // As PyTorch's `nn.Sequential` of these modules calls it.
    let weight = whole
        .last()
        .tensor("discriminator.safetensors", "model.3.weight");
    assert_eq!(weight.len(), 512);
    done(&bench, &["sample", "whole", "-n", "4", "-o", "grid.png"]);

    // What a network is, is part of a run.
    for (option, says) in [
        ("--resume", "networks of another size need a new run"),
        ("--fork", "its own `arch.generator`"),
    ] {
        let other = "arch.generator=Linear(8, 768); Tanh()";
        let refused = bench.run(&["--no-tui", option, "whole", "--set", other, "--steps", "9"]);
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        assert!(refused.err.contains(says), "{}", refused.err);
    }
}

#[test]
fn networks_are_printed_as_a_configuration_that_describes_them() {
    let bench = bench();
    let settings = [
        "--image-size",
        "16",
        "--channels",
        "3",
        "--format",
        "toml",
        "--arch-width",
        "8",
    ];
    for arch in ["sn-cnn", "resnet"] {
        let printed = done(&bench, &[&["model", arch][..], &settings].concat());
        std::fs::write(bench.path("own.toml"), &printed.out).unwrap();
        let again = [
            "--config",
            "own.toml",
            "--image-size",
            "16",
            "--channels",
            "3",
        ];
        let again = done(
            &bench,
            &[&["model"][..], &again, &["--format", "toml"]].concat(),
        );
        assert_eq!(again.out, printed.out);
    }
}

#[test]
fn a_mistake_in_a_description_is_named_before_anything_begins() {
    let bench = bench();
    let own = |from: &str, to: &str| std::fs::write(bench.path("own.toml"), OWN.replace(from, to));
    for (from, to, says) in [
        (
            "nn.Linear(512, 1)",
            "nn.Linear(256, 1)",
            "`--arch custom` (`arch.kind`): the discriminator, module 3, `nn.Linear(256, 1)`: takes 256 values, and is given 8x8x8: expected 512",
        ),
        (
            "latent_dim = 8",
            "latent_dim = 9",
            "module 0, `nn.ConvTranspose2d(8, 12, 4, bias=False)`: takes 8 channels, and is given a latent of 9 values (`latent_dim`): expected 9",
        ),
        (
            "kind = \"custom\"",
            "kind = \"dcgan\"",
            "own.toml:5: `arch.generator`: found modules, with `arch.kind` dcgan: expected custom",
        ),
        ("discriminator = ", "# ", "expected"),
    ] {
        own(from, to).unwrap();
        let arguments = ["--no-tui", "--config", "own.toml", "--dataset", "blobs.npy"];
        let refused = bench.run(&[&arguments[..], &["--name", "none"]].concat());
        assert_eq!(refused.code, Some(2), "{from}: {}", refused.err);
        assert!(refused.err.contains(says), "{says}: {}", refused.err);
        assert!(!bench.path("runs/none").exists());
    }
    let refused = bench.run(&["model", "custom"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused
            .err
            .contains("custom networks need `arch.generator`"),
        "{}",
        refused.err
    );
}

#[test]
fn the_products_of_each_layer_are_measured() {
    let bench = bench();
    let measured = done(
        &bench,
        &[
            "bench",
            "layers",
            "--arch",
            "dcgan",
            "--arch-width",
            "4",
            "--image-size",
            "16",
            "--batch-size",
            "2",
            "--repeats",
            "1",
            "--format",
            "json",
        ],
    );
    let report: serde_json::Value = serde_json::from_str(&measured.out).unwrap();
    let layers = report["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 6);
    assert_eq!(layers[0]["map"], "ConvTranspose2d(100, 8, 4, bias=False)");
    for layer in layers {
        for seconds in layer["seconds"].as_array().unwrap() {
            assert!(seconds.as_f64().unwrap() > 0.0, "{layer}");
        }
    }
}
