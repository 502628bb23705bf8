#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::nn::fit::check;
use crate::nn::place::shapes;

fn sizes(kind: &Kind, image: ImageShape) -> Architecture {
    Architecture {
        kind: kind.clone(),
        latent_dim: 100,
        width: if *kind == Kind::Mlp { 256 } else { 64 },
        image,
        classes: 0,
    }
}

#[test]
fn layers_fit_together_from_latent_to_logit() {
    for kind in [Kind::Mlp, Kind::Dcgan, Kind::SnCnn, Kind::Resnet] {
        for (channels, side) in [(1, 28), (3, 32), (3, 48), (3, 64), (1, 8)] {
            let image = ImageShape::known(channels, side, side);
            for classes in [0, 10] {
                let sizes = Architecture {
                    classes,
                    ..sizes(&kind, image)
                };
                let (g, d) = (
                    sizes.generator_layers().unwrap(),
                    sizes.discriminator_layers().unwrap(),
                );
                for (layers, inputs, outputs) in [
                    (&g, 100 + classes, image.values()),
                    (&d, image.values(), 1 + classes),
                ] {
                    check(layers).unwrap();
                    assert_eq!(layers[0].inputs(), inputs);
                    assert_eq!(layers[layers.len() - 1].outputs(), outputs);
                }
            }
        }
    }
}

#[test]
fn parameters_are_as_published() {
    let mnist = sizes(&Kind::Mlp, ImageShape::MNIST);
    assert_eq!(mnist.parameters().unwrap(), 1_486_352 + 1_460_225);
    // PyTorch's count of the same `nn.Sequential`s.
    let of =
        |layers: Vec<LayerSpec>| -> u64 { layers.into_iter().map(LayerSpec::parameters).sum() };
    let dcgan = sizes(&Kind::Dcgan, ImageShape::known(3, 64, 64));
    assert_eq!(of(dcgan.generator_layers().unwrap()), 3_576_707);
    assert_eq!(of(dcgan.discriminator_layers().unwrap()), 2_764_737);
    let resnet = sizes(&Kind::Resnet, ImageShape::known(3, 64, 64));
    assert_eq!(of(resnet.generator_layers().unwrap()), 5_126_787);
    assert_eq!(of(resnet.discriminator_layers().unwrap()), 9_033_537);
}

#[test]
fn parameters_are_named_as_in_one_sequential() {
    let dcgan = sizes(&Kind::Dcgan, ImageShape::MNIST);
    let names = |layers: &[LayerSpec]| -> Vec<String> {
        shapes(layers).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(
        names(&dcgan.generator_layers().unwrap()),
        [
            "model.0.weight",
            "model.1.weight",
            "model.1.bias",
            "model.1.running_mean",
            "model.1.running_var",
            "model.3.weight",
            "model.4.weight",
            "model.4.bias",
            "model.4.running_mean",
            "model.4.running_var",
            "model.6.weight",
            "model.6.bias",
        ]
    );
    assert_eq!(
        names(&dcgan.discriminator_layers().unwrap()),
        [
            "model.0.weight",
            "model.0.bias",
            "model.2.weight",
            "model.2.bias",
            "model.4.weight",
            "model.4.bias",
            "model.6.weight",
            "model.6.bias",
        ]
    );
}

#[test]
fn dcgans_discriminator_sees_whole_images() {
    for (side, convolutions) in [(8, 1), (28, 3), (32, 3), (40, 4), (48, 4), (64, 4)] {
        let dcgan = sizes(&Kind::Dcgan, ImageShape::known(3, side, side));
        let layers = dcgan.discriminator_layers().unwrap();
        assert_eq!(layers.len(), convolutions + 1, "at {side} pixels");
        let last = layers[convolutions].map.link().large;
        assert!(last.height.max(last.width) <= 4, "at {side} pixels: {last}");
    }
}

#[test]
fn parameters_of_a_residual_block_are_named_as_in_a_sequential_within() {
    let resnet = sizes(&Kind::Resnet, ImageShape::MNIST);
    let names = |layers: &[LayerSpec]| -> Vec<String> {
        let shapes = shapes(layers).into_iter();
        let names = shapes.filter_map(|(name, _)| Some(name.strip_suffix(".weight")?.to_owned()));
        names.collect()
    };
    assert_eq!(
        names(&resnet.generator_layers().unwrap()),
        [
            "model.0",
            "model.1",
            "model.3",
            "model.4",
            "model.6.0",
            "model.6.1",
            "model.6.3",
            "model.6.4",
            "model.8",
        ]
    );
    assert_eq!(
        names(&resnet.discriminator_layers().unwrap()),
        [
            "model.0",
            "model.2.0",
            "model.2.2",
            "model.4",
            "model.6.0",
            "model.6.2",
            "model.8",
        ]
    );
}

#[test]
fn images_that_no_doubling_reaches_are_refused() {
    for (height, width) in [(32, 48), (30, 30), (4, 4), (7, 7), (9, 9)] {
        let image = ImageShape::known(3, height, width);
        let error = sizes(&Kind::Dcgan, image)
            .parameters()
            .unwrap_err()
            .to_string();
        assert!(error.contains("expected square ones"), "{error}");
        assert!(sizes(&Kind::Mlp, image).parameters().is_ok());
    }
}
