//! Settings other than learning rates and objective that may change during a run: the average of the weights, what D sees, labels; and
//! a VAE, whose steps are of another kind.

use std::collections::HashMap;

use super::*;
use crate::protocol::CheckpointReason;
use crate::protocol::Outcome;

/// What the last command came to: its changes in words, or the reason why it was refused.
fn answer(bench: &mut Bench, command: &str) -> Result<String, String> {
    bench.command(command);
    let found = bench.events.try_iter().filter_map(|e| match e.body {
        Body::Recorded(Recorded::Applied { changes, .. }) => {
            let words = |c: &crate::protocol::Change| format!("{} {} -> {}", c.key, c.from, c.to);
            Some(Ok(changes.iter().map(words).collect::<Vec<_>>().join(", ")))
        }
        Body::Recorded(Recorded::Rejected { reason, .. }) => Some(Err(reason)),
        _ => None,
    });
    found.last().unwrap()
}

fn vae(change: impl FnOnce(&mut RunConfig)) -> Bench {
    let sources = Sources {
        set: vec!["objective=vae".to_owned()],
        ..Sources::default()
    };
    let preset = resolve(sources).unwrap().config;
    bench(|c| {
        *c = RunConfig {
            batch_size: c.batch_size,
            samples: c.samples.clone(),
            ..preset
        };
        change(c);
    })
}

#[test]
fn the_average_follows_the_weights_and_generates_the_samples() {
    let mut bench = bench(|c| c.ema.decay = 0.9);
    let values = |bench: &mut Bench| Bench::slots(&bench.snapshot().weights.generator).0.to_vec();
    bench.steps(10);
    let tenth = values(&mut bench);
    let snapshot = bench.snapshot();
    let average = snapshot.weights.average.as_ref().unwrap();
    // So early in a run it follows the weights at once.
    assert_eq!(**average, tenth);
    assert_eq!(snapshot.state.learner.average_steps, Some(10));
    bench.steps(5);
    let pixels = |bench: &mut Bench| {
        bench.trainer.sample(false).unwrap();
        let drawn = bench.events.try_iter().filter_map(|e| match e.body {
            Body::Live(Live::Samples(samples)) => Some(samples.images.pixels().to_vec()),
            _ => None,
        });
        drawn.last().unwrap()
    };
    let with = pixels(&mut bench);
    assert_eq!(
        answer(&mut bench, "set ema.decay 0").unwrap(),
        "ema.decay 0.9 -> 0"
    );
    assert!(bench.snapshot().weights.average.is_none() && pixels(&mut bench) != with);
    // It begins with what the weights are then.
    answer(&mut bench, "set ema.decay 0.99").unwrap();
    let snapshot = bench.snapshot();
    assert!(
        snapshot.weights.average.as_deref() == Some(Bench::slots(&snapshot.weights.generator).0)
    );
}

#[test]
fn settings_change_by_name_within_bounds() {
    let mut bench = bench(|_| {});
    assert_eq!(
        answer(&mut bench, "set augment.noise 0.1").unwrap(),
        "augment.noise 0 -> 0.1"
    );
    answer(&mut bench, "set critic.label_smoothing 0.1").unwrap();
    bench.steps(1);
    for (command, says) in [
        ("set augment.noise -1", "expected a number from 0 to 10"),
        ("set augment.noise 1e99", "expected a number from 0 to 10"),
        ("set augment.nois 1", "did you mean `augment.noise`?"),
        ("set batch_size 32", "cannot change in mid-run"),
        ("set optimizer.d.lr 1", "`lr` changes learning rates"),
        ("set vae.beta 2", "objective gan has no use for it"),
        ("set critic.r1 -1", "expected a number of at least 0"),
    ] {
        let reason = answer(&mut bench, command).unwrap_err();
        assert!(reason.contains(says), "{command}: {reason}");
    }
    // A switch loads the preset of the new objective, all of it.
    let changes = answer(&mut bench, "loss wgan").unwrap();
    assert!(changes.contains("augment.noise 0.1 -> 0"), "{changes}");
    let reason = answer(&mut bench, "set critic.label_smoothing 0.1").unwrap_err();
    assert!(
        reason.contains("objective wgan has no use for it"),
        "{reason}"
    );
}

#[test]
fn penalties_on_the_slope_of_d_are_part_of_its_loss_under_any_objective() {
    for objective in ["gan", "lsgan", "hinge", "rpgan", "wgan", "wgan-gp"] {
        let mut bench = bench(|_| {});
        if objective != "gan" {
            bench.command(&format!("loss {objective}"));
        }
        for off in ["set critic.r1 0", "set critic.r2 0"] {
            bench.command(off);
        }
        let start = bench.snapshot();
        // D stands still: what differs is its loss alone.
        let mut measured = |commands: &[&str]| {
            bench.trainer.restore(&start).unwrap();
            for command in commands {
                answer(&mut bench, command).unwrap();
            }
            bench.steps(1);
            let newest = bench.trainer.learner.newest_metrics(|_| true).unwrap();
            newest.into_iter().collect::<HashMap<_, _>>()
        };
        let still = "lr d 1e-12";
        let plain = measured(&[still]);
        let (r1, r2) = ("set critic.r1 100", "set critic.r2 100");
        let [real, fake, both] = [&[still, r1][..], &[still, r2], &[still, r1, r2]].map(measured);
        let value = |metrics: &HashMap<&str, f64>, name: &str| metrics[name];
        let close = |a: f64, b: f64| {
            assert!(
                (a - b).abs() < 1e-3 * b.abs(),
                "{objective}: {a} is not {b}"
            );
        };
        // One is computed alone and both together.
        close(value(&real, "r1_penalty"), value(&both, "r1_penalty"));
        close(value(&fake, "r2_penalty"), value(&both, "r2_penalty"));
        let penalties = value(&both, "r1_penalty") + value(&both, "r2_penalty");
        close(value(&both, "d_loss") - value(&plain, "d_loss"), penalties);
        for (metrics, lacks) in [
            (&plain, &["r1_penalty", "r2_penalty"][..]),
            (&real, &["r2_penalty"]),
            (&fake, &["r1_penalty"]),
        ] {
            assert!(lacks.iter().all(|name| !metrics.contains_key(*name)));
        }
        let declared = bench.trainer.learner.objective().info();
        for name in both.keys() {
            assert!(declared.metric(name).is_some(), "{objective}: {name}");
        }
    }
}

#[test]
fn a_paired_loss_compares_with_the_real_images_of_the_step() {
    for noise in [0.0, 0.1] {
        let mut bench = bench(|c| {
            c.objective = "rpgan".to_owned();
            c.augment.noise = noise;
        });
        bench.steps(39);
        let metrics = bench.trainer.learner.take_metrics().unwrap();
        let last = |name: &str| metrics[name].last;
        // sp(l) − sp(−l) = l: D's and G's loss differ by the lead of real images, up to the change of D in its update.
        let (lead, differ) = (
            last("d_real") - last("d_fake"),
            last("g_loss") - last("d_loss"),
        );
        assert!(lead > 0.05, "D has learnt nothing: {lead}");
        assert!(
            (differ / lead - 1.0).abs() < 0.5,
            "{differ} is not about {lead}"
        );
    }
}

#[test]
fn augmentation_uses_its_own_random_stream() {
    let run = |change: fn(&mut RunConfig)| {
        let mut bench = bench(change);
        bench.steps(3);
        bench.snapshot()
    };
    let plain = run(|_| {});
    let moved = run(|c| c.augment.shift = 2.0);
    assert!(
        moved.weights.generator != plain.weights.generator
            && moved.weights.discriminator != plain.weights.discriminator
    );
    assert_eq!(
        moved.state.learner.streams.latents,
        plain.state.learner.streams.latents
    );
    assert_ne!(
        moved.state.learner.streams.augment,
        plain.state.learner.streams.augment
    );
    let penalised = run(|c| {
        c.critic.gp_weight = 10.0;
        c.augment.rotate = 10.0;
        c.augment.noise = 0.05;
    });
    assert!(penalised.weights.generator.iter().all(|w| w.is_finite()));
}

#[test]
fn a_switch_ends_spectral_normalisation_and_going_back_restores_it() {
    let mut bench = bench(|c| c.critic.spectral_norm = true);
    bench.steps(3);
    let start = bench.snapshot();
    assert!(start.weights.singular.is_some());
    let reason = answer(&mut bench, "set critic.spectral_norm false").unwrap_err();
    assert!(reason.contains("cannot change in mid-run"), "{reason}");
    bench.steps(2);
    let ahead = bench.snapshot();
    let changes = answer(&mut bench, "loss rpgan").unwrap();
    assert!(
        changes.contains("critic.spectral_norm true -> false"),
        "{changes}"
    );
    assert!(bench.snapshot().weights.singular.is_none());
    bench.steps(2);
    bench.trainer.restore(&start).unwrap();
    bench.steps(2);
    assert!(timeless(&bench.snapshot()) == timeless(&ahead));
}

#[test]
fn a_vae_learns_and_shows_reconstructions() {
    let mut bench = vae(|c| c.samples.count = 8);
    bench.steps(1);
    let metrics = bench.trainer.learner.take_metrics().unwrap();
    let first = metrics["loss"].mean;
    let sum = metrics["recon"].mean + metrics["kl"].mean;
    assert!((first - sum).abs() < 1e-3 && !metrics.contains_key("d_loss"));
    bench.steps(60);
    let later = bench.trainer.learner.take_metrics().unwrap()["loss"].last;
    assert!(later < first, "{later} after {first}");
    bench.trainer.sample(false).unwrap();
    let samples = bench.events.try_iter().find_map(|e| match e.body {
        Body::Live(Live::Samples(samples)) => Some(samples),
        _ => None,
    });
    let samples = samples.unwrap();
    // Four generated from fixed latents, then two pairs.
    assert_eq!(
        (samples.count, samples.pairs, samples.scores.len()),
        (8, 2, 0)
    );
    let real = noise();
    let original = samples.images.image(4).unwrap();
    assert!(real.pixels().chunks(784).any(|image| image == original));
}

#[test]
fn beta_changes_during_a_run_but_networks_do_not() {
    let mut bench = vae(|_| {});
    bench.steps(1);
    assert_eq!(
        answer(&mut bench, "set vae.beta 4").unwrap(),
        "vae.beta 1 -> 4"
    );
    bench.steps(1);
    let metrics = bench.trainer.learner.take_metrics().unwrap();
    let last = |name: &str| metrics[name].last;
    assert!((last("loss") - last("recon") - 4.0 * last("kl")).abs() < 1e-2);
    let reason = answer(&mut bench, "loss gan").unwrap_err();
    assert!(reason.contains("`genai-tui --objective gan`"), "{reason}");
    for command in ["set augment.noise 0.1", "set critic.r1 1"] {
        let reason = answer(&mut bench, command).unwrap_err();
        assert!(
            reason.contains("objective vae has no use for it"),
            "{reason}"
        );
    }
}

#[test]
fn options_and_a_vae_resume_exactly_at_any_number_of_threads() {
    let script = [
        "3:set ema.decay 0.9",
        "4:set augment.noise 0.1",
        "5:set augment.scale 0.1",
        "6:loss rpgan",
        "7:set augment.shift 2",
        "8:set critic.r1 5",
        "9:set critic.gp_weight 1",
        "10:loss hinge",
        "11:set critic.r2 2",
    ];
    let options = |c: &mut RunConfig| c.at = script.iter().map(|t| t.parse().unwrap()).collect();
    let of_vae = |c: &mut RunConfig| {
        c.at = vec![
            "3:set ema.decay 0.9".parse().unwrap(),
            "4:set vae.beta 2".parse().unwrap(),
        ];
    };
    let normalised = |c: &mut RunConfig| {
        c.objective = "hinge".to_owned();
        c.critic.spectral_norm = true;
        c.at = ["4:set critic.r1 1", "10:loss gan", "12:set critic.r2 1"]
            .map(|t| t.parse().unwrap())
            .to_vec();
    };
    let on = |threads: usize, begin: &(dyn Fn() -> Bench + Sync)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let mut bench = begin();
            bench.scripted(16);
            (*bench.trainer.snapshot().unwrap()).clone()
        })
    };
    for begin in [
        &(|| bench(options)) as &(dyn Fn() -> Bench + Sync),
        &|| bench(normalised),
        &|| vae(of_vae),
    ] {
        let whole = on(1, begin);
        assert!(same(&whole, &on(2, begin)));
        for stop in [9, 13] {
            let mut first = begin();
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
            let mut second = begin();
            second.trainer.control.set_due(&[]);
            let beginning = Beginning::Resume {
                checkpoint,
                branch: 0,
                seq: first.trainer.progress.seq(),
                added: Vec::new(),
                is_recorded: true,
            };
            second.trainer.begin(beginning).unwrap();
            second.scripted(16 - stop);
            assert!(same(&second.snapshot(), &whole));
        }
    }
}

#[test]
fn non_finite_numbers_of_a_vae_change_no_weight() {
    let mut bench = vae(|_| {});
    bench.steps(1);
    bench.scale_output(0, f64::INFINITY);
    let before = bench.snapshot();
    bench.steps(1);
    let after = bench.snapshot();
    assert!(after.weights.discriminator == before.weights.discriminator);
    assert_eq!(bench.trainer.control.outcome(), Some(Outcome::Diverged));
}
