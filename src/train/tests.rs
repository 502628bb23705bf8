//! The trainer step by step, seen from inside: what a switch does, and what a roll-back puts back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::float_cmp, reason = "halving is exact")]

use candle_core::Device;
use crossbeam_channel::{Receiver, unbounded};
use tempfile::TempDir;

use super::trainer::{OnDivergence, Trainer, TrainerParts};
use super::{BareRun, RunState, Snapshot};
use crate::config::{RunConfig, Sources, resolve};
use crate::data::ImageSet;
use crate::protocol::{Body, Command, DatasetInfo, DeviceInfo, Event, Request, Source};
use crate::rng::Stream;

struct Bench {
    trainer: Trainer,
    events: Receiver<Event>,
    _dir: TempDir,
}

/// 70 images.
fn noise() -> ImageSet {
    let mut noise = vec![0.0; 70 * 784];
    Stream::new(0, "noise").fill_between(&mut noise, 0.0, 255.0);
    let pixels: Vec<u8> = noise.iter().map(|v| *v as u8).collect();
    ImageSet {
        pixels: pixels.into(),
        labels: None,
    }
}

/// A trainer on 70 images of noise, 16 to a batch.
fn bench(change: impl FnOnce(&mut RunConfig)) -> Bench {
    let mut config = resolve(Sources::default()).unwrap().config;
    config.batch_size = 16;
    config.samples.count = 4;
    change(&mut config);
    let dir = TempDir::new().unwrap();
    let (events_to, events) = unbounded();
    let (_, requests) = unbounded();
    let trainer = Trainer::new(TrainerParts {
        config,
        name: "test".to_owned(),
        dir: dir.path().to_owned(),
        dataset: DatasetInfo {
            name: "noise".to_owned(),
            images: 70,
            notice: None,
        },
        images: noise(),
        device: Device::Cpu,
        device_info: DeviceInfo {
            name: "cpu".to_owned(),
            reason: String::new(),
            threads: 1,
        },
        events: events_to,
        requests,
        held: Vec::new(),
        on_divergence: OnDivergence::Stop,
    })
    .unwrap();
    Bench {
        trainer,
        events,
        _dir: dir,
    }
}

impl Bench {
    fn steps(&mut self, count: u64) {
        for _ in 0..count {
            self.trainer.train_step().unwrap();
        }
    }

    fn command(&mut self, text: &str) {
        let command: Command = text.parse().unwrap();
        self.trainer
            .carry_out(Request {
                id: None,
                source: Source::Script,
                command,
            })
            .unwrap();
    }

    fn snapshot(&mut self) -> Snapshot {
        self.trainer.snapshot().unwrap()
    }

    /// Values, first and second moments of a network.
    fn slots(buffer: &[f32]) -> (&[f32], &[f32], &[f32]) {
        let n = buffer.len() / 3;
        (&buffer[..n], &buffer[n..2 * n], &buffer[2 * n..])
    }
}

fn zero(values: &[f32]) -> bool {
    values.iter().all(|v| *v == 0.0)
}

/// Without the clock, which goes on.
fn timeless(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        state: RunState {
            elapsed: 0.0,
            branch: 0,
            interventions: 0,
            ..snapshot.state.clone()
        },
        ..snapshot.clone()
    }
}

#[test]
fn a_switch_zeroes_moments_freezes_g_for_the_warm_up_and_then_ramps() {
    let mut bench = bench(|c| {
        c.switch.warm_up_updates = 15;
        c.switch.ramp_steps = 4;
    });
    bench.steps(3);
    let before = bench.snapshot();
    assert!(!zero(Bench::slots(&before.generator).2) && before.state.g_optimizer.updates == 3);

    bench.command("loss wgan");
    let switched = bench.snapshot();
    for buffer in [&switched.generator, &switched.discriminator] {
        let (_, first, second) = Bench::slots(buffer);
        assert!(zero(first) && zero(second), "moments are zeroed");
    }
    assert_eq!(
        (
            switched.state.g_optimizer.updates,
            switched.state.d_optimizer.updates
        ),
        (0, 0)
    );
    assert!(
        Bench::slots(&switched.generator).0 == Bench::slots(&before.generator).0,
        "G keeps its weights"
    );
    assert!(
        Bench::slots(&switched.discriminator)
            .0
            .iter()
            .all(|w| w.abs() <= 0.01),
        "the critic is clipped at once"
    );
    assert_eq!(switched.state.settings.critic.n_critic, 5);

    // 15 updates at 5 a step: three steps in which only the critic learns.
    bench.steps(3);
    let warm = bench.snapshot();
    assert!(warm.generator == switched.generator, "G is frozen");
    assert!(warm.discriminator != switched.discriminator, "D trains");
    assert_eq!(warm.state.d_optimizer.updates, 15);

    bench.trainer.window.take().unwrap();
    let mut rates = Vec::new();
    for _ in 0..6 {
        bench.steps(1);
        rates.push(
            bench
                .trainer
                .window
                .peek()
                .unwrap()
                .get("lr_g")
                .map_or_else(
                    || bench.trainer.last_metrics.get("lr_g").unwrap().last,
                    |s| s.last,
                ),
        );
    }
    let full = 5e-5;
    for (rate, part) in rates.iter().zip([0.25, 0.5, 0.75, 1.0, 1.0, 1.0]) {
        assert!((rate - part * full).abs() < 1e-12, "{rates:?}");
    }
    assert!(
        bench.snapshot().generator != warm.generator,
        "G learns again"
    );
}

#[test]
fn a_switch_scales_logits_that_do_not_fit() {
    let mut bench = bench(|_| {});
    bench.steps(2);
    bench.trainer.model.discriminator.scale_output(1e4).unwrap();
    let before = bench.trainer.model.logit_rms().unwrap().unwrap();
    assert!(before > 2.0, "{before}");
    bench.command("loss lsgan");
    let after = bench.trainer.model.logit_rms().unwrap().unwrap();
    assert!((after - 1.0).abs() < 1e-3, "{after}");
}

#[test]
fn a_hard_alarm_soon_after_a_switch_restores_the_snapshot_and_changes_something() {
    let mut bench = bench(|_| {});
    bench.steps(5);
    let before = bench.snapshot();
    bench.command("loss lsgan");
    bench.steps(3);
    assert!(timeless(&bench.snapshot()) != timeless(&before));

    let guard = bench.trainer.guard.take().unwrap();
    bench
        .trainer
        .roll_back(&guard, "a test asks for it")
        .unwrap();
    let mut after = bench.snapshot();
    assert_eq!((after.state.step, after.state.branch), (5, 1));
    assert_eq!(
        after.state.settings.optimizer.d.lr,
        before.state.settings.optimizer.d.lr / 2.0
    );
    assert_ne!(
        after.state.streams.latents, before.state.streams.latents,
        "latents are drawn anew"
    );
    // All else is as it was.
    after.state.settings = before.state.settings.clone();
    after.state.streams = before.state.streams.clone();
    assert!(timeless(&after) == timeless(&before));

    let applied: Vec<String> = bench
        .events
        .try_iter()
        .filter_map(|e| match e.body {
            Body::Applied {
                source: Source::Guard,
                command,
                ..
            } => Some(format!("{}:{command}", e.step)),
            _ => None,
        })
        .collect();
    assert_eq!(applied, ["5:loss gan", "5:lr *0.5"]);
}

#[test]
fn numbers_that_are_not_finite_after_a_switch_roll_it_back_by_themselves() {
    let mut bench = bench(|_| {});
    bench.steps(4);
    bench.command("loss lsgan");
    bench
        .trainer
        .model
        .discriminator
        .scale_output(1e30)
        .unwrap();
    bench.steps(1);
    let state = bench.snapshot().state;
    assert_eq!(
        (state.settings.objective.as_str(), state.step, state.branch),
        ("gan", 4, 1)
    );
    bench.steps(1);
    let told: Vec<Body> = bench
        .events
        .try_iter()
        .map(|e| e.body)
        .filter(|b| matches!(b, Body::Alarm { .. }))
        .collect();
    assert!(
        bench.trainer.end.is_none(),
        "and training goes on: {told:?}"
    );
}

#[test]
fn numbers_that_are_not_finite_touch_no_weight_and_end_the_run() {
    let mut bench = bench(|_| {});
    bench.steps(2);
    bench
        .trainer
        .model
        .discriminator
        .scale_output(f64::from(f32::MAX))
        .unwrap();
    bench
        .trainer
        .model
        .discriminator
        .scale_output(f64::from(f32::MAX))
        .unwrap();
    let before = bench.snapshot();
    bench.steps(1);
    assert!(bench.snapshot().generator == before.generator);
    let end = bench.trainer.end.take().unwrap();
    assert_eq!(end.0, crate::protocol::Outcome::Diverged);
}

#[test]
fn a_restored_snapshot_goes_on_as_if_nothing_had_happened() {
    let mut bench = bench(|c| c.at.clear());
    for objective in ["lsgan", "wgan-gp", "wgan", "gan"] {
        bench.command(&format!("loss {objective}"));
        bench.steps(2);
        let middle = bench.snapshot();
        bench.steps(4);
        let ahead = bench.snapshot();
        bench.trainer.restore(&middle).unwrap();
        bench.steps(4);
        assert!(
            timeless(&bench.snapshot()) == timeless(&ahead),
            "{objective}"
        );
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut bench = bench(|c| c.batch_size = 64);
            bench.steps(2);
            bench.command("loss wgan-gp");
            bench.command("lr *1.25");
            bench.steps(2);
            timeless(&bench.snapshot())
        })
    };
    let one = run(1);
    assert!(run(2) == one && run(4) == one);
}

#[test]
fn a_bare_run_makes_the_steps_of_a_run() {
    for objective in crate::objective::names() {
        let sources = Sources {
            set: vec![format!("objective={objective}")],
            ..Sources::default()
        };
        let mut chosen = resolve(sources).unwrap().config;
        chosen.batch_size = 16;
        chosen.samples.count = 4;
        let mut run = bench(|c| *c = chosen.clone());
        let mut bare = BareRun::new(&chosen, noise(), &Device::Cpu).unwrap();
        run.steps(7);
        for _ in 0..7 {
            bare.step().unwrap();
        }
        let (ours, theirs) = (&run.trainer.model, bare.model());
        for (a, b) in [
            (&ours.generator, &theirs.generator),
            (&ours.discriminator, &theirs.discriminator),
        ] {
            assert!(
                a.params().to_host().unwrap() == b.params().to_host().unwrap(),
                "{objective}"
            );
        }
        assert!(bare.metrics().unwrap().contains_key("d_loss"));
    }
}
