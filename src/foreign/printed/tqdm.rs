//! Bars of tqdm: `12%|█▏ | 118/938 [00:03<00:27, 30.1it/s, d_loss=0.69]`, and `118it [00:03, 30.1it/s]` where the end is unknown.

use std::sync::LazyLock;

use regex::Regex;

use super::position::Position;
use super::{Line, classic, fixed, pairs};

static BAR: LazyLock<Regex> = LazyLock::new(|| {
    fixed::pattern(
        r"(?x)
        ^(?P<of>.*?):?\s*
        \d{1,3}%\|[^|]*\|\s*
        (?P<n>[0-9.]+[kMG]?)/(?P<all>[0-9.]+[kMG]?)\s+
        \[[^<\]]*<(?:\d+\ days?,\ )?[^,\]]*(?:,\s*(?P<rate>[^,\]]*))?(?P<more>,.*)?\]
        (?P<rest>[^\]]*)$",
    )
});

static OPEN: LazyLock<Regex> = LazyLock::new(|| {
    fixed::pattern(
        r"(?x)
        ^(?P<of>.*?):?\s*
        (?P<n>[0-9.]+[kMG]?)(?:it|batch|ba|step|\ ?steps?|\ ?batch(?:es)?)\s
        \[[\d:]+,\s*(?P<rate>[^,\]]*)(?P<more>,.*)?\]
        (?P<rest>[^\]]*)$",
    )
});

/// Whether a line that may go on is a bar that is whole.
pub(super) fn is_complete(line: &str) -> bool {
    line.ends_with(']') && (line.contains("%|") || line.contains("it ["))
}

/// Whether there may be the time of an open bar: `[00:03,`. The pattern is slow.
fn has_clock(line: &str) -> bool {
    let mut brackets = line.split('[').skip(1);
    brackets.any(|after| {
        let digits = after
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b':')
            .count();
        digits > 0 && after.as_bytes().get(digits) == Some(&b',')
    })
}

pub(super) fn read(line: &str) -> Option<Line> {
    let found = if line.contains("%|") {
        BAR.captures(line)
    } else {
        None
    };
    let found = match found {
        Some(found) => found,
        None if has_clock(line) => OPEN.captures(line)?,
        None => return None,
    };
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    let rate = part("rate").unwrap_or_default();
    // Files, not steps.
    if rate.ends_with("B/s") || rate.contains("/B") {
        return Some(Line::default());
    }
    let step = count(part("n")?)?;
    let steps = match part("all") {
        Some(all) => Some(count(all)?),
        None => None,
    };
    let metrics = pairs::read(part("more").unwrap_or_default().trim_start_matches(','));
    Some(placed(part("of").unwrap_or_default(), step, steps, metrics))
}

/// The line of a bar with a description.
pub(super) fn placed(
    of: &str,
    step: u64,
    steps: Option<u64>,
    mut metrics: Vec<(String, f64)>,
) -> Line {
    let described = classic::read(of);
    let (mut epoch, mut epochs) = (None, None);
    if let Some(position) = described.position {
        (epoch, epochs) = (position.epoch, position.epochs);
    }
    for (name, value) in described.metrics {
        pairs::add(&mut metrics, name, value);
    }
    let words: String = of
        .split(|c: char| !c.is_alphabetic())
        .take_while(|word| !matches!(*word, "loss" | "acc"))
        .collect::<Vec<_>>()
        .join(" ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_of_epochs = matches!(words.to_lowercase().as_str(), "epoch" | "epochs");
    let position = if is_of_epochs && epoch.is_none() {
        // The bar around: so many epochs are done.
        Position {
            epoch: Some(step),
            epochs: steps,
            ..Position::default()
        }
    } else {
        // Bars and lines are told apart.
        let of = if words.is_empty() {
            "bar".to_owned()
        } else {
            words
        };
        Position {
            of,
            epoch,
            epochs,
            step: Some(step),
            steps,
            ..Position::default()
        }
    };
    Line {
        position: Some(position),
        metrics,
    }
}

/// A count, maybe in thousands: `1.2k`.
fn count(text: &str) -> Option<u64> {
    let (digits, factor) = match text.chars().last()? {
        'k' => (text.strip_suffix('k')?, 1e3),
        'M' => (text.strip_suffix('M')?, 1e6),
        'G' => (text.strip_suffix('G')?, 1e9),
        _ => (text, 1.0),
    };
    let value: f64 = digits.parse().ok()?;
    super::number::count((value * factor).round())
}
