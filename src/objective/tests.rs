//! Every objective against independently worked values, finite differences and candle's autograd.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use candle_core::{Device, Tensor, Var};

use super::registry::OBJECTIVES;
use super::*;
use crate::metric::{self, Networks};

const REAL: [f32; 4] = [2.0, -0.5, 0.3, 30.0];
const FAKE: [f32; 4] = [-1.5, 0.7, -25.0, 0.1];

fn column(values: &[f32]) -> Tensor {
    Tensor::from_slice(values, (values.len(), 1), &Device::Cpu).unwrap()
}

fn scalar(t: &Tensor) -> f64 {
    f64::from(t.to_scalar::<f32>().unwrap())
}

fn adversarial(name: &str) -> &'static dyn Adversarial {
    match find(name).unwrap().family() {
        Family::Adversarial(loss) => loss,
        Family::Variational(_) => panic!("{name} has no critic"),
    }
}

fn adversarial_names() -> impl Iterator<Item = &'static str> {
    metric::objectives::names()
        .filter(|name| matches!(find(name).unwrap().family(), Family::Adversarial(_)))
}

/// G's side, which gets logits of real images where it compares with these.
fn generator(loss: &dyn Adversarial, fake: &Tensor, real: &Tensor) -> GeneratorSide {
    let real = loss.compares().then_some(real);
    loss.generator(fake, real).unwrap()
}

fn losses(name: &str, real: &[f32], fake: &[f32]) -> (f64, f64) {
    let objective = adversarial(name);
    let d = objective.critic(&column(real), &column(fake), 0.0).unwrap();
    let g = generator(objective, &column(fake), &column(real));
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
        "hinge" => (
            mean(real, &|r| (1.0 - r).max(0.0)) + mean(fake, &|f| (1.0 + f).max(0.0)),
            -mean(fake, &|f| f),
        ),
        "rpgan" => {
            let leads: Vec<f32> = real.iter().zip(fake).map(|(r, f)| r - f).collect();
            (mean(&leads, &|l| softplus(-l)), mean(&leads, &softplus))
        }
        _ => (mean(fake, &|f| f) - mean(real, &|r| r), -mean(fake, &|f| f)),
    }
}

#[test]
fn losses_agree_with_their_formulas() {
    for name in adversarial_names() {
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
fn large_logits_give_finite_losses_and_gradients() {
    let extreme = column(&[-1e4, 1e4, 0.0, 88.0]);
    let reversed = column(&[1e4, -1e4, 1e4, -88.0]);
    for name in ["gan", "rpgan"] {
        let loss = adversarial(name);
        let d = loss.critic(&extreme, &reversed, 0.0).unwrap();
        let g = generator(loss, &extreme, &reversed);
        for t in [
            &d.real_grad,
            &d.fake_grad,
            &d.observed[0].1,
            &g.fake_grad,
            &g.observed[0].1,
        ] {
            let values: Vec<f32> = t.flatten_all().unwrap().to_vec1().unwrap();
            assert!(values.iter().all(|v| v.is_finite()), "{name}: {values:?}");
        }
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    let (real, fake) = ([0.8_f32, -0.5, 0.3], [-1.5_f32, 0.7, 0.1]);
    let h = 1e-3_f32;
    for name in adversarial_names() {
        let objective = adversarial(name);
        let d = objective
            .critic(&column(&real), &column(&fake), 0.0)
            .unwrap();
        let g = generator(objective, &column(&fake), &column(&real));
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
    for name in adversarial_names() {
        let objective = adversarial(name);
        let (real, fake) = (
            Var::from_tensor(&column(&REAL)).unwrap(),
            Var::from_tensor(&column(&FAKE)).unwrap(),
        );
        let d = objective.critic(&real, &fake, 0.0).unwrap();
        let grads = d.observed[0].1.backward().unwrap();
        let g = generator(objective, &fake, &real);
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
fn every_objective_has_a_formula_and_networks() {
    let names: Vec<&str> = OBJECTIVES.iter().map(|o| o.name()).collect();
    assert_eq!(names, metric::objectives::names().collect::<Vec<_>>());
    for objective in OBJECTIVES {
        let trains = match objective.family() {
            Family::Adversarial(_) => Networks::Adversarial,
            Family::Variational(_) => Networks::Variational,
        };
        assert_eq!(objective.description().networks, trains);
    }
}

#[test]
fn observed_metrics_are_declared_and_references_have_metrics() {
    for name in metric::objectives::names() {
        let objective = find(name).unwrap();
        let info = objective.info();
        for metric in observed(objective) {
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

/// What an update of each network observes.
fn observed(objective: &dyn Objective) -> Vec<&'static str> {
    let all = match objective.family() {
        Family::Adversarial(loss) => {
            let mut all = loss
                .critic(&column(&REAL), &column(&FAKE), 0.0)
                .unwrap()
                .observed;
            all.extend(generator(loss, &column(&FAKE), &column(&REAL)).observed);
            all
        }
        Family::Variational(loss) => {
            let code = loss.code(&random(2, 6, 0), &random(2, 3, 1)).unwrap();
            let (logits, images) = (random(2, 5, 2), random(2, 5, 3));
            loss.decoder(&logits, &code, aim(&images, 1.0))
                .unwrap()
                .observed
        }
    };
    all.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_paired_loss_needs_real_images() {
    let lacking = adversarial("rpgan").generator(&column(&FAKE), None);
    assert!(lacking.unwrap_err().to_string().contains("real images"));
}

#[test]
fn smoothed_labels_move_the_target_of_real_images() {
    let s = 0.1;
    for name in ["gan", "lsgan"] {
        let objective = adversarial(name);
        assert!(metric::objectives::find(name).unwrap().smooths_labels);
        let real = Var::from_tensor(&column(&REAL)).unwrap();
        let d = objective.critic(&real, &column(&FAKE), s).unwrap();
        let grads = d.observed[0].1.backward().unwrap();
        let difference = (&d.real_grad - grads.get(&real).unwrap()).unwrap();
        let largest = difference.abs().unwrap().max_all().unwrap();
        assert!(scalar(&largest) < 1e-5, "{name}");
        // Where D has arrived at the target it has nothing more to learn.
        let target = if name == "gan" {
            ((1.0 - s) / s).ln()
        } else {
            1.0 - s
        };
        let side = objective
            .critic(&column(&[target as f32]), &column(&[0.0]), s)
            .unwrap();
        assert!(scalar(&side.real_grad.abs().unwrap().max_all().unwrap()) < 1e-6);
    }
}

fn random(rows: usize, columns: usize, seed: u64) -> Tensor {
    let mut values = vec![0.0; rows * columns];
    crate::rng::Stream::new(seed, "test").fill_between(&mut values, -0.9, 0.9);
    Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap()
}

fn variational() -> &'static dyn Variational {
    match find("vae").unwrap().family() {
        Family::Variational(loss) => loss,
        Family::Adversarial(_) => panic!("vae has no critic"),
    }
}

fn aim(images: &Tensor, beta: f64) -> Aim<'_> {
    Aim {
        images,
        likelihood: Likelihood::Bernoulli,
        beta,
    }
}

#[test]
fn the_loss_of_a_vae_agrees_with_its_formula() {
    let (encoded, noise) = (random(3, 4, 0), random(3, 2, 1));
    let (logits, images, beta) = (random(3, 7, 2), random(3, 7, 3), 1.7);
    let vae = variational();
    let code = vae.code(&encoded, &noise).unwrap();
    let side = vae.decoder(&logits, &code, aim(&images, beta)).unwrap();
    let rows = |t: &Tensor| -> Vec<Vec<f64>> {
        let rows: Vec<Vec<f32>> = t.to_vec2().unwrap();
        let exact = |row: Vec<f32>| row.into_iter().map(f64::from).collect();
        rows.into_iter().map(exact).collect()
    };
    let (encoded, noise, drawn) = (rows(&encoded), rows(&noise), rows(&code.latents));
    let (mut recon, mut kl) = (0.0, 0.0);
    for i in 0..3 {
        for k in 0..2 {
            let (mean, log_variance) = (encoded[i][k], encoded[i][k + 2]);
            kl += 0.5 * (mean * mean + log_variance.exp() - 1.0 - log_variance) / 3.0;
            let latent = mean + (0.5 * log_variance).exp() * noise[i][k];
            assert!((drawn[i][k] - latent).abs() < 1e-6);
        }
        for (a, x) in rows(&logits)[i].iter().zip(&rows(&images)[i]) {
            // The image is tanh a in [-1, 1]: as a probability of ink, (tanh a + 1)/2.
            let (ink, target) = (f64::midpoint(a.tanh(), 1.0), f64::midpoint(*x, 1.0));
            recon -= (target * ink.ln() + (1.0 - target) * (1.0 - ink).ln()) / 3.0;
        }
    }
    for (metric, wanted) in [("loss", recon + beta * kl), ("recon", recon), ("kl", kl)] {
        let found = side.observed.iter().find(|(name, _)| *name == metric);
        let found = scalar(&found.unwrap().1);
        assert!(
            (found - wanted).abs() < 1e-4,
            "{metric}: {found} is not {wanted}"
        );
    }
}

#[test]
fn the_gradients_of_a_vae_agree_with_autograd() {
    let (noise, images, beta) = (random(3, 2, 1), random(3, 7, 3), 0.6);
    // A decoder of one matrix.
    let decoder = random(2, 7, 4);
    let encoded = Var::from_tensor(&random(3, 4, 0)).unwrap();
    let vae = variational();
    let code = vae.code(&encoded, &noise).unwrap();
    let logits = Var::from_tensor(&code.latents.matmul(&decoder).unwrap()).unwrap();
    let side = vae.decoder(&logits, &code, aim(&images, beta)).unwrap();
    let largest = |a: &Tensor, b: &Tensor| {
        let difference = (a - b).unwrap().abs().unwrap();
        scalar(&difference.max_all().unwrap())
    };
    let by_logits = side.observed[0].1.backward().unwrap();
    let theirs = by_logits.get(&logits).unwrap();
    assert!(largest(&side.logits_grad, theirs) < 1e-6);
    let by_latents = side.logits_grad.matmul(&decoder.t().unwrap()).unwrap();
    let ours = vae.encoder(&code, &by_latents, beta).unwrap();
    let through = code.latents.matmul(&decoder).unwrap();
    let whole = vae.decoder(&through, &code, aim(&images, beta)).unwrap();
    let grads = whole.observed[0].1.backward().unwrap();
    assert!(largest(&ours, grads.get(&encoded).unwrap()) < 1e-5);
}

#[test]
fn colours_are_normal_with_the_variance_that_makes_them_likeliest() {
    let (logits, images) = (
        Var::from_tensor(&random(3, 12, 2)).unwrap(),
        random(3, 12, 3),
    );
    let vae = variational();
    let code = vae.code(&random(3, 4, 0), &random(3, 2, 1)).unwrap();
    let towards = |images| Aim {
        likelihood: Likelihood::Gaussian,
        ..aim(images, 0.0)
    };
    let side = vae.decoder(&logits, &code, towards(&images)).unwrap();
    let values = |t: &Tensor| -> Vec<f64> {
        let values: Vec<f32> = t.flatten_all().unwrap().to_vec1().unwrap();
        values.into_iter().map(f64::from).collect()
    };
    let pairs: Vec<_> = values(&logits).into_iter().zip(values(&images)).collect();
    let errors = pairs.iter().map(|(a, x)| (a.tanh() - x).powi(2));
    let best = errors.clone().sum::<f64>() / 36.0;
    // Nats per image of 12 values whose levels are 1/127.5 wide, for a variance.
    let nats = |variance: f64| {
        let of_all: f64 = errors
            .clone()
            .map(|e| 0.5 * (std::f64::consts::TAU * variance).ln() + 0.5 * e / variance)
            .sum();
        of_all / 3.0 + 12.0 * 127.5_f64.ln()
    };
    let found = scalar(&side.observed[1].1);
    assert!((found - nats(best)).abs() < 1e-4, "{found}, {}", nats(best));
    assert!(nats(best) < nats(best * 1.1) && nats(best) < nats(best / 1.1));
    let grads = side.observed[0].1.backward().unwrap();
    let difference = (&side.logits_grad - grads.get(&logits).unwrap()).unwrap();
    assert!(scalar(&difference.abs().unwrap().max_all().unwrap()) < 1e-5);
    // An image that is met exactly is not infinitely likely.
    let met = logits.tanh().unwrap();
    let side = vae.decoder(&logits, &code, towards(&met)).unwrap();
    let rounding = 1.0_f64 / (12.0 * 127.5 * 127.5);
    let least = 12.0 * (0.5 * (std::f64::consts::TAU * rounding).ln() + 127.5_f64.ln());
    assert!((scalar(&side.observed[1].1) - least).abs() < 1e-3);
}
