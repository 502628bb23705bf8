//! The effects of keys and events.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use genai_tui::protocol::{
    Action, Body, Change, Command, Level, LrChange, LrTarget, Outcome, Reading, Recorded, Source,
    Stat, State, StepWindow, Trainer, Triggered, Value, Warning,
};
use genai_tui::tui::app::Effect;
use genai_tui::tui::screen::Screen;

use super::Stage;

impl Stage {
    /// Presses a key whose command is sent as request `id`.
    fn ask(&mut self, key: char, id: u64) -> Command {
        let Some(Effect::Send(command)) = self.press(key) else {
            unreachable!("`{key}` sends a command")
        };
        self.ui.app.sent(command.clone(), Some(id));
        command
    }

    fn answer(&mut self, id: u64, command: Command) {
        let applied = self.run.applied(Some(id), Source::Viewer, command);
        self.ui.on_event(&applied);
    }
}

#[test]
fn a_rate_is_pending_until_applied_and_then_shows_since_when() {
    let mut stage = Stage::running(1_000);
    let command = stage.ask('+', 7);
    assert_eq!(command, Command::Lr(LrTarget::Both, LrChange::Scale(1.25)));
    let frame = stage.text(120, 40);
    assert!(frame.contains("2.00e-4  ◌ → 2.50e-4"), "{frame}");
    // Another viewer's answer does not count.
    stage.script("checkpoint");
    assert!(stage.text(120, 40).contains("◌ → 2.50e-4"));
    stage.train(200);
    stage.answer(7, command);
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("2.50e-4  since step 1,200") && !frame.contains('◌'),
        "{frame}"
    );
}

#[test]
fn a_rejected_command_changes_nothing_and_shows_the_reason() {
    let mut stage = Stage::running(1_000);
    let command = stage.ask('[', 1);
    let reason = "below the smallest rate".to_owned();
    let body = Body::Recorded(Recorded::Rejected {
        request: Some(1),
        source: Source::Viewer,
        command,
        reason,
    });
    let rejected = stage.run.event(body);
    stage.ui.on_event(&rejected);
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("below the smallest rate") && frame.contains("rejected"),
        "{frame}"
    );
    assert!(
        stage.ui.app.pending.is_empty() && !frame.contains("since step"),
        "{frame}"
    );
}

#[test]
fn space_pauses_and_resumes_and_the_state_follows_the_trainer() {
    let mut stage = Stage::running(100);
    let pause = stage.ask(' ', 1);
    assert_eq!(pause, Command::Pause);
    assert!(
        stage.text(80, 24).contains("RUNNING"),
        "what was not acknowledged is not shown as set"
    );
    stage.answer(1, pause);
    let paused = stage.run.state(State::Paused, "");
    stage.ui.on_event(&paused);
    assert!(stage.text(80, 24).contains("PAUSED"));
    assert_eq!(stage.ask(' ', 2), Command::Resume);
    assert_eq!(
        stage.ask(' ', 3),
        Command::Pause,
        "a resume that is pending is undone"
    );
}

#[test]
fn every_command_key_sends_its_command() {
    let mut stage = Stage::running(100);
    for (key, command) in [
        ('s', "step 1"),
        ('c', "checkpoint"),
        ('p', "sample"),
        ('}', "lr g *1.25"),
        ('-', "lr *0.8"),
    ] {
        assert_eq!(
            stage.press(key),
            Some(Effect::Send(command.parse().unwrap())),
            "{key}"
        );
    }
    let release = KeyEvent {
        kind: KeyEventKind::Release,
        ..KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE)
    };
    assert_eq!(
        stage.ui.on_key(&release),
        None,
        "a key let go of does nothing"
    );
}

#[test]
fn quitting_asks_and_escape_keeps_going() {
    let mut stage = Stage::running(100);
    assert_eq!(stage.press('q'), None);
    assert!(stage.asks() == Some("Question before stopping"));
    assert_eq!(stage.key(KeyCode::Esc), None);
    assert!(stage.asks().is_none() && !stage.ui.app.stopping);
    stage.press('q');
    assert_eq!(stage.key(KeyCode::Enter), Some(Effect::Send(Command::Stop)));
    assert!(
        stage
            .text(80, 24)
            .contains("stopping: saving the checkpoint")
    );
    let finished = stage.run.finished(Outcome::Stopped, "stopped on request");
    assert_eq!(stage.ui.on_event(&finished), Some(Effect::Leave));
}

#[test]
fn control_c_asks_then_stops_then_leaves() {
    let mut stage = Stage::running(100);
    assert_eq!(stage.control_c(), None);
    assert_eq!(stage.control_c(), Some(Effect::Send(Command::Stop)));
    assert_eq!(stage.press('q'), None);
    assert_eq!(stage.control_c(), Some(Effect::Leave));
}

#[test]
fn a_run_that_ended_by_itself_stays_until_q() {
    let mut stage = Stage::running(100);
    let finished = stage.run.finished(Outcome::Completed, "reached 5 epochs");
    assert_eq!(stage.ui.on_event(&finished), None);
    assert_eq!(
        stage.press('+'),
        None,
        "nothing is sent to a run that has ended"
    );
    assert!(stage.text(80, 24).contains("the run has ended"));
    assert_eq!(stage.press('q'), Some(Effect::Leave));
}

#[test]
fn a_signal_ends_the_screen_with_the_run() {
    let mut stage = Stage::running(100);
    let finished = stage.run.finished(Outcome::Interrupted, "SIGTERM");
    assert_eq!(stage.ui.on_event(&finished), Some(Effect::Leave));
}

#[test]
fn a_failure_while_stopping_stays_on_the_screen() {
    let mut stage = Stage::running(100);
    stage.press('q');
    stage.key(KeyCode::Enter);
    let failed = stage.run.event(Body::Recorded(Recorded::Failed {
        error: "no space left on device".into(),
    }));
    assert_eq!(stage.ui.on_event(&failed), None);
    assert!(stage.text(80, 24).contains("no space left on device"));
    assert_eq!(stage.press('q'), Some(Effect::Leave));
}

#[test]
fn a_trainer_that_vanishes_is_a_failure() {
    let mut stage = Stage::running(100);
    stage.ui.lost();
    assert!(stage.text(80, 24).contains("FAILED"));
}

#[test]
fn switching_the_loss_breaks_the_lines_and_changes_the_reference() {
    let mut stage = Stage::running(1_000);
    stage.press('l');
    stage.key(KeyCode::Down);
    stage.key(KeyCode::Down);
    assert_eq!(
        stage.key(KeyCode::Enter),
        Some(Effect::Send(Command::Objective("wgan".into())))
    );
    stage.script("loss wgan");
    stage.train(900);
    let series = stage.ui.app.history.series("d_loss").unwrap();
    let breaks: Vec<u64> = series
        .buckets()
        .iter()
        .filter(|b| b.breaks)
        .map(|b| b.from)
        .collect();
    assert_eq!(breaks, [1_001]);
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("WGAN") && frame.contains("equal distributions"),
        "{frame}"
    );
    assert!(
        frame.contains("critic.n_critic 1 → 5"),
        "every value that changed is shown:\n{frame}"
    );
}

#[test]
fn a_roll_back_takes_the_abandoned_steps_off_the_chart() {
    let mut stage = Stage::running(1_000);
    stage.script("lr 1e-3");
    stage.train(200);
    stage.run.step = 900;
    let mut warning = stage
        .run
        .event(Body::Recorded(Recorded::Warning(Warning::passing(
            "rolled back to step 900",
        ))));
    warning.branch = 1;
    stage.ui.on_event(&warning);
    assert_eq!(stage.ui.app.history.last_step(), 900);
    assert!(stage.ui.app.annotations.marks().is_empty());
}

#[test]
fn the_command_line_sends_what_was_typed_and_remembers_it() {
    let mut stage = Stage::running(100);
    stage.press(':');
    stage.ui.on_paste("lr g 1e-4\nand more");
    assert_eq!(
        stage.key(KeyCode::Enter),
        Some(Effect::Send("lr g 1e-4".parse().unwrap()))
    );
    stage.press(':');
    stage.key(KeyCode::Up);
    assert!(stage.text(80, 24).contains(": lr g 1e-4"));
    stage.key(KeyCode::Esc);
    stage.press(':');
    "quit".chars().for_each(|c| drop(stage.press(c)));
    assert_eq!(stage.key(KeyCode::Enter), None);
    assert!(stage.asks() == Some("Question before stopping"));
}

#[test]
fn the_command_line_shows_settings_and_current_values() {
    /// The screen with this text in the command line, which is closed again.
    fn typed(stage: &mut Stage, text: &str) -> String {
        stage.press(':');
        stage.ui.on_paste(text);
        let frame = stage.text(100, 30);
        stage.key(KeyCode::Esc);
        frame
    }
    let mut stage = Stage::running(100);
    let frame = typed(&mut stage, "set e");
    assert!(
        frame.contains("ema.decay") && frame.contains("now 0.999"),
        "{frame}"
    );
    assert!(!frame.contains("augment.noise"), "{frame}");
    let changed = Body::Recorded(Recorded::Applied {
        request: None,
        source: Source::Remote,
        signal: None,
        command: "set ema.decay 0.9".parse().unwrap(),
        changes: vec![Change {
            key: "ema.decay".to_owned(),
            from: Value::Float(0.999),
            to: Value::Float(0.9),
        }],
        objective: None,
    });
    let changed = stage.run.event(changed);
    stage.ui.on_event(&changed);
    let frame = typed(&mut stage, "set ");
    assert!(
        frame.contains("now 0.9 ") && frame.contains("augment.noise"),
        "{frame}"
    );
    let frame = typed(&mut stage, "loss w");
    assert!(
        frame.contains("wgan-gp") && frame.contains("penalty"),
        "{frame}"
    );
}

#[test]
fn an_unchanged_rate_dates_from_before_the_resume() {
    let mut stage = Stage::running(500);
    let mut started = stage.run.started();
    if let Body::Recorded(Recorded::Started(info)) = &mut started.body
        && let Trainer::Own(own) = &mut info.trainer
    {
        own.lr_g *= 2.0;
    }
    stage.ui.on_event(&started);
    assert_eq!(stage.ui.app.rates.d.since, 0);
    assert_eq!(stage.ui.app.rates.g.since, 500);
}

#[test]
fn a_recovered_run_is_not_lost() {
    let mut stage = Stage::running(500);
    let alarm = Body::Recorded(Recorded::Alarm {
        alarm: genai_tui::protocol::DIVERGED.to_owned(),
        level: Level::Critical,
        text: "d_loss is NaN".to_owned(),
    });
    let alarm = stage.run.event(alarm);
    stage.ui.on_event(&alarm);
    stage.press('5');
    let frame = stage.text(120, 40);
    assert!(frame.contains("FAILING numbers"), "{frame}");
    stage.train(500);
    let stopped = stage.run.finished(Outcome::Stopped, "stopped on request");
    stage.ui.on_event(&stopped);
    let frame = stage.text(120, 40);
    assert!(
        !frame.contains("FAILING") && !frame.contains("try:"),
        "{frame}"
    );
    assert!(frame.contains("STOPPED"), "{frame}");
}

#[test]
fn the_clock_runs_between_events_and_stops_during_a_pause() {
    let mut stage = Stage::running(1_480);
    let before = stage.ui.app.run.elapsed();
    stage.ui.tick(Duration::from_secs(5));
    assert!((stage.ui.app.run.elapsed() - before - 5.0).abs() < 1e-9);
    let paused = stage.run.state(State::Paused, "");
    stage.ui.on_event(&paused);
    assert!(!stage.ui.app.is_ticking());
    stage.ui.tick(Duration::from_secs(60));
    assert!((stage.ui.app.run.elapsed() - before).abs() < 1e-9);
}

#[test]
fn memory_does_not_grow_with_steps() {
    let mut stage = Stage::running(0);
    stage.train(30_000);
    let buckets = stage
        .ui
        .app
        .history
        .series("d_loss")
        .unwrap()
        .buckets()
        .len();
    assert!(buckets <= genai_tui::history::CAPACITY, "{buckets}");
}

#[test]
fn a_triggered_rule_is_marked_and_logged_and_a_failed_condition_is_on_the_last_panel() {
    let mut stage = Stage::running(1_000);
    let rule = |action, metric: &str, text: &str| {
        Body::Recorded(Recorded::Rule(Triggered {
            condition: format!("{metric} < 0.01 for 500"),
            action,
            metric: metric.to_owned(),
            measured: Some(Reading {
                step: 1_000,
                value: 0.0093,
            }),
            text: text.to_owned(),
        }))
    };
    let held = "`d_loss < 0.01 for 500` held at step 1000: d_loss was 0.0093";
    for body in [
        rule(Action::Pause, "d_loss", held),
        rule(Action::Alarm, "g_loss", "what the alarm tells"),
        Body::Recorded(Recorded::Alarm {
            alarm: "rule".to_owned(),
            level: Level::Warn,
            text: "the alarm tells".to_owned(),
        }),
    ] {
        let event = stage.run.event(body);
        stage.ui.on_event(&event);
    }
    stage.train(500);
    let frame = stage.text(160, 50);
    for shown in [
        "pause d_loss",
        "alarm g_loss",
        "rule     pause: `d_loss < 0.01 for 500`",
        "rule: the alarm tells",
    ] {
        assert!(frame.contains(shown), "{shown}\n{frame}");
    }
    assert!(!frame.contains("what the alarm tells"), "{frame}");
    let marks = stage.ui.app.annotations.marks();
    assert_eq!(marks.len(), 2);
    assert!(marks.iter().all(|mark| mark.step == 1_000 && mark.guard));

    let reason = format!("{held}, and a little more, so that it does not fit into one row");
    let finished = stage.run.finished(Outcome::FailedCondition, &reason);
    stage.ui.on_event(&finished);
    let frame = stage.text(120, 40);
    for shown in [
        "Failed",
        "`d_loss < 0.01 for 500` held at step 1000: d_loss was",
        "does not fit into one row",
    ] {
        assert!(frame.contains(shown), "{shown}\n{frame}");
    }
}

#[test]
fn every_screen_has_a_key_and_the_crosshair_is_on_all_charts() {
    let mut stage = Stage::running(300);
    stage.press('2');
    let frame = stage.text(120, 40);
    for title in ["Loss", "Scores", "Accuracy", "Gradients", "Rates"] {
        assert!(frame.contains(title), "{title}\n{frame}");
    }
    assert!(!frame.contains("Samples"));
    // Lines whose titles have the same initial are numbered.
    assert!(
        frame.contains("1 D(x)") && frame.contains("2 D(G(z))"),
        "{frame}"
    );
    stage.key(KeyCode::Left);
    let step = stage.ui.app.view.cursor.unwrap();
    let frame = stage.text(120, 40);
    let shown = format!(" {step} ");
    assert_eq!(frame.matches(&shown).count(), 5, "{frame}");
    // Only if it can be scrolled.
    stage.key(KeyCode::Down);
    let below = stage.text(80, 24);
    stage.key(KeyCode::Up);
    let above = stage.text(80, 24);
    assert!(
        above.contains("Loss") && !below.contains("Loss"),
        "{above}\n{below}"
    );
    stage.press('3');
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("Samples step") && !frame.contains("Loss"),
        "{frame}"
    );
    stage.press('4');
    stage
        .ui
        .on_event(&stage.run.event(Body::Recorded(Recorded::Note {
            text: "the first".to_owned(),
        })));
    let note = |stage: &mut Stage| stage.text(120, 40).contains("the first");
    assert!(note(&mut stage));
    stage.key(KeyCode::Up);
    assert_eq!(stage.ui.app.scroll, 1);
    // The first Escape removes the crosshair, the second returns.
    stage.key(KeyCode::Esc);
    assert_eq!(
        (stage.ui.app.view.cursor, stage.ui.app.screen),
        (None, Screen::Events)
    );
    stage.key(KeyCode::Esc);
    assert_eq!(stage.ui.app.screen, Screen::Dashboard);
    assert!(stage.text(120, 40).contains("Loss"));
}

#[test]
fn a_legend_shows_the_step_under_the_crosshair() {
    let mut stage = Stage::new();
    let started = stage.run.started();
    stage.ui.on_event(&started);
    let mut window = |from, to, values: &[f64]| {
        let mut stat = Stat::of(values[0]);
        values[1..].iter().for_each(|v| stat.push(*v));
        let body = StepWindow {
            from_step: from,
            epoch: 1,
            batch: to,
            metrics: [("d_loss".to_owned(), stat)].into(),
            steps_per_second: 1.0,
            images_per_second: 64.0,
        };
        let mut event = stage.run.event(Body::Recorded(Recorded::Step(body)));
        event.step = to;
        stage.ui.on_event(&event);
    };
    window(1, 1, &[0.25]);
    window(2, 4, &[0.5, 1.5]);
    window(5, 5, &[f64::NAN]);
    for (step, words) in [
        (1, "D loss  0.2500"),
        (3, "D loss 0.50..1.50"),
        (5, "D loss NaN"),
        (0, "D loss -"),
    ] {
        stage.ui.app.view.cursor = Some(step);
        let frame = stage.text(120, 40);
        assert!(frame.contains(words), "{words}\n{frame}");
    }
}
