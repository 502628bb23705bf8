//! Networks with convolutions: our loops against candle's operations, those against its autograd, and penalties against finite
//! differences.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor, Var};

use super::{assert_close, random, values};
use crate::nn::backend::Statistics;
use crate::nn::{
    Activation, Architecture, Described, Kind, LayerSpec, Map, Network, Shift, gradient_penalty,
    kernels, vector_level, zero_centred_penalty,
};
use crate::rng::Stream;
use crate::shape::ImageShape;

/// At 28 pixels with so many channels that products take fewer multiplications.
fn sizes(kind: Kind, channels: usize, side: usize) -> Architecture {
    Architecture {
        kind,
        latent_dim: 5,
        width: if side == 28 { 20 } else { 6 },
        image: ImageShape::known(channels, side, side),
        classes: 0,
    }
}

/// Windows that overlap unevenly, leave out pixels, or touch; layers without batch norm among those with one; a plane that is
/// flattened.
fn odd() -> Kind {
    Kind::Described(Arc::new(Described {
        generator: "Linear(5, 7, bias=False); BatchNorm1d(7); ReLU()
            ConvTranspose2d(7, 6, 3, bias=False); BatchNorm2d(6)
            ConvTranspose2d(6, 4, 2, 2, 1); LeakyReLU(0.1)
            ConvTranspose2d(4, 5, 5, 3, 2); ReLU(); Conv2d(5, 3, 2); Tanh()"
            .to_owned(),
        discriminator:
            "Conv2d(3, 4, 3, 2, 1); LeakyReLU(0.2); Conv2d(4, 6, 4, 3, 2); LeakyReLU(0.2)
            Flatten(); Linear(24, 5); LeakyReLU(0.2); Linear(5, 1)"
                .to_owned(),
    }))
}

/// Residual blocks behind one another, of one layer and of three, with and without batch norm at their ends, on planes with borders
/// of different widths, of few channels, and on vectors.
fn blocks() -> Kind {
    Kind::Described(Arc::new(Described {
        generator: "ConvTranspose2d(5, 6, 3, bias=False); BatchNorm2d(6); ReLU()
            Residual(Conv2d(6, 6, 5, 1, 2, bias=False), BatchNorm2d(6)); LeakyReLU(0.1)
            Residual(Conv2d(6, 4, 1), ReLU(), ConvTranspose2d(4, 6, 3, 1, 1, bias=False), BatchNorm2d(6))
            Residual(Conv2d(6, 6, 3, 1, 1)); ReLU()
            ConvTranspose2d(6, 4, 3, 3); LeakyReLU(0.1)
            Residual(ConvTranspose2d(4, 4, 3, 1, 1)); ReLU()
            Conv2d(4, 3, 3, 1, 1); Residual(Conv2d(3, 3, 7, 1, 3)); Tanh()"
            .to_owned(),
        discriminator: "Conv2d(3, 4, 3, 2, 1); LeakyReLU(0.2)
            Residual(Conv2d(4, 7, 3, 2, 1), LeakyReLU(0.2), Conv2d(7, 7, 1), LeakyReLU(0.1),
                     ConvTranspose2d(7, 4, 3, 2, 1))
            Residual(Conv2d(4, 4, 5, 1, 2)); LeakyReLU(0.1); Conv2d(4, 6, 4, 3, 2); LeakyReLU(0.2)
            Flatten(); Linear(24, 5); LeakyReLU(0.2)
            Residual(Linear(5, 5)); LeakyReLU(0.2); Linear(5, 1)"
            .to_owned(),
    }))
}

/// Weights large enough for every layer to matter.
fn started(mut network: Network) -> Network {
    network.initialise(&mut Stream::new(3, "weights")).unwrap();
    let buffer = network.params().row(0).unwrap();
    let mut stream = Stream::new(4, "weights");
    kernels::fill(&buffer, |all| {
        for value in all.iter_mut() {
            let mut more = [0.0];
            stream.fill_between(&mut more, 0.0, 0.3);
            *value = 4.0 * *value + more[0] - 0.15;
        }
    })
    .unwrap();
    network
}

fn zeros(rows: usize, width: usize) -> Tensor {
    Tensor::zeros((rows, width), DType::F32, &Device::Cpu).unwrap()
}

#[test]
fn our_loops_agree_with_candle() {
    for (kind, channels, side) in [
        (Kind::Dcgan, 1, 28),
        (Kind::Dcgan, 3, 16),
        (Kind::SnCnn, 3, 8),
        (Kind::Resnet, 3, 16),
        (odd(), 3, 9),
        (blocks(), 3, 9),
    ] {
        let sizes = sizes(kind.clone(), channels, side);
        let networks = [
            sizes.generator(&Device::Cpu).unwrap(),
            sizes.discriminator(&Device::Cpu).unwrap(),
        ];
        for network in networks {
            let mut network = started(network);
            let rows = 11;
            let specs: Vec<LayerSpec> = network.specs().collect();
            let outputs = specs[specs.len() - 1].outputs();
            let (x, weight) = (random(rows, network.inputs(), 2), random(rows, outputs, 3));
            let start = network.params().buffer().copy().unwrap();
            let mut both = [
                network.training_into(&zeros(rows, outputs)).unwrap(),
                network
                    .reference_activations(&zeros(rows, outputs), Statistics::OfBatch)
                    .unwrap(),
            ];
            let found = both.each_mut().map(|activations| {
                kernels::copy(network.params().buffer(), &start).unwrap();
                network.forward(&x, activations).unwrap();
                kernels::copy(activations.output_grad(), &weight).unwrap();
                let input_grad = x.zeros_like().unwrap();
                network
                    .backward_through(&x, activations, &input_grad)
                    .unwrap();
                [
                    activations.output().copy().unwrap(),
                    input_grad,
                    network.params().grads().copy().unwrap(),
                    // With the running moments that followed.
                    network.params().row(0).unwrap().copy().unwrap(),
                ]
            });
            for (name, (ours, theirs)) in ["output", "input", "gradient", "moments"]
                .iter()
                .zip(found[0].iter().zip(&found[1]))
            {
                assert_near(ours, theirs, 2e-4, &format!("{kind:?} {side}: {name}"));
            }

            // With running moments.
            let mut ours = network.activations(rows).unwrap();
            let mut theirs = network
                .reference_activations(&zeros(rows, outputs), Statistics::Running)
                .unwrap();
            network.forward(&x, &mut ours).unwrap();
            network.forward(&x, &mut theirs).unwrap();
            assert_near(ours.output(), theirs.output(), 1e-4, "running");
        }
    }
}

/// Within a share of the largest value.
fn assert_near(ours: &Tensor, theirs: &Tensor, share: f32, what: &str) {
    let theirs = values(theirs);
    let scale = theirs.iter().fold(1e-3_f32, |most, x| most.max(x.abs()));
    for (a, b) in values(ours).iter().zip(theirs) {
        assert!((a - b).abs() < share * scale, "{what}: {a} is not {b}");
    }
}

#[test]
fn convolutions_have_the_gradients_of_autograd() {
    has_the_gradients_of_autograd(Kind::Dcgan);
}

#[test]
fn residual_blocks_have_the_gradients_of_autograd() {
    has_the_gradients_of_autograd(Kind::Resnet);
}

fn has_the_gradients_of_autograd(kind: Kind) {
    let sizes = sizes(kind, 3, 16);
    let mut network = started(sizes.discriminator(&Device::Cpu).unwrap());
    let rows = 5;
    let x = random(rows, network.inputs(), 2);
    let mut activations = network.training(rows).unwrap();
    network.forward(&x, &mut activations).unwrap();
    let weight = random(rows, 1, 3);
    kernels::copy(activations.output_grad(), &weight).unwrap();
    let input_grad = x.zeros_like().unwrap();
    network
        .backward_through(&x, &mut activations, &input_grad)
        .unwrap();

    let specs: Vec<LayerSpec> = network.specs().collect();
    let count = 2 * specs.len();
    let vars: Vec<Var> = (0..count)
        .map(|i| Var::from_tensor(&network.params().value(i).unwrap().copy().unwrap()).unwrap())
        .collect();
    let input = Var::from_tensor(&x).unwrap();
    // Channels first, as candle has them.
    let mut y = input
        .reshape((rows, 16, 16, 3))
        .unwrap()
        .permute((0, 3, 1, 2))
        .unwrap()
        .contiguous()
        .unwrap();
    let mut read = Vec::new();
    for (spec, pair) in specs.iter().zip(vars.chunks(2)) {
        read.push(y.clone());
        let Map::Convolution(link) = spec.map else {
            unreachable!("a convolution")
        };
        let window = link.window;
        let z = y
            .conv2d(&pair[0], window.padding, window.stride, 1, 1)
            .unwrap();
        let bias = pair[1].reshape((1, link.small.channels, 1, 1)).unwrap();
        let mut z = z.broadcast_add(&bias).unwrap();
        if spec.block > 0 {
            z = (z + &read[read.len() - spec.block]).unwrap();
        }
        y = match spec.activation {
            Activation::LeakyRelu(slope) => {
                candle_nn::ops::leaky_relu(&z, f64::from(slope)).unwrap()
            }
            _ => z,
        };
    }
    let y = y.reshape((rows, 1)).unwrap();
    assert_close(activations.output(), &y, "output");
    let loss = (&y * &weight).unwrap().sum_all().unwrap();
    let grads = loss.backward().unwrap();
    for (i, var) in vars.iter().enumerate() {
        let ours = network.params().grad(i).unwrap();
        assert_near(&ours, grads.get(var).unwrap(), 1e-4, "parameter");
    }
    assert_near(&input_grad, grads.get(&input).unwrap(), 1e-4, "input");
}

#[test]
fn batch_norms_have_the_gradients_of_autograd() {
    let specs = [
        LayerSpec {
            shift: Shift::BatchNorm,
            ..LayerSpec::linear(4, 7, Activation::Relu)
        },
        LayerSpec {
            shift: Shift::BatchNorm,
            ..LayerSpec::linear(7, 7, Activation::Relu).ending_block(1)
        },
        LayerSpec::linear(7, 2, Activation::Tanh),
    ];
    let mut network = started(Network::new(&specs, &Device::Cpu).unwrap());
    let (rows, x) = (9, random(9, 4, 2));
    let mut activations = network.training(rows).unwrap();
    network.forward(&x, &mut activations).unwrap();
    let weight = random(rows, 2, 3);
    kernels::copy(activations.output_grad(), &weight).unwrap();
    network.backward(&x, &mut activations).unwrap();

    // Weight, scale, bias, running mean, running variance, twice; weight, bias.
    let vars: Vec<Var> = (0..12)
        .map(|i| Var::from_tensor(&network.params().value(i).unwrap().copy().unwrap()).unwrap())
        .collect();
    let normed = |x: &Tensor, vars: &[Var]| {
        let z = x.matmul(&vars[0].t().unwrap()).unwrap();
        let off = z.broadcast_sub(&z.mean_keepdim(0).unwrap()).unwrap();
        let variance = (off.sqr().unwrap().mean_keepdim(0).unwrap() + 1e-5).unwrap();
        let hat = off.broadcast_div(&variance.sqrt().unwrap()).unwrap();
        let scaled = hat.broadcast_mul(&vars[1]).unwrap();
        scaled.broadcast_add(&vars[2]).unwrap()
    };
    let first = normed(&x, &vars).relu().unwrap();
    let second = (normed(&first, &vars[5..]) + first).unwrap();
    let y = second
        .relu()
        .unwrap()
        .matmul(&vars[10].t().unwrap())
        .unwrap()
        .broadcast_add(&vars[11])
        .unwrap()
        .tanh()
        .unwrap();
    assert_close(activations.output(), &y, "output");
    let loss = (&y * &weight).unwrap().sum_all().unwrap();
    let grads = loss.backward().unwrap();
    for i in [0, 1, 2, 5, 6, 7, 10, 11] {
        let ours = network.params().grad(i).unwrap();
        assert_near(&ours, grads.get(&vars[i]).unwrap(), 1e-4, "parameter");
    }
    for i in [3, 4, 8, 9] {
        let none = values(&network.params().grad(i).unwrap());
        assert!(none.iter().all(|g| *g == 0.0), "moments are not learnt");
    }
}

#[test]
fn both_forms_of_penalties_agree() {
    for (kind, side) in [
        (Kind::Dcgan, 8),
        (Kind::SnCnn, 8),
        (Kind::Resnet, 16),
        (blocks(), 9),
    ] {
        let sizes = sizes(kind, 3, side);
        let mut critic = started(sizes.discriminator(&Device::Cpu).unwrap());
        let (rows, x) = (6, random(6, critic.inputs(), 5));
        let grads = critic.params().grads().clone();
        let output = zeros(rows, 1);
        let both = [
            critic.training_into(&output).unwrap(),
            critic
                .reference_activations(&output, Statistics::OfBatch)
                .unwrap(),
        ];
        let found = both.map(|mut activations| {
            kernels::copy(&grads, &grads.ones_like().unwrap()).unwrap();
            let penalty =
                gradient_penalty(&mut critic, (&x).into(), &mut activations, 10.0).unwrap();
            let of_first = grads.copy().unwrap();
            critic.forward(&x, &mut activations).unwrap();
            let squares =
                zero_centred_penalty(&mut critic, (&x).into(), &mut activations, &[3.0]).unwrap();
            let scalars = [penalty.value, penalty.norm, squares[0].clone()];
            [
                Tensor::stack(&scalars, 0).unwrap(),
                of_first,
                grads.copy().unwrap(),
            ]
        });
        for (ours, theirs) in found[0].iter().zip(&found[1]) {
            assert_near(ours, theirs, 1e-4, "penalty");
        }
    }
}

#[test]
fn a_penalty_grows_along_its_gradient_as_fast_as_it_says() {
    grows_as_fast_as_it_says(Kind::Dcgan);
    grows_as_fast_as_it_says(Kind::Resnet);
}

fn grows_as_fast_as_it_says(kind: Kind) {
    let mut critic = started(sizes(kind, 3, 8).discriminator(&Device::Cpu).unwrap());
    let (rows, x) = (4, random(4, 3 * 64, 5));
    let mut activations = critic.training(rows).unwrap();
    let mut penalty = |critic: &mut Network| -> f32 {
        critic.forward(&x, &mut activations).unwrap();
        let grads = critic.params().grads().clone();
        kernels::copy(&grads, &grads.zeros_like().unwrap()).unwrap();
        let values = zero_centred_penalty(critic, (&x).into(), &mut activations, &[2.0]).unwrap();
        values[0].to_scalar().unwrap()
    };
    let _ = penalty(&mut critic);
    let grad = critic.params().grads().copy().unwrap();
    let start = critic.params().row(0).unwrap().copy().unwrap();
    let square: f32 = grad.sqr().unwrap().sum_all().unwrap().to_scalar().unwrap();
    let step = 1e-3 / square.sqrt();
    let mut at = |by: f32| {
        let moved = (&start + (&grad * f64::from(by)).unwrap()).unwrap();
        kernels::copy(&critic.params().row(0).unwrap(), &moved).unwrap();
        penalty(&mut critic)
    };
    let slope = (at(step) - at(-step)) / (2.0 * step);
    assert!(
        (slope / square - 1.0).abs() < 0.02,
        "{slope} is not {square}"
    );
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for (kind, side) in [(Kind::Dcgan, 16), (Kind::Dcgan, 28), (Kind::Resnet, 16)] {
        let made = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| computed(&sizes(kind.clone(), 3, side)))
        };
        let one = made(1);
        assert!(one == made(2) && one == made(4), "{kind:?} at {side}");
    }
}

/// The passes do not depend on the width of vectors: these are the digests of AVX2, AVX-512 and NEON, each checked where the tests run on
/// it. Penalties are sums by candle, in an order of its own on each processor.
#[test]
fn passes_have_the_same_bits_on_all_processors_with_vectors() {
    if cfg!(feature = "accelerate") || vector_level() == "no vectors" {
        return;
    }
    // FNV-1a.
    let digest = |values: &Vec<u32>| {
        values.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, bits| {
            (hash ^ u64::from(*bits)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    for (kind, side, expected) in [
        (
            Kind::Mlp,
            28,
            [
                [0xc7bd_8ed0_43f0_2d43, 0x768e_f95a_6486_c3cb],
                [0x3840_ae03_08d3_a7f3, 0xd3ab_f19b_faf2_2bce],
            ],
        ),
        (
            Kind::Dcgan,
            16,
            [
                [0x2ca1_64ca_cc50_6df6, 0xd7e2_581c_def2_c0bd],
                [0x96a2_1a82_7fc2_af56, 0x9e28_b19f_c402_d7c8],
            ],
        ),
        (
            Kind::Dcgan,
            28,
            [
                [0x0ab7_f308_5c27_d3d1, 0x6caf_b2bd_1eb1_4297],
                [0xf0c9_2d6b_2d04_0c77, 0xea81_b6b3_8345_4a5f],
            ],
        ),
        (
            Kind::Resnet,
            16,
            [
                [0x03dd_f138_9823_f929, 0x8268_4c44_4eb2_e77d],
                [0xe19a_8a54_2112_86a4, 0xc5e3_a111_25e3_3f5c],
            ],
        ),
    ] {
        let found = computed(&sizes(kind.clone(), 1, side));
        let found = found
            .each_ref()
            .map(|of| [&of.output, &of.grads].map(digest));
        assert_eq!(found, expected, "{kind:?} at {side}");
    }
}

/// What a step computes, as bits.
#[derive(Debug, PartialEq)]
struct Computed {
    output: Vec<u32>,
    grads: Vec<u32>,
    /// Running moments, a penalty and its gradient.
    rest: Vec<u32>,
}

/// Of the generator and the discriminator, with values that need no function of the system's library.
fn computed(sizes: &Architecture) -> [Computed; 2] {
    let rows = 19;
    let between = |count: usize, seed: u64| {
        let mut values = vec![0.0; count];
        Stream::new(seed, "bits").fill_between(&mut values, -0.3, 0.3);
        values
    };
    let bits = |tensor: &Tensor| -> Vec<u32> {
        let values = values(tensor).into_iter();
        values.map(f32::to_bits).collect()
    };
    [
        sizes.generator(&Device::Cpu).unwrap(),
        sizes.discriminator(&Device::Cpu).unwrap(),
    ]
    .map(|mut network| {
        let params = network.params().row(0).unwrap();
        kernels::fill(&params, |all| all.copy_from_slice(&between(all.len(), 1))).unwrap();
        let inputs = network.inputs();
        let x = Tensor::from_vec(between(rows * inputs, 2), (rows, inputs), &Device::Cpu).unwrap();
        let mut activations = network.training(rows).unwrap();
        network.forward(&x, &mut activations).unwrap();
        let output = bits(activations.output());
        let grad = activations.output_grad().clone();
        kernels::copy(&grad, &activations.output().copy().unwrap()).unwrap();
        network.backward(&x, &mut activations).unwrap();
        let grads = bits(network.params().grads());
        let mut rest = bits(&network.params().row(0).unwrap());
        if grad.dim(1).unwrap() == 1 {
            let penalty = gradient_penalty(&mut network, (&x).into(), &mut activations, 10.0);
            rest.extend(bits(&penalty.unwrap().norm.reshape(1).unwrap()));
            rest.extend(bits(network.params().grads()));
        }
        Computed {
            output,
            grads,
            rest,
        }
    })
}
