//! Verdicts of made-up runs.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use super::*;
use crate::metric::objectives::{self, GAN, HINGE, RPGAN, VAE, WGAN_GP};
use crate::metric::{Check, Edge, Good, Network};
use crate::protocol::{Control, ControlKind, ControlRole, Stat, Value};

struct Run {
    objective: ObjectiveInfo,
    history: History,
    latest: Metrics,
    step: u64,
    epoch: u64,
}

impl Run {
    fn of(objective: ObjectiveInfo) -> Self {
        Self {
            objective,
            history: History::default(),
            latest: Metrics::new(),
            step: 0,
            epoch: 2,
        }
    }

    /// Adds `windows` windows of ten steps in which the metrics have these values.
    fn train(&mut self, windows: u64, values: &[(&str, f64)]) -> &mut Self {
        let stats = values
            .iter()
            .map(|(name, v)| ((*name).to_owned(), Stat::of(*v)));
        self.latest = stats.collect();
        for _ in 0..windows {
            self.history
                .push(self.step + 1, self.step + 10, &self.latest);
            self.step += 10;
        }
        self
    }

    fn signals(&self) -> Vec<Signal> {
        signals(&self.situation())
    }

    fn situation(&self) -> Situation<'_> {
        Situation {
            objective: Some(&self.objective),
            limits: HealthLimits::default(),
            history: &self.history,
            latest: &self.latest,
            step: self.step,
            epoch: self.epoch,
            is_lost: false,
            has_ended: false,
            program: None,
        }
    }

    fn signal(&self, title: &str) -> Signal {
        self.signals()
            .into_iter()
            .find(|s| s.title == title)
            .unwrap()
    }

    fn verdict(&self, title: &str) -> Verdict {
        self.signal(title).verdict
    }
}

#[test]
fn every_objective_has_signals_which_wait_for_the_first_step() {
    let titles = |objective: ObjectiveInfo| -> Vec<String> {
        let signals = Run::of(objective).signals();
        assert!(signals.iter().all(|s| s.verdict == Verdict::Waiting));
        assert!(signals[1..].iter().all(|s| s.meaning == "not measured yet"));
        assert_eq!(worst(&signals).of_training(), "not known yet");
        signals.into_iter().map(|s| s.title).collect()
    };
    assert_eq!(
        titles(GAN.info()),
        [
            "numbers",
            "D loss",
            "D accuracy",
            "overfitting",
            "G gradient",
            "D gradient",
            "G updates",
            "D updates",
            "diversity"
        ]
    );
    assert_eq!(
        titles(HINGE.info())[..4],
        ["numbers", "D accuracy", "overfitting", "G gradient"]
    );
    assert_eq!(
        titles(RPGAN.info())[..4],
        ["numbers", "D loss", "D accuracy", "G gradient"]
    );
    assert_eq!(
        titles(WGAN_GP.info())[..4],
        ["numbers", "distance", "critic slope", "G gradient"]
    );
    assert_eq!(
        titles(VAE.info()),
        [
            "numbers",
            "decoder gradient",
            "encoder gradient",
            "decoder updates",
            "encoder updates",
            "diversity"
        ]
    );
    assert_eq!(
        objectives::names().count(),
        7,
        "a new objective is listed above"
    );
}

#[test]
fn a_description_is_enough_to_make_a_metric_a_signal() {
    let check = Check::new("novelty", "samples differ from the training set")
        .low(Edge::new(0.5, "samples are copies", "`set augment.noise 0.1`").failing(0.1))
        .high(Edge::new(2.0, "samples are noise", "`lr /2`"));
    let mut objective = GAN.info();
    let metric = MetricInfo::new("copies", "novelty", "novelty", Good::Higher, "made up");
    objective.metrics.push(metric.check(check));
    let mut run = Run::of(objective);
    for (value, verdict, meaning, advice) in [
        (
            1.0,
            Verdict::Healthy,
            "samples differ from the training set",
            "",
        ),
        (
            0.2,
            Verdict::Watch,
            "samples are copies",
            "`set augment.noise 0.1`",
        ),
        (
            0.05,
            Verdict::Failing,
            "samples are copies",
            "`set augment.noise 0.1`",
        ),
        (9.0, Verdict::Watch, "samples are noise", "`lr /2`"),
    ] {
        run.train(200, &[("novelty", value)]);
        let found = run.signal("novelty");
        assert_eq!(
            (found.verdict, found.meaning.as_str(), found.advice.as_str()),
            (verdict, meaning, advice)
        );
        assert_eq!(found.limits, "0.5 to 2");
        assert_eq!(found.metric.as_deref(), Some("novelty"));
    }
}

#[test]
fn a_discriminator_that_wins_too_clearly_is_failing_and_one_that_guesses_is_weak() {
    let mut run = Run::of(GAN.info());
    run.train(50, &[("d_loss", 0.6), ("acc_real", 0.8), ("acc_fake", 0.7)]);
    for title in ["D loss", "D accuracy", "overfitting"] {
        assert_eq!(run.verdict(title), Verdict::Healthy, "{title}");
    }
    run.train(
        200,
        &[("d_loss", 0.004), ("acc_real", 0.999), ("acc_fake", 0.998)],
    );
    assert_eq!(run.verdict("D loss"), Verdict::Failing);
    assert_eq!(run.verdict("D accuracy"), Verdict::Failing);
    assert_eq!(run.verdict("overfitting"), Verdict::Watch);
    run.train(200, &[("acc_real", 0.3), ("acc_fake", 0.7)]);
    let leaning = run.signal("D accuracy");
    assert_eq!(leaning.verdict, Verdict::Healthy);
    assert!(
        leaning.meaning.contains("for generated"),
        "{}",
        leaning.meaning
    );
    assert!(
        leaning
            .value
            .is_some_and(|value| (value - 0.3).abs() < 0.01)
    );
    run.train(200, &[("acc_real", 0.3), ("acc_fake", 0.4)]);
    let weak = run.signal("D accuracy");
    assert_eq!(weak.verdict, Verdict::Watch);
    assert!(weak.meaning.starts_with("D guesses"), "{}", weak.meaning);
}

#[test]
fn the_accuracy_of_pairs_is_the_accuracy_of_a_loss_that_compares() {
    let mut run = Run::of(RPGAN.info());
    for (accuracy, verdict) in [
        (0.8, Verdict::Healthy),
        (0.999, Verdict::Failing),
        (0.3, Verdict::Watch),
    ] {
        run.train(200, &[("acc_pairs", accuracy)]);
        assert_eq!(run.verdict("D accuracy"), verdict, "{accuracy}");
    }
}

#[test]
fn what_only_some_settings_measure_is_a_signal_once_it_was_measured() {
    let mut run = Run::of(GAN.info());
    let has_slope = |run: &Run| run.signals().iter().any(|s| s.title == "critic slope");
    run.train(50, &[("d_loss", 0.6)]);
    assert!(!has_slope(&run));
    run.train(50, &[("input_grad_norm", 1.0)]);
    assert!(has_slope(&run));
}

#[test]
fn a_gradient_far_above_its_median_needs_watching_and_a_vanished_one_is_failing() {
    let mut run = Run::of(GAN.info());
    run.train(100, &[("d_grad_norm", 1.0)]);
    assert_eq!(run.verdict("D gradient"), Verdict::Healthy);
    run.train(30, &[("d_grad_norm", 30.0)]);
    assert_eq!(run.verdict("D gradient"), Verdict::Watch);
    run.train(400, &[("d_grad_norm", 0.0)]);
    assert_eq!(run.verdict("D gradient"), Verdict::Failing);
}

#[test]
fn images_that_are_alike_are_too_early_to_judge_until_step_2000() {
    let mut run = Run::of(GAN.info());
    run.train(100, &[("diversity", 0.1)]);
    let early = run.signal("diversity");
    assert_eq!((early.verdict, early.value), (Verdict::Early, Some(0.1)));
    assert!(
        early.meaning.starts_with("too early to judge") && early.meaning.ends_with("step 2,000"),
        "{}",
        early.meaning
    );
    assert_eq!(
        (early.limits.as_str(), early.advice.as_str()),
        ("from 0.6", "")
    );
    run.train(1, &[("diversity", 0.7)]);
    assert_eq!(run.verdict("diversity"), Verdict::Healthy);
    run.train(100, &[("diversity", 0.1)]);
    assert_eq!(run.verdict("diversity"), Verdict::Failing);
    run.train(1, &[("diversity", 0.5)]);
    assert_eq!(run.verdict("diversity"), Verdict::Watch);
    // Samples of the grace period are not judged when the steps after them have no samples yet.
    let mut run = Run::of(GAN.info());
    run.train(199, &[("diversity", 0.1)]);
    run.train(5, &[("d_loss", 0.6)]);
    assert_eq!(
        (run.step, run.verdict("diversity")),
        (2_040, Verdict::Early)
    );
}

#[test]
fn overfitting_is_judged_from_the_second_epoch() {
    let mut run = Run::of(GAN.info());
    run.epoch = 1;
    run.train(200, &[("acc_real", 0.999), ("acc_fake", 0.9)]);
    let early = run.signal("overfitting");
    assert_eq!(early.verdict, Verdict::Early);
    assert!(early.value.is_some_and(|value| value > 0.9));
    assert!(early.meaning.ends_with("judged from the second"));
    run.epoch = 2;
    assert_eq!(run.verdict("overfitting"), Verdict::Watch);
}

#[test]
fn a_gradient_is_judged_once_its_usual_size_under_this_objective_is_known() {
    let mut run = Run::of(GAN.info());
    run.train(10, &[("g_grad_norm", 5.0), ("d_grad_norm", 0.0)]);
    assert_eq!(run.verdict("G gradient"), Verdict::Early);
    assert_eq!(
        run.verdict("D gradient"),
        Verdict::Failing,
        "it has vanished"
    );
    run.train(10, &[("g_grad_norm", 500.0)]);
    assert_eq!(run.verdict("G gradient"), Verdict::Watch, "it explodes");
    let mut run = Run::of(GAN.info());
    run.train(100, &[("g_grad_norm", 1.0)]);
    assert_eq!(run.verdict("G gradient"), Verdict::Healthy);
    // Another objective's gradients may be of another size.
    run.history.break_here();
    run.train(10, &[("g_grad_norm", 30.0)]);
    assert_eq!(run.verdict("G gradient"), Verdict::Early);
    run.train(20, &[("g_grad_norm", 30.0)]);
    assert_eq!(run.verdict("G gradient"), Verdict::Healthy);
}

#[test]
fn updates_that_are_large_are_judged_once_the_optimizer_has_its_moments() {
    let mut run = Run::of(GAN.info());
    run.train(10, &[("g_update_ratio", 0.05), ("d_update_ratio", 0.0)]);
    assert_eq!(run.verdict("G updates"), Verdict::Early);
    assert_eq!(run.verdict("D updates"), Verdict::Watch, "nothing moves");
    run.train(20, &[("g_update_ratio", 0.05)]);
    assert_eq!(run.verdict("G updates"), Verdict::Watch);
    // A switch resets the moments.
    run.history.break_here();
    run.train(10, &[("g_update_ratio", 0.05)]);
    assert_eq!(run.verdict("G updates"), Verdict::Early);
}

#[test]
fn a_value_that_is_too_early_to_judge_is_neither_health_nor_a_problem() {
    let mut run = Run::of(GAN.info());
    run.train(10, &[("diversity", 0.1)]);
    assert_eq!(worst(&run.signals()), Verdict::Healthy);
    let only: Vec<Signal> = run.signals().split_off(1);
    assert_eq!(worst(&only).of_training(), "too early to judge");
}

#[test]
fn non_finite_numbers_are_failing_and_need_watching_afterwards() {
    let mut run = Run::of(GAN.info());
    run.train(5, &[("d_loss", f64::NAN)]);
    assert_eq!(run.verdict("numbers"), Verdict::Failing);
    run.train(5, &[("d_loss", 0.6)]);
    assert_eq!(run.verdict("numbers"), Verdict::Watch);
    let situation = Situation {
        is_lost: true,
        has_ended: true,
        ..run.situation()
    };
    let found = signals(&situation);
    assert_eq!(worst(&found), Verdict::Failing);
    assert!(found.iter().all(|s| s.advice.is_empty()), "it is too late");
}

#[test]
fn a_program_is_advised_of_what_it_takes() {
    let mut run = Run::of(GAN.info());
    run.train(5, &[("d_loss", f64::NAN)]);
    // Varied samples at first, so that few kinds later are judged.
    run.train(1, &[("d_loss", 0.6), ("diversity", 0.7)]);
    run.train(200, &[("d_loss", 0.6), ("diversity", 0.1)]);
    let rate = |network: Option<Network>| Control {
        name: "lr".to_owned(),
        kind: ControlKind::Float,
        value: Value::Float(1e-3),
        min: None,
        max: None,
        choices: Vec::new(),
        unit: String::new(),
        about: String::new(),
        role: Some(ControlRole::LearningRate),
        network,
    };
    let with = |controls: Vec<Control>| Declaration {
        controls,
        ..Declaration::default()
    };
    for (declared, numbers, diversity) in [
        (with(Vec::new()), "", ""),
        (with(vec![rate(None)]), "`lr /2`", ""),
        (
            with(vec![rate(Some(Network::Generator))]),
            "`lr /2`",
            "`lr g /2`",
        ),
    ] {
        let found = signals(&Situation {
            program: Some(&declared),
            ..run.situation()
        });
        let advice = |title: &str| {
            let signal = found.iter().find(|signal| signal.title == title).unwrap();
            assert!(signal.verdict > Verdict::Healthy, "{title}");
            signal.advice.as_str()
        };
        assert_eq!(
            (advice("numbers"), advice("diversity")),
            (numbers, diversity)
        );
    }
    assert!(run.signal("numbers").advice.contains("`rewind`"));
    assert!(run.signal("diversity").advice.contains("`rewind`"));
}
