//! Operations on a CUDA device compared with the CPU. Without a device these tests print that and pass.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::panic, reason = "a test fails by panicking")]

use candle_core::{Device, Tensor};

use super::arguments::Product;
use crate::nn::matrix::{Accumulation, Factor, Orientation};
use crate::nn::{
    Activation, AdamStep, Architecture, Augmented, Changes, Kind, LayerSpec, Meter, Network,
    Params, UpdateStep, backend, first_line, gradient_penalty, kernels,
};
use crate::rng::Stream;
use crate::shape::ImageShape;

/// A device with our own kernels; `None` if there is none, with the reason printed.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn device_or_skip() -> Option<Device> {
    let device = match super::device(0) {
        Ok(device) => device,
        Err(error) => {
            eprintln!("skipped, no CUDA device: {}", first_line(&error));
            return None;
        }
    };
    assert_eq!(kernels::why_not_compiled(&device), None);
    Some(device)
}

fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut values = vec![0.0; shape.iter().product()];
    Stream::new(seed, "cuda tests").fill_normal(&mut values);
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn values(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

#[track_caller]
fn assert_close(found: &Tensor, expected: &Tensor) {
    let (found, expected) = (values(found), values(expected));
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(&expected) {
        assert!((f - e).abs() <= 1e-5 * (1.0 + e.abs()), "{f} is not {e}");
    }
}

/// `c ← op(a)·op(b)` as defined by BLAS: column-major, with strides between columns.
fn blas(p: &Product, a: &[f32], b: &[f32]) -> Vec<f32> {
    let at = |of: &[f32], orientation, stride: i32, row: i32, column: i32| {
        let (row, column) = match orientation {
            Orientation::AsIs => (row, column),
            Orientation::Transposed => (column, row),
        };
        of[(column * stride + row) as usize]
    };
    let mut out = vec![0.0; (p.rows * p.columns) as usize];
    for column in 0..p.columns {
        for row in 0..p.rows {
            out[(column * p.rows + row) as usize] = (0..p.inner)
                .map(|i| {
                    at(a, p.left, p.left_stride, row, i) * at(b, p.right, p.right_stride, i, column)
                })
                .sum();
        }
    }
    out
}

/// Needs no device, but NVRTC.
#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn the_kernels_compile_for_each_generation_of_devices() {
    for capability in [(8, 0), (9, 0)] {
        match super::compile::binary(capability) {
            Ok(_) => {}
            Err(reason) if reason.starts_with("NVRTC, the CUDA compiler library") => {
                eprintln!("skipped: {reason}");
            }
            Err(reason) => panic!("{reason}"),
        }
    }
}

/// Needs no device.
#[test]
fn products_are_passed_to_blas_by_columns() {
    let (m, n, k) = (3, 5, 4);
    let (a, b) = (random(&[m, k], 1), random(&[k, n], 2));
    let expected = a.matmul(&b).unwrap();
    let both = [Orientation::AsIs, Orientation::Transposed];
    for (of_a, of_b) in both.iter().flat_map(|a| both.map(|b| (*a, b))) {
        let stored = |matrix: &Tensor, orientation| {
            let factor = Factor {
                matrix,
                orientation,
            };
            values(&factor.view().unwrap().contiguous().unwrap())
        };
        let product = Product::new((m, n, k), of_a, of_b);
        // The right factor comes first.
        let out = blas(&product, &stored(&b, of_b), &stored(&a, of_a));
        assert_close(
            &Tensor::from_vec(out, (m, n), &Device::Cpu).unwrap(),
            &expected,
        );
    }
}

#[test]
fn operations_agree_between_cuda_and_cpu() {
    use Orientation::{AsIs, Transposed};
    let Some(cuda) = device_or_skip() else { return };
    let both = |t: &Tensor| [t.copy().unwrap(), t.to_device(&cuda).unwrap()];
    let (rows, columns, inner) = (67, 130, 33);
    let (out, bias) = (
        both(&random(&[rows, columns], 1)),
        both(&random(&[columns], 2)),
    );
    let y = both(&random(&[rows, columns], 3));

    for activation in [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.2),
        Activation::Tanh,
    ] {
        for i in 0..2 {
            backend::of(out[i].device())
                .bias_activation(&out[i], &bias[i], activation)
                .unwrap();
            backend::of(out[i].device())
                .activation_backward(&out[i], &y[i], activation)
                .unwrap();
        }
        assert_close(&out[1], &out[0]);
    }

    for (of_a, of_b) in [(AsIs, AsIs), (AsIs, Transposed), (Transposed, AsIs)] {
        let shape = |r: usize, c: usize, orientation| match orientation {
            AsIs => [r, c],
            Transposed => [c, r],
        };
        let a = both(&random(&shape(rows, inner, of_a), 4));
        let b = both(&random(&shape(inner, columns, of_b), 5));
        for accumulation in [Accumulation::Overwrite, Accumulation::Add] {
            for i in 0..2 {
                let factor = |matrix, orientation| Factor {
                    matrix,
                    orientation,
                };
                let (a, b) = (factor(&a[i], of_a), factor(&b[i], of_b));
                let backend = backend::of(out[i].device());
                backend.product(&out[i], a, b, accumulation).unwrap();
            }
            assert_close(&out[1], &out[0]);
        }
    }

    for i in 0..2 {
        kernels::blend(&out[i], &y[i], 0.75).unwrap();
    }
    assert_close(&out[1], &out[0]);

    for i in 0..2 {
        backend::of(bias[i].device())
            .column_sums(&bias[i], &y[i])
            .unwrap();
    }
    assert_close(&bias[1], &bias[0]);

    let bytes: Vec<u8> = (0..5 * columns).map(|i| (i * 37 % 256) as u8).collect();
    let images = Tensor::from_vec(bytes, (5, columns), &Device::Cpu).unwrap();
    let images = both(&images);
    let indices: Vec<u32> = (0..rows as u32).map(|i| i * 3 % 5).collect();
    for i in 0..2 {
        kernels::gather(&out[i], &images[i], &indices).unwrap();
    }
    assert_close(&out[1], &out[0]);
    assert!(kernels::gather(&out[1], &images[1], &vec![5; rows]).is_err());
    // Views of memory with data before and after them.
    for t in &out {
        kernels::fill(&t.narrow(0, 2, 3).unwrap(), |v| v.fill(9.0)).unwrap();
    }
    assert_close(&out[1], &out[0]);
}

#[test]
fn augmentation_agrees_between_cuda_and_cpu() {
    let Some(cuda) = device_or_skip() else { return };
    for shape in [ImageShape::MNIST, ImageShape::new(3, 30, 22).unwrap()] {
        augmentation_agrees(&cuda, shape);
    }
}

fn augmentation_agrees(cuda: &Device, shape: ImageShape) {
    let rows = 9;
    let images = random(&[rows, shape.values()], 1);
    let grad = random(&[rows, shape.values()], 2);
    let moves = Changes {
        shift: 3.0,
        turn: 0.3,
        growth: 0.2,
        ..Changes::default()
    };
    let colours = Changes {
        brightness: 0.5,
        saturation: 1.0,
        contrast: 0.5,
        ..Changes::default()
    };
    let cuts = Changes {
        cutout: 0.4,
        ..Changes::default()
    };
    let some = Changes {
        cutout: 0.4,
        chance: Some(0.6),
        brightness: 0.5,
        saturation: 1.0,
        contrast: 0.5,
        ..moves
    };
    let changed = |by: &Changes, device: &Device| {
        let mut augmented = Augmented::new(rows, shape, device).unwrap();
        let (images, grad) = (
            images.to_device(device).unwrap(),
            grad.to_device(device).unwrap(),
        );
        augmented.draw(by, &mut Stream::new(3, "augment")).unwrap();
        augmented.change(&images).unwrap();
        let back = images.zeros_like().unwrap();
        augmented.back(&grad, &back).unwrap();
        [augmented.images().clone(), back]
    };
    for by in [moves, colours, cuts, some] {
        let (expected, found) = (changed(&by, &Device::Cpu), changed(&by, cuda));
        for (found, expected) in found.iter().zip(&expected) {
            let (found, expected) = (values(found), values(expected));
            for (f, e) in found.iter().zip(&expected) {
                assert!((f - e).abs() < 1e-4, "{f} is not {e} by {by:?}");
            }
        }
    }

    let noise = Changes {
        noise: 0.5,
        ..Changes::default()
    };
    let [seen, back] = changed(&noise, cuda);
    assert_eq!(values(&back), values(&grad));
    let (seen, images) = (values(&seen), values(&images));
    let noise: Vec<f32> = seen.iter().zip(&images).map(|(s, i)| s - i).collect();
    let n = noise.len() as f32;
    let mean = noise.iter().sum::<f32>() / n;
    let spread = (noise.iter().map(|x| x * x).sum::<f32>() / n).sqrt();
    assert!(
        mean.abs() < 0.03 && (spread - 0.5).abs() < 0.02,
        "{mean}, {spread}"
    );
}

/// Forward and backward passes, and the gradient penalty with its second derivative, of the same network with the same
/// inputs.
#[test]
fn gradients_agree_between_cuda_and_cpu() {
    let Some(cuda) = device_or_skip() else { return };
    let specs = [(40, 70), (70, 33), (33, 1)].map(|(inputs, outputs)| {
        let activation = if outputs == 1 {
            Activation::Identity
        } else {
            Activation::LeakyRelu(0.2)
        };
        LayerSpec::linear(inputs, outputs, activation)
    });
    let found = [Device::Cpu, cuda].map(|device| {
        let mut network = Network::new(&specs, &device).unwrap();
        network.initialise(&mut Stream::new(1, "weights")).unwrap();
        let x = random(&[37, 40], 2).to_device(&device).unwrap();
        let weight = random(&[37, 1], 3).to_device(&device).unwrap();
        let mut activations = network.activations(37).unwrap();
        network.forward(&x, &mut activations).unwrap();
        kernels::copy(activations.output_grad(), &weight).unwrap();
        let input_grad = x.zeros_like().unwrap();
        network
            .backward_through(&x, &mut activations, &input_grad)
            .unwrap();
        let mut found = vec![activations.output().copy().unwrap(), input_grad];
        let penalty = gradient_penalty(&mut network, (&x).into(), &mut activations, 10.0).unwrap();
        found.extend([
            penalty.value,
            penalty.norm,
            network.params().grads().clone(),
        ]);
        found
    });
    for (on_cpu, on_cuda) in found[0].iter().zip(&found[1]) {
        assert_close(on_cuda, on_cpu);
    }
}

/// The same of convolutional networks, with batch norms in the generator and residual blocks.
#[test]
fn convolutions_agree_between_cuda_and_cpu() {
    let Some(cuda) = device_or_skip() else { return };
    for kind in [Kind::Dcgan, Kind::SnCnn, Kind::Resnet] {
        let sizes = Architecture {
            kind,
            latent_dim: 5,
            width: 8,
            image: ImageShape::known(3, 32, 32),
            classes: 0,
        };
        let found = [&Device::Cpu, &cuda].map(|device| {
            let generator = passed(sizes.generator(device).unwrap());
            let discriminator = passed(sizes.discriminator(device).unwrap());
            [generator, discriminator].concat()
        });
        for (on_cpu, on_cuda) in found[0].iter().zip(&found[1]) {
            assert_close(on_cuda, on_cpu);
        }
    }
}

/// What both passes through a network give: its output, the gradients by the input and by the parameters, and the parameters.
fn passed(mut network: Network) -> Vec<Tensor> {
    let device = network.params().grads().device().clone();
    network.initialise(&mut Stream::new(1, "weights")).unwrap();
    let x = random(&[7, network.inputs()], 2);
    let x = x.to_device(&device).unwrap();
    let mut activations = network.training(7).unwrap();
    network.forward(&x, &mut activations).unwrap();
    let shape = activations.output().dims().to_vec();
    let weight = random(&shape, 3).to_device(&device).unwrap();
    kernels::copy(activations.output_grad(), &weight).unwrap();
    let input_grad = x.zeros_like().unwrap();
    network
        .backward_through(&x, &mut activations, &input_grad)
        .unwrap();
    vec![
        activations.output().copy().unwrap(),
        input_grad,
        network.params().grads().copy().unwrap(),
        network.params().row(0).unwrap().copy().unwrap(),
    ]
}

/// A buffer of `n` parameters with gradients, on a device.
fn parameters(n: usize, device: &Device) -> Params {
    let params = Params::new(&[("p".to_owned(), vec![n])], device).unwrap();
    let set = |t: &Tensor, seed| {
        let from = random(&[n], seed).to_device(device).unwrap();
        kernels::copy(t, &from).unwrap();
    };
    set(&params.row(0).unwrap(), 1);
    set(params.grads(), 2);
    params
}

#[test]
fn a_meter_reports_values_and_non_finite_ones_stop_updates() {
    let Some(cuda) = device_or_skip() else { return };
    let mut meter = Meter::new(&cuda).unwrap().unwrap();
    let mut params = parameters(1000, &cuda);
    let step = UpdateStep::Adam(AdamStep {
        beta1: 0.5,
        beta2: 0.999,
        eps: 1e-8,
        step: 1e-3,
        root: 1.0,
        limit: f32::INFINITY,
    });
    let scalar = |x: f32| Tensor::new(x, &cuda).unwrap();
    let row = |params: &Params, i| values(&params.row(i).unwrap());
    let mut update = |params: &mut Params, loss: f32| {
        params.announce(step).unwrap();
        let loss = scalar(loss);
        let norms = params.update(step, Some(meter.check(&loss))).unwrap();
        let observed = vec![
            ("loss", loss.clone()),
            ("half", (loss * 0.5).unwrap()),
            ("norm", norms.get(0).unwrap()),
        ];
        meter.add(&observed, 2).unwrap();
        meter.take().unwrap()
    };

    let (readings, lost) = update(&mut params, 2.0);
    assert!(!lost);
    let found: Vec<_> = readings.iter().map(|r| (r.name, r.count, r.mean)).collect();
    let norm = values(params.grads())
        .iter()
        .map(|g| f64::from(g * g))
        .sum::<f64>()
        .sqrt();
    assert_eq!(found[..2], [("loss", 1, 2.0), ("half", 1, 1.0)]);
    assert!((found[2].2 - norm).abs() < 1e-4 * norm, "{found:?}, {norm}");

    let before = [0, 1, 2].map(|i| row(&params, i));
    let (readings, lost) = update(&mut params, f32::NAN);
    assert!(lost && readings[0].mean.is_nan());
    assert_eq!(
        readings.len(),
        2,
        "without a loss there is no step to observe"
    );
    assert_eq!([0, 1, 2].map(|i| row(&params, i)), before);
    // It stays lost until the run returns to a good state.
    let (readings, lost) = update(&mut params, 2.0);
    assert!(lost && readings.is_empty());
    assert_eq!([0, 1, 2].map(|i| row(&params, i)), before);
    meter.clear().unwrap();
    assert_eq!(meter.take().unwrap(), (Vec::new(), false));
}
