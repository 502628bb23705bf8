//! The trainer step by step, seen from inside: what a switch does, and what a roll-back puts back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::float_cmp, reason = "halving is exact")]

#[cfg(feature = "cuda")]
mod cuda;
mod evaluations;
mod options;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use candle_core::Device;
use crossbeam_channel::{Receiver, unbounded};
use tempfile::TempDir;

use super::{Beginning, Trainer, TrainerParts, by};
use crate::checkpoint::checkpoint_name;
use crate::config::{RunConfig, Sources, resolve};
use crate::data::ImageSet;
use crate::files::Place;
use crate::protocol::{
    Body, CheckpointReason, Command, DatasetInfo, DeviceInfo, Event, Live, Look, Looked, Recorded,
    RunOrigin, Source,
};
use crate::rng::Stream;
use crate::train::checkpoints::unrecorded;
use crate::train::control::Mode;
use crate::train::{Learner, RunState, Snapshot};

pub(in crate::train) struct Bench {
    pub trainer: Trainer,
    pub events: Receiver<Event>,
    dir: TempDir,
}

/// 70 images.
pub(in crate::train) fn noise() -> ImageSet {
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
    bench_from(Beginning::New, change)
}

fn bench_from(beginning: Beginning, change: impl FnOnce(&mut RunConfig)) -> Bench {
    bench_of(&Device::Cpu, beginning, change)
}

/// The same on another device.
#[cfg(feature = "cuda")]
pub(in crate::train) fn bench_on(device: &Device, change: impl FnOnce(&mut RunConfig)) -> Bench {
    bench_of(device, Beginning::New, change)
}

fn bench_of(device: &Device, beginning: Beginning, change: impl FnOnce(&mut RunConfig)) -> Bench {
    let (parts, events, dir) = parts(device, beginning, change);
    Bench {
        trainer: Trainer::new(parts).unwrap(),
        events,
        dir,
    }
}

/// What such a trainer is made of, what it will say, and where it lives.
fn parts(
    device: &Device,
    beginning: Beginning,
    change: impl FnOnce(&mut RunConfig),
) -> (TrainerParts, Receiver<Event>, TempDir) {
    let mut config = resolve(Sources::default()).unwrap().config;
    config.batch_size = 16;
    config.arch.width = 16;
    config.samples.count = 4;
    change(&mut config);
    let dir = TempDir::new().unwrap();
    let (events_to, events) = unbounded();
    let (_, requests) = unbounded();
    let parts = TrainerParts {
        config,
        name: "test".to_owned(),
        place: Place::of(dir.path()),
        dataset: DatasetInfo {
            name: "noise".to_owned(),
            images: 70,
            digest: None,
            notice: None,
        },
        images: noise(),
        device: device.clone(),
        device_info: DeviceInfo {
            name: "cpu".to_owned(),
            reason: String::new(),
            threads: 1,
        },
        events: events_to,
        requests,
        held: Vec::new(),
        beginning,
        attended: Arc::new(AtomicBool::new(false)),
        notices: Vec::new(),
        evaluator: Err("nobody judges noise".to_owned()),
        recorded: unrecorded(),
        lost: Arc::default(),
    };
    (parts, events, dir)
}

impl Bench {
    pub fn steps(&mut self, count: u64) {
        for _ in 0..count {
            self.trainer.train_step().unwrap();
        }
    }

    /// Scales what the generator (decoder), number 0, or the discriminator (encoder), number 1, puts out.
    pub fn scale_output(&mut self, network: usize, factor: f64) {
        let [g, d] = self.trainer.learner.model_mut().networks_mut();
        let network = if network == 0 { g } else { d };
        network.network_mut().scale_output(factor).unwrap();
    }

    /// As [`Trainer::run`] does it.
    fn scripted(&mut self, count: u64) {
        if self.trainer.rollback.newest().is_none() {
            self.trainer.keep_state().unwrap();
        }
        for _ in 0..count {
            self.trainer.carry_out_due().unwrap();
            self.trainer.train_step().unwrap();
        }
    }

    fn command(&mut self, text: &str) {
        let command: Command = text.parse().unwrap();
        self.trainer.carry_out(by(Source::Script, command)).unwrap();
    }

    /// What is shown to someone who asks to see something, or why it is not.
    fn see(&mut self, look: Look) -> Result<Looked, String> {
        let request = by(Source::Viewer, Command::Look(look));
        self.trainer.carry_out(request).unwrap();
        let answers = self.events.try_iter().filter_map(|e| match e.body {
            Body::Live(Live::Looked(looked)) => Some(Ok(looked)),
            Body::Recorded(Recorded::Rejected { reason, .. }) => Some(Err(reason)),
            _ => None,
        });
        answers.last().unwrap()
    }

    /// Saves the present state. Returns the checkpoint's folder.
    fn saved(&mut self) -> std::path::PathBuf {
        self.trainer.save(CheckpointReason::Request).unwrap();
        for written in self.trainer.checkpoints.finish() {
            written.result.unwrap();
        }
        let name = checkpoint_name(self.trainer.progress.step());
        self.dir.path().join("checkpoints").join(name)
    }

    pub fn snapshot(&mut self) -> Snapshot {
        (*self.trainer.snapshot().unwrap()).clone()
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
            progress: snapshot.state.progress.forked(),
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
    assert!(
        !zero(Bench::slots(&before.weights.generator).2)
            && before.state.learner.g_optimizer.updates == 3
    );

    bench.command("loss wgan");
    let switched = bench.snapshot();
    for buffer in [&switched.weights.generator, &switched.weights.discriminator] {
        let (_, first, second) = Bench::slots(buffer);
        assert!(zero(first) && zero(second), "moments are zeroed");
    }
    assert_eq!(
        (
            switched.state.learner.g_optimizer.updates,
            switched.state.learner.d_optimizer.updates
        ),
        (0, 0)
    );
    assert!(
        Bench::slots(&switched.weights.generator).0 == Bench::slots(&before.weights.generator).0,
        "G keeps its weights"
    );
    assert!(
        Bench::slots(&switched.weights.discriminator)
            .0
            .iter()
            .all(|w| w.abs() <= 0.01),
        "the critic is clipped at once"
    );
    assert_eq!(switched.state.learner.settings.critic.n_critic, 5);

    // 15 updates at 5 a step: three steps in which only the critic learns.
    bench.steps(3);
    let warm = bench.snapshot();
    assert!(
        warm.weights.generator == switched.weights.generator,
        "G is frozen"
    );
    assert!(
        warm.weights.discriminator != switched.weights.discriminator,
        "D trains"
    );
    assert_eq!(warm.state.learner.d_optimizer.updates, 15);

    bench.trainer.learner.take_metrics().unwrap();
    let mut rates = Vec::new();
    for _ in 0..6 {
        bench.steps(1);
        rates.push(
            bench
                .trainer
                .learner
                .peek_metrics()
                .unwrap()
                .get("lr_g")
                .map_or_else(
                    || bench.trainer.journal.metrics().get("lr_g").unwrap().last,
                    |s| s.last,
                ),
        );
    }
    let full = 5e-5;
    for (rate, part) in rates.iter().zip([0.25, 0.5, 0.75, 1.0, 1.0, 1.0]) {
        assert!((rate - part * full).abs() < 1e-12, "{rates:?}");
    }
    assert!(
        bench.snapshot().weights.generator != warm.weights.generator,
        "G learns again"
    );
}

#[test]
fn a_switch_scales_logits_that_do_not_fit() {
    let mut bench = bench(|_| {});
    bench.steps(2);
    bench.scale_output(1, 1e4);
    bench.steps(1);
    let square = |bench: &Bench| {
        bench
            .trainer
            .learner
            .model()
            .logit_square()
            .unwrap()
            .unwrap()
    };
    let before = square(&bench);
    assert!(before > 4.0, "{before}");
    bench.command("loss lsgan");
    bench.steps(1);
    let after = square(&bench);
    assert!((0.1..4.0).contains(&after), "{after}");
}

#[test]
fn a_hard_alarm_soon_after_a_switch_restores_the_snapshot_and_changes_something() {
    let mut bench = bench(|_| {});
    bench.steps(5);
    let before = bench.snapshot();
    bench.command("loss lsgan");
    bench.steps(3);
    assert!(timeless(&bench.snapshot()) != timeless(&before));

    let guard = bench.trainer.rollback.take_way_back().unwrap();
    bench
        .trainer
        .take_switch_back(&guard, "a test asks for it")
        .unwrap();
    let mut after = bench.snapshot();
    assert_eq!(
        (after.state.progress.step(), after.state.progress.branch()),
        (5, 1)
    );
    assert_eq!(
        after.state.learner.settings.optimizer.d.lr,
        before.state.learner.settings.optimizer.d.lr / 2.0
    );
    assert_ne!(
        after.state.learner.streams.latents, before.state.learner.streams.latents,
        "latents are drawn anew"
    );
    // All else is as it was.
    after.state.learner.settings = before.state.learner.settings.clone();
    after.state.learner.streams = before.state.learner.streams.clone();
    assert!(timeless(&after) == timeless(&before));

    let applied: Vec<String> = bench
        .events
        .try_iter()
        .filter_map(|e| match e.body {
            Body::Recorded(Recorded::Applied {
                source: Source::Guard,
                command,
                ..
            }) => Some(format!("{}:{command}", e.step)),
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
    bench.scale_output(1, 1e30);
    bench.steps(1);
    let state = bench.snapshot().state;
    assert_eq!(
        (
            state.learner.settings.objective.as_str(),
            state.progress.step(),
            state.progress.branch()
        ),
        ("gan", 4, 1)
    );
    bench.steps(1);
    let told: Vec<Body> = bench
        .events
        .try_iter()
        .map(|e| e.body)
        .filter(|b| matches!(b, Body::Recorded(Recorded::Alarm { .. })))
        .collect();
    assert!(
        bench.trainer.control.end().is_none(),
        "and training goes on: {told:?}"
    );
}

#[test]
fn numbers_that_are_not_finite_touch_no_weight_and_end_the_run() {
    let mut bench = bench(|_| {});
    bench.steps(2);
    bench.scale_output(1, f64::from(f32::MAX));
    bench.scale_output(1, f64::from(f32::MAX));
    let before = bench.snapshot();
    bench.steps(1);
    assert!(bench.snapshot().weights.generator == before.weights.generator);
    let end = bench.trainer.control.take_end().unwrap();
    assert_eq!(end.outcome, crate::protocol::Outcome::Diverged);
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
    for objective in crate::metric::objectives::names() {
        let sources = Sources {
            set: vec![format!("objective={objective}")],
            ..Sources::default()
        };
        let mut chosen = resolve(sources).unwrap().config;
        chosen.batch_size = 16;
        chosen.samples.count = 4;
        let mut run = bench(|c| *c = chosen.clone());
        let mut bare = Learner::new(&chosen, noise(), &Device::Cpu).unwrap();
        run.steps(7);
        for _ in 0..7 {
            bare.step().unwrap();
        }
        let (ours, theirs) = (run.trainer.learner.model(), bare.model());
        for (a, b) in ours.networks().into_iter().zip(theirs.networks()) {
            let [a, b] = [a, b].map(|network| {
                let mut host = Vec::new();
                network.params().copy_to_host(&mut host).unwrap();
                host
            });
            assert!(a == b, "{objective}");
        }
        let measured = bare.take_metrics().unwrap();
        assert!(measured.contains_key("d_loss") || measured.contains_key("loss"));
    }
}
/// The same state, whatever clock, branch and numbering say.
fn same(a: &Snapshot, b: &Snapshot) -> bool {
    let before = |s: &Snapshot| s.way_back.as_ref().map(|way| timeless(&way.before));
    let bare = |s: &Snapshot| Snapshot {
        way_back: None,
        ..timeless(s)
    };
    before(a) == before(b) && bare(a) == bare(b)
}

#[test]
fn a_resumed_run_is_one_that_never_stopped() {
    let script = ["4:loss wgan", "9:loss lsgan", "11:lr g *1.25"];
    let plan = |c: &mut RunConfig| {
        c.at = script.iter().map(|t| t.parse().unwrap()).collect();
        c.switch.warm_up_updates = 15;
        c.switch.ramp_steps = 4;
        c.rewind.every_steps = 5;
    };
    let mut whole = bench(plan);
    whole.scripted(16);
    // In the middle of a warm-up, in the middle of a ramp with the guard open, and right before a scripted switch.
    for stop in [3, 7, 9, 13] {
        let mut first = bench(plan);
        first.scripted(stop);
        first.trainer.save(CheckpointReason::Request).unwrap();
        for written in first.trainer.checkpoints.finish() {
            written.result.unwrap();
        }
        let checkpoint = first
            .dir
            .path()
            .join("checkpoints")
            .join(checkpoint_name(stop));
        let mut second = bench_from(
            Beginning::Resume {
                checkpoint,
                branch: 0,
                seq: first.trainer.progress.seq() + 9,
                added: Vec::new(),
                told: true,
            },
            plan,
        );
        assert_eq!(
            (
                second.trainer.progress.step(),
                second.trainer.progress.branch()
            ),
            (stop, 1)
        );
        second.scripted(16 - stop);
        assert!(same(&second.snapshot(), &whole.snapshot()), "{stop}");
        let newest = |bench: &Bench| bench.trainer.rollback.newest().cloned().unwrap();
        assert!(
            same(&newest(&second), &newest(&whole)),
            "{stop}: the last good state"
        );
        let event = second.events.try_iter().find(|e| e.seq.is_some()).unwrap();
        assert_eq!(event.after, Some(first.trainer.progress.seq()));
        assert_eq!(event.seq, Some(first.trainer.progress.seq() + 10));
    }
}

#[test]
fn a_rewind_goes_back_to_a_kept_state_and_changes_something() {
    let mut bench = bench(|c| c.rewind.every_steps = 2);
    bench.trainer.keep_state().unwrap();
    bench.steps(4);
    let then = bench.snapshot();
    bench.steps(3);
    bench.command("lr 1e-3");
    bench.command("rewind 2 lr /2");
    let back = bench.snapshot();
    assert_eq!(
        (back.state.progress.step(), back.state.progress.branch()),
        (4, 1)
    );
    assert_eq!(back.weights.generator, then.weights.generator);
    assert_eq!(back.state.learner.settings.optimizer.g.lr, 1e-4);
    assert_ne!(
        back.state.learner.streams.latents,
        then.state.learner.streams.latents
    );
    let applied = bench.events.try_iter().filter(|e| e.after.is_some());
    let applied: Vec<_> = applied.collect();
    assert_eq!(applied.len(), 1);
    assert_eq!(
        (applied[0].branch, applied[0].after),
        (1, Some(then.state.progress.seq()))
    );
    let Body::Recorded(Recorded::Applied { changes, .. }) = &applied[0].body else {
        unreachable!("{applied:?}")
    };
    let keys: Vec<_> = changes.iter().map(|c| c.key.as_str()).collect();
    assert_eq!(keys[0], "step");
    assert!(keys.contains(&"optimizer.d.lr"), "{keys:?}");

    // The same again must not give the same again.
    bench.steps(2);
    let first = bench.snapshot();
    bench.command("rewind 2");
    bench.steps(2);
    assert_ne!(bench.snapshot().weights.generator, first.weights.generator);
    // Soon again, it goes further back.
    bench.steps(1);
    bench.command("rewind");
    bench.steps(1);
    bench.command("rewind");
    assert_eq!(bench.trainer.progress.step(), 4, "not to 6 again");
    bench.steps(2);
    bench.command("rewind 100");
    let refused = bench.events.try_iter().any(
        |e| matches!(e.body, Body::Recorded(Recorded::Rejected { reason, .. }) if reason.contains("only of step 2, 4")),
    );
    assert!(refused);
}

#[test]
fn lost_numbers_go_back_to_the_last_good_state_and_wait_for_a_person_if_there_is_one() {
    for attended in [true, false] {
        let mut bench = bench(|c| {
            c.rewind.every_steps = 2;
            c.rewind.recoveries = 1;
        });
        bench.trainer.control.set_attended(attended);
        bench.steps(3);
        let break_it = |bench: &mut Bench| {
            for _ in 0..2 {
                bench.scale_output(1, f64::from(f32::MAX));
            }
            bench.steps(1);
        };
        break_it(&mut bench);
        let state = bench.snapshot().state;
        assert_eq!((state.progress.step(), state.progress.branch()), (2, 1));
        let (rate, mode) = if attended {
            (2e-4, Mode::Paused)
        } else {
            (1e-4, Mode::Running)
        };
        assert_eq!(state.learner.settings.optimizer.d.lr, rate);
        assert_eq!(bench.trainer.control.mode(), mode);
        break_it(&mut bench);
        // A person may try for ever.
        assert_eq!(bench.trainer.control.end().is_some(), !attended);
    }
}

/// `cargo test --release --locked --lib -- --ignored --nocapture measure_cost_of_a_checkpoint`
#[test]
#[expect(clippy::print_stdout, reason = "what was measured is what it is for")]
#[ignore = "a measurement: for a release build on a quiet machine"]
fn measure_cost_of_a_checkpoint() {
    let mut bench = bench(|c| {
        c.batch_size = 64;
        c.rewind.every_steps = 0;
    });
    bench.trainer.keep_state().unwrap();
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (mut steps, mut saves) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        for _ in 0..20 {
            let since = std::time::Instant::now();
            bench.steps(1);
            steps.push(since.elapsed().as_secs_f64() * 1e3);
        }
        let since = std::time::Instant::now();
        bench.trainer.save(CheckpointReason::Interval).unwrap();
        saves.push(since.elapsed().as_secs_f64() * 1e3);
        let written = bench.trainer.checkpoints.results().recv().unwrap();
        bench.trainer.report_saved(written);
    }
    let worst = saves.iter().copied().fold(0.0, f64::max);
    println!(
        "a step: {:.1} ms; a checkpoint: {:.1} ms of the training thread, {worst:.1} at the worst (median and worst of {})",
        median(steps),
        median(saves.clone()),
        saves.len()
    );
}

#[test]
fn conditions_see_each_step_by_itself_and_of_several_updates_the_last() {
    let mut bench = bench(|c| {
        c.critic.n_critic = 2;
        // Two steps take four of the five batches of an epoch, with which the window ends.
        c.events.every_batches = 1_000;
    });
    for step in 1..=2 {
        bench.steps(1);
        let seen = bench
            .trainer
            .learner
            .newest_metrics(|name| name != "lr_d")
            .unwrap();
        let of = |metric| seen.iter().filter(move |(name, _)| *name == metric);
        assert_eq!((of("d_loss").count(), of("g_loss").count()), (2, 1));
        assert_eq!(of("lr_d").count(), 0);
        let window = bench.trainer.learner.peek_metrics().unwrap();
        assert_eq!(window["d_loss"].count, 2 * step);
        assert_eq!(window["d_loss"].last, of("d_loss").next_back().unwrap().1);
    }
}

#[test]
fn a_rule_that_was_taken_back_triggers_again_on_the_new_branch() {
    let rule = "rules=[{ when = 'd_real > -100 for 6', do = 'checkpoint' }]";
    let mut bench = bench(|c| {
        let sources = Sources {
            set: vec![rule.to_owned()],
            ..Sources::default()
        };
        c.rules = resolve(sources).unwrap().config.rules;
        c.rewind.every_steps = 4;
    });
    let rules = |bench: &Bench| {
        let events = bench.events.try_iter();
        let rules = events.filter(|e| matches!(e.body, Body::Recorded(Recorded::Rule(_))));
        rules.map(|e| (e.branch, e.step)).collect::<Vec<_>>()
    };
    bench.scripted(7);
    assert_eq!(bench.trainer.guards.state().triggered.len(), 1);
    assert_eq!(rules(&bench), [(0, 6)]);
    bench.command("rewind");
    assert_eq!(bench.trainer.progress.step(), 4);
    assert!(bench.trainer.guards.state().triggered.is_empty());
    bench.scripted(4);
    assert_eq!(rules(&bench), [(1, 6)], "four steps of the row were kept");
}

#[test]
fn a_look_changes_nothing_and_shows_what_was_asked_for() {
    let mut bench = bench(|_| {});
    bench.steps(3);
    let before = bench.snapshot();
    let drawn = bench.trainer.show_samples(false).map(|_| ()).map_err(drop);
    assert_eq!(drawn, Ok(()));
    let samples = bench.events.try_iter().find_map(|event| match event.body {
        Body::Live(Live::Samples(samples)) => Some(samples.images),
        _ => None,
    });
    let samples = samples.unwrap();
    let mut see = |look| bench.see(look);
    let walk = see(Look::Walk(1, 3)).unwrap();
    assert_eq!(walk.images.image(0), samples.image(0));
    let last = walk.images.count() - 1;
    assert_eq!(walk.images.image(last), samples.image(2));
    assert_ne!(walk.images.image(last / 2), samples.image(0));
    let dimension = see(Look::Dimension(2, 1)).unwrap();
    assert_eq!(dimension.images.count(), dimension.captions.len());
    let near = see(Look::Neighbours(2)).unwrap();
    assert_eq!(near.images.image(0), samples.image(1));
    assert!(near.captions[1].parse::<f64>().unwrap() <= near.captions[2].parse::<f64>().unwrap());
    let real = see(Look::Real).unwrap();
    assert_eq!(real.images.count(), samples.count());
    assert!(real.images.pixels.chunks(784).all(|image| {
        let set = bench.trainer.learner.images();
        set.pixels.chunks(784).any(|known| known == image)
    }));
    let mut see = |look| bench.see(look);
    assert!(see(Look::Walk(1, 99)).is_err_and(|e| e.contains("no sample 99")));
    assert!(see(Look::Dimension(1, 1000)).is_err_and(|e| e.contains("dimensions 0 to")));
    assert!(timeless(&bench.snapshot()) == timeless(&before));
}

#[test]
fn a_fork_does_not_know_the_rewinds_of_its_parent() {
    let plan = |c: &mut RunConfig| c.rewind.every_steps = 2;
    let mut parent = bench(plan);
    parent.trainer.keep_state().unwrap();
    parent.steps(4);
    parent.command("rewind");
    assert_eq!(parent.trainer.progress.step(), 2);
    let beginning = Beginning::Fork {
        checkpoint: parent.saved(),
        origin: RunOrigin {
            run: "parent".to_owned(),
            dir: parent.dir.path().to_owned(),
            step: 2,
        },
        afresh: false,
    };
    let mut fork = bench_from(beginning, plan);
    fork.trainer.keep_state().unwrap();
    fork.steps(1);
    // Soon after the step that the parent returned to, but the fork never did.
    fork.command("rewind");
    let answers: Vec<Body> = fork.events.try_iter().map(|e| e.body).collect();
    assert_eq!(fork.trainer.progress.step(), 2, "{answers:?}");
}
