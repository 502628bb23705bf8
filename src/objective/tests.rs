//! Every objective against independently worked values, finite differences and candle's autograd.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use candle_core::{Device, Tensor, Var};

use super::*;

const REAL: [f32; 4] = [2.0, -0.5, 0.3, 30.0];
const FAKE: [f32; 4] = [-1.5, 0.7, -25.0, 0.1];

fn column(values: &[f32]) -> Tensor {
    Tensor::from_slice(values, (values.len(), 1), &Device::Cpu).unwrap()
}

fn scalar(t: &Tensor) -> f64 {
    f64::from(t.to_scalar::<f32>().unwrap())
}

fn losses(name: &str, real: &[f32], fake: &[f32]) -> (f64, f64) {
    let objective = find(name).unwrap();
    let d = objective.critic(&column(real), &column(fake)).unwrap();
    let g = objective.generator(&column(fake)).unwrap();
    assert_eq!((d.observed[0].0, g.observed[0].0), ("d_loss", "g_loss"));
    (scalar(&d.observed[0].1), scalar(&g.observed[0].1))
}

/// The same losses, written down again in f64.
fn expected(name: &str, real: &[f32], fake: &[f32]) -> (f64, f64) {
    let mean = |v: &[f32], f: &dyn Fn(f64) -> f64| {
        v.iter().map(|x| f(f64::from(*x))).sum::<f64>() / v.len() as f64
    };
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    match name {
        "gan" => (
            0.5 * (mean(real, &|r| softplus(-r)) + mean(fake, &softplus)),
            mean(fake, &|f| softplus(-f)),
        ),
        "lsgan" => (
            0.5 * (mean(real, &|r| (r - 1.0).powi(2)) + mean(fake, &|f| f * f)),
            0.5 * mean(fake, &|f| (f - 1.0).powi(2)),
        ),
        _ => (mean(fake, &|f| f) - mean(real, &|r| r), -mean(fake, &|f| f)),
    }
}

#[test]
fn losses_are_what_their_formulas_say() {
    for name in names() {
        let (found, wanted) = (losses(name, &REAL, &FAKE), expected(name, &REAL, &FAKE));
        for (f, w) in [(found.0, wanted.0), (found.1, wanted.1)] {
            assert!(
                (f - w).abs() < 1e-5 * (1.0 + w.abs()),
                "{name}: {f} is not {w}"
            );
        }
    }
}

#[test]
fn logits_however_large_give_finite_losses_and_gradients() {
    let extreme = [-1e4, 1e4, 0.0, 88.0];
    let side = find("gan")
        .unwrap()
        .critic(&column(&extreme), &column(&extreme))
        .unwrap();
    for t in [&side.real_grad, &side.fake_grad, &side.observed[0].1] {
        let values: Vec<f32> = t.flatten_all().unwrap().to_vec1().unwrap();
        assert!(values.iter().all(|v| v.is_finite()), "{values:?}");
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    let (real, fake) = ([0.8_f32, -0.5, 0.3], [-1.5_f32, 0.7, 0.1]);
    let h = 1e-3_f32;
    for name in names() {
        let objective = find(name).unwrap();
        let d = objective.critic(&column(&real), &column(&fake)).unwrap();
        let g = objective.generator(&column(&fake)).unwrap();
        let gradient = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (on_real, on_fake, on_g) = (
            gradient(&d.real_grad),
            gradient(&d.fake_grad),
            gradient(&g.fake_grad),
        );
        let moved = |v: &[f32; 3], i: usize, by: f32| {
            let mut v = *v;
            v[i] += by;
            v
        };
        for i in 0..3 {
            // Differences of the formula in f64: those of f32 losses would be noise.
            let by_real = |h| expected(name, &moved(&real, i, h), &fake).0;
            let by_fake = |h| expected(name, &real, &moved(&fake, i, h));
            let width = 2.0 * f64::from(h);
            for (found, wanted) in [
                (on_real[i], (by_real(h) - by_real(-h)) / width),
                (on_fake[i], (by_fake(h).0 - by_fake(-h).0) / width),
                (on_g[i], (by_fake(h).1 - by_fake(-h).1) / width),
            ] {
                assert!(
                    (f64::from(found) - wanted).abs() < 1e-4,
                    "{name}: {found} is not {wanted}"
                );
            }
        }
    }
}

#[test]
fn gradients_agree_with_autograd() {
    for name in names() {
        let objective = find(name).unwrap();
        let (real, fake) = (
            Var::from_tensor(&column(&REAL)).unwrap(),
            Var::from_tensor(&column(&FAKE)).unwrap(),
        );
        let d = objective.critic(&real, &fake).unwrap();
        let grads = d.observed[0].1.backward().unwrap();
        let g = objective.generator(&fake).unwrap();
        let g_grads = g.observed[0].1.backward().unwrap();
        for (ours, theirs) in [
            (&d.real_grad, grads.get(&real)),
            (&d.fake_grad, grads.get(&fake)),
            (&g.fake_grad, g_grads.get(&fake)),
        ] {
            let difference = (ours - theirs.unwrap())
                .unwrap()
                .abs()
                .unwrap()
                .max_all()
                .unwrap();
            assert!(scalar(&difference) < 1e-5, "{name}");
        }
    }
}

#[test]
fn what_is_observed_is_declared_and_every_reference_has_its_metric() {
    for name in names() {
        let objective = find(name).unwrap();
        let info = objective.info();
        let observed = objective
            .critic(&column(&REAL), &column(&FAKE))
            .unwrap()
            .observed;
        for (metric, _) in observed
            .iter()
            .chain(&objective.generator(&column(&FAKE)).unwrap().observed)
        {
            assert!(
                info.metric(metric).is_some(),
                "{name}: {metric} is not declared"
            );
        }
        for reference in &info.references {
            assert!(
                info.metric(&reference.metric).is_some(),
                "{name}: {}",
                reference.metric
            );
        }
    }
}
