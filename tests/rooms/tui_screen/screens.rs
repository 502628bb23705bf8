//! The screens other than the dashboard, at every size, with keys and the mouse.

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use genai_tui::health::Verdict;
use genai_tui::protocol::{Body, Level, Live, Looked, Recorded, Samples, Source, Stat};
use genai_tui::tui::app::{Effect, Span};
use genai_tui::tui::keymap::Keymap;
use genai_tui::tui::screen::Screen;
use insta::assert_snapshot;

use super::{Stage, text};

/// A run with events.
fn eventful() -> Stage {
    let mut stage = Stage::running(1_500);
    stage.script("lr d 1e-4");
    stage.train(1_500);
    let alarm = stage.run.event(Body::Recorded(Recorded::Alarm {
        alarm: "lost_diversity".into(),
        level: Level::Warn,
        text: "the samples are 55 % as varied as the data".into(),
    }));
    stage.ui.on_event(&alarm);
    stage.train(1_200);
    stage
}

#[test]
fn every_screen_at_every_size() {
    let mut stage = eventful();
    for (key, name) in [
        ('2', "charts"),
        ('3', "samples"),
        ('4', "events"),
        ('5', "health"),
    ] {
        stage.press(key);
        for (width, height) in [(200, 60), (120, 40), (80, 24), (60, 16)] {
            assert_snapshot!(
                format!("{name}_{width}x{height}"),
                stage.text(width, height)
            );
        }
    }
}

#[test]
fn the_classes_of_columns_stand_below_the_images() {
    let mut stage = Stage::running(100);
    let mut event = stage.run.samples();
    let Body::Live(Live::Samples(samples)) = &mut event.body else {
        unreachable!()
    };
    samples.scores.clear();
    samples.columns = ["one", "two", "three", "four"].map(str::to_owned).to_vec();
    stage.ui.on_event(&event);
    stage.ui.tick(std::time::Duration::from_millis(1_100));
    stage.press('3');
    let frame = stage.text(120, 40);
    for class in ["one", "two", "three", "four"] {
        assert!(frame.contains(class), "{frame}");
    }
    stage.press('e');
    let frame = stage.text(120, 40);
    assert!(frame.contains("sample 1 of 64, one"), "{frame}");
}

#[test]
fn metrics_are_found_by_their_name_and_hidden_by_choice() {
    let mut stage = eventful();
    stage.press('/');
    "grad".chars().for_each(|c| drop(stage.press(c)));
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("Gradients") && !frame.contains("Accuracy"),
        "{frame}"
    );
    stage.key(KeyCode::Enter);
    stage.key(KeyCode::Tab);
    stage.press('v');
    let frame = stage.text(120, 40);
    assert!(frame.contains("hidden"), "{frame}");
    assert_eq!(stage.ui.app.view.hidden.len(), 1);
    stage.press('v');
    assert!(stage.ui.app.view.hidden.is_empty());
    stage.press('/');
    "zzz".chars().for_each(|c| drop(stage.press(c)));
    assert!(
        stage
            .text(120, 40)
            .contains("no metric name contains `gradzzz`")
    );
    stage.key(KeyCode::Esc);
    assert!(stage.text(120, 40).contains("Accuracy"));
}

#[test]
fn charts_by_images_and_by_time_have_axes_of_their_own() {
    let mut stage = eventful();
    stage.press('2');
    stage.press('x');
    let frame = stage.text(200, 60);
    assert!(
        frame.contains("by images") && frame.contains("200k"),
        "{frame}"
    );
    stage.press('x');
    let frame = stage.text(200, 60);
    assert!(
        frame.contains("by time") && frame.contains("0:10"),
        "{frame}"
    );
    stage.press('x');
    assert!(!stage.text(200, 60).contains("by time"));
}

#[test]
fn an_event_leads_to_its_step_on_the_charts() {
    let mut stage = eventful();
    stage.press('4');
    // The entry before the newest one (the alarm) is the changed rate.
    stage.key(KeyCode::Up);
    stage.key(KeyCode::Enter);
    assert_eq!(stage.ui.app.screen, Screen::Charts);
    assert_eq!(stage.ui.app.view.cursor, Some(1_500));
    stage.press('z');
    stage.press('z');
    assert!(matches!(stage.ui.app.view.span, Span::Fixed(from, to) if from < 1_500 && to > 1_500));
}

#[test]
fn the_film_shows_past_samples_and_plays_to_the_end() {
    let mut stage = Stage::running(500);
    for _ in 0..5 {
        stage.train(500);
    }
    stage.press('3');
    stage.key(KeyCode::Left);
    let shown = |stage: &Stage| stage.ui.app.shown_picture().map(|p| p.step);
    assert_eq!(shown(&stage), Some(2_500));
    assert!(stage.text(120, 40).contains("frame 5/6"));
    stage.press('1');
    for _ in 0..15 {
        stage.key(KeyCode::Left);
    }
    assert!(shown(&stage) < Some(2_500));
    stage.key(KeyCode::Esc);
    stage.press('P');
    assert!(stage.ui.app.is_playing() && shown(&stage) == Some(500));
    let mut seen = Vec::new();
    for tick in 1..20 {
        stage.ui.tick(std::time::Duration::from_millis(250 * tick));
        seen.extend(shown(&stage));
    }
    seen.dedup();
    assert_eq!(seen, [1_000, 1_500, 2_000, 2_500, 3_000]);
    assert!(!stage.ui.app.is_playing() && stage.ui.app.view.cursor.is_none());
}

#[test]
fn samples_change_once_a_second_at_the_most() {
    let mut stage = Stage::running(100);
    let first = stage.ui.app.picture.as_ref().map(|p| p.step);
    stage.train(100);
    assert_eq!(stage.ui.app.picture.as_ref().map(|p| p.step), first);
    stage.ui.tick(std::time::Duration::from_millis(1_100));
    assert_eq!(stage.ui.app.picture.as_ref().map(|p| p.step), Some(200));
}

#[test]
fn one_sample_fills_the_screen() {
    let mut stage = Stage::running(1_000);
    stage.press('e');
    assert!(stage.text(120, 40).contains("sample 1 of 64, D's score"));
    stage.press('e');
    assert!(stage.text(80, 24).contains("sample 2 of 64"));
    stage.key(KeyCode::Esc);
    assert!(!stage.text(80, 24).contains("sample 2"));
    let before = stage.text(200, 60);
    stage.press('g');
    stage.press('g');
    assert_ne!(stage.text(200, 60), before);
}

#[test]
fn signals_show_problems_and_advice() {
    let mut stage = Stage::running(1_000);
    let verdict = |stage: &Stage, title: &str| {
        let found = stage.ui.app.signals();
        found.iter().find(|s| s.title == title).map(|s| s.verdict)
    };
    assert_eq!(verdict(&stage, "numbers"), Some(Verdict::Healthy));
    assert_eq!(verdict(&stage, "D loss"), Some(Verdict::Healthy));
    for _ in 0..100 {
        let mut window = stage.run.window(10);
        if let Body::Recorded(Recorded::Step(window)) = &mut window.body {
            window.metrics.insert("d_loss".into(), Stat::of(0.004));
            window.metrics.insert("acc_real".into(), Stat::of(0.999));
            window.metrics.insert("acc_fake".into(), Stat::of(0.998));
        }
        stage.ui.on_event(&window);
    }
    assert_eq!(verdict(&stage, "D loss"), Some(Verdict::Failing));
    assert_eq!(verdict(&stage, "D accuracy"), Some(Verdict::Failing));
    assert_eq!(verdict(&stage, "overfitting"), Some(Verdict::Watch));
    stage.press('5');
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("Training health: failing") && frame.contains("try: slow D down"),
        "{frame}"
    );
    // Signals that another objective does not measure are not shown.
    stage.script("loss wgan");
    stage.train(500);
    assert_eq!(verdict(&stage, "D loss"), None);
    let samples = stage.run.event(Body::Live(Live::Samples(Samples {
        diversity: 0.2,
        ..Samples::default()
    })));
    stage.ui.on_event(&samples);
    stage.train(10);
    stage.run.step += 1;
    assert!(verdict(&stage, "diversity").is_some());
}

#[test]
fn a_healthy_verdict_is_in_the_good_colour() {
    let mut stage = Stage::running(1_000);
    stage.press('5');
    let buffer = stage.draw(120, 40, super::FULL);
    let good = genai_tui::tui::Appearance::new(
        genai_tui::picture::ColorDepth::TrueColor,
        genai_tui::terminal::caps::Charset::Unicode,
    )
    .theme
    .good
    .fg;
    let frame = text(&buffer);
    let row = frame
        .lines()
        .position(|l| l.contains("ok      numbers"))
        .unwrap();
    let cell = buffer.cell((2, row as u16)).unwrap();
    assert_eq!((cell.symbol(), Some(cell.fg)), ("o", good));
}

#[test]
fn an_alarm_is_reported_and_a_changed_rate_shows_how_to_undo_it() {
    let mut stage = Stage::running(100);
    let alarm = stage.run.event(Body::Recorded(Recorded::Alarm {
        alarm: "d_collapse".into(),
        level: Level::Warn,
        text: "D wins".into(),
    }));
    let effect = stage.ui.on_event(&alarm);
    assert_eq!(effect, Some(Effect::Ring("d_collapse: D wins".into())));
    let Some(Effect::Send(command)) = stage.press(']') else {
        unreachable!("`]` asks for a rate")
    };
    stage.ui.app.sent(command.clone(), Some(7));
    let applied = stage.run.applied(Some(7), Source::Viewer, command);
    stage.ui.on_event(&applied);
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("optimizer.d.lr 2e-4 → 2.5e-4 · [ undoes it"),
        "{frame}"
    );
}

#[test]
fn custom_keys_are_in_the_searchable_help() {
    let mut stage = Stage::running(100);
    stage.ui.app.keymap = Keymap::new([("checkpoint", "F5")]).unwrap();
    assert!(stage.press('c').is_none());
    assert!(stage.key(KeyCode::F(5)).is_some());
    stage.press('?');
    stage.press('/');
    "save".chars().for_each(|c| drop(stage.press(c)));
    let frame = stage.text(120, 40);
    assert!(
        frame.contains("F5") && !frame.contains("both learning rates"),
        "{frame}"
    );
}

#[test]
fn the_mouse_chooses_screens_zooms_and_drags() {
    let mut stage = eventful();
    let mouse = |kind, column, row| MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    let header = stage.text(120, 40);
    let first = header.lines().next().unwrap();
    for (word, screen) in [("samples", Screen::Samples), ("charts", Screen::Charts)] {
        let at = first
            .find(word)
            .map(|byte| first[..byte].chars().count())
            .unwrap() as u16;
        let click = mouse(MouseEventKind::Down(MouseButton::Left), at, 0);
        stage.ui.on_mouse(&click);
        assert_eq!(stage.ui.app.screen, screen);
    }
    stage.ui.on_mouse(&mouse(MouseEventKind::ScrollUp, 40, 20));
    assert!(matches!(stage.ui.app.view.span, Span::Last(_)));
    stage
        .ui
        .on_mouse(&mouse(MouseEventKind::Down(MouseButton::Left), 20, 20));
    stage
        .ui
        .on_mouse(&mouse(MouseEventKind::Drag(MouseButton::Left), 90, 20));
    assert!(
        matches!(stage.ui.app.view.span, Span::Fixed(..)),
        "{:?}",
        stage.ui.app.view.span
    );
}

#[test]
fn looked_up_images_are_next_to_the_samples() {
    let mut stage = eventful();
    let asked = |effect: Option<Effect>| match effect {
        Some(Effect::Send(command)) => command.to_string(),
        other => format!("{other:?}"),
    };
    stage.press('e');
    stage.press('e');
    assert_eq!(asked(stage.press('i')), "walk 2 3");
    stage.ui.app.sent("walk 2 3".parse().unwrap(), Some(7));
    assert_eq!(asked(stage.press('n')), "neighbours 2");
    assert_eq!(asked(stage.press('b')), "real");
    assert_eq!(asked(stage.press('W')), "raw");
    let images = stage
        .ui
        .app
        .picture
        .as_ref()
        .unwrap()
        .samples
        .images
        .clone();
    let looked = |request| {
        Body::Live(Live::Looked(Looked {
            request,
            title: "from sample 2 to sample 3".into(),
            captions: (1..=images.count()).map(|n| n.to_string()).collect(),
            images: images.clone(),
        }))
    };
    // The result of another viewer's request is not shown.
    let event = stage.run.event(looked(None));
    stage.ui.on_event(&event);
    assert!(!stage.text(120, 40).contains("from sample"));
    let event = stage.run.event(looked(Some(7)));
    stage.ui.on_event(&event);
    stage.ui.app.gallery.enlarged = None;
    for (width, height) in [(200, 60), (120, 40), (80, 24), (60, 16)] {
        assert_snapshot!(
            format!("beside_{width}x{height}"),
            stage.text(width, height)
        );
    }
    stage.key(KeyCode::Esc);
    assert!(!stage.text(120, 40).contains("from sample"));
}
