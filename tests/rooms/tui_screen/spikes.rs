//! Spikes of a few steps neither flatten a chart nor disappear.

use genai_tui::protocol::{Body, Recorded, Stat};

use super::Stage;

#[test]
fn a_spike_ends_in_an_arrow_with_its_value_unless_the_axis_covers_all() {
    let mut stage = Stage::running(4_000);
    let mut event = stage.run.window(1);
    if let Body::Recorded(Recorded::Step(window)) = &mut event.body {
        window.metrics.insert("g_loss".to_owned(), Stat::of(900.0));
    }
    stage.ui.on_event(&event);
    stage.train(2_000);
    let cut = stage.text(120, 40);
    assert!(cut.contains("▲900"), "{cut}");
    stage.press('y');
    let whole = stage.text(120, 40);
    assert!(!whole.contains('▲') && whole.contains("whole"), "{whole}");
    assert!(whole.contains("800┤"), "{whole}");
}
