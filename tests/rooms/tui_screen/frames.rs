//! Complete frames.

use std::collections::HashSet;

use crossterm::event::KeyCode;
use genai_tui::picture::ColorDepth;
use genai_tui::protocol::{
    Body, CheckpointReason, Level, Live, Metrics, Outcome, Recorded, Stat, State, StepWindow,
};
use genai_tui::tui::layout::SMALLEST;
use insta::assert_snapshot;
use ratatui::style::Color;

use super::{Caps, FULL, Stage, text};

/// A run with a history: a changed rate, a checkpoint, a switch, an alarm.
fn eventful() -> Stage {
    let mut stage = Stage::running(1_500);
    stage.script("lr d 1e-4");
    stage.train(1_000);
    stage.script("checkpoint");
    let saved = stage.run.event(Body::Recorded(Recorded::Checkpoint {
        path: "checkpoints/step-00002500".into(),
        reason: CheckpointReason::Request,
    }));
    stage.ui.on_event(&saved);
    stage.train(1_700);
    stage.script("loss wgan");
    let text = "71 % of the critic's weights lie at the clip bound".into();
    let alarm = stage.run.event(Body::Recorded(Recorded::Alarm {
        alarm: "clip_saturation".into(),
        level: Level::Warn,
        text,
    }));
    stage.ui.on_event(&alarm);
    stage.train(700);
    stage
}

#[test]
fn the_dashboard_at_every_size() {
    let mut stage = eventful();
    for (width, height) in [(200, 60), (120, 40), (80, 24), (60, 16), (30, 8)] {
        assert_snapshot!(
            format!("dashboard_{width}x{height}"),
            stage.text(width, height)
        );
    }
}

#[test]
fn the_first_frame_shows_what_is_being_loaded() {
    let mut stage = Stage::new();
    let first = stage.text(80, 24);
    assert!(first.contains("STARTING"), "{first}");
    let what = "downloading train-images-idx3-ubyte.gz".to_owned();
    let loading = stage.run.event(Body::Live(Live::Loading {
        what,
        done: Some(4_956_210),
        total: Some(9_912_420),
    }));
    stage.ui.on_event(&loading);
    assert_snapshot!("loading_80x24", stage.text(80, 24));
}

#[test]
fn dialogs_lie_over_the_dashboard() {
    let mut stage = Stage::running(500);
    stage.press('l');
    stage.key(KeyCode::Down);
    assert_snapshot!("menu_80x24", stage.text(80, 24));
    stage.key(KeyCode::Esc);
    stage.press('?');
    assert_snapshot!("help_80x24", stage.text(80, 24));
    stage.key(KeyCode::Esc);
    stage.press('q');
    assert_snapshot!("quit_80x24", stage.text(80, 24));
    stage.key(KeyCode::Esc);
    stage.press(':');
    "lr ".chars().for_each(|c| drop(stage.press(c)));
    stage.key(KeyCode::Enter);
    assert_snapshot!("command_error_80x24", stage.text(80, 24));
}

#[test]
fn the_ending_stays_on_the_screen() {
    let mut stage = Stage::running(2_000);
    let finished = stage.run.finished(Outcome::Completed, "reached 20 epochs");
    stage.ui.on_event(&finished);
    assert_snapshot!("finished_120x40", stage.text(120, 40));
    let mut stage = Stage::running(300);
    let error = "the training thread panicked: out of memory".to_owned();
    let failed = stage.run.event(Body::Recorded(Recorded::Failed { error }));
    stage.ui.on_event(&failed);
    for (width, height) in [(120, 40), (80, 24), (60, 16)] {
        let frame = stage.text(width, height);
        assert!(
            frame.contains("FAILED") && frame.contains("out of memory"),
            "{width}x{height}:\n{frame}"
        );
    }
}

#[test]
fn without_utf8_everything_is_ascii() {
    let caps = Caps {
        colors: ColorDepth::Ansi16,
        utf8: false,
    };
    let mut stage = eventful();
    for key in [' ', 'l', '?', 'q', ':'] {
        stage.press(key);
        let frame = text(&stage.draw(110, 32, caps));
        let odd: String = frame.chars().filter(|c| !c.is_ascii()).collect();
        assert!(odd.is_empty(), "after `{key}`: {odd}\n{frame}");
        stage.key(KeyCode::Esc);
    }
    assert_snapshot!("ascii_110x32", text(&stage.draw(110, 32, caps)));
}

/// Returns whether a colour may be used.
type Allowed = fn(Color) -> bool;

#[test]
fn a_terminal_gets_only_supported_colours() {
    let mut stage = eventful();
    let allowed: [(ColorDepth, Allowed); 3] = [
        (ColorDepth::None, |c| c == Color::Reset),
        (ColorDepth::Ansi16, |c| {
            !matches!(c, Color::Rgb(..) | Color::Indexed(_))
        }),
        (ColorDepth::Ansi256, |c| !matches!(c, Color::Rgb(..))),
    ];
    for (colors, allowed) in allowed {
        let buffer = stage.draw(120, 40, Caps { colors, utf8: true });
        let used: HashSet<Color> = buffer.content().iter().flat_map(|c| [c.fg, c.bg]).collect();
        assert!(used.iter().copied().all(allowed), "{colors:?}: {used:?}");
    }
}

#[test]
fn without_colour_the_digits_are_visible() {
    let mut stage = Stage::running(3_000);
    let frame = text(&stage.draw(
        120,
        40,
        Caps {
            colors: ColorDepth::None,
            utf8: true,
        },
    ));
    let dots = |line: &str| {
        line.chars()
            .skip(74)
            .filter(|c| ('\u{2801}'..='\u{28ff}').contains(c))
            .count()
    };
    assert!(frame.lines().map(dots).sum::<usize>() > 150, "{frame}");
}

#[test]
fn the_two_losses_differ_in_colour_and_in_letter() {
    let mut stage = Stage::running(1_000);
    let buffer = stage.draw(120, 40, FULL);
    let colour = |letter: &str| {
        let cells = buffer
            .area
            .positions()
            .filter(|p| p.x > 10 && p.x < 72 && p.y > 4 && p.y < 28);
        let found = cells
            .filter_map(|p| buffer.cell(p))
            .filter(|c| c.symbol() == letter)
            .map(|c| c.fg);
        found.last().unwrap()
    };
    assert_ne!(colour("D"), colour("G"));
}

#[test]
fn each_state_has_a_word_and_a_colour() {
    let mut seen = HashSet::new();
    for state in [
        State::Starting,
        State::Running,
        State::Paused,
        State::WarmUp,
        State::Failed,
    ] {
        let mut stage = Stage::running(100);
        let event = stage.run.state(state, "");
        stage.ui.on_event(&event);
        let buffer = stage.draw(80, 24, FULL);
        assert!(text(&buffer).contains(state.word()));
        seen.insert(buffer.cell((1, 0)).unwrap().bg);
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn a_non_finite_value_is_visible() {
    let mut stage = Stage::running(1_000);
    let metrics = Metrics::from([
        ("g_loss".to_owned(), Stat::of(f64::NAN)),
        ("d_loss".to_owned(), Stat::of(0.5)),
    ]);
    stage.run.step += 1;
    let window = StepWindow {
        from_step: stage.run.step,
        epoch: 2,
        batch: 63,
        metrics,
        steps_per_second: 148.0,
        images_per_second: 9_472.0,
    };
    let event = stage.run.event(Body::Recorded(Recorded::Step(window)));
    stage.ui.on_event(&event);
    let frame = stage.text(120, 40);
    let title = frame.lines().nth(4).unwrap();
    assert!(title.contains("NaN"), "{title}");
    assert!(frame.lines().nth(5).unwrap().contains("×"), "{frame}");
}

#[test]
fn an_infinite_value_is_not_called_nan() {
    let mut stage = Stage::running(1_000);
    let mut event = stage.run.window(1);
    if let Body::Recorded(Recorded::Step(window)) = &mut event.body {
        let infinite = Stat::of(f64::INFINITY);
        window.metrics.insert("g_loss".to_owned(), infinite);
    }
    stage.ui.on_event(&event);
    for screen in ['1', '5'] {
        stage.press(screen);
        let frame = stage.text(120, 40);
        assert!(frame.contains("not finite"), "{frame}");
        assert!(!frame.contains("NaN"), "{frame}");
    }
    stage.press('1');
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("× not finite") || frame.contains("not finite ×"),
        "{frame}"
    );
}

#[test]
fn any_size_can_be_drawn() {
    let mut stage = eventful();
    for key in [' ', 'l', '?', 'q', ':'] {
        stage.press(key);
        for (width, height) in [
            (1, 1),
            (2, 200),
            (500, 1),
            SMALLEST,
            (41, 11),
            (300, 100),
            (40, 90),
            (400, 12),
        ] {
            let frame = stage.text(width, height);
            assert!(width < SMALLEST.0 || !frame.is_empty());
        }
        stage.key(KeyCode::Esc);
    }
}
