//! After a switch to an objective whose losses are of another size, each stretch of the charts can be read.

use genai_tui::protocol::{Body, Event, Recorded, Stat};
use insta::assert_snapshot;

use super::{Caps, ColorDepth, Stage, text};

const LOSSES: [&str; 2] = ["d_loss", "g_loss"];

/// Multiplies these metrics of a window.
fn scaled(mut event: Event, names: [&str; 2], by: f64) -> Event {
    if let Body::Recorded(Recorded::Step(window)) = &mut event.body {
        for name in names {
            let stat = window.metrics.get_mut(name);
            stat.map(|stat| *stat = Stat::of(stat.mean * by)).unwrap();
        }
    }
    event
}

impl Stage {
    /// Trains with metrics that are so many times as large.
    fn train_scaled(&mut self, steps: u64, names: [&str; 2], by: f64) {
        for _ in 0..steps / 10 {
            let window = scaled(self.run.window(10), names, by);
            self.ui.on_event(&window);
        }
    }
}

/// 2,000 steps of gan, then as many of wgan, whose losses are forty times as large.
fn switched() -> Stage {
    let mut stage = Stage::running(2_000);
    stage.script("loss wgan");
    stage.train_scaled(2_000, LOSSES, 40.0);
    let samples = stage.run.samples();
    stage.ui.on_event(&samples);
    stage
}

#[test]
fn stretches_of_unlike_losses_have_axes_of_their_own() {
    let mut stage = switched();
    for (width, height) in [(120, 40), (80, 24)] {
        assert_snapshot!(
            format!("own_scales_{width}x{height}"),
            stage.text(width, height)
        );
    }
    let plain = Caps {
        colors: ColorDepth::None,
        utf8: false,
    };
    assert_snapshot!("own_scales_ascii", text(&stage.draw(120, 40, plain)));
}

#[test]
fn an_objective_that_returns_has_its_axis_again() {
    let mut stage = switched();
    stage.script("loss gan");
    stage.train(2_000);
    let frame = stage.text(200, 60);
    // At the left, and inside the plot where it holds again.
    assert!(frame.contains(" 5┤") && frame.contains("├5 "), "{frame}");
    assert!(frame.contains("own scales"), "{frame}");
}

#[test]
fn stretches_that_can_be_read_on_one_axis_share_it() {
    let mut stage = Stage::running(2_000);
    stage.script("loss lsgan");
    stage.train(2_000);
    let frame = stage.text(120, 40);
    assert!(
        !frame.contains("own scales") && !frame.contains('├'),
        "{frame}"
    );
    // So do those of which only one is in sight.
    let mut stage = switched();
    assert!(stage.text(120, 40).contains("own scales"));
    stage.press('w');
    stage.press('w');
    assert!(!stage.text(120, 40).contains("own scales"));
}

#[test]
fn quantities_that_mean_the_same_under_every_objective_are_never_parted() {
    let mut stage = Stage::running(2_000);
    stage.script("loss lsgan");
    stage.train_scaled(2_000, ["acc_real", "acc_fake"], 0.02);
    stage.press('2');
    stage.press('/');
    "acc".chars().for_each(|c| drop(stage.press(c)));
    let frame = stage.text(120, 40);
    assert!(frame.contains("Accuracy"), "{frame}");
    assert!(!frame.contains("own scales"), "{frame}");
}
