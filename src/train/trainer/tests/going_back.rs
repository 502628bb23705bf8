//! Numbers that are lost, rewinds, and what a fork knows of them.

use super::*;
use crate::protocol::RunOrigin;
use crate::train::control::Mode;

#[test]
fn non_finite_numbers_change_no_weight_and_end_the_run() {
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
fn non_finite_numbers_restore_the_last_good_state_and_pause_for_a_viewer() {
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

#[test]
fn a_rewind_restores_a_kept_state_and_takes_another_path() {
    let mut bench = bench(|c| {
        c.rewind.every_steps = 2;
        c.rewind.keep = 3;
    });
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
