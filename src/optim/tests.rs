//! Optimizers against PyTorch's figures, and the two forms against each other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use candle_core::Device;

use super::*;
use crate::nn::{Activation, LayerSpec, kernels, reference_update};
use crate::rng::Stream;

fn params(values: &[f32]) -> Params {
    let params = Params::new(&[("p".to_owned(), vec![values.len()])], &Device::Cpu).unwrap();
    kernels::fill(&params.row(0).unwrap(), |p| p.copy_from_slice(values)).unwrap();
    params
}

fn set_grads(params: &Params, grads: &[f32]) {
    kernels::fill(params.grads(), |g| g.copy_from_slice(grads)).unwrap();
}

/// One update of it, counted.
fn step(optimizer: &mut Optimizer, params: &mut Params, lr: f64, clip: f64) -> Tensor {
    let update = optimizer.next(params, lr, clip).unwrap();
    optimizer.count();
    params.update(update.constants(), None).unwrap()
}

fn row(params: &Params, slot: usize) -> Vec<f32> {
    params.row(slot).unwrap().to_vec1().unwrap()
}

/// Three updates of p = [1, -2, 0.5] with gradients k·[0.1, -3, 0], k = 1, 2, 3.
fn three_updates(rule: Rule, lr: f64) -> Vec<f32> {
    let mut params = params(&[1.0, -2.0, 0.5]);
    let mut optimizer = Optimizer::new(rule);
    for k in [1.0, 2.0, 3.0] {
        set_grads(&params, &[0.1 * k, -3.0 * k, 0.0]);
        step(&mut optimizer, &mut params, lr, 0.0);
    }
    row(&params, 0)
}

fn assert_close(found: &[f32], expected: &[f32]) {
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() < 2e-6 * (1.0 + e.abs()),
            "{found:?} is not {expected:?}"
        );
    }
}

/// The figures of `torch.optim.Adam([p], lr=0.01, betas=(0.5, 0.999))` and
/// `torch.optim.RMSprop([p], lr=0.01, alpha=0.99)`, torch 2.x, float32.
#[test]
fn updates_are_those_of_pytorch() {
    assert_close(
        &three_updates(
            Rule::Adam {
                beta1: 0.5,
                beta2: 0.999,
                eps: 1e-8,
            },
            0.01,
        ),
        &ADAM,
    );
    assert_close(
        &three_updates(
            Rule::Rmsprop {
                alpha: 0.99,
                eps: 1e-8,
            },
            0.01,
        ),
        &RMSPROP,
    );
}

const ADAM: [f32; 3] = [0.968_221_8, -1.968_221_8, 0.5];
const RMSPROP: [f32; 3] = [0.730_117_4, -1.730_117_3, 0.5];

#[test]
fn both_forms_of_an_update_agree() {
    let n = 40_000; // more than two chunks, with a rest
    let mut stream = Stream::new(3, "optim");
    let mut values = vec![0.0; n];
    stream.fill_normal(&mut values);
    for rule in [
        Rule::Adam {
            beta1: 0.5,
            beta2: 0.999,
            eps: 1e-8,
        },
        Rule::Rmsprop {
            alpha: 0.99,
            eps: 1e-8,
        },
    ] {
        let (mut ours, theirs) = (params(&values), params(&values));
        let mut optimizer = Optimizer::new(rule);
        let mut grads = vec![0.0; n];
        for clip in [0.0, 0.0, 0.7] {
            stream.fill_normal(&mut grads);
            set_grads(&ours, &grads);
            set_grads(&theirs, &grads);
            let constants = optimizer.constants(1e-3, clip);
            let found: Vec<f32> = step(&mut optimizer, &mut ours, 1e-3, clip)
                .to_vec1()
                .unwrap();
            let expected: Vec<f32> = reference_update(theirs.buffer(), theirs.grads(), constants)
                .unwrap()
                .to_vec1()
                .unwrap();
            assert_close(&found, &expected);
            assert_eq!(found[2] > 0.0, clip > 0.0, "{found:?}");
        }
        for slot in 0..crate::nn::STATE_TENSORS {
            assert_close(&row(&ours, slot), &row(&theirs, slot));
        }
    }
}

#[test]
fn a_reset_forgets_everything_but_the_values() {
    let mut params = params(&[1.0, 2.0]);
    let rule = Rule::Adam {
        beta1: 0.5,
        beta2: 0.999,
        eps: 1e-8,
    };
    let mut optimizer = Optimizer::new(rule);
    set_grads(&params, &[1.0, -1.0]);
    step(&mut optimizer, &mut params, 0.1, 0.0);
    let values = row(&params, 0);
    optimizer.reset(rule, &mut params).unwrap();
    assert_eq!(optimizer.updates, 0);
    assert_eq!(row(&params, 0), values);
    assert!(
        row(&params, 1)
            .iter()
            .chain(&row(&params, 2))
            .all(|v| *v == 0.0)
    );
}

#[test]
fn gradients_that_are_not_finite_never_reach_the_weights() {
    for bad in [f32::NAN, f32::INFINITY, 1e30] {
        let mut params = params(&[1.0, 2.0]);
        let mut optimizer = Optimizer::new(Rule::Adam {
            beta1: 0.5,
            beta2: 0.999,
            eps: 1e-8,
        });
        set_grads(&params, &[0.1, bad]);
        let norms: Vec<f32> = step(&mut optimizer, &mut params, 0.1, 0.0)
            .to_vec1()
            .unwrap();
        assert!(!norms[0].is_finite(), "the norm must tell: {norms:?}");
        assert_eq!(row(&params, 0), [1.0, 2.0]);
    }
}

/// A pass and a step in one go, one after the other, and in candle's operations.
#[test]
fn a_fused_step_equals_a_step_after_backward() {
    let rule = Rule::Adam {
        beta1: 0.5,
        beta2: 0.999,
        eps: 1e-8,
    };
    let specs = [(9, 70), (70, 31), (31, 2)]
        .map(|(inputs, outputs)| LayerSpec::linear(inputs, outputs, Activation::LeakyRelu(0.2)));
    let mut stream = Stream::new(5, "optim");
    let mut noise = |rows: usize, width: usize| {
        let mut values = vec![0.0; rows * width];
        stream.fill_normal(&mut values);
        Tensor::from_vec(values, (rows, width), &Device::Cpu).unwrap()
    };
    let (x, grad) = (noise(67, 9), noise(67, 2));
    let mut networks = [0, 1].map(|_| {
        let mut network = Network::new(&specs, &Device::Cpu).unwrap();
        network.initialise(&mut Stream::new(1, "weights")).unwrap();
        network
    });
    let norms = [0, 1].map(|i| {
        let network = &mut networks[i];
        let mut activations = network.activations(67).unwrap();
        let mut optimizer = Optimizer::new(rule);
        network.forward(&x, &mut activations).unwrap();
        kernels::copy(activations.output_grad(), &grad).unwrap();
        let norms = if i == 0 {
            optimizer
                .next(network.params(), 1e-3, 0.1)
                .unwrap()
                .backward_step(network, &x, &mut activations, None)
                .unwrap()
        } else {
            network.backward(&x, &mut activations).unwrap();
            step(&mut optimizer, network.params_mut(), 1e-3, 0.1)
        };
        norms.to_vec1::<f32>().unwrap()
    });
    assert_close(&norms[0], &norms[1]);
    let [ours, theirs] = networks.map(|n| {
        let mut host = vec![0.0; n.params().host_count()];
        n.params().copy_to_host(&mut host).unwrap();
        host
    });
    assert!(ours == theirs, "the same bits");
}

#[test]
fn decaying_moments_end_at_zero() {
    let rule = Rule::Adam {
        beta1: 0.5,
        beta2: 0.5,
        eps: 1e-8,
    };
    let mut optimizer = Optimizer::new(rule);
    let mut params = params(&[1.0; 9]);
    set_grads(&params, &[1.0; 9]);
    step(&mut optimizer, &mut params, 1e-3, 0.0);
    set_grads(&params, &[0.0; 9]);
    for _ in 0..90 {
        step(&mut optimizer, &mut params, 1e-3, 0.0);
    }
    assert!(
        row(&params, 1).iter().all(|m| *m > 0.0),
        "2⁻⁹¹ still counts"
    );
    for _ in 0..20 {
        step(&mut optimizer, &mut params, 1e-3, 0.0);
    }
    // 2⁻¹¹¹, which is a normal number still.
    for slot in [1, 2] {
        assert_eq!(row(&params, slot), [0.0; 9]);
    }
}
