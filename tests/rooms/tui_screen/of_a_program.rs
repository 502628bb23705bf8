//! Runs whose trainer is another program.

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::KeyCode;
use genai_tui::metric::{Good, MetricInfo};
use genai_tui::protocol::{
    Body, Control, ControlKind, Declaration, Distribution, Energy, EnergySource, Event, Live,
    Metrics, Outcome, ProgramInfo, Recorded, Stat, State, StepWindow, SystemUse, Trainer, Value,
};
use genai_tui::testkit::{event, run_info, summary};

use super::Stage;

/// A program that has begun, with what it has declared.
fn stage(declared: Declaration) -> Stage {
    stage_of(1, declared)
}

/// The same of a process, or with 0 of a log.
fn stage_of(pid: u32, declared: Declaration) -> Stage {
    let mut stage = Stage::new();
    let mut info = run_info();
    info.trainer = Trainer::Program {
        program: Box::new(ProgramInfo {
            command: vec!["python".to_owned(), "train.py".to_owned()],
            folder: PathBuf::from("."),
            pid,
            terminal: true,
        }),
    };
    stage
        .ui
        .on_event(&event(0, Recorded::Started(Box::new(info))));
    let running = Live::State {
        state: State::Running,
        detail: String::new(),
        metrics: Metrics::new(),
    };
    stage.ui.on_event(&event(0, Body::Live(running)));
    stage
        .ui
        .on_event(&event(0, Recorded::Declared(Box::new(declared))));
    stage
}

fn window(step: u64, name: &str, value: f64) -> Event {
    event(
        step,
        Recorded::Step(StepWindow {
            from_step: step,
            epoch: 0,
            batch: 0,
            metrics: Metrics::from([(name.to_owned(), Stat::of(value))]),
            steps_per_second: 1.0,
            images_per_second: 0.0,
        }),
    )
}

#[test]
fn a_chart_always_shows_the_declared_range() {
    for (range, shown) in [(None, false), (Some((0.0, 800.0)), true)] {
        let mut acc = MetricInfo::new("acc", "acc", "acc", Good::Higher, "");
        acc.range = range;
        let mut stage = stage(Declaration {
            metrics: vec![acc],
            ..Declaration::default()
        });
        for step in 1..=50 {
            let seen = window(step, "acc", 500.0 + step as f64 / 10.0);
            stage.ui.on_event(&seen);
        }
        stage.press('2');
        let frame = stage.text(120, 40);
        assert_eq!(frame.contains("800"), shown, "{frame}");
    }
}

#[test]
fn the_clock_runs_while_the_program_says_nothing() {
    let mut stage = stage(Declaration::default());
    let system = SystemUse {
        cpu: 0.5,
        run_cpu: 0.5,
        cores: 2,
        memory: 1,
        memory_total: 2,
        run_memory: 1,
        gpu: None,
        energy: Energy {
            watts: 1.0,
            watt_hours: 0.0,
            grams_co2e: 0.0,
            energy_source: EnergySource::Estimated,
        },
    };
    for second in 1..=60 {
        stage.ui.tick(Duration::from_secs(second));
        let seen = event(0, Body::Live(Live::System(system.clone())));
        stage.ui.on_event(&seen);
    }
    assert!((stage.ui.app.run.elapsed() - 60.0).abs() < 1e-9);
}

#[test]
fn the_clock_of_a_log_goes_on_only_with_the_log() {
    let mut stage = stage_of(0, Declaration::default());
    let mut frame = |seconds: f64, step: u64| {
        let mut seen = window(step, "acc", 0.5);
        seen.elapsed = seconds;
        stage.ui.on_event(&seen);
        stage.ui.tick(Duration::from_secs(60 * step));
        stage.text(120, 40)
    };
    // Without times there is none.
    let without = frame(0.0, 1);
    assert!(!without.contains("elapsed"), "{without}");
    for (seconds, step, shown) in [(95.0, 2, "1:35"), (95.0, 3, "1:35"), (155.0, 4, "2:35")] {
        let frame = frame(seconds, step);
        let line = frame.lines().find(|line| line.contains("elapsed"));
        assert!(line.is_some_and(|line| line.contains(shown)), "{frame}");
    }
}

#[test]
fn of_a_run_whose_end_nobody_knows_it_is_not_said_that_it_finished() {
    let mut stage = stage_of(0, Declaration::default());
    let mut finished = summary(9);
    finished.outcome = Outcome::Unknown;
    "nobody knows".clone_into(&mut finished.reason);
    stage
        .ui
        .on_event(&event(9, Recorded::Finished(Box::new(finished))));
    stage.press('4');
    let frame = stage.text(120, 40);
    assert!(frame.contains("nobody knows"), "{frame}");
    assert!(!frame.contains("finished"), "{frame}");
}

#[test]
fn few_observations_in_wide_bins_fill_them() {
    let mut stage = stage(Declaration::default());
    let seen = Distribution {
        name: "latents".to_owned(),
        edges: vec![0.0, 1.0, 2.0, 3.0],
        counts: vec![1.0, 5.0, 2.0],
        mean: None,
        odd: 0,
    };
    let of_values = Distribution {
        mean: Some(1.25),
        ..seen.clone()
    };
    stage.press('5');
    stage
        .ui
        .on_event(&event(1, Recorded::Distribution(of_values)));
    let frame = stage.text(120, 40);
    assert!(frame.contains("mean 1.25"), "not of the bins: {frame}");
    stage.ui.on_event(&event(1, Recorded::Distribution(seen)));
    let frame = stage.text(120, 40);
    let rows: Vec<&str> = frame.lines().collect();
    let has = |words: &[&str]| {
        let found = |row: &&str| words.iter().all(|word| row.contains(word));
        let at = rows.iter().position(found);
        assert!(at.is_some(), "{words:?}: {frame}");
        at.unwrap()
    };
    has(&["latents", "mean 1.6"]);
    // The lowest row of bars has no gaps.
    let bars = rows[has(&["0.00", "3.00"]) - 1];
    let widest = bars
        .split(|c: char| c.is_whitespace() || "│┃|".contains(c))
        .map(|part| part.chars().count())
        .max();
    assert!(widest >= Some(20), "{frame}");
}

#[test]
fn help_and_the_command_line_have_what_the_program_takes() {
    let control = Control {
        name: "temperature".to_owned(),
        kind: ControlKind::Float,
        value: Value::Float(0.7),
        min: None,
        max: None,
        choices: Vec::new(),
        unit: String::new(),
        about: String::new(),
        role: None,
        network: None,
    };
    let mut stage = stage(Declaration {
        commands: vec!["pause".to_owned()],
        controls: vec![control],
        ..Declaration::default()
    });
    stage.press(':');
    for key in "set".chars() {
        stage.press(key);
    }
    let frame = stage.text(120, 40);
    assert!(frame.contains("change a control: temperature"), "{frame}");
    assert!(!frame.contains("ema.decay"), "{frame}");
    stage.key(KeyCode::Esc);
    stage.press('?');
    let mut help = String::new();
    for _ in 0..8 {
        help += &stage.text(120, 40);
        stage.key(KeyCode::PageDown);
    }
    assert!(help.contains("pause / resume"), "{help}");
    for absent in [
        "rewind [N]",
        "rewind to the most recent",
        "save a checkpoint now",
        "learning rates",
    ] {
        assert!(!help.contains(absent), "{absent}: {help}");
    }
}
