//! Checkpoints in PyTorch.

use std::process::Command;

use candle_core::{Device, Tensor};
use genai_tui::nn::{Architecture, Kind, Network};
use genai_tui::shape::ImageShape;

use crate::python_client::{has_or_skip, source};
use crate::workbench::{Bench, Program};

/// Writes three rows, and what a network makes of them, to `NAME.in` and `NAME.out`.
fn write(bench: &Bench, name: &str, network: &Network) {
    let width = network.inputs();
    let x: Vec<f32> = (0..3 * width).map(|i| (i as f32 * 0.7).sin()).collect();
    let x = Tensor::from_vec(x, (3, width), &Device::Cpu).unwrap();
    let mut activations = network.activations(3).unwrap();
    network.forward(&x, &mut activations).unwrap();
    for (end, values) in [("in", &x), ("out", activations.output())] {
        let values: Vec<f32> = values.flatten_all().unwrap().to_vec1().unwrap();
        let bytes: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
        std::fs::write(bench.path(&format!("{name}.{end}")), bytes).unwrap();
    }
}

/// As the printed modules, with the class of `docs/networks.md`.
#[test]
fn a_checkpoint_of_residual_networks_is_pytorchs() {
    let Some(python) = has_or_skip("torch") else {
        return;
    };
    let bench = Bench::new();
    let networks = [
        "--arch",
        "resnet",
        "--arch-width",
        "6",
        "--image-size",
        "16",
    ];
    let trained = bench.trained("a", &[&networks[..], &["--steps", "2"]].concat());
    let checkpoint = trained.last().dir;
    let printed = bench.run(&[&["model"][..], &networks, &["--format", "toml"]].concat());
    std::fs::write(bench.path("networks.toml"), printed.out).unwrap();

    let sizes = Architecture {
        kind: Kind::Resnet,
        latent_dim: 100,
        width: 6,
        image: ImageShape::known(1, 16, 16),
        classes: 0,
    };
    for (name, network) in [
        ("generator", sizes.generator(&Device::Cpu)),
        ("discriminator", sizes.discriminator(&Device::Cpu)),
    ] {
        let mut network = network.unwrap();
        let file = checkpoint.join(format!("{name}.safetensors"));
        network.params_mut().load_values(&file).unwrap();
        write(&bench, name, &network);
    }

    let mut command = Command::new(&python);
    bench.settle(&mut command);
    command
        .arg(source("tests/program/shims/pytorch.py"))
        .args([bench.path("networks.toml"), checkpoint, bench.path("")])
        .env("OMP_NUM_THREADS", "1");
    let done = Program::start(&mut command).finish();
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    assert_eq!(done.out.matches("off by").count(), 2, "{}", done.out);
}
