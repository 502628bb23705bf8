//! Steps on a CUDA device against the same steps on the CPU. Without a device these tests say so and pass.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use candle_core::Device;

use super::{Bench, bench_on, noise};
use crate::config::{Sources, resolve};
use crate::metric::objectives;
use crate::nn::cuda::device_or_skip;
use crate::protocol::{Body, Metrics, Recorded};
use crate::train::Learner;

/// Ten steps of an objective, of which the short batch at the end of an epoch has two: both networks' values, and the
/// metrics.
fn ten_steps(objective: &str, set: &[&str], device: &Device) -> ([Vec<f32>; 2], Metrics) {
    let mut sources = Sources::default();
    sources.set.push(format!("objective={objective}"));
    sources.set.extend(set.iter().map(|s| (*s).to_owned()));
    let mut config = resolve(sources).unwrap().config;
    config.batch_size = 16;
    let mut run = Learner::new(&config, noise(), device).unwrap();
    // So late that an average is more than the newest weights.
    for step in 20_001..=20_010 {
        run.step(step).unwrap();
    }
    let metrics = run.take_metrics().unwrap();
    assert_eq!(run.take_notice(), None);
    let mode = if device.is_cpu() { "native" } else { "graph" };
    assert_eq!(run.mode(), mode);
    let networks = run.model().networks();
    let values = networks.map(|n| n.params().row(0).unwrap().to_vec1().unwrap());
    (values, metrics)
}

#[test]
fn ten_steps_agree_between_cuda_and_cpu() {
    let Some(cuda) = device_or_skip() else {
        return;
    };
    for name in objectives::names() {
        // The device samples noise from its own numbers.
        let set: &[&str] = match name {
            "vae" => &[],
            _ => &["augment.noise=0", "augment.shift=2", "augment.rotate=10"],
        };
        let (on_cpu, expected) = ten_steps(name, set, &Device::Cpu);
        let (on_cuda, found) = ten_steps(name, set, &cuda);
        for (found, expected) in on_cuda.iter().zip(&on_cpu) {
            let off = |by: f32| {
                let far = found
                    .iter()
                    .zip(expected)
                    .filter(|(f, e)| (*f - *e).abs() > by);
                far.count() as f64 / found.len() as f64
            };
            // Where a gradient is next to nothing its sign is chance, and Adam's step goes by the sign.
            assert!(
                off(1e-5) < 1e-2,
                "{name}: {} of the values differ",
                off(1e-5)
            );
            assert!(off(4e-3) == 0.0, "{name}: a value is another one");
        }
        let names = |m: &Metrics| m.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&found), names(&expected), "{name}");
        for (metric, expected) in &expected {
            let found = &found[metric];
            assert_eq!(found.count, expected.count, "{name}: {metric}");
            for (f, e) in [
                (found.min, expected.min),
                (found.mean, expected.mean),
                (found.max, expected.max),
                (found.last, expected.last),
            ] {
                assert!(
                    (f - e).abs() <= 2e-3 * (1.0 + e.abs()),
                    "{name}: {metric}: {f} is not {e}"
                );
            }
        }
    }
}

#[test]
fn one_seed_gives_the_same_bits_on_one_cuda_device() {
    let Some(cuda) = device_or_skip() else {
        return;
    };
    for name in objectives::names() {
        let set: &[&str] = match name {
            "vae" => &[],
            _ => &["augment.noise=0.1", "augment.scale=0.1", "ema.decay=0.99"],
        };
        let [(first, metrics), (second, again)] = [(); 2].map(|()| ten_steps(name, set, &cuda));
        assert!(first == second, "{name}: other values");
        assert_eq!(metrics, again, "{name}");
    }
}

#[test]
fn non_finite_numbers_on_cuda_are_found_at_the_next_read_and_rolled_back() {
    let Some(cuda) = device_or_skip() else {
        return;
    };
    let mut bench = bench_on(&cuda, |c| {
        c.rewind.every_steps = 2;
        c.events.every_batches = 1000;
    });
    bench.steps(2);
    bench.trainer.keep_state().unwrap();
    let good = bench.snapshot();
    for _ in 0..2 {
        bench.scale_output(1, f64::from(f32::MAX));
    }
    let broken = bench.snapshot();
    bench.steps(1);
    let held = bench.snapshot();
    assert!(
        held.weights.generator == broken.weights.generator
            && held.weights.discriminator == broken.weights.discriminator
    );
    assert_eq!(bench.trainer.progress.branch(), 0, "nobody has looked");
    // A state is due to be kept after the next step.
    bench.steps(1);
    assert_eq!(
        (
            bench.trainer.progress.step(),
            bench.trainer.progress.branch()
        ),
        (2, 1)
    );
    let back = bench.snapshot();
    assert!(
        back.weights.generator == good.weights.generator
            && back.weights.discriminator == good.weights.discriminator
    );
    let diverged = |e: crate::protocol::Event| matches!(e.body, Body::Recorded(Recorded::Alarm { alarm, .. }) if alarm == "diverged");
    assert!(bench.events.try_iter().any(diverged));
    bench.steps(4);
    assert_eq!(
        (
            bench.trainer.progress.step(),
            bench.trainer.progress.branch()
        ),
        (6, 1)
    );
}

#[test]
fn conditions_see_the_newest_step_on_cuda() {
    let Some(cuda) = device_or_skip() else {
        return;
    };
    let mut bench = bench_on(&cuda, |c| c.events.every_batches = 1_000);
    let seen = |bench: &mut Bench, metric| {
        let seen = bench.trainer.learner.newest_metrics(|name| name == metric);
        seen.unwrap()
    };
    // The second and third updates are records that are launched, and nobody asks after the second step.
    for asked in [true, false, true] {
        bench.steps(1);
        if asked {
            let found = seen(&mut bench, "g_loss");
            let last = bench.trainer.learner.peek_metrics().unwrap()["g_loss"].last;
            assert_eq!(found, [("g_loss", last)]);
        }
    }
    assert_eq!(
        bench.trainer.learner.peek_metrics().unwrap()["g_loss"].count,
        3
    );
    bench.steps(1);
    let window = bench.trainer.learner.window_mut();
    window.begin_step(true).unwrap();
    assert!(seen(&mut bench, "g_loss").is_empty(), "G is frozen");
    assert_eq!(
        bench.trainer.learner.peek_metrics().unwrap()["g_loss"].count,
        4
    );
}
