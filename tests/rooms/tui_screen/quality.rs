//! How the screen shows the quality of samples.

use genai_tui::eval::judge::Kind;
use genai_tui::eval::live_metrics;
use genai_tui::protocol::{Body, Event, Live, Quality, Recorded};

use super::Stage;

/// An evaluation at `step`.
fn judged(stage: &Stage, step: u64, fid: f64) -> Event {
    let values = [
        ("fid", fid),
        ("score", 5.91),
        ("modes", 8.0),
        ("recall", 0.33),
    ];
    let quality = Quality {
        n: 2000,
        from_step: None,
        real: 2000,
        values: values.map(|(name, v)| (name.to_owned(), v)).into(),
        floor: [].into(),
        classes: vec![0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.0, 0.0],
        dropped: 0,
        seconds: 0.4,
    };
    let mut event = stage
        .run
        .event(Body::Recorded(Recorded::Evaluated(quality)));
    event.step = step;
    event
}

#[test]
fn quality_is_shown_on_the_dashboard_and_the_charts() {
    let mut stage = Stage::new();
    let mut started = stage.run.started();
    if let Body::Recorded(Recorded::Started(info)) = &mut started.body {
        info.measures = live_metrics(Kind::Trained, false);
    }
    stage.ui.on_event(&started);
    stage.train(4_100);
    let frame = stage.text(120, 40);
    assert!(frame.contains("FID") && !frame.contains("modes"), "{frame}");
    for (step, fid) in [(2_000, 41.5), (4_000, 33.25)] {
        let event = judged(&stage, step, fid);
        stage.ui.on_event(&event);
    }
    assert_eq!(stage.ui.app.run.at.step, 4_100, "the run is not back there");
    let frame = stage.text(120, 40);
    for shown in ["33.25", "5.91", "8/10"] {
        assert!(frame.contains(shown), "{shown}: {frame}");
    }
    stage.press('2');
    let frame = stage.text(200, 60);
    for shown in [
        "Quality",
        "Classes",
        "Sample quality",
        "step 4,000",
        " 30.0 %",
        "recall 0.33",
    ] {
        assert!(frame.contains(shown), "{shown}: {frame}");
    }
    // Another objective does not change the quality of the samples; a rewind does.
    stage.script("loss wgan");
    stage.press('1');
    assert!(stage.text(120, 40).contains("33.25"));
    let text = "a remark".to_owned();
    let mut back = stage.run.event(Body::Recorded(Recorded::Note { text }));
    (back.step, back.branch) = (3_000, back.branch + 1);
    stage.ui.on_event(&back);
    assert!(!stage.text(120, 40).contains("33.25"));
}

#[test]
fn without_a_judge_the_charts_say_why() {
    let mut stage = Stage::running(100);
    let reason =
        "found no judge for the dataset \"digits\"; train one with `genai-tui eval train-judge`"
            .to_owned();
    let event = stage.run.event(Body::Live(Live::Unjudged { reason }));
    stage.ui.on_event(&event);
    assert!(!stage.text(120, 40).contains("FID"));
    stage.press('2');
    let frame = stage.text(200, 60);
    assert!(frame.contains("train-judge"), "{frame}");
}
