//! Sweeps without any training: domains, samplers and decisions.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use super::sampler::Known;
use super::*;
use crate::rng::Stream;

fn definition(scheduler: Scheduler, trials: u64, seeds: u64) -> Definition {
    let params = [
        "optimizer.d.lr=log(1e-5,1e-1)",
        "optimizer.g.lr=log(1e-5,1e-1)",
    ];
    Definition {
        params: params.map(|text| text.parse().unwrap()).to_vec(),
        set: Vec::new(),
        sampler: Sampler::Random,
        scheduler,
        metric: "fid".to_owned(),
        goal: Goal::Min,
        trials,
        seeds,
        seed: 0,
        budget: Budget::Steps(2700),
        first_rung: 100,
        factor: 3,
        base: None,
    }
}

#[test]
fn domains_are_read_and_give_what_configurations_take() {
    let log: Domain = "log(1e-5, 1e-3)".parse().unwrap();
    assert_eq!(
        [0.0, 0.5, 1.0].map(|at| log.at(at)),
        ["1e-5", "1e-4", "0.001"]
    );
    let whole: Domain = "int(2,4)".parse().unwrap();
    assert_eq!([0.0, 0.34, 0.99].map(|at| whole.at(at)), ["2", "3", "4"]);
    let choice: Domain = "choice(gan, hinge)".parse().unwrap();
    assert_eq!([0.1, 0.9].map(|at| choice.at(at)), ["gan", "hinge"]);
    let param: Param = "critic.r1=log(0.01,10,4) if objective=hinge"
        .parse()
        .unwrap();
    assert_eq!(
        param.to_string(),
        "critic.r1=log(0.01,10,4) if objective=hinge"
    );
    let points: Vec<_> = (0..4).map(|i| param.domain.point(i, 4)).collect();
    assert_eq!(points, ["0.01", "0.1", "1", "10"]);
}

#[test]
fn wrong_domains_say_what_was_expected() {
    for (text, words) in [
        ("lr", "expected KEY=DOMAIN"),
        ("lr=1e-3", "expected choice("),
        ("lr=log(0,1)", "expected ends above 0"),
        (
            "lr=linear(2,1)",
            "expected two numbers, the smaller one first",
        ),
        ("n=int(1.5,3)", "expected two whole numbers"),
        ("o=choice(a,,b)", "expected choice("),
        ("o=choice(a,a)", "expected each value once"),
        ("o=choice(a,b) if x", "expected `if KEY=VALUE`"),
    ] {
        let error = text.parse::<Param>().unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn what_cannot_be_swept_is_refused_before_anything_begins() {
    let with = |text: &str| Definition {
        params: vec![text.parse().unwrap()],
        ..definition(Scheduler::None, 4, 1)
    };
    for (definition, words) in [
        (with("optimizer.d.lrr=log(1e-5,1e-3)"), "unknown key"),
        (with("batch_size=linear(0.5,2)"), "batch_size"),
        (with("seed=int(0,3)"), "a key that the sweep itself sets"),
        (
            with("vae.beta=linear(0,1) if objective=vae"),
            "which the sweep does not set",
        ),
        (
            Definition {
                metric: "fidd".to_owned(),
                ..definition(Scheduler::None, 4, 1)
            },
            "`fidd` (did you mean `fid`?)",
        ),
        (
            Definition {
                sampler: Sampler::Grid,
                ..definition(Scheduler::None, 4, 1)
            },
            "expected a number of points at the end",
        ),
    ] {
        let error = definition.check("here").unwrap_err().to_string();
        assert!(
            error.starts_with("here: ") && error.contains(words),
            "{error}"
        );
    }
    definition(Scheduler::Asha, 4, 3).check("here").unwrap();
}

#[test]
fn parameters_that_do_not_go_together_are_refused_before_anything_begins() {
    let with = |params: &[&str]| Definition {
        params: params.iter().map(|text| text.parse().unwrap()).collect(),
        set: vec!["latent_dim=8".to_owned()],
        metric: "d_loss".to_owned(),
        ..definition(Scheduler::None, 4, 1)
    };
    let sizes = "batch_size=choice(16,32)";
    for (params, words) in [
        (&["batch_size=linear(16,32)"][..], "expected int(LOW,HIGH)"),
        (&["batch_size=log(16,64)"], "expected int(LOW,HIGH)"),
        (
            &["batch_size=choice(16,32) if batch_size=16"],
            "which depends on `batch_size`",
        ),
        (
            &[
                "critic.r1=linear(0,1) if augment.shift=2",
                "augment.shift=choice(1,2) if critic.r2=3",
                "critic.r2=int(1,4) if augment.shift=1",
            ],
            "depends on",
        ),
        (
            &[sizes, "critic.r1=linear(0,1) if batch_size=64"],
            "expected a value of choice(16,32)",
        ),
        (
            &[
                "critic.r1=linear(0,1) if batch_size=5",
                "batch_size=int(8,16)",
            ],
            "expected a value of int(8,16)",
        ),
        (
            &[
                "critic.r1=linear(0,1) if critic.r2=0.5",
                "critic.r2=linear(0,1)",
            ],
            "hardly ever has just one value",
        ),
        (
            &["critic.r1=linear(0,1) if latent_dim=16"],
            "where `latent_dim` is 8",
        ),
        (&["objective=choice(gan,vae)"], "which vae does not have"),
    ] {
        let error = with(params).check("here").unwrap_err().to_string();
        assert!(error.contains(words), "{params:?}: {error}");
    }
    for params in [
        &[sizes, "critic.r1=linear(0,1) if batch_size=16"][..],
        &[
            "critic.r1=linear(0,1) if latent_dim=8",
            "objective=choice(gan,hinge)",
        ],
        &[
            "critic.r1=linear(0,1) if batch_size=12",
            "batch_size=int(8,16)",
        ],
    ] {
        with(params).check("here").unwrap();
    }
    // Each by itself is good.
    let both = Definition {
        trials: 40,
        ..with(&[
            "critic.clip=choice(0,0.01)",
            "critic.spectral_norm=choice(false,true)",
        ])
    };
    both.check("here").unwrap();
    let error = Trial::check_draws(&both, "here").unwrap_err().to_string();
    assert!(
        error.contains("here: trial ") && error.contains("critic.clip="),
        "{error}"
    );
    let long = Definition {
        set: vec!["max_time=1h".to_owned()],
        ..with(&[sizes])
    };
    let error = long.check("here").unwrap_err().to_string();
    assert!(
        error.contains("found `max_time` besides a budget in steps"),
        "{error}"
    );
    let large = Definition {
        seed: u64::MAX,
        ..with(&[sizes])
    };
    let error = large.check("here").unwrap_err().to_string();
    assert!(error.contains("expected a number below 2^63"), "{error}");
}

#[test]
fn a_grid_has_every_combination_once() {
    let params = ["batch_size=choice(16,32)", "critic.r1=linear(0,1,3)"];
    let grid = Definition {
        params: params.map(|text| text.parse().unwrap()).to_vec(),
        sampler: Sampler::Grid,
        ..definition(Scheduler::None, 100, 1)
    };
    assert_eq!(grid.count(), 6);
    let drawn: std::collections::BTreeSet<_> = (0..6)
        .map(|number| {
            Trial::draw(&grid, number, &[])
                .values
                .into_values()
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(drawn.len(), 6);
    assert!(drawn.contains(&vec!["32".to_owned(), "0.5".to_owned()]));
}

#[test]
fn a_grid_with_conditions_has_every_combination_once() {
    let grid = |params: &[&str]| Definition {
        params: params.iter().map(|text| text.parse().unwrap()).collect(),
        sampler: Sampler::Grid,
        ..definition(Scheduler::None, 100_000, 1)
    };
    let different = |grid: &Definition| {
        let drawn = (0..grid.count()).map(|number| Trial::draw(grid, number, &[]).values);
        drawn.collect::<std::collections::BTreeSet<_>>().len() as u64
    };
    let small = grid(&[
        "critic.r1=log(0.01,10,3) if objective=hinge",
        "objective=choice(gan,hinge)",
    ]);
    assert_eq!((small.count(), different(&small)), (4, 4));
    let nested = grid(&[
        "batch_size=int(14,17)",
        "critic.r1=linear(0,1,5) if batch_size=16",
        "critic.r2=linear(0,1,2) if objective=hinge",
        "latent_dim=choice(8,9) if critic.n_critic=2",
        "critic.n_critic=choice(1,2,3) if objective=hinge",
        "objective=choice(gan,hinge)",
    ]);
    // Three sizes and one with five values; gan, and hinge with two values, and one, two or one of those that depend on n_critic.
    assert_eq!((nested.count(), different(&nested)), (8 * 9, 8 * 9));
    // With all that could be set at once it would have 10^18 and more.
    let names = ["gan", "lsgan", "hinge", "rpgan", "wgan", "wgan-gp"];
    let keys = [
        ["critic.r1", "critic.r2", "critic.clip"],
        ["critic.gp_weight", "critic.label_smoothing", "ema.decay"],
        ["augment.noise", "augment.shift", "augment.rotate"],
        ["augment.scale", "augment.brightness", "augment.saturation"],
        ["augment.contrast", "augment.cutout", "vae.beta"],
        ["optimizer.g.lr", "optimizer.g.beta1", "optimizer.d.lr"],
    ];
    let mut params = vec![format!("objective=choice({})", names.join(","))];
    for (name, key) in names
        .iter()
        .zip(keys)
        .flat_map(|(name, keys)| keys.map(|key| (name, key)))
    {
        params.push(format!("{key}=linear(0.1,0.9,10) if objective={name}"));
    }
    let wide = grid(&params.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(wide.count(), 6000);
    let last = Trial::draw(&wide, 5999, &[]).values;
    assert_eq!(last["objective"], "wgan-gp");
    assert_eq!(last["optimizer.d.lr"], "0.9");
}

#[test]
fn a_parameter_whose_condition_does_not_hold_is_not_set() {
    let params = [
        "objective=choice(gan,hinge)",
        "critic.r1=linear(0,1) if objective=hinge",
    ];
    let sweep = Definition {
        params: params.map(|text| text.parse().unwrap()).to_vec(),
        ..definition(Scheduler::None, 40, 1)
    };
    for number in 0..40 {
        let trial = Trial::draw(&sweep, number, &[]);
        assert_eq!(
            trial.values.contains_key("critic.r1"),
            trial.values["objective"] == "hinge"
        );
        assert_eq!(
            trial,
            Trial::draw(&sweep, number, &[]),
            "drawn again it is the same"
        );
    }
}

/// A sweep with one worker and no training: `cost` of a trial's places and of its rung. Returns the budget that was spent, and
/// the trials with their costs.
fn simulate(
    definition: &Definition,
    cost: impl Fn(&[f64], usize, u64) -> f64,
) -> (u64, Vec<Vec<Replicate>>) {
    let rungs = definition.rungs();
    let mut trials =
        vec![vec![Replicate::default(); definition.seeds as usize]; definition.count() as usize];
    let mut places: Vec<Option<Vec<f64>>> = vec![None; trials.len()];
    let mut spent = 0;
    loop {
        let next = decide(definition, &trials);
        let Some(job) = next.jobs.first() else {
            assert!(!next.is_open);
            return (spent, trials);
        };
        let number = job.trial as usize;
        if places[number].is_none() {
            let known: Vec<Known<'_>> = places
                .iter()
                .zip(&trials)
                .filter_map(|(places, runs)| {
                    let cost = runs[0].costs.iter().rev().find_map(|cost| *cost)?;
                    Some(Known {
                        places: places.as_ref()?,
                        cost,
                    })
                })
                .collect();
            let drawn = Trial::draw(definition, job.trial, &known);
            places[number] = Some(drawn.places);
        }
        let run = &mut trials[number][job.replicate as usize];
        let from = match run.stage {
            Stage::At(at) => at,
            _ => 0,
        };
        spent += rungs.at(job.rung) - from;
        run.stage = Stage::At(rungs.at(job.rung));
        run.costs = (0..rungs.count())
            .map(|rung| {
                let at = places[number].as_ref().unwrap();
                (rung <= job.rung).then(|| cost(at, rung, job.replicate))
            })
            .collect();
    }
}

/// Curves that fall towards how far a trial is from the best place, with some noise, and cross each other at first.
fn curve(places: &[f64], rung: usize, seed: u64) -> f64 {
    let away: f64 = places.iter().map(|place| (place - 0.3).powi(2)).sum();
    let mut noise = Stream::new(seed + (1e6 * places[0]) as u64, &format!("rung {rung}"));
    away + 1.0 / (rung + 1) as f64 * (1.0 + 0.1 * f64::from(noise.normal()))
}

#[test]
fn of_nine_three_go_on_and_of_three_one() {
    let (_, trials) = simulate(&definition(Scheduler::Asha, 27, 1), curve);
    let reached = |rung: usize| {
        let got_there = |runs: &&Vec<Replicate>| runs[0].reached() >= Some(rung);
        trials.iter().filter(got_there).count()
    };
    assert_eq!(
        definition(Scheduler::Asha, 27, 1)
            .rungs()
            .iter()
            .collect::<Vec<_>>(),
        [100, 300, 900, 2700]
    );
    assert_eq!(reached(0), 27);
    // Without waiting for others, a few more than 9, 3 and 1 were once among the best.
    assert!((9..=12).contains(&reached(1)), "{}", reached(1));
    assert!((3..=5).contains(&reached(2)), "{}", reached(2));
    assert!((1..=2).contains(&reached(3)), "{}", reached(3));
}

#[test]
fn halving_finds_what_random_search_finds_in_a_third_of_the_steps() {
    for seed in 0..3 {
        let sweep = |scheduler| Definition {
            seed,
            params: (0..8)
                .map(|i| format!("k{i}=linear(0,1)").parse().unwrap())
                .collect(),
            ..definition(scheduler, 64, 1)
        };
        let best = |trials: &[Vec<Replicate>]| {
            let costs = trials
                .iter()
                .filter_map(|runs| runs[0].costs.last().copied().flatten());
            costs.fold(f64::INFINITY, f64::min)
        };
        let (whole, all) = simulate(&sweep(Scheduler::None), |at, _, s| curve(at, 3, s));
        let (spent, some) = simulate(&sweep(Scheduler::Asha), curve);
        assert_eq!(whole, 64 * 2700);
        assert!(spent * 3 <= whole, "{spent} of {whole}");
        assert!(
            best(&some) <= best(&all) + 0.05,
            "{} {}",
            best(&some),
            best(&all)
        );
    }
}

#[test]
fn what_failed_does_not_let_others_through_at_later_rungs() {
    let sweep = definition(Scheduler::Asha, 12, 1);
    let mut trials = vec![vec![Replicate::default()]; 12];
    let at = |costs: &[f64], stage| Replicate {
        stage,
        costs: (0..4).map(|rung| costs.get(rung).copied()).collect(),
        was_tried: false,
    };
    for runs in &mut trials[..9] {
        runs[0] = at(&[], Stage::Failed);
    }
    // Three are left, of which the best got to the second rung: it is the only one there.
    trials[9][0] = at(&[1.0, 1.0], Stage::At(300));
    trials[10][0] = at(&[2.0], Stage::At(100));
    trials[11][0] = at(&[3.0], Stage::Held);
    let next = decide(&sweep, &trials);
    let jobs: Vec<_> = next.jobs.iter().map(|job| (job.trial, job.until)).collect();
    assert_eq!(jobs, [(10, 300)], "of 12 at the first rung 4 go on");
}

#[test]
fn one_of_few_goes_on_only_when_no_other_can_come() {
    let sweep = definition(Scheduler::Asha, 9, 1);
    let at = |costs: &[f64], stage| Replicate {
        stage,
        costs: (0..4).map(|rung| costs.get(rung).copied()).collect(),
        was_tried: false,
    };
    let mut trials: Vec<Vec<Replicate>> = (0..9)
        .map(|n| vec![at(&[f64::from(n)], Stage::At(100))])
        .collect();
    trials[0][0] = at(&[0.0, 0.5], Stage::At(300));
    trials[1][0] = at(&[1.0, 0.4], Stage::At(300));
    let jobs = |trials: &[Vec<Replicate>]| -> Vec<(u64, u64)> {
        let next = decide(&sweep, trials);
        next.jobs.iter().map(|job| (job.trial, job.until)).collect()
    };
    // A third of nine go to the second rung: two are there, and the third comes before one of two goes on.
    assert_eq!(jobs(&trials), [(2, 300)]);
    trials[2][0] = at(&[2.0], Stage::At(200));
    assert_eq!(jobs(&trials), [(2, 300)], "left on its way");
    trials[2][0] = at(&[2.0], Stage::Held);
    assert_eq!(jobs(&trials), []);
    trials[2][0] = at(&[2.0, 0.3], Stage::At(300));
    assert_eq!(jobs(&trials), [(2, 900)]);
}

#[test]
fn numbers_that_are_none_are_the_worst_whichever_way_is_better() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for goal in [Goal::Min, Goal::Max] {
            assert!(goal.cost(value) > goal.cost(1e300) && goal.cost(value) > goal.cost(-1e300));
        }
    }
}

/// A sweep in a directory, with what runs reached: trial, seed, rung, value or why it failed.
fn recorded(
    definition: &Definition,
    results: &[(u64, u64, u64, Result<f64, &str>)],
) -> (tempfile::TempDir, Board) {
    let dir = tempfile::tempdir().unwrap();
    let sweep = dir.path().join("s");
    definition.create(&sweep, None).unwrap();
    let mut board = Board::open(&sweep).unwrap();
    for (trial, replicate, until, result) in results {
        board.trial(*trial).unwrap().unwrap();
        let job = Job {
            trial: *trial,
            replicate: *replicate,
            rung: 0,
            until: *until,
            reason: String::new(),
        };
        let mark = Mark {
            until: *until,
            metric: "fid".to_owned(),
            value: result.ok(),
            steps: *until,
            seconds: 1.0,
            failure: result.err().map(str::to_owned),
            ..Mark::default()
        };
        board.mark(&job, mark).unwrap();
    }
    board.look().unwrap();
    (dir, board)
}

fn job(trial: u64, replicate: u64) -> Job {
    Job {
        trial,
        replicate,
        rung: 0,
        until: 2700,
        reason: String::new(),
    }
}

#[test]
fn a_seed_that_was_cancelled_is_not_counted_and_its_changes_are_not_either() {
    let results = [
        (0, 0, 2700, Ok(1.0)),
        (1, 0, 2700, Ok(2.0)),
        (1, 1, 2700, Ok(3.0)),
    ];
    let (_dir, mut board) = recorded(&definition(Scheduler::None, 2, 2), &results);
    let stopped = Mark {
        until: 2700,
        metric: "fid".to_owned(),
        failure: Some("stopped on request".to_owned()),
        is_stopped: true,
        by_hand: 2,
        ..Mark::default()
    };
    board.mark(&job(0, 1), stopped).unwrap();
    board.look().unwrap();
    let next = decide(board.definition(), &board.replicates());
    assert!(!next.is_open);
    let ranked = ranking(&board);
    let words = [0, 1].map(|number: u64| {
        let seeds = ranked[number as usize].values.len() as u64;
        let by_hand = board.changes_by_hand(number);
        TrialState::of_trial(&board, &next, number).with_remarks(by_hand, (seeds, 2))
    });
    assert_eq!(words, ["done, 1 of 2 seeds", "done"]);
    let second = board.run(0, 1).unwrap();
    assert_eq!(TrialState::of(&board, &next, second), TrialState::Cancelled);
}

#[test]
fn a_trial_is_as_the_run_that_a_worker_is_at_and_one_that_was_left_is_interrupted() {
    let results = [(0, 0, 2700, Ok(1.0))];
    let (_dir, mut board) = recorded(&definition(Scheduler::None, 2, 2), &results);
    // It is trained with its second seed; the worker of another trial died.
    for job in [job(0, 1), job(1, 0)] {
        board.trial(job.trial).unwrap();
        assert!(board.begin(&job).unwrap());
    }
    board.taken(&job(0, 1));
    board.look().unwrap();
    let next = decide(board.definition(), &board.replicates());
    let states = [0, 1].map(|number| TrialState::of_trial(&board, &next, number));
    assert_eq!(states, [TrialState::Training, TrialState::Interrupted]);
}

#[test]
fn what_nobody_will_begin_does_not_wait() {
    let mut results = vec![(1, 0, 100, Ok(5.0)), (2, 0, 100, Ok(6.0))];
    let (_dir, board) = recorded(&definition(Scheduler::Asha, 3, 2), &results);
    let of = |board: &Board| {
        let next = decide(board.definition(), &board.replicates());
        TrialState::of(board, &next, board.run(1, 1).unwrap())
    };
    assert_eq!(of(&board), TrialState::Waiting);
    results.extend([100, 300, 900, 2700].map(|until| (0, 0, until, Ok(1.0))));
    results.push((0, 1, 2700, Ok(1.0)));
    let (_dir, board) = recorded(&definition(Scheduler::Asha, 3, 2), &results);
    assert_eq!(of(&board), TrialState::Stopped);
}

#[test]
fn a_seed_that_failed_is_worse_than_any_number() {
    let results = [
        (0, 0, 2700, Ok(1.0)),
        (0, 1, 2700, Err("diverged")),
        (0, 2, 2700, Err("diverged")),
        (1, 0, 2700, Ok(5.0)),
        (1, 1, 2700, Ok(7.0)),
    ];
    let (_dir, board) = recorded(&definition(Scheduler::None, 3, 3), &results);
    let ranked = ranking(&board);
    let order: Vec<_> = ranked
        .iter()
        .map(|one| (one.trial.number, one.median))
        .collect();
    assert_eq!(order, [(1, 6.0), (0, f64::INFINITY)]);
    assert_eq!(
        board.run(0, 1).unwrap().failure.as_deref(),
        Some("diverged")
    );
}

/// What a run's directory says of its trial.
fn configured(definition: &Definition, dir: &std::path::Path, trial: &Trial) {
    let run = dir.join("runs").join(Trial::run_name(trial.number, 0));
    std::fs::create_dir_all(&run).unwrap();
    let config = definition.whole(&trial.values, "here").unwrap();
    std::fs::write(run.join("config.toml"), config.to_toml().unwrap()).unwrap();
}

#[test]
fn trials_whose_files_were_lost_are_what_they_were() {
    let params = [
        "batch_size=int(16,64)",
        "critic.r1=log(0.01,10) if objective=hinge",
        "objective=choice(gan,hinge)",
        "optimizer.d.beta1=choice(0.50,0.90)",
        "optimizer.g.lr=log(1e-5,1e-1)",
    ];
    for sampler in [Sampler::Random, Sampler::Halton, Sampler::Tpe] {
        let definition = Definition {
            params: params.map(|text| text.parse().unwrap()).to_vec(),
            sampler,
            ..definition(Scheduler::None, 16, 1)
        };
        let results = (0..14).map(|trial| (trial, 0, 2700, Ok(trial as f64)));
        let (folder, board) = recorded(&definition, &results.collect::<Vec<_>>());
        let dir = folder.path().join("s");
        let wanted: Vec<Trial> = board.trials().cloned().collect();
        assert!(wanted.iter().any(|trial| trial.values.len() < params.len()));
        // Others of a sampler that learns are lost.
        let kept = wanted.iter().filter(|trial| trial.number != 3);
        kept.for_each(|trial| configured(&definition, &dir, trial));
        std::fs::remove_dir_all(dir.join("trials")).unwrap();
        let same = |board: &Board| {
            for trial in board.trials().filter(|trial| trial.number < 14) {
                let was = &wanted[trial.number as usize];
                assert_eq!(trial.values, was.values);
                for (param, (at, was)) in params.iter().zip(trial.places.iter().zip(&was.places)) {
                    let is_close =
                        (at - was).abs() < if param.contains("choice") { 0.26 } else { 0.02 };
                    let is_off = param.contains(" if ") && !trial.values.contains_key("critic.r1");
                    assert!(is_close || is_off, "{param}: {at} {was}");
                }
            }
            let lost: Vec<u64> = board.lost().into_keys().collect();
            assert_eq!(
                lost,
                if sampler == Sampler::Tpe {
                    vec![3]
                } else {
                    vec![]
                }
            );
            board.trials().count() + lost.len()
        };
        let mut board = Board::open(&dir).unwrap();
        board.look().unwrap();
        assert_eq!(same(&board), 14);
        assert!(!dir.join("trials").exists(), "to look writes nothing");
        // Workers write them again, and go on with others.
        let mut worker = Board::open(&dir).unwrap();
        let mut jumps = Stream::new(0, "jumps");
        for number in [14, 15] {
            let Turn::Train(task) = worker.take_turn(&mut jumps).unwrap() else {
                unreachable!("something is left to do");
            };
            assert_eq!(task.job.trial, number);
            worker
                .mark(
                    &task.job,
                    Mark {
                        until: 2700,
                        metric: "fid".to_owned(),
                        value: Some(1.0),
                        steps: 2700,
                        seconds: 1.0,
                        ..Mark::default()
                    },
                )
                .unwrap();
        }
        assert!(matches!(worker.take_turn(&mut jumps).unwrap(), Turn::Over));
        let mut board = Board::open(&dir).unwrap();
        board.look().unwrap();
        assert_eq!(same(&board), 16);
        let there = std::fs::read_dir(dir.join("trials")).unwrap().count();
        assert_eq!(there, 16 - board.lost().len());
    }
}

#[test]
fn a_lost_trial_that_was_to_go_on_is_given_up_and_others_go_on() {
    let sweep = Definition {
        sampler: Sampler::Tpe,
        ..definition(Scheduler::Asha, 3, 1)
    };
    let results = [
        (0, 0, 100, Ok(1.0)),
        (1, 0, 100, Ok(2.0)),
        (2, 0, 100, Ok(3.0)),
    ];
    let (folder, _) = recorded(&sweep, &results);
    let dir = folder.path().join("s");
    let file = dir.join("trials/0000.toml");
    let text = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let mut jumps = Stream::new(0, "jumps");
    let mut worker = Board::open(&dir).unwrap();
    // The best of three is the one that is lost, and then the next one.
    assert!(matches!(worker.take_turn(&mut jumps).unwrap(), Turn::Again));
    let mut board = Board::open(&dir).unwrap();
    board.look().unwrap();
    let failure = board.run(0, 0).unwrap().failure.clone().unwrap();
    assert_eq!(Some(&failure), board.lost().get(&0));
    assert_eq!(board.replicates()[0][0].stage, Stage::Failed);
    // As told.
    std::fs::write(&file, text).unwrap();
    std::fs::remove_dir_all(dir.join("failures")).unwrap();
    let mut board = Board::open(&dir).unwrap();
    let Turn::Train(task) = board.take_turn(&mut jumps).unwrap() else {
        unreachable!("the best goes on");
    };
    assert_eq!((task.job.trial, task.job.rung), (0, 1));
}

#[test]
fn what_is_changed_in_the_file_of_a_sweep_counts_from_the_next_look_on() {
    let results = [(0, 0, 100, Ok(1.0)), (1, 0, 100, Ok(2.0))];
    let (dir, mut board) = recorded(&definition(Scheduler::Asha, 2, 1), &results);
    let path = dir.path().join("s/sweep.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let edit = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
    };
    edit("trials = 2", "trials = 5");
    board.glance().unwrap();
    assert_eq!(board.replicates().len(), 5);
    assert_eq!(board.run(1, 0).unwrap().values[0], Some(2.0));
    // Values of another metric are not there yet.
    edit("metric = \"fid\"", "metric = \"modes\"");
    board.glance().unwrap();
    let has_none = |run: &RunSeen| run.values[0].is_none();
    assert!(board.run(1, 0).is_none_or(has_none));
    edit("version = 1", "version = 7");
    let error = board.glance().unwrap_err().to_string();
    assert!(
        error.contains("found version 7, expected version 1"),
        "{error}"
    );
    edit("trials = 2", "trials = two");
    board.glance().unwrap_err();
    edit("version = 1\n", "");
    board.glance().unwrap();
    std::fs::remove_file(&path).unwrap();
    let error = board.glance().unwrap_err().to_string();
    assert!(error.contains("put that file back"), "{error}");
}

#[test]
fn the_median_stops_the_worse_half() {
    let (spent, trials) = simulate(&definition(Scheduler::Median, 20, 1), curve);
    let at_the_end = trials
        .iter()
        .filter(|runs| runs[0].reached() == Some(3))
        .count();
    assert!((2..=12).contains(&at_the_end), "{at_the_end}");
    assert!(spent < 20 * 2700);
}

#[test]
fn other_seeds_are_for_trials_that_got_to_the_end() {
    let (_, trials) = simulate(&definition(Scheduler::Asha, 9, 3), curve);
    for runs in &trials {
        let got_there = runs[0].reached() == Some(3);
        assert!(
            runs[1..]
                .iter()
                .all(|run| (run.reached() == Some(3)) == got_there)
        );
    }
    let (spent, _) = simulate(&definition(Scheduler::None, 9, 3), curve);
    assert_eq!(spent, 27 * 2700);
}

#[test]
fn what_a_dead_worker_left_comes_first_and_what_is_held_is_left_alone() {
    let sweep = definition(Scheduler::Asha, 4, 1);
    let mut trials = vec![vec![Replicate::default()]; 4];
    trials[2][0] = Replicate {
        stage: Stage::At(60),
        costs: vec![None; 4],
        was_tried: false,
    };
    trials[0][0].stage = Stage::Held;
    let next = decide(&sweep, &trials);
    let order: Vec<u64> = next.jobs.iter().map(|job| job.trial).collect();
    assert_eq!(order, [2, 1, 3]);
    assert!(next.jobs[0].reason.contains("left on the way"));
    trials[2][0].was_tried = true;
    let reason = &decide(&sweep, &trials).jobs[0].reason;
    assert!(reason.contains("an attempt failed"), "{reason}");
    // One that failed is not tried again, and does not keep a sweep open.
    for runs in &mut trials {
        runs[0].stage = Stage::Failed;
    }
    assert!(!decide(&sweep, &trials).is_open);
}

#[test]
fn parzen_estimates_find_better_places_than_chance() {
    let functions: [fn(&[f64]) -> f64; 2] = [
        |x| x.iter().map(|x| (x - 0.7).powi(2)).sum(),
        |x| {
            // Branin's function, scaled to a square.
            let (a, b) = (15.0 * x[0] - 5.0, 15.0 * x[1]);
            let bent = b - 5.1 / 39.478_417_6 * a * a + 5.0 / std::f64::consts::PI * a - 6.0;
            bent * bent + 10.0 * (1.0 - 1.0 / 25.132_741_2) * a.cos() + 10.0
        },
    ];
    for (which, function) in functions.into_iter().enumerate() {
        let best = |sampler, seed| {
            let sweep = Definition {
                sampler,
                seed,
                ..definition(Scheduler::None, 60, 1)
            };
            let (_, trials) = simulate(&sweep, |at, _, _| function(at));
            let costs = trials.iter().filter_map(|runs| runs[0].costs[0]);
            costs.fold(f64::INFINITY, f64::min)
        };
        let median = |sampler| {
            let mut all: Vec<f64> = (0..9).map(|seed| best(sampler, seed)).collect();
            all.sort_by(f64::total_cmp);
            all[4]
        };
        let (tpe, random) = (median(Sampler::Tpe), median(Sampler::Random));
        assert!(tpe < 0.7 * random, "function {which}: {tpe} {random}");
    }
}

#[test]
fn schedulers_get_texts_that_name_the_sweep_and_mind_its_spaces() {
    let sweep = std::path::Path::new("/data/my sweep");
    let job = Slurm {
        workers: 8,
        at_once: Some(2),
        time: Some("1:00:00".to_owned()),
        ..Slurm::default()
    };
    let script = slurm(std::path::Path::new("/bin/genai-tui"), sweep, &job).unwrap();
    for line in [
        "#SBATCH --array=0-7%2",
        "#SBATCH --signal=B:USR1@60",
        "#SBATCH --job-name=my-sweep",
        "#SBATCH --time=1:00:00",
    ] {
        assert!(script.lines().any(|found| found == line), "{script}");
    }
    assert!(
        script.contains("sweep work '/data/my sweep' --again-code 75"),
        "{script}"
    );
    // What is cancelled does not put itself back into the queue.
    assert!(
        script.contains("trap 'cancelled=1; kill -TERM")
            && script.contains("if [ \"$code\" = 75 ] && [ -z \"$cancelled\" ]; then"),
        "{script}"
    );
    assert!(
        script.contains("#SBATCH --output=\"/data/my sweep/workers/%A_%a.log\"\n"),
        "{script}"
    );
    let odd = std::path::Path::new("/data/50%j");
    let script = slurm(odd, odd, &job).unwrap();
    assert!(
        script.contains("\"/data/50%%j/workers/%A_%a.log\""),
        "{script}"
    );
    for path in ["/data/a\"b", "/data/a\nb"] {
        let refused = slurm(odd, std::path::Path::new(path), &job);
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("expected a path that Slurm")
        );
    }
    let job = Kubernetes {
        workers: 3,
        image: "registry/genai-tui:1".to_owned(),
        claim: "v: {x".to_owned(),
        cores: 2,
        memory: "4Gi".to_owned(),
        gpus: 1,
    };
    let text = kubernetes(sweep, &job);
    assert!(
        text.contains("  completions: 3\n") && text.contains("nvidia.com/gpu: 1\n"),
        "{text}"
    );
    // Kubernetes wants the status, too.
    assert!(
        text.contains("{ type: DisruptionTarget, status: \"True\" }"),
        "{text}"
    );
    // Texts that YAML would read as something else.
    for (folder, name, path) in [
        ("123", "\"123\"", r#""/sweep/123""#),
        (r#"a"b\c"#, "\"a-b-c\"", r#""/sweep/a\"b\\c""#),
    ] {
        let text = kubernetes(std::path::Path::new(folder), &job);
        assert!(text.contains(&format!("  name: {name}\n")), "{text}");
        assert!(text.contains(&format!("\"work\", {path}, ")), "{text}");
        assert!(text.contains("claimName: \"v: {x\" }"), "{text}");
    }
}
