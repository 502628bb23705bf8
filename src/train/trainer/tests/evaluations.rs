//! Evaluations inside a trainer: when they come, that they are the same each time, what they lead to, and that they hold up
//! nobody who watches. The judge here is a stand-in that looks at the images it is given.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::*;
use crate::checkpoint::CheckpointFacts;
use crate::config::EvaluationConfig;
use crate::judging::{Evaluated, Evaluator};
use crate::metric::{Good, MetricInfo};
use crate::protocol::{CheckpointReason, Outcome, Quality, Summary};
use crate::train::{TrainError, Weights};

/// Deadline of what takes milliseconds: a test that hangs ends.
const DEADLINE: Duration = Duration::from_secs(60);

/// A judge with scripted results; without a script, results depend on every pixel.
#[derive(Default)]
struct StandIn {
    script: VecDeque<f64>,
    /// It waits here before each evaluation.
    gate: Option<Receiver<()>>,
    broken: Option<&'static str>,
    panics: bool,
    /// The images that it has seen.
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Evaluator for StandIn {
    fn measures(&self) -> Vec<MetricInfo> {
        ["fid", "modes"]
            .map(|name| MetricInfo::new("", name, name, Good::Lower, ""))
            .to_vec()
    }

    fn prepare(&mut self) -> Result<(), String> {
        self.broken.map_or(Ok(()), |why| Err(why.to_owned()))
    }

    fn evaluate(&mut self, images: ImageGrid, _: Option<Vec<u16>>) -> Result<Evaluated, String> {
        let images = images.into_pixels();
        if let Some(gate) = &self.gate {
            gate.recv_timeout(DEADLINE).unwrap();
        }
        assert!(!self.panics, "a defect");
        let places = images.iter().zip((1..=97).cycle());
        let all: u64 = places.map(|(p, i)| u64::from(*p) * i).sum();
        self.seen.lock().unwrap().push(images);
        let fid = self.script.pop_front().unwrap_or(all as f64);
        Ok(Evaluated {
            real: 70,
            values: vec![("fid".to_owned(), fid), ("modes".to_owned(), 1.0)],
            floor: vec![("fid".to_owned(), 0.5)],
            classes: vec![1.0, 0.0],
        })
    }
}

/// A trainer whose samples are judged every other step.
fn judged(
    judge: StandIn,
    beginning: Beginning,
    attended: bool,
    change: impl FnOnce(&mut RunConfig),
) -> Bench {
    let (parts, events, dir) = parts(&Device::Cpu, beginning, |c| {
        c.evaluation.every_steps = 2;
        c.evaluation.samples = 20;
        c.checkpoint.every_time = Duration::ZERO;
        change(c);
    });
    parts
        .attended
        .store(attended, std::sync::atomic::Ordering::Relaxed);
    let trainer = Trainer::new(TrainerParts {
        evaluator: Ok(Box::new(judge)),
        ..parts
    });
    Bench {
        trainer: trainer.unwrap(),
        events,
        dir,
    }
}

fn scripted(values: &[f64]) -> StandIn {
    StandIn {
        script: values.iter().copied().collect(),
        ..StandIn::default()
    }
}

/// Runs to the end: the outcome, the events, and the directory.
fn run(bench: Bench) -> (Result<Summary, TrainError>, Vec<Event>, TempDir) {
    let Bench {
        trainer,
        events,
        dir,
    } = bench;
    let ended = trainer.run();
    (ended, events.try_iter().collect(), dir)
}

/// Step, number and value of each evaluation.
fn evaluations(events: &[Event]) -> Vec<(u64, Option<u64>, Quality)> {
    let each = events.iter().filter_map(|event| match &event.body {
        Body::Recorded(Recorded::Evaluated(quality)) => Some((
            event.step,
            event.seq,
            Quality {
                seconds: 0.0,
                ..quality.clone()
            },
        )),
        _ => None,
    });
    each.collect()
}

fn steps_and_fids(events: &[Event]) -> Vec<(u64, f64)> {
    let all = evaluations(events).into_iter();
    all.map(|(step, _, q)| (step, q.values["fid"])).collect()
}

/// Reason and step of each checkpoint on disk, and the value it was scored by.
fn on_disk(dir: &Path) -> Vec<(u64, String, Option<f64>)> {
    let folders = std::fs::read_dir(dir.join("checkpoints"))
        .unwrap()
        .flatten();
    let mut found: Vec<_> = folders
        .map(|folder| {
            let saved = CheckpointFacts::read(&folder.path()).unwrap();
            let score = saved.score.filter(|score| score.metric == "fid");
            let reason = saved.reason.unwrap().word().to_owned();
            (saved.step, reason, score.map(|score| score.value))
        })
        .collect();
    found.sort_by_key(|(step, ..)| *step);
    found
}

#[test]
fn without_a_viewer_evaluations_are_reproducible_and_none_is_skipped() {
    let run = |threads: usize, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let plan = |c: &mut RunConfig| {
                c.steps = Some(7);
                c.seed = seed;
            };
            run(judged(StandIn::default(), Beginning::New, false, plan))
        })
    };
    let (summary, events, _dir) = run(1, 0);
    let found = evaluations(&events);
    let steps: Vec<u64> = found.iter().map(|(step, ..)| *step).collect();
    assert_eq!(steps, [2, 4, 6, 7], "and the last step's");
    assert!(
        found
            .iter()
            .all(|(_, seq, q)| { seq.is_some() && (q.n, q.real, q.classes.len()) == (20, 70, 2) })
    );
    // In its place among the other events.
    let numbers: Vec<u64> = events.iter().filter_map(|e| e.seq).collect();
    assert!(numbers.is_sorted());
    let quality = summary.unwrap().quality.unwrap();
    assert_eq!(quality.step, 7);
    assert_eq!(quality.values, found[3].2.values);
    assert_eq!(evaluations(&run(2, 0).1), found);
    assert_ne!(evaluations(&run(2, 1).1), found);
}

#[test]
fn a_resumed_run_finds_the_same_evaluations() {
    let best = |bench: &Bench| bench.trainer.evaluations.seen().clone();
    let plan = |c: &mut RunConfig| c.ema.decay = 0.9;
    let mut whole = judged(StandIn::default(), Beginning::New, false, plan);
    whole.scripted(9);
    let all = evaluations(&whole.events.try_iter().collect::<Vec<_>>());
    assert_eq!(all.len(), 4);
    for stop in [3, 4] {
        let mut first = judged(StandIn::default(), Beginning::New, false, plan);
        first.scripted(stop);
        first.trainer.save(CheckpointReason::Request).unwrap();
        for written in first.trainer.checkpoints.finish() {
            written.result.unwrap();
        }
        let checkpoints = first.dir.path().join("checkpoints");
        let beginning = Beginning::Resume {
            checkpoint: checkpoints.join(checkpoint_name(stop)),
            branch: 0,
            seq: first.trainer.progress.seq(),
            added: Vec::new(),
            is_recorded: true,
        };
        let mut second = judged(StandIn::default(), beginning, false, plan);
        assert_eq!(best(&second), best(&first));
        second.scripted(9 - stop);
        let found = evaluations(&second.events.try_iter().collect::<Vec<_>>());
        let left = all.iter().filter(|(step, ..)| *step > stop).cloned();
        assert_eq!(found, left.collect::<Vec<_>>(), "{stop}");
        assert!(same(&second.snapshot(), &whole.snapshot()), "{stop}");
    }
}

#[test]
fn only_a_better_fid_writes_a_best_checkpoint_also_after_a_resume() {
    let judge = scripted(&[50.0, 30.0, 40.0, 45.0]);
    let plan = |c: &mut RunConfig| {
        c.steps = Some(8);
        c.checkpoint.keep = 1;
    };
    let (_, events, dir) = run(judged(judge, Beginning::New, false, plan));
    let written: Vec<_> = events
        .iter()
        .filter_map(|e| match &e.body {
            Body::Recorded(Recorded::Checkpoint { reason, .. }) => Some((e.step, reason.word())),
            _ => None,
        })
        .collect();
    assert_eq!(written, [(2, "best"), (4, "best"), (8, "final")]);
    let left = [
        (4, "best".to_owned(), Some(30.0)),
        (8, "final".to_owned(), Some(45.0)),
    ];
    assert_eq!(on_disk(dir.path()), left);

    // A continued run knows the best so far.
    let beginning = Beginning::Resume {
        checkpoint: dir.path().join("checkpoints").join(checkpoint_name(8)),
        branch: 0,
        seq: 1000,
        added: Vec::new(),
        is_recorded: true,
    };
    let judge = scripted(&[35.0, 20.0, 20.0]);
    let (_, events, dir) = run(judged(judge, beginning, false, |c| c.steps = Some(14)));
    assert_eq!(
        steps_and_fids(&events),
        [(10, 35.0), (12, 20.0), (14, 20.0)]
    );
    let left = [
        (12, "best".to_owned(), Some(20.0)),
        (14, "final".to_owned(), Some(20.0)),
    ];
    assert_eq!(on_disk(dir.path()), left);
}

#[test]
fn the_last_step_can_be_the_best() {
    let judge = scripted(&[50.0, 30.0]);
    let plan = |c: &mut RunConfig| c.steps = Some(3);
    let (_, events, dir) = run(judged(judge, Beginning::New, false, plan));
    assert_eq!(steps_and_fids(&events), [(2, 50.0), (3, 30.0)]);
    assert_eq!(on_disk(dir.path())[1], (3, "final".to_owned(), Some(30.0)));
}

/// A judge that waits until a test lets it continue.
fn gated(values: &[f64]) -> (StandIn, Sender<()>) {
    let (open, gate) = unbounded();
    let judge = StandIn {
        gate: Some(gate),
        ..scripted(values)
    };
    (judge, open)
}

impl Bench {
    /// Waits until the evaluator's thread has said as much as this.
    fn hear(&mut self, messages: usize) {
        for _ in 0..messages {
            let reports = self.trainer.evaluations.reports();
            let report = reports.recv_timeout(DEADLINE).unwrap();
            self.trainer.handle_report(Some(report)).unwrap();
        }
    }
}

#[test]
fn with_a_viewer_nothing_waits_and_stale_evaluations_are_dropped() {
    let (judge, open) = gated(&[50.0, 60.0]);
    let seen = Arc::clone(&judge.seen);
    let mut bench = judged(judge, Beginning::New, true, |_| {});
    bench.hear(1);
    bench.steps(2);
    let at_two = bench.snapshot();
    bench.steps(5);
    let so_far: Vec<Event> = bench.events.try_iter().collect();
    assert!(evaluations(&so_far).is_empty());
    open.send(()).unwrap();
    bench.hear(1);
    let events: Vec<Event> = bench.events.try_iter().collect();
    let found = evaluations(&events);
    assert_eq!((found[0].0, found[0].2.dropped), (2, 2), "those of 4 and 6");
    bench.steps(1);
    open.send(()).unwrap();
    bench.hear(1);
    let events: Vec<Event> = bench.events.try_iter().collect();
    let found = evaluations(&events);
    assert_eq!((found[0].0, found[0].2.dropped), (8, 0));

    // What is kept as the best is the state that was judged.
    for written in bench.trainer.checkpoints.finish() {
        written.result.unwrap();
    }
    assert_eq!(
        on_disk(bench.dir.path()),
        [(2, "best".to_owned(), Some(50.0))]
    );
    let path = bench.dir.path().join("checkpoints/step-00000002");
    let drawn = crate::train::sample_generator(
        &path,
        Weights::default(),
        (20, crate::train::OfClass::InTurn),
        0,
    )
    .unwrap()
    .images;
    let mut back = judged(
        StandIn::default(),
        Beginning::Resume {
            checkpoint: path,
            branch: 0,
            seq: 100,
            added: Vec::new(),
            is_recorded: true,
        },
        true,
        |_| {},
    );
    assert!(back.snapshot().weights.generator == at_two.weights.generator);
    assert_eq!(
        back.trainer.evaluations.seen().best.as_ref().unwrap().value,
        50.0
    );
    assert_eq!(drawn.pixels().len(), seen.lock().unwrap()[0].len());
}

#[test]
fn evaluations_of_abandoned_steps_are_not_reported() {
    let (judge, open) = gated(&[50.0, 60.0]);
    let mut bench = judged(judge, Beginning::New, true, |c| {
        c.rewind.every_steps = 1;
        c.rewind.keep = 3;
    });
    bench.hear(1);
    bench.trainer.keep_state().unwrap();
    bench.steps(3);
    bench.command("rewind 2");
    assert_eq!(bench.trainer.progress.step(), 1);
    open.send(()).unwrap();
    bench.hear(1);
    bench.steps(1);
    open.send(()).unwrap();
    bench.hear(1);
    let events: Vec<Event> = bench.events.try_iter().collect();
    assert_eq!(steps_and_fids(&events), [(2, 60.0)]);
    assert_eq!(events.last().unwrap().branch, 1);
}

#[test]
fn a_run_that_loses_its_viewer_first_reports_the_pending_evaluation() {
    let (judge, open) = gated(&[50.0, 60.0]);
    let mut bench = judged(judge, Beginning::New, true, |_| {});
    bench.steps(3);
    bench.trainer.control.set_attended(false);
    open.send(()).unwrap();
    open.send(()).unwrap();
    bench.steps(1);
    let events: Vec<Event> = bench.events.try_iter().collect();
    assert_eq!(steps_and_fids(&events), [(2, 50.0), (4, 60.0)]);
}

fn fails_if(condition: &'static str) -> impl Fn(&mut RunConfig) {
    move |c| {
        c.steps = Some(5);
        c.fail_if = vec![crate::config::condition(condition).unwrap()];
    }
}

#[test]
fn a_condition_on_fid_ends_the_run() {
    let ended = |condition, values: &[f64]| {
        let bench = judged(scripted(values), Beginning::New, false, fails_if(condition));
        let summary = run(bench).0.unwrap();
        (summary.outcome, summary.step, summary.reason)
    };
    let (outcome, step, reason) = ended("fid > 45", &[40.0, 50.0]);
    assert_eq!((outcome, step), (Outcome::FailedCondition, 4));
    assert_eq!(reason, "`fid > 45` held at step 4: fid was 50");
    // Also by the samples of the last step.
    let (outcome, step, _) = ended("fid > 45", &[40.0, 40.0, 50.0]);
    assert_eq!((outcome, step), (Outcome::FailedCondition, 5));
    let (outcome, step, _) = ended("fid > 45", &[40.0, 40.0, 40.0]);
    assert_eq!((outcome, step), (Outcome::Completed, 5));
}

#[test]
fn a_condition_asks_for_an_evaluation_at_the_end_of_a_short_run() {
    let ended = |plan: &dyn Fn(&mut RunConfig)| {
        let plan = |c: &mut RunConfig| {
            plan(c);
            (c.evaluation.every_steps, c.steps) = (100, Some(3));
        };
        let (ended, events, _dir) = run(judged(scripted(&[50.0]), Beginning::New, false, plan));
        (ended.unwrap().outcome, steps_and_fids(&events))
    };
    let failed = (Outcome::FailedCondition, vec![(3, 50.0)]);
    assert_eq!(ended(&fails_if("fid > 45")), failed);
    assert_eq!(ended(&|_| {}), (Outcome::Completed, Vec::new()));
}

#[test]
fn a_missing_judge_is_reported_and_is_a_warning_only_if_needed() {
    let broken = || StandIn {
        broken: Some("no judge for noise"),
        ..StandIn::default()
    };
    let said = |events: Vec<Event>| {
        let texts = events.into_iter().filter_map(|e| match e.body {
            Body::Recorded(Recorded::Warning(warning)) => Some(warning.text),
            Body::Live(Live::Unjudged { reason }) => Some(format!("unjudged: {reason}")),
            _ => None,
        });
        texts.collect::<Vec<_>>()
    };
    let asking = fails_if("fid > 45");
    let (ended, events, _dir) = run(judged(broken(), Beginning::New, false, asking));
    let Summary {
        outcome, reason, ..
    } = ended.unwrap();
    assert_eq!(outcome, Outcome::FailedCondition);
    assert!(
        reason.ends_with("; nothing was evaluated: no judge for noise"),
        "{reason}"
    );
    assert_eq!(
        said(events),
        [
            "nothing is evaluated: no judge for noise",
            "unjudged: no judge for noise"
        ]
    );
    let mut quiet = judged(broken(), Beginning::New, false, |c| {
        c.evaluation = EvaluationConfig::default();
    });
    quiet.hear(1);
    quiet.steps(2);
    let events = quiet.events.try_iter().collect();
    assert_eq!(said(events), ["unjudged: no judge for noise"]);
}

#[test]
fn a_crashed_evaluator_counts_as_a_missing_judge() {
    let judge = StandIn {
        panics: true,
        ..StandIn::default()
    };
    let mut bench = judged(judge, Beginning::New, true, |_| {});
    bench.hear(1);
    bench.steps(2);
    let reports = bench.trainer.evaluations.reports();
    assert!(reports.recv_timeout(DEADLINE).is_err());
    bench.trainer.poll_evaluator().unwrap();
    bench.steps(2);
    let events: Vec<Event> = bench.events.try_iter().collect();
    let why = "the evaluator has stopped";
    let said =
        |e: &Event| matches!(&e.body, Body::Live(Live::Unjudged { reason }) if reason == why);
    assert_eq!(events.iter().filter(|e| said(e)).count(), 1);
}

/// The frozen judge of MNIST.
struct OfMnist(crate::eval::Live);

impl Evaluator for OfMnist {
    fn measures(&self) -> Vec<MetricInfo> {
        crate::eval::live_metrics(crate::eval::judge::Kind::Trained, false)
    }

    fn prepare(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn evaluate(&mut self, images: ImageGrid, _: Option<Vec<u16>>) -> Result<Evaluated, String> {
        let found = self.0.evaluate(&images.into()).map_err(|e| e.to_string())?;
        let values = found.values.iter();
        Ok(Evaluated {
            real: found.real,
            values: values.map(|(q, v)| (q.name.to_owned(), *v)).collect(),
            floor: Vec::new(),
            classes: found.classes,
        })
    }
}

/// `cargo test --release --locked --lib -- --ignored --nocapture measure_cost_of_an_evaluation`, with MNIST in the folder
/// `GENAI_TUI_DATA_DIR`
#[test]
#[expect(clippy::print_stdout, reason = "what was measured is what it is for")]
#[ignore = "a measurement: for a release build on a quiet machine"]
fn measure_cost_of_an_evaluation() {
    let options = crate::data::LoadOptions {
        data_dir: std::env::var_os("GENAI_TUI_DATA_DIR").map(Into::into),
        ..crate::data::LoadOptions::default()
    };
    let dataset = crate::data::load("mnist", &options, &mut |_| {}, &|| false).unwrap();
    let live = crate::eval::Live::open(&dataset, 2000, None).unwrap();
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (parts, _events, _dir) = parts(&Device::Cpu, Beginning::New, |c| {
        c.batch_size = 64;
        c.rewind.every_steps = 0;
        c.checkpoint.every_time = Duration::ZERO;
        c.checkpoint.best_by = "none".to_owned();
        c.evaluation.every_steps = 1;
    });
    let mut trainer = Trainer::new(TrainerParts {
        evaluator: Ok(Box::new(OfMnist(live))),
        images: dataset.train,
        ..parts
    })
    .unwrap();
    let pool = crate::train::thread_pool(0).unwrap();
    let (steps, waits) = pool.install(|| {
        let (mut steps, mut waits) = (Vec::new(), Vec::new());
        for _ in 0..15 {
            trainer.setup.config.evaluation.every_steps = 0;
            for _ in 0..20 {
                let since = std::time::Instant::now();
                trainer.train_step().unwrap();
                steps.push(since.elapsed().as_secs_f64() * 1e3);
            }
            trainer.setup.config.evaluation.every_steps = 1;
            let since = std::time::Instant::now();
            trainer.evaluate_unattended().unwrap();
            waits.push(since.elapsed().as_secs_f64() * 1e3);
        }
        (steps, waits)
    });
    let (step, wait) = (median(steps), median(waits));
    println!(
        "a step: {step:.2} ms; an evaluation of 2,000 samples: {wait:.0} ms of all training threads ({}), {:.2} % of 2,000 steps",
        pool.current_num_threads(),
        wait / (2000.0 * step) * 100.0
    );
}
