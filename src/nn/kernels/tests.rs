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
fn clips_and_fills_match() {
    let a = random(&[37, 19], 7);
    let (ours, theirs) = (a.copy().unwrap(), a.copy().unwrap());
    let share = clip(&ours.flatten_all().unwrap(), 0.5).unwrap();
    let reference = backend::portable::clip(&theirs.flatten_all().unwrap(), 0.5).unwrap();
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
