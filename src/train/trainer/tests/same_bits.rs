//! What must give the same bits: a restored state, a resumed run, any number of threads, a learner without a run.

use super::*;
use crate::train::Learner;

#[test]
fn training_continues_unchanged_from_a_restored_snapshot() {
    continues_unchanged(&mut bench(|c| c.at.clear()));
}

/// Whatever the loss, steps from a restored state are those that were made from it before.
pub(super) fn continues_unchanged(bench: &mut Bench) {
    for objective in ["lsgan", "rpgan", "hinge", "wgan-gp", "wgan", "gan"] {
        bench.command(&format!("loss {objective}"));
        bench.steps(2);
        let middle = bench.snapshot();
        bench.steps(4);
        let ahead = bench.snapshot();
        assert!(ahead.weights.generator.iter().all(|w| w.is_finite()));
        bench.trainer.restore(&middle).unwrap();
        bench.steps(4);
        assert!(
            timeless(&bench.snapshot()) == timeless(&ahead),
            "{objective}"
        );
    }
}

#[test]
fn adaptive_augmentation_continues_exactly_from_any_step() {
    let mut bench = bench(|c| {
        c.augment.shift = 2.0;
        c.augment.contrast = 0.5;
        c.augment.cutout = 0.3;
        c.augment.target = 0.2;
        c.augment.ada_images = 600;
        c.events.every_batches = 2;
    });
    let share = |snapshot: &Snapshot| {
        let state = serde_json::to_value(&snapshot.state).unwrap();
        let adaptive = &state["adaptive"];
        (adaptive["share"].as_f64(), adaptive["images"].as_u64())
    };
    assert_eq!(share(&bench.snapshot()), (None, None));
    // In the middle of a window: images were counted, and are not forgotten.
    bench.steps(21);
    let middle = bench.snapshot();
    let (before, counted) = share(&middle);
    assert!(
        before.unwrap() > 0.0 && counted.unwrap() > 0,
        "{before:?} {counted:?}"
    );
    let text = serde_json::to_string(&middle.state).unwrap();
    assert!(serde_json::from_str::<RunState>(&text).unwrap() == middle.state);
    bench.steps(9);
    let ahead = bench.snapshot();
    assert_ne!(share(&ahead).0, before);
    bench.trainer.restore(&middle).unwrap();
    // What a viewer asks for in between moves nothing.
    bench.trainer.close_window().unwrap();
    bench.steps(9);
    assert!(bench.snapshot().weights == ahead.weights);
    assert_eq!(share(&bench.snapshot()), share(&ahead));
    let metrics = bench.trainer.learner.peek_metrics().unwrap();
    assert!(
        metrics.contains_key("augment_p")
            || bench.trainer.journal.metrics().contains_key("augment_p")
    );
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
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
            bench.command("loss rpgan");
            bench.steps(2);
            timeless(&bench.snapshot())
        })
    };
    let one = run(1);
    assert!(run(2) == one && run(4) == one);
}

#[test]
fn a_bare_run_takes_the_same_steps() {
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
        for step in 1..=7 {
            bare.step(step).unwrap();
        }
        let (ours, theirs) = (run.trainer.learner.model(), bare.model());
        for (a, b) in ours.networks().into_iter().zip(theirs.networks()) {
            let [a, b] = [a, b].map(|network| {
                let params = network.params();
                let mut host = vec![0.0; params.host_count()];
                params.copy_to_host(&mut host).unwrap();
                host
            });
            assert!(a == b, "{objective}");
        }
        let measured = bare.take_metrics().unwrap();
        assert!(measured.contains_key("d_loss") || measured.contains_key("loss"));
    }
}

#[test]
fn a_resumed_run_equals_an_uninterrupted_one() {
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
                is_recorded: true,
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
