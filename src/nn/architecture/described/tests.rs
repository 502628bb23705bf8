#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::super::{Architecture, Kind};
use super::Described;
use crate::nn::fit::check;
use crate::nn::layer::LayerSpec;
use crate::nn::place::shapes;
use crate::nn::summary::modules;
use crate::shape::ImageShape;

const COLOUR: ImageShape = ImageShape::known(3, 32, 32);

const GENERATOR: &str = "
    nn.ConvTranspose2d(16, 64, 4, 1, 0, bias=False),   # 64x4x4
    nn.BatchNorm2d(64),
    nn.ReLU(True),
    nn.ConvTranspose2d(64, 32,
                       kernel_size=4, stride=4, bias=False),
    nn.BatchNorm2d(32); nn.ReLU(inplace=True)
    torch.nn.ConvTranspose2d(32, 3, 4, 2, 1)
    nn.Tanh()
";

const DISCRIMINATOR: &str = "Conv2d(3, 16, 3, 2, 1); LeakyReLU(0.2, inplace=True)
    Conv2d(16, 8, 4, stride=2, padding=1), LeakyReLU(0.2)
    Flatten(), Linear(512, 20), ReLU, Linear(20, 1)";

fn generator(description: &str) -> Result<Vec<LayerSpec>, String> {
    let described = Described {
        generator: description.to_owned(),
        discriminator: String::new(),
    };
    let layers = described.generator((16, 0), COLOUR);
    layers.map_err(|error| error.to_string())
}

fn discriminator(description: &str) -> Result<Vec<LayerSpec>, String> {
    let described = Described {
        generator: String::new(),
        discriminator: description.to_owned(),
    };
    let layers = described.discriminator(COLOUR, 1);
    layers.map_err(|error| error.to_string())
}

#[test]
fn the_body_of_a_sequential_becomes_layers() {
    let layers = generator(GENERATOR).unwrap();
    check(&layers).unwrap();
    assert_eq!(
        modules(&layers).lines().collect::<Vec<_>>(),
        [
            "ConvTranspose2d(16, 64, 4, bias=False)",
            "BatchNorm2d(64)",
            "ReLU()",
            "ConvTranspose2d(64, 32, 4, 4, bias=False)",
            "BatchNorm2d(32)",
            "ReLU()",
            "ConvTranspose2d(32, 3, 4, 2, 1)",
            "Tanh()",
        ]
    );
    let layers = discriminator(DISCRIMINATOR).unwrap();
    check(&layers).unwrap();
    // PyTorch's names and shapes of the same list.
    let named = [
        ("model.0.weight", vec![16, 3, 3, 3]),
        ("model.0.bias", vec![16]),
        ("model.2.weight", vec![8, 16, 4, 4]),
        ("model.2.bias", vec![8]),
        ("model.5.weight", vec![20, 512]),
        ("model.5.bias", vec![20]),
        ("model.7.weight", vec![1, 20]),
        ("model.7.bias", vec![1]),
    ];
    assert_eq!(
        shapes(&layers),
        named.map(|(name, shape)| (name.to_owned(), shape))
    );
}

#[test]
fn what_is_printed_of_networks_describes_them() {
    for kind in [Kind::Mlp, Kind::Dcgan, Kind::SnCnn, Kind::Resnet] {
        let sizes = Architecture {
            kind,
            latent_dim: 16,
            width: 8,
            image: COLOUR,
            classes: 0,
        };
        let layers = sizes.generator_layers().unwrap();
        assert_eq!(generator(&modules(&layers)).unwrap(), layers);
        if sizes.kind != Kind::Mlp {
            let layers = sizes.discriminator_layers().unwrap();
            assert_eq!(discriminator(&modules(&layers)).unwrap(), layers);
        }
    }
    let layers = discriminator(DISCRIMINATOR).unwrap();
    assert_eq!(discriminator(&modules(&layers)).unwrap(), layers);
}

#[test]
fn a_residual_block_is_a_sequential_within_the_other() {
    let layers = discriminator(
        "Conv2d(3, 8, 4, 2, 1); LeakyReLU(0.2)
        Residual(
            nn.Conv2d(8, 4, 1), nn.LeakyReLU(0.2),  # fewer channels
            nn.Conv2d(4, 8, 3, 1,
                      padding=1)
        )
        LeakyReLU(0.2); Residual(Conv2d(8, 8, 3, 1, 1)); Flatten(); Linear(2048, 1)",
    )
    .unwrap();
    check(&layers).unwrap();
    let names: Vec<String> = shapes(&layers).into_iter().map(|(name, _)| name).collect();
    let weights = ["0", "2.0", "2.2", "4.0", "6"];
    assert_eq!(
        names,
        weights
            .map(|at| [format!("model.{at}.weight"), format!("model.{at}.bias")])
            .concat()
    );
    assert_eq!(
        modules(&layers).lines().collect::<Vec<_>>(),
        [
            "Conv2d(3, 8, 4, 2, 1)",
            "LeakyReLU(0.2)",
            "Residual(Conv2d(8, 4, 1), LeakyReLU(0.2), Conv2d(4, 8, 3, 1, 1))",
            "LeakyReLU(0.2)",
            "Residual(Conv2d(8, 8, 3, 1, 1))",
            "Flatten(), Linear(2048, 1)",
        ]
    );
    assert_eq!(discriminator(&modules(&layers)).unwrap(), layers);
}

#[test]
fn mistakes_in_residual_blocks_are_named() {
    let start = "Conv2d(3, 8, 4, 2, 1); LeakyReLU(0.2); ";
    for (description, expected) in [
        (
            "Residual(Conv2d(8, 8, 4, 2, 1))",
            "2, `Residual(Conv2d(8, 8, 4, 2, 1))`: is given 8x16x16 and makes 8x8x8 of it, which cannot be added up: expected 8x16x16",
        ),
        (
            "Residual(Conv2d(8, 8, 3, 1, 1), ReLU(), Conv2d(6, 8, 3, 1, 1))",
            "2.2, `Conv2d(6, 8, 3, 1, 1)`: takes 6 channels, and is given 8x16x16: expected 8",
        ),
        (
            "Residual(Conv2d(8, 8, 1), Residual(Conv2d(8, 8, 1)))",
            "2.1, `Residual(Conv2d(8, 8, 1))`: stands in another Residual: expected it before or after that",
        ),
        ("Residual()", "2, `Residual()`: has no modules"),
        (
            "Residual(ReLU())",
            "2.0, `ReLU()`: expected it after a Linear, Conv2d, ConvTranspose2d or BatchNorm",
        ),
        (
            "Residual(Flatten(), Linear(2048, 2048))",
            "2.0, `Flatten()`: stands in a Residual, which gives a plane of the shape that it is given: expected it before or after that",
        ),
        (
            "Residual(Conv2d(8, 8, 1), ReLU())",
            "2, `Residual(Conv2d(8, 8, 1), ReLU())`: ends in an activation: expected that behind it, of the sum",
        ),
        (
            "Residual(Conv2d(8, 8, 1, bias=False))",
            "2, `Residual(Conv2d(8, 8, 1, bias=False))`: ends in a module with `bias=False`, as only generators have it, before a BatchNorm: expected a bias",
        ),
        (
            "Residual(Conv2d(8, 8, 1)",
            "2, `Residual(Conv2d(8, 8, 1)`: expected `)` at its end",
        ),
        (
            "Flatten(); Residual(Linear(2048, 2048))",
            "3, `Residual(Linear(2048, 2048))`: expected Linear after Flatten()",
        ),
    ] {
        let error = discriminator(&format!("{start}{description}")).unwrap_err();
        assert_eq!(error, format!("the discriminator, module {expected}"));
    }
    assert_eq!(
        generator("Residual(Linear(16, 16)); Linear(16, 3072); Tanh()").unwrap_err(),
        "the generator, module 0, `Residual(Linear(16, 16))`: expected a Linear, Conv2d or ConvTranspose2d before it"
    );
    assert_eq!(
        generator("ConvTranspose2d(16, 3, 32), ReLU(), Residual(Conv2d(3, 3, 1)), BatchNorm2d(3)")
            .unwrap_err(),
        "the generator, module 3, `BatchNorm2d(3)`: expected it right after a Linear, Conv2d or ConvTranspose2d"
    );
    assert_eq!(
        discriminator("Conv2d(3, 1, 32); Residual(Linear(1, 1))").unwrap_err(),
        "the discriminator: ends in a Residual: expected a Linear or Conv2d at its end, which gives more values with classes"
    );
}

#[test]
fn classes_and_outputs_widen_the_ends() {
    let described = Described {
        generator: GENERATOR.to_owned(),
        discriminator: DISCRIMINATOR.to_owned(),
    };
    let layers = described.generator((16, 10), COLOUR).unwrap();
    check(&layers).unwrap();
    assert_eq!(layers[0].inputs(), 26);
    let layers = described.discriminator(COLOUR, 11).unwrap();
    check(&layers).unwrap();
    assert_eq!(layers.last().unwrap().outputs(), 11);
}

#[test]
fn a_mistake_is_named_with_its_module_and_shapes() {
    for (description, expected) in [
        (
            "Linear(100, 64); ReLU(); Linear(64, 3072); Tanh()",
            "the generator, module 0, `Linear(100, 64)`: takes 100 values, and is given a latent of 16 values (`latent_dim`): expected 16",
        ),
        (
            "ConvTranspose2d(16, 64, 4); ReLU(); ConvTranspose2d(32, 3, 8, 8); Tanh()",
            "the generator, module 2, `ConvTranspose2d(32, 3, 8, 8)`: takes 32 channels, and is given 64x4x4: expected 64",
        ),
        (
            "ConvTranspose2d(16, 3, 28); Tanh()",
            "the generator: gives 3x28x28: expected 3x32x32, an image",
        ),
        (
            "ConvTranspose2d(16, 3, 32)",
            "the generator: expected Tanh() at its end: images lie in [-1, 1]",
        ),
        ("# nothing", "the generator: has no modules"),
        (
            "ConvTranspose2d(16, 64, 4); BatchNorm2d(64)",
            "the generator, module 1, `BatchNorm2d(64)`: the module before it has a bias, which a batch norm takes away again: write \
             `bias=False` there",
        ),
        (
            "ConvTranspose2d(16, 64, 4, bias=False); BatchNorm2d(32)",
            "the generator, module 1, `BatchNorm2d(32)`: takes 32 channels, and is given 64x4x4: expected 64",
        ),
        (
            "ConvTranspose2d(16, 64, 4, bias=False); ReLU()",
            "the generator, module 1, `ReLU()`: the module before it has `bias=False`: expected a BatchNorm here, or a bias there",
        ),
        (
            "ConvTranspose2d(16, 64, 4, bias=False); BatchNorm2d(64, 0.8)",
            "the generator, module 1, `BatchNorm2d(64, 0.8)`: `eps`: found 0.8, expected 0.00001, which is all there is here",
        ),
        (
            "Conv2d(16, 64, 3)",
            "the generator, module 0, `Conv2d(16, 64, 3)`: is given 16x1x1, into which windows of 3x3 with a padding of 0 do not fit",
        ),
        (
            "ConvTranspose2d(16, 64, 4, 5)",
            "the generator, module 0, `ConvTranspose2d(16, 64, 4, 5)`: `stride`: found 5, expected at most the 4 of `kernel_size`",
        ),
        (
            "ConvTranspose2d(16, 64, 4, groups=2)",
            "the generator, module 0, `ConvTranspose2d(16, 64, 4, groups=2)`: `groups`: found 2, expected 1, which is all there is here",
        ),
        (
            "ConvTranspose2d(16, 64, (4, 4))",
            "the generator, module 0, `ConvTranspose2d(16, 64, (4, 4))`: `kernel_size`: found `(4`, expected a number",
        ),
        (
            "ConvTranspose2d(16, 64",
            "the generator, module 0, `ConvTranspose2d(16, 64`: expected `)` at its end",
        ),
        (
            "ConvTranspose2d(16, 64, 0)",
            "the generator, module 0, `ConvTranspose2d(16, 64, 0)`: `kernel_size`: found 0, expected a whole number from 1 to 65536",
        ),
        (
            "ConvTranspose2d(16, 64, 9999)",
            "the generator, module 0, `ConvTranspose2d(16, 64, 9999)`: gives 64x9999x9999, 6398720064 values: expected at most 16777216",
        ),
    ] {
        assert_eq!(generator(description).unwrap_err(), expected);
    }
}

#[test]
fn what_is_no_module_is_named() {
    for (description, expected) in [
        (
            "Relu()",
            "the generator, module 0, `Relu()`: there is no module `Relu` (did you mean ReLU?); expected one of Linear, Conv2d, \
             ConvTranspose2d, BatchNorm1d, BatchNorm2d, ReLU, LeakyReLU, Tanh, Flatten, Residual",
        ),
        (
            "Unflatten(1, (1, 2, 3))",
            "the generator, module 0, `Unflatten(1, (1, 2, 3))`: there is no module `Unflatten`: ConvTranspose2d(100, 256, 4) makes 256x4x4 of \
             100 values; expected one of Linear, Conv2d, ConvTranspose2d, BatchNorm1d, BatchNorm2d, ReLU, LeakyReLU, Tanh, Flatten, Residual",
        ),
        (
            "ReLU()",
            "the generator, module 0, `ReLU()`: expected it after a Linear, Conv2d, ConvTranspose2d or BatchNorm",
        ),
    ] {
        assert_eq!(generator(description).unwrap_err(), expected);
    }
}

#[test]
fn mistakes_of_discriminators_are_named() {
    for (description, expected) in [
        (
            "Conv2d(1, 64, 4, 2, 1)",
            "the discriminator, module 0, `Conv2d(1, 64, 4, 2, 1)`: takes 1 channels, and is given 3x32x32: expected 3",
        ),
        (
            "Linear(3072, 1)",
            "the discriminator, module 0, `Linear(3072, 1)`: is given 3x32x32, which is no vector: expected Flatten() before it",
        ),
        (
            "Flatten(); Conv2d(3, 1, 32)",
            "the discriminator, module 1, `Conv2d(3, 1, 32)`: expected Linear after Flatten()",
        ),
        (
            "Conv2d(3, 64, 4, 2, 1, bias=False); BatchNorm2d(64)",
            "the discriminator, module 1, `BatchNorm2d(64)`: a discriminator takes no batch norms: penalties on its gradient are defined for \
             each image alone",
        ),
        (
            "Conv2d(3, 1, 4, 2, 1)",
            "the discriminator: gives 1x16x16: expected a single value",
        ),
        (
            "Conv2d(3, 1, 32); ReLU()",
            "the discriminator: expected no activation at its end: objectives take logits",
        ),
        (
            "Flatten(); Linear(3072, 10)",
            "the discriminator: gives 10x1x1: expected a single value",
        ),
    ] {
        assert_eq!(discriminator(description).unwrap_err(), expected);
    }
}
