//! Every CPU kernel against candle's own operations.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use candle_core::{Device, Tensor};

use super::*;
use crate::rng::Stream;

fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut values = vec![0.0; shape.iter().product()];
    Stream::new(seed, "kernels").fill_normal(&mut values);
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn assert_close(a: &Tensor, b: &Tensor, tolerance: f32) {
    let a: Vec<f32> = a.flatten_all().unwrap().to_vec1().unwrap();
    let b: Vec<f32> = b.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(&b) {
        assert!(
            (x - y).abs() <= tolerance * (1.0 + y.abs()),
            "{x} is not {y}"
        );
    }
}

#[test]
fn products_of_any_strides_match() {
    let (a, b) = (random(&[33, 70], 1), random(&[70, 41], 2));
    let out = random(&[33, 41], 3);
    let expected = a.matmul(&b).unwrap();
    product(&out, &a, &b, false).unwrap();
    assert_close(&out, &expected, 1e-5);
    product(&out, &a, &b, true).unwrap();
    assert_close(&out, &(&expected * 2.0).unwrap(), 1e-5);

    let (at, bt) = (
        a.t().unwrap().contiguous().unwrap(),
        b.t().unwrap().contiguous().unwrap(),
    );
    product(&out, &at.t().unwrap(), &bt.t().unwrap(), false).unwrap();
    assert_close(&out, &expected, 1e-5);
}

#[test]
fn a_product_into_a_view_leaves_the_rest_alone() {
    let whole = Tensor::zeros((6, 5), candle_core::DType::F32, &Device::Cpu).unwrap();
    let (a, b) = (random(&[2, 3], 1), random(&[3, 5], 2));
    product(&whole.narrow(0, 2, 2).unwrap(), &a, &b, false).unwrap();
    assert_close(
        &whole.narrow(0, 2, 2).unwrap(),
        &a.matmul(&b).unwrap(),
        1e-6,
    );
    for rest in [
        whole.narrow(0, 0, 2).unwrap(),
        whole.narrow(0, 4, 2).unwrap(),
    ] {
        assert_close(&rest, &rest.zeros_like().unwrap(), 0.0);
    }
}

#[test]
fn shapes_that_do_not_fit_are_errors() {
    let out = random(&[2, 2], 0);
    assert!(product(&out, &random(&[2, 3], 1), &random(&[4, 2], 2), false).is_err());
    assert!(bias_activation(&out, &random(&[3], 1), Activation::Relu).is_err());
    assert!(activation_backward(&out, &random(&[3], 1), Activation::Relu).is_err());
    assert!(column_sums(&random(&[3], 0), &out).is_err());
}

#[test]
fn activations_and_their_derivatives_match() {
    for activation in [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.2),
        Activation::Tanh,
    ] {
        // Large enough to be split between threads.
        let (x, bias) = (random(&[130, 257], 4), random(&[257], 5));
        let (ours, theirs) = (x.copy().unwrap(), x.copy().unwrap());
        bias_activation(&ours, &bias, activation).unwrap();
        portable::bias_activation(&theirs, &bias, activation).unwrap();
        assert_close(&ours, &theirs, 1e-6);

        let delta = random(&[130, 257], 6);
        let (d_ours, d_theirs) = (delta.copy().unwrap(), delta.copy().unwrap());
        activation_backward(&d_ours, &ours, activation).unwrap();
        portable::activation_backward(&d_theirs, &ours, activation).unwrap();
        assert_close(&d_ours, &d_theirs, 1e-6);
    }
}

#[test]
fn sums_clips_and_fills_match() {
    let a = random(&[37, 19], 7);
    let sums = random(&[19], 8);
    column_sums(&sums, &a).unwrap();
    assert_close(&sums, &a.sum(0).unwrap(), 1e-5);

    let (ours, theirs) = (a.copy().unwrap(), a.copy().unwrap());
    let share = clip(&ours.flatten_all().unwrap(), 0.5).unwrap();
    let reference = portable::clip(&theirs.flatten_all().unwrap(), 0.5).unwrap();
    assert_close(&ours, &theirs, 0.0);
    assert_close(
        &share.reshape(1).unwrap(),
        &reference.reshape(1).unwrap(),
        1e-6,
    );

    fill(&ours.narrow(0, 1, 2).unwrap(), |values| values.fill(9.0)).unwrap();
    assert_close(
        &ours.narrow(0, 1, 2).unwrap(),
        &Tensor::full(9.0_f32, (2, 19), &Device::Cpu).unwrap(),
        0.0,
    );
    assert_close(
        &ours.narrow(0, 0, 1).unwrap(),
        &theirs.narrow(0, 0, 1).unwrap(),
        0.0,
    );
}
