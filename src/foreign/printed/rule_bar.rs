//! Bars that are drawn as a rule: Keras' `118/938 ━━━━━━━━ 3s 28ms/step - loss: 0.69` and, of earlier versions,
//! `118/938 [==>.....] - ETA: 3s - loss: 0.69`; rich's `Epoch 0/4 ━━╸━━ 118/938 0:00:03 • 0:00:27 30.1it/s loss: 0.69`.

use std::sync::LazyLock;

use regex::Regex;

use super::{Line, fixed, pairs, tqdm};

static KERAS: LazyLock<Regex> = LazyLock::new(|| {
    fixed::pattern(r"^\s*([0-9]+)/([0-9]+|Unknown)\s+(?:\[[=>.]+\]|[━╸╺─]+)\s*(.*)$")
});

static RICH: LazyLock<Regex> =
    LazyLock::new(|| fixed::pattern(r"^\s*(.*?)\s*[━╸╺╴─]{4,}\s*([0-9]+)/([0-9]+|-+|\?)\s+(.*)$"));

pub(super) fn read(line: &str) -> Option<Line> {
    let has_rule = !line.is_ascii() && line.contains(['━', '╸', '╺', '╴', '─']);
    let has_arrow = || ["[=", "[>", "[."].iter().any(|bar| line.contains(bar));
    // The patterns are slow.
    if !line.contains('/') || !has_rule && !has_arrow() {
        return None;
    }
    if let Some(found) = KERAS.captures(line) {
        let step = found.get(1)?.as_str().parse().ok()?;
        let steps = found.get(2)?.as_str().parse().ok();
        let metrics = pairs::read(found.get(3)?.as_str());
        return Some(tqdm::placed("", step, steps, metrics));
    }
    if !has_rule {
        return None;
    }
    let found = RICH.captures(line)?;
    let step = found.get(2)?.as_str().parse().ok()?;
    let steps = found.get(3)?.as_str().parse().ok();
    let metrics = pairs::read(found.get(4)?.as_str());
    Some(tqdm::placed(found.get(1)?.as_str(), step, steps, metrics))
}
