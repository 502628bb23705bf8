//! Backward passes against candle's autograd, penalties on gradients against finite differences in f64.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use candle_core::{Device, Tensor, Var};

use super::backend::Statistics;
use super::*;
use crate::rng::Stream;
use crate::shape::ImageShape;

mod conv;

const LEAKY: Activation = Activation::LeakyRelu(0.2);

fn random(rows: usize, width: usize, seed: u64) -> Tensor {
    let mut values = vec![0.0; rows * width];
    Stream::new(seed, "nn tests").fill_normal(&mut values);
    Tensor::from_vec(values, (rows, width), &Device::Cpu).unwrap()
}

fn network(widths: &[usize], hidden: Activation, last: Activation) -> Network {
    let specs: Vec<LayerSpec> = widths
        .windows(2)
        .enumerate()
        .map(|(i, w)| {
            LayerSpec::linear(
                w[0],
                w[1],
                if i + 2 == widths.len() { last } else { hidden },
            )
        })
        .collect();
    let mut mlp = Network::new(&specs, &Device::Cpu).unwrap();
    mlp.initialise(&mut Stream::new(1, "weights")).unwrap();
    mlp
}

fn values(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

fn assert_close(ours: &Tensor, theirs: &Tensor, what: &str) {
    for (a, b) in values(ours).iter().zip(values(theirs)) {
        assert!(
            (a - b).abs() < 1e-5 * (1.0 + b.abs()),
            "{what}: {a} is not {b}"
        );
    }
}

#[test]
fn backward_gives_the_gradients_of_autograd() {
    for (hidden, last) in [
        (LEAKY, Activation::Identity),
        (Activation::Relu, Activation::Tanh),
    ] {
        let widths = [9, 40, 30, 3];
        let mut mlp = network(&widths, hidden, last);
        let (x, weight) = (random(17, 9, 2), random(17, 3, 3));
        let mut activations = mlp.activations(17).unwrap();
        mlp.forward(&x, &mut activations).unwrap();
        kernels::copy(activations.output_grad(), &weight).unwrap();
        let input_grad = x.zeros_like().unwrap();
        mlp.backward_through(&x, &mut activations, &input_grad)
            .unwrap();

        // The same in candle, with its autograd: loss = Σ weight ⊙ output.
        let vars: Vec<Var> = (0..6)
            .map(|i| Var::from_tensor(&mlp.params().value(i).unwrap().copy().unwrap()).unwrap())
            .collect();
        let input = Var::from_tensor(&x).unwrap();
        let mut y = input.as_tensor().clone();
        for (i, pair) in vars.chunks(2).enumerate() {
            let z = y
                .matmul(&pair[0].t().unwrap())
                .unwrap()
                .broadcast_add(&pair[1])
                .unwrap();
            y = match if i == 2 { last } else { hidden } {
                Activation::Identity => z,
                Activation::Relu => z.relu().unwrap(),
                Activation::LeakyRelu(slope) => {
                    candle_nn::ops::leaky_relu(&z, f64::from(slope)).unwrap()
                }
                Activation::Tanh => z.tanh().unwrap(),
            };
        }
        assert_close(activations.output(), &y, "output");
        let grads = (&y * &weight)
            .unwrap()
            .sum_all()
            .unwrap()
            .backward()
            .unwrap();
        for (i, var) in vars.iter().enumerate() {
            assert_close(
                &mlp.params().grad(i).unwrap(),
                grads.get(var).unwrap(),
                "parameter gradient",
            );
        }
        assert_close(&input_grad, grads.get(&input).unwrap(), "input gradient");
    }
}

/// Sizes that are not multiples of vectors, tiles or tasks.
#[test]
fn our_loops_agree_with_candle() {
    for (rows, widths) in [
        (1, &[1, 1][..]),
        (70, &[100, 257, 49, 1]),
        (131, &[33, 65, 30]),
    ] {
        let mut mlp = network(widths, Activation::Relu, Activation::Tanh);
        let (inputs, outputs) = (widths[0], widths[widths.len() - 1]);
        let (x, weight) = (random(rows, inputs, 2), random(rows, outputs, 3));
        let output = || Tensor::zeros((rows, outputs), candle_core::DType::F32, &Device::Cpu);
        let mut both = [
            mlp.training_into(&output().unwrap()).unwrap(),
            mlp.reference_activations(&output().unwrap(), Statistics::OfBatch)
                .unwrap(),
        ];
        let found = both.each_mut().map(|activations| {
            mlp.forward(&x, activations).unwrap();
            kernels::copy(activations.output_grad(), &weight).unwrap();
            let input_grad = x.zeros_like().unwrap();
            mlp.backward_through(&x, activations, &input_grad).unwrap();
            let grads = mlp.params().grads().copy().unwrap();
            [activations.output().copy().unwrap(), input_grad, grads]
        });
        for (ours, theirs) in found[0].iter().zip(&found[1]) {
            assert_close(ours, theirs, "pass");
        }
    }
}

#[test]
fn both_forms_of_penalties_agree() {
    let mut critic = network(&[70, 65, 33, 1], LEAKY, Activation::Identity);
    let (x, grads) = (random(67, 70, 5), critic.params().grads().clone());
    let output = Tensor::zeros((67, 1), candle_core::DType::F32, &Device::Cpu).unwrap();
    let both = [
        critic.training_into(&output).unwrap(),
        critic
            .reference_activations(&output, Statistics::OfBatch)
            .unwrap(),
    ];
    let found = both.map(|mut activations| {
        // Added to the existing gradients.
        kernels::copy(&grads, &grads.ones_like().unwrap()).unwrap();
        let penalty = gradient_penalty(&mut critic, (&x).into(), &mut activations, 10.0).unwrap();
        let of_first = grads.copy().unwrap();
        // After a backward pass, as in training.
        critic.forward(&x, &mut activations).unwrap();
        kernels::copy(activations.output_grad(), &random(67, 1, 6)).unwrap();
        critic.backward(&x, &mut activations).unwrap();
        let squares =
            zero_centred_penalty(&mut critic, (&x).into(), &mut activations, &[3.0]).unwrap();
        let scalars = [penalty.value, penalty.norm, squares[0].clone()];
        let scalars = Tensor::stack(&scalars, 0).unwrap();
        [scalars, of_first, grads.copy().unwrap()]
    });
    for (ours, theirs) in found[0].iter().zip(&found[1]) {
        assert_close(ours, theirs, "penalty");
    }
}

#[test]
fn backward_computes_only_requested_gradients() {
    let mlp = network(&[4, 5, 1], LEAKY, Activation::Identity);
    let (x, mut activations) = (random(3, 4, 2), mlp.activations(3).unwrap());
    mlp.forward(&x, &mut activations).unwrap();
    kernels::copy(activations.output_grad(), &random(3, 1, 4)).unwrap();
    let input_grad = x.zeros_like().unwrap();
    mlp.backward_to_input(&x, &mut activations, &input_grad)
        .unwrap();
    assert!(
        values(mlp.params().grads()).iter().all(|g| *g == 0.0),
        "no parameter gradient"
    );
    assert!(
        values(&input_grad).iter().any(|g| *g != 0.0),
        "but one by the input"
    );
}

/// D(x) of each row of `x` in f64.
fn outputs_in_f64(weights: &[f64], widths: &[usize], x: &[f64], slope: f64) -> Vec<f64> {
    let through = |row: &[f64]| {
        let (mut y, mut at) = (row.to_vec(), 0);
        for (layer, w) in widths.windows(2).enumerate() {
            let (n, m) = (w[0], w[1]);
            let matrix = &weights[at..at + n * m];
            let bias = &weights[at + n * m..at + n * m + m];
            let is_last = layer + 2 == widths.len();
            let next = matrix.chunks(n).zip(bias).map(|(line, b)| {
                let z = b + line.iter().zip(&y).map(|(a, b)| a * b).sum::<f64>();
                if is_last || z > 0.0 { z } else { slope * z }
            });
            y = next.collect();
            at += n * m + m;
        }
        y[0]
    };
    x.chunks(widths[0]).map(through).collect()
}

/// ‖∇D(x)‖² of each row of `x`, implemented again in f64 for weights in the order of the buffer.
fn squared_slopes(weights: &[f64], widths: &[usize], x: &[f64], slope: f64) -> Vec<f64> {
    let inputs = widths[0];
    let mut found = Vec::new();
    for row in x.chunks(inputs) {
        // Jacobian of the current activations by the input, [width, inputs].
        let mut y = row.to_vec();
        let mut jacobian: Vec<Vec<f64>> = (0..inputs)
            .map(|i| (0..inputs).map(|j| f64::from(u8::from(i == j))).collect())
            .collect();
        let mut at = 0;
        for (layer, w) in widths.windows(2).enumerate() {
            let (n, m) = (w[0], w[1]);
            let (matrix, bias) = (
                &weights[at..at + n * m],
                &weights[at + n * m..at + n * m + m],
            );
            at += n * m + m;
            let mut next = Vec::new();
            let mut next_jacobian = Vec::new();
            for o in 0..m {
                let line = &matrix[o * n..(o + 1) * n];
                let z = bias[o] + line.iter().zip(&y).map(|(a, b)| a * b).sum::<f64>();
                let mask = if layer + 2 == widths.len() || z > 0.0 {
                    1.0
                } else {
                    slope
                };
                next.push(z * mask);
                next_jacobian.push(
                    (0..inputs)
                        .map(|j| {
                            mask * line
                                .iter()
                                .zip(&jacobian)
                                .map(|(a, r)| a * r[j])
                                .sum::<f64>()
                        })
                        .collect(),
                );
            }
            (y, jacobian) = (next, next_jacobian);
        }
        found.push(jacobian[0].iter().map(|g| g * g).sum());
    }
    found
}

/// Checks a penalty at `x` and the gradient that it left in the critic against a formula of each row's ‖∇D‖².
fn assert_penalty(
    critic: &Network,
    widths: &[usize],
    x: &Tensor,
    value: &Tensor,
    formula: &dyn Fn(&[f64]) -> f64,
) {
    let inputs: Vec<f64> = values(x).into_iter().map(f64::from).collect();
    let weights: Vec<f64> = values(&critic.params().row(0).unwrap())
        .into_iter()
        .map(f64::from)
        .collect();
    let at = |w: &[f64]| formula(&squared_slopes(w, widths, &inputs, 0.2));
    let found = f64::from(value.to_scalar::<f32>().unwrap());
    assert!(
        (found - at(&weights)).abs() < 1e-4 * (1.0 + at(&weights)),
        "{found} is not {}",
        at(&weights)
    );

    let grads = values(critic.params().grads());
    let h = 1e-5;
    for (i, grad) in grads.iter().enumerate() {
        let moved = |by: f64| {
            let mut w = weights.clone();
            w[i] += by;
            at(&w)
        };
        let expected = (moved(h) - moved(-h)) / (2.0 * h);
        assert!(
            (f64::from(*grad) - expected).abs() < 1e-4 * (1.0 + expected.abs()),
            "{i}: {grad} is not {expected}"
        );
    }
    assert!(
        grads.iter().any(|g| g.abs() > 1e-3),
        "a penalty without a gradient proves nothing"
    );
}

#[test]
fn the_gradient_penalty_and_its_gradient_agree_with_finite_differences() {
    let widths = [6, 8, 7, 5, 1];
    let mut critic = network(&widths, LEAKY, Activation::Identity);
    let x = random(4, 6, 5);
    let mut activations = critic.activations(4).unwrap();
    let penalty = gradient_penalty(&mut critic, (&x).into(), &mut activations, 10.0).unwrap();
    assert_penalty(&critic, &widths, &x, &penalty.value, &|squares| {
        let excess = |square: &f64| ((square + 1e-12).sqrt() - 1.0).powi(2);
        10.0 * squares.iter().map(excess).sum::<f64>() / 4.0
    });
}

#[test]
fn penalties_centred_on_zero_and_their_gradients_agree_with_finite_differences() {
    let widths = [6, 8, 7, 5, 1];
    let x = random(6, 6, 5);
    for weights in [&[30.0][..], &[20.0, 50.0]] {
        let mut critic = network(&widths, LEAKY, Activation::Identity);
        let mut activations = critic.activations(6).unwrap();
        critic.forward(&x, &mut activations).unwrap();
        let values =
            zero_centred_penalty(&mut critic, (&x).into(), &mut activations, weights).unwrap();
        let sum = Tensor::stack(&values, 0).unwrap().sum_all().unwrap();
        let rows = 6 / weights.len();
        assert_penalty(&critic, &widths, &x, &sum, &|squares| {
            let mean = |part: &[f64]| part.iter().sum::<f64>() / rows as f64;
            let parts = squares.chunks(rows).zip(weights);
            parts.map(|(part, weight)| weight / 2.0 * mean(part)).sum()
        });
    }
}

/// Adds a penalty's gradient to a critic's, and returns its value.
type Penalise = fn(&mut Network, Points<'_>, &mut Activations) -> Tensor;

/// A critic of three outputs of which each row weighs its own: the penalty and its gradient are those of the critics of one
/// output whose last layer is the weighted sum, averaged over the rows.
#[test]
fn penalties_of_a_weighted_sum_of_outputs_are_those_of_a_critic_with_that_output() {
    let (widths, single_widths) = ([6, 8, 5, 3], [6, 8, 5, 1]);
    let x = random(4, 6, 5);
    let weights = [[1.0_f32, 1.0, 0.0], [1.0, 0.0, 1.0]];
    let direction = [weights[0], weights[0], weights[1], weights[1]].concat();
    let direction = Tensor::from_vec(direction, (4, 3), &Device::Cpu).unwrap();
    let zero = |network: &mut Network| {
        let grads = network.params().grads();
        kernels::copy(grads, &grads.zeros_like().unwrap()).unwrap();
    };
    let penalties: [Penalise; 2] = [
        |critic, points, activations| {
            let found = gradient_penalty(critic, points, activations, 10.0);
            found.unwrap().value
        },
        |critic, points, activations| {
            critic.forward(points.x, activations).unwrap();
            let found = zero_centred_penalty(critic, points, activations, &[7.0]);
            found.unwrap().remove(0)
        },
    ];
    for penalise in penalties {
        let mut critic = network(&widths, LEAKY, Activation::Identity);
        zero(&mut critic);
        let points = Points {
            x: &x,
            direction: Some(&direction),
        };
        let mut activations = critic.activations(4).unwrap();
        let value = penalise(&mut critic, points, &mut activations);
        // The last matrix is 3×5, and starts behind 6·8 + 8 + 8·5 + 5 values.
        let last = 6 * 8 + 8 + 8 * 5 + 5;
        let own: Vec<f32> = values(&critic.params().row(0).unwrap());
        let (mut sum, mut grads) = (0.0, vec![0.0; own.len()]);
        for (part, weights) in weights.iter().enumerate() {
            let mut single = network(&single_widths, LEAKY, Activation::Identity);
            let mut all = own[..last].to_vec();
            let row = |k: usize| &own[last + 5 * k..last + 5 * (k + 1)];
            all.extend((0..5).map(|i| (0..3).map(|k| weights[k] * row(k)[i]).sum::<f32>()));
            all.push(0.0);
            single.params_mut().set_values(&all).unwrap();
            zero(&mut single);
            let some = x.narrow(0, 2 * part, 2).unwrap().contiguous().unwrap();
            let mut activations = single.activations(2).unwrap();
            let value = penalise(&mut single, (&some).into(), &mut activations);
            sum += value.to_scalar::<f32>().unwrap() / 2.0;
            let theirs = values(single.params().grads());
            for (to, from) in grads[..last].iter_mut().zip(&theirs) {
                *to += from / 2.0;
            }
            for (k, weight) in weights.iter().enumerate() {
                for i in 0..5 {
                    grads[last + 5 * k + i] += weight * theirs[last + i] / 2.0;
                }
            }
        }
        let value = value.to_scalar::<f32>().unwrap();
        assert!(
            (value - sum).abs() < 1e-4 * sum.abs(),
            "{value} is not {sum}"
        );
        assert!(sum.abs() > 1e-3);
        for (found, expected) in values(critic.params().grads()).iter().zip(&grads) {
            assert!(
                (found - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                "{found} is not {expected}"
            );
        }
    }
}

/// D's weights divided by the norms of Wᵀu, in f64, for matrices in the order of the buffer and u as it was found.
fn normalised_in_f64(weights: &[f64], widths: &[usize], left: &[f32]) -> Vec<f64> {
    let (mut all, mut at, mut u) = (weights.to_vec(), 0, left);
    for w in widths.windows(2) {
        let (inputs, outputs) = (w[0], w[1]);
        let matrix = &mut all[at..at + inputs * outputs];
        let (these, others) = u.split_at(outputs);
        let seen = (0..inputs).map(|i| {
            let column = matrix.iter().skip(i).step_by(inputs).zip(these);
            column.map(|(w, u)| w * f64::from(*u)).sum::<f64>()
        });
        let norm = seen.map(|v| v * v).sum::<f64>().sqrt();
        for w in matrix {
            *w /= norm;
        }
        at += inputs * outputs + outputs;
        u = others;
    }
    all
}

#[test]
fn gradients_pass_through_spectral_normalisation() {
    let widths = [6, 8, 7, 5, 1];
    let mut critic = network(&widths, LEAKY, Activation::Identity);
    critic.set_spectral_norm(true).unwrap();
    let x = random(4, 6, 5);
    let mut activations = critic.activations(4).unwrap();
    critic.forward(&x, &mut activations).unwrap();
    // R1 with mean D(x)², a loss by the output and one by the slope.
    let output = activations.output().clone();
    kernels::copy(activations.output_grad(), &(&output * 0.5).unwrap()).unwrap();
    critic.backward(&x, &mut activations).unwrap();
    let penalty =
        zero_centred_penalty(&mut critic, (&x).into(), &mut activations, &[30.0]).unwrap();

    let left = critic.singular_vectors().unwrap().unwrap();
    let inputs: Vec<f64> = values(&x).into_iter().map(f64::from).collect();
    let own: Vec<f64> = values(&critic.params().row(0).unwrap())
        .into_iter()
        .map(f64::from)
        .collect();
    let at = |w: &[f64]| {
        let w = normalised_in_f64(w, &widths, &left);
        let squares = squared_slopes(&w, &widths, &inputs, 0.2);
        let outputs = outputs_in_f64(&w, &widths, &inputs, 0.2);
        let mean = |all: Vec<f64>| all.iter().sum::<f64>() / 4.0;
        15.0 * mean(squares) + mean(outputs.into_iter().map(|y| y * y).collect())
    };
    let found = f64::from(penalty[0].to_scalar::<f32>().unwrap())
        + f64::from(
            output
                .sqr()
                .unwrap()
                .mean_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap(),
        );
    assert!(
        (found - at(&own)).abs() < 1e-4 * (1.0 + at(&own)),
        "{found}"
    );

    // A step of plain descent shows the gradient by the network's own weights.
    let rule = UpdateStep::Rmsprop(RmspropStep {
        alpha: 1.0,
        eps: 1.0,
        lr: 1e-3,
        limit: f32::INFINITY,
    });
    critic.update(rule, None).unwrap();
    let grads = values(critic.params().grads());
    let h = 1e-5;
    for (i, grad) in grads.iter().enumerate() {
        let moved = |by: f64| {
            let mut w = own.clone();
            w[i] += by;
            at(&w)
        };
        let expected = (moved(h) - moved(-h)) / (2.0 * h);
        assert!(
            (f64::from(*grad) - expected).abs() < 1e-4 * (1.0 + expected.abs()),
            "{i}: {grad} is not {expected}"
        );
    }
    assert!(grads.iter().any(|g| g.abs() > 1e-2));
}

#[test]
fn normalised_matrices_have_a_largest_singular_value_of_1_and_follow_their_network() {
    let widths = [70, 65, 33, 1];
    let mut critic = network(&widths, LEAKY, Activation::Identity);
    let x = random(67, 70, 5);
    let mut activations = critic.activations(67).unwrap();
    let mut slopes = |critic: &mut Network, scale: f64| {
        critic.scale_output(scale).unwrap();
        critic.forward(&x, &mut activations).unwrap();
        let grad = critic.input_grad(&x, &mut activations, None).unwrap();
        let norms = grad.sqr().unwrap().sum(1).unwrap().sqrt().unwrap();
        (values(activations.output()), values(&norms))
    };
    let (_, steep) = slopes(&mut critic, 50.0);
    assert!(steep.iter().any(|slope| *slope > 1.5), "{steep:?}");
    critic.set_spectral_norm(true).unwrap();
    let (outputs, flat) = slopes(&mut critic, 1.0);
    assert!(flat.iter().all(|slope| *slope < 1.01), "{flat:?}");
    assert!(flat.iter().any(|slope| *slope > 0.05), "{flat:?}");
    // At its end the network computes what it did.
    critic.set_spectral_norm(false).unwrap();
    assert_eq!(slopes(&mut critic, 1.0).0, outputs);
}

#[test]
fn both_forms_of_spectral_normalisation_agree() {
    use super::backend::portable::Portable;
    use super::backend::{Backend, of};
    use super::singular::SingularPair;
    for (outputs, inputs) in [(1, 33), (70, 131), (65, 1)] {
        let (weight, grad) = (random(outputs, inputs, 1), random(outputs, inputs, 2));
        let found = [of(&Device::Cpu), &Portable as &dyn Backend].map(|backend| {
            let pair = SingularPair::new((outputs, inputs), &Device::Cpu).unwrap();
            kernels::copy(&pair.left, &random(1, outputs, 3).squeeze(0).unwrap()).unwrap();
            let (out, grad) = (weight.zeros_like().unwrap(), grad.copy().unwrap());
            for _ in 0..3 {
                backend.normalise(&out, &weight, &pair).unwrap();
                backend.turn(&weight, &pair).unwrap();
            }
            backend.normalise(&out, &weight, &pair).unwrap();
            backend.normalise_backward(&grad, &out, &pair).unwrap();
            [pair.left, pair.right, pair.value, out, grad]
        });
        for (ours, theirs) in found[0].iter().zip(&found[1]) {
            assert_close(ours, theirs, "spectral normalisation");
        }
    }
}

const TUTORIAL: Architecture = Architecture {
    kind: Kind::Mlp,
    classes: 0,
    latent_dim: 100,
    width: 256,
    image: ImageShape::MNIST,
};

#[test]
fn the_reference_networks_have_the_sizes_of_the_tutorial() {
    assert_eq!(
        TUTORIAL.generator(&Device::Cpu).unwrap().params().count(),
        1_486_352
    );
    assert_eq!(
        TUTORIAL
            .discriminator(&Device::Cpu)
            .unwrap()
            .params()
            .count(),
        1_460_225
    );
}

#[test]
fn initial_weights_are_those_of_pytorch_linear() {
    let mut d = TUTORIAL.discriminator(&Device::Cpu).unwrap();
    d.initialise(&mut Stream::new(0, "discriminator")).unwrap();
    // U(±1/√784): standard deviation 1/√(3·784).
    let weights = values(&d.params().value(0).unwrap());
    let bound = 1.0 / 28.0_f32;
    assert!(weights.iter().all(|w| w.abs() <= bound));
    let deviation = (weights.iter().map(|w| w * w).sum::<f32>() / weights.len() as f32).sqrt();
    assert!(
        (deviation - bound / 3.0_f32.sqrt()).abs() < 1e-4,
        "{deviation}"
    );
}
