//! Detaching, control among several viewers, rewinding: what the screen shows and what keys mean.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genai_tui::picture::ColorDepth;
use genai_tui::protocol::{
    Body, CheckpointReason, Command, Energy, EnergySource, Event, GpuUse, Level, Live, Outcome,
    Recorded, Resumed, Rewind, RunOrigin, Source, State, SystemUse, Trouble, ViewerInfo, Warning,
};
use genai_tui::session::CatchUp;
use genai_tui::tui::app::{App, ControlStatus, Effect};
use insta::assert_snapshot;
use jiff::tz::TimeZone;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

use super::{Caps, FULL, Stage, text};

fn viewer(id: u64, name: &str, control: bool) -> ViewerInfo {
    ViewerInfo {
        id,
        name: name.into(),
        control,
    }
}

impl Stage {
    fn say(&mut self, body: Body) {
        let event = self.run.event(body);
        self.ui.on_event(&event);
    }

    /// Viewer 2 of two; this one or the other has control.
    fn among_two(&mut self, control: bool) {
        self.ui.app.control = ControlStatus::new(2, true);
        self.viewers(control);
    }

    fn viewers(&mut self, control: bool) {
        let viewers = vec![
            viewer(0, "pts/4, process 812", !control),
            viewer(2, "pts/7, process 901", control),
        ];
        self.say(Body::Live(Live::Viewers { viewers }));
    }

    fn control_z(&mut self) -> Option<Effect> {
        self.ui
            .on_key(&KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL))
    }

    /// Rewinds to `step` as the trainer reports it.
    fn rewinds_to(&mut self, step: u64) {
        self.run.step = step;
        self.run.branch += 1;
        let rewind = Command::Rewind(Rewind::default());
        let applied = self.run.applied(None, Source::Viewer, rewind);
        self.ui.on_event(&applied);
    }
}

#[test]
fn d_detaches_from_the_dashboard_the_question_and_the_command_line() {
    let mut stage = Stage::running(100);
    assert_eq!(stage.press('d'), Some(Effect::Detach));
    stage.press('q');
    assert_eq!(stage.press('d'), Some(Effect::Detach));
    assert!(stage.asks().is_none() && !stage.ui.app.stopping);
    stage.press(':');
    "detach".chars().for_each(|c| drop(stage.press(c)));
    assert_eq!(stage.key(KeyCode::Enter), Some(Effect::Detach));
    // While it is being stopped it cannot detach.
    stage.press('q');
    stage.key(KeyCode::Enter);
    assert_eq!(stage.press('d'), None);
    assert!(stage.text(80, 24).contains("being stopped"));
    let finished = stage.run.finished(Outcome::Completed, "reached 5 epochs");
    let mut stage = Stage::running(100);
    stage.ui.on_event(&finished);
    assert_eq!(stage.press('d'), Some(Effect::Leave));
}

#[test]
fn control_z_suspends_from_anywhere() {
    let mut stage = Stage::running(100);
    for open in [None, Some('q'), Some(':'), Some('l'), Some('?')] {
        open.map(|key| stage.press(key));
        assert_eq!(stage.control_z(), Some(Effect::Suspend), "{open:?}");
        stage.key(KeyCode::Esc);
    }
}

#[test]
fn u_rewinds_and_so_does_the_command_line_with_more() {
    let mut stage = Stage::running(100);
    let rewind = Command::Rewind(Rewind::default());
    // A rewind cannot be undone, so it asks.
    assert_eq!(stage.press('u'), None);
    let frame = stage.text(80, 24);
    assert!(
        frame.contains("Rewind?") && frame.contains("forked from"),
        "{frame}"
    );
    assert_eq!(stage.key(KeyCode::Esc), None);
    assert!(!stage.text(80, 24).contains("Rewind?"));
    stage.press('u');
    assert_eq!(stage.key(KeyCode::Enter), Some(Effect::Send(rewind)));
    stage.press(':');
    stage.ui.on_paste("rewind 500 lr /2");
    let rewind = "rewind 500 lr *0.5".parse().unwrap();
    assert_eq!(stage.key(KeyCode::Enter), Some(Effect::Send(rewind)));
}

#[test]
fn a_watching_viewer_sends_no_commands_but_may_take_control() {
    let mut stage = Stage::running(1_000);
    stage.among_two(false);
    for key in ['+', ' ', 'c', 'u', 'l'] {
        assert_eq!(stage.press(key), None, "{key}");
        let frame = stage.text(120, 40);
        assert!(
            frame.contains("pts/4, process 812 has control (T to take it)"),
            "{frame}"
        );
    }
    stage.press('m');
    assert_snapshot!("watching_120x40", stage.text(120, 40));
    for (width, height) in [(80, 24), (60, 16), (40, 10)] {
        let frame = stage.text(width, height);
        assert!(
            frame.contains("WATCHING") && frame.contains("RUNNING"),
            "{frame}"
        );
    }
    assert_eq!(stage.press('T'), Some(Effect::TakeControl));
    stage.press(':');
    "control".chars().for_each(|c| drop(stage.press(c)));
    assert_eq!(stage.key(KeyCode::Enter), Some(Effect::TakeControl));
    // q and Ctrl-C leave without a question.
    assert_eq!(stage.press('q'), Some(Effect::Leave));
    assert_eq!(stage.control_c(), Some(Effect::Leave));
    stage.viewers(true);
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("you have control") && !frame.contains("WATCHING"),
        "{frame}"
    );
    assert!(frame.contains("2 viewers"), "{frame}");
    assert_eq!(stage.press('c'), Some(Effect::Send(Command::Checkpoint)));
    assert_eq!(stage.press('T'), None);
}

#[test]
fn losing_control_is_shown_and_pending_requests_are_dropped() {
    let mut stage = Stage::running(1_000);
    stage.among_two(true);
    stage.press('q');
    stage.ui.app.sent(Command::Checkpoint, Some(1));
    stage.viewers(false);
    assert!(stage.ui.app.pending.is_empty() && stage.asks().is_none());
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("pts/4, process 812 took control (T to take it back)"),
        "{frame}"
    );
}

#[test]
fn the_quit_dialog_of_an_attached_viewer_says_that_training_continues() {
    let mut stage = Stage::running(100);
    stage.ui.app.control = ControlStatus::new(2, true);
    stage.press('q');
    assert!(stage.text(80, 24).contains("leave; training continues"));
}

#[test]
fn a_rolled_back_run_shows_advice_until_it_continues() {
    let mut stage = Stage::running(1_000);
    let what =
        "loss or gradient was not finite at step 1012: back to step 1000, the last good state";
    stage.say(Body::Recorded(Recorded::Alarm {
        alarm: "diverged".into(),
        level: Level::Critical,
        text: what.into(),
    }));
    let paused = stage.run.state(
        State::Paused,
        &format!("{what}. Lower the learning rates and resume"),
    );
    stage.ui.on_event(&paused);
    for (width, height) in [(120, 40), (80, 24)] {
        assert_snapshot!(format!("lost_{width}x{height}"), stage.text(width, height));
    }
    let frame = stage.text(60, 16);
    assert!(
        frame.contains("LOST") && frame.contains("not finite"),
        "{frame}"
    );
    let running = stage.run.state(State::Running, "");
    stage.ui.on_event(&running);
    assert!(!stage.text(120, 40).contains("LOST"));
}

fn warning(warning: Warning) -> Body {
    Body::Recorded(Recorded::Warning(warning))
}

#[test]
fn a_trouble_stays_on_the_screen_until_resolved() {
    let mut stage = Stage::running(1_000);
    let full = "cannot write events.jsonl: no space left on device";
    stage.say(warning(Warning::open(Trouble::Record, full)));
    stage.train(1_000);
    for _ in 0..30 {
        stage.script("note something else");
    }
    for (width, height) in [(120, 40), (80, 24), (60, 16)] {
        let frame = stage.text(width, height);
        assert!(frame.contains("WARNING  cannot write"), "{frame}");
    }
    let over = Warning::resolved(Trouble::Record, "the record is written again");
    stage.say(warning(over));
    assert!(!stage.text(120, 40).contains("WARNING"));
}

#[test]
fn resolving_one_trouble_keeps_the_other() {
    let unsaved = |reason| Trouble::Checkpoint { reason };
    let interval = unsaved(CheckpointReason::Interval);
    let is_there = |stage: &mut Stage, text: &str| {
        let banner = format!("WARNING  {text}");
        stage.text(120, 40).contains(&banner)
    };
    let mut stage = Stage::running(1_000);
    stage.say(warning(Warning::open(interval, "no checkpoint")));
    stage.say(warning(Warning::open(Trouble::Record, "no record")));
    assert!(is_there(&mut stage, "no checkpoint") && is_there(&mut stage, "no record"));
    let text = "recovered: the record is written again";
    stage.say(warning(Warning::resolved(Trouble::Record, text)));
    assert!(is_there(&mut stage, "no checkpoint") && !is_there(&mut stage, "no record"));
    // Another failure replaces the previous one; a saved checkpoint of any kind resolves it.
    stage.say(warning(Warning::open(interval, "none again")));
    assert!(is_there(&mut stage, "none again") && !is_there(&mut stage, "no checkpoint"));
    stage.say(warning(Warning::open(Trouble::Record, "no record")));
    let saved = unsaved(CheckpointReason::Request);
    stage.say(warning(Warning::resolved(saved, "step 1000 is saved")));
    assert!(!is_there(&mut stage, "none again") && is_there(&mut stage, "no record"));
}

#[test]
fn one_time_warnings_are_not_banners() {
    let mut stage = Stage::running(1_000);
    let line = json!({
        "schema": 1, "branch": 0, "step": 1000, "images": 64_000, "elapsed": 10.0,
        "time": "2026-03-14T12:00:10Z", "event": "warning",
        // As written by a version without kinds.
        "text": "the samples of step 1000 were not judged: the judge has stopped",
    });
    let event: Event = serde_json::from_value(line).unwrap();
    stage.ui.on_event(&event);
    let frame = stage.text(120, 40);
    assert!(!frame.contains("WARNING"), "{frame}");
    assert_eq!(
        // The log is too narrow for the whole text.
        frame.matches("the samples of step 1000 were not").count(),
        2,
        "in the log, and for a moment below:\n{frame}"
    );
    // Neither are messages that only this viewer gets, as after T under `attach --watch`.
    let refused = "this viewer is read-only and cannot take control";
    stage.say(Body::Live(Live::Notice {
        text: refused.into(),
    }));
    let frame = stage.text(120, 40);
    assert!(
        frame.contains(refused) && !frame.contains("WARNING"),
        "{frame}"
    );
    stage.ui.tick(Duration::from_secs(3_600));
    assert!(!stage.text(120, 40).contains(refused));
}

#[test]
fn an_old_checkpoint_failure_does_not_rewind_the_display() {
    let mut stage = Stage::running(1_000);
    let trouble = Trouble::Checkpoint {
        reason: CheckpointReason::Interval,
    };
    let mut late = stage
        .run
        .event(warning(Warning::open(trouble, "no checkpoint at step 900")));
    late.step = 900;
    stage.ui.on_event(&late);
    assert_eq!(stage.ui.app.run.at.step, 1_000);
}

#[test]
fn abandoned_steps_stay_on_the_chart() {
    let mut stage = Stage::running(1_800);
    let before = stage.draw(120, 40, FULL);
    stage.rewinds_to(900);
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("rewound to step 900; 900 steps abandoned"),
        "{frame}"
    );
    // Right of the step of the rewind there are only abandoned values.
    let plain = Caps {
        colors: ColorDepth::None,
        utf8: true,
    };
    let dots = |buffer: &ratatui::buffer::Buffer| {
        let cells = buffer
            .area
            .positions()
            .filter(|p| p.x > 45 && p.x < 62 && p.y > 8 && p.y < 28);
        cells
            .filter_map(|p| buffer.cell(p))
            .filter(|c| ("\u{2801}"..="\u{28ff}").contains(&c.symbol()))
            .count()
    };
    let after = stage.draw(120, 40, FULL);
    assert!(
        dots(&after) > 10 && dots(&after) < dots(&before),
        "{}",
        text(&after)
    );
    assert!(dots(&stage.draw(120, 40, plain)) > 10);
    stage.train(300);
    assert_snapshot!("rewound_120x40", stage.text(120, 40));
    assert_eq!(stage.ui.app.history.last_step(), 1_200);
}

#[test]
fn a_late_viewer_shows_past_events_without_reacting_to_them() {
    let mut early = Stage::running(1_000);
    let mut events = vec![Arc::new(early.run.started())];
    events.push(Arc::new(early.run.state(State::Running, "")));
    events.push(Arc::new(
        early.run.finished(Outcome::Interrupted, "SIGTERM"),
    ));
    let before = CatchUp {
        events,
        history: Some(early.ui.app.history.clone()),
    };
    early.ui.app = App::new(TimeZone::UTC);
    early.ui.app.catch_up(&before);
    assert_eq!(early.ui.app.history.last_step(), 1_000);
    let frame = early.text(120, 40);
    assert!(
        frame.contains("STOPPED") && frame.contains("SIGTERM"),
        "{frame}"
    );
}

#[test]
fn the_origin_of_a_run_is_in_the_log() {
    let mut stage = Stage::new();
    let mut started = stage.run.started();
    let Body::Recorded(Recorded::Started(info)) = &mut started.body else {
        unreachable!("it is that")
    };
    info.resumed = Some(Resumed {
        step: 1_200,
        checkpoint: "checkpoints/step-00001200".into(),
    });
    info.origin = Some(RunOrigin {
        run: "proud-finch".into(),
        dir: "runs/proud-finch".into(),
        step: 800,
    });
    stage.ui.on_event(&started);
    let frame = stage.text(160, 50);
    assert!(
        frame.contains("resumed at step 1,200 from checkpoints/step-00001200"),
        "{frame}"
    );
    assert!(
        frame.contains("forked from proud-finch at step 800"),
        "{frame}"
    );
}

#[test]
fn marks_from_before_a_resume_stay_on_the_charts() {
    let mut stage = Stage::running(100);
    stage.script("lr d 1e-4");
    stage.train(100);
    stage.script("lr d 5e-5");
    let mut resumed = stage.run.started();
    // From a checkpoint between the two.
    resumed.step = 150;
    let Body::Recorded(Recorded::Started(info)) = &mut resumed.body else {
        unreachable!("it is that")
    };
    info.resumed = Some(Resumed {
        step: 150,
        checkpoint: "checkpoints/step-00000150".into(),
    });
    stage.ui.on_event(&resumed);
    let marks = stage.ui.app.annotations.marks().iter();
    let marks: Vec<_> = marks.map(|m| (m.step, m.label.as_str())).collect();
    assert_eq!(marks, [(100, "lr D 1e-4")]);
    // The objective is the same, so the chart has no new segment.
    assert_eq!(stage.ui.app.annotations.segments().len(), 1);
}

#[test]
fn resource_usage_is_shown_in_the_header() {
    let mut stage = Stage::running(100);
    let seen = SystemUse {
        cpu: 0.99,
        run_cpu: 0.61,
        cores: 8,
        memory: 9_000_000_000,
        memory_total: 16_000_000_000,
        run_memory: 412_000_000,
        gpu: None,
        energy: Energy {
            watts: 58.6,
            watt_hours: 0.214,
            grams_co2e: 0.0952,
            energy_source: EnergySource::Estimated,
        },
    };
    let event = stage.run.event(Body::Live(Live::System(seen.clone())));
    stage.ui.on_event(&event);
    let frame = stage.text(120, 40);
    let words = "cpu 61 %  others 38 %  mem 412 MB  ≈59 W  ≈0.21 Wh  ≈0.10 gCO₂e";
    assert!(frame.contains(words), "{frame}");
    // With counters, values are not approximate.
    let gpu = GpuUse {
        name: "H".to_owned(),
        busy: 0.87,
        memory: 2_100_000_000,
        memory_total: 80_000_000_000,
        celsius: Some(54),
    };
    let measured = Energy {
        energy_source: EnergySource::Measured,
        ..seen.energy.clone()
    };
    let event = stage.run.event(Body::Live(Live::System(SystemUse {
        gpu: Some(gpu),
        energy: measured,
        ..seen
    })));
    stage.ui.on_event(&event);
    let frame = stage.text(200, 60);
    let words = "gpu 87 %  2.1 GB/80.0 GB  54 °C  59 W  0.21 Wh  0.10 gCO₂e";
    assert!(frame.contains(words), "{frame}");
}

#[test]
fn after_a_rewind_the_newest_values_are_earlier_ones() {
    let mut stage = Stage::running(1_000);
    let left = |stage: &Stage| stage.ui.app.run.latest.get("d_loss").map(|s| s.last);
    let before = left(&stage);
    stage.train(1_000);
    assert_ne!(left(&stage), before);
    stage.rewinds_to(1_000);
    let paused = stage.run.state(State::Paused, "");
    stage.ui.on_event(&paused);
    assert_eq!(left(&stage), before);
    stage.rewinds_to(0);
    stage.ui.on_event(&paused);
    assert_eq!(left(&stage), None);
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("D loss -  ━ G loss -") && !frame.contains("Samples step"),
        "{frame}"
    );
}

#[test]
fn the_command_line_is_centred_like_every_dialog() {
    let mut stage = Stage::running(100);
    for (width, height) in [(200, 60), (120, 40), (80, 24)] {
        for key in [':', 'l', '?', 'q', 'u'] {
            stage.press(key);
            let frame = stage.text(width, height);
            let title = |line: &&str| {
                [
                    "Command",
                    "Switch the loss",
                    "Help",
                    "Stop the run",
                    "Rewind",
                ]
                .iter()
                .any(|title| line.contains(&format!("╭ {title}")))
            };
            let line = frame.lines().find(title).unwrap_or_default();
            let cells: Vec<char> = line.chars().collect();
            let is_title = |i: &usize| cells[*i] == '╭' && "CSHR".contains(cells[i + 2]);
            let begin = (0..cells.len()).rev().find(is_title).unwrap();
            let end = begin + cells[begin..].iter().position(|c| *c == '╮').unwrap();
            let right = usize::from(width) - end - 1;
            assert!(begin.abs_diff(right) <= 1, "{key} at {width}: {line}");
            stage.key(KeyCode::Esc);
        }
    }
}
