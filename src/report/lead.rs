//! The report in a few words.

use super::gather::Report;
use crate::metric::Good;
use crate::text::number;
use crate::workspace::Statistics;

/// The report in one or two sentences.
pub(super) fn lead(report: &Report) -> Option<String> {
    if let Some(sweep) = &report.sweep {
        return Some(sweep.lead());
    }
    let metric = *report.headlines().first()?;
    let ranked = report.ranked();
    let run = ranked.first()?;
    let (value, step) = report.best(run, metric)?;
    let word = if report.good(metric) == Good::Higher {
        "highest"
    } else {
        "lowest"
    };
    let mut text = format!(
        "The {word} {metric} is {}, of {} at step {}.",
        number::value(value),
        run.name,
        number::thousands(step)
    );
    let mut means: Vec<(f64, f64, usize, String)> = report
        .groups
        .iter()
        .filter_map(|group| {
            let members = report.members(group);
            let best: Vec<f64> = members
                .filter_map(|run| Some(report.best(run, metric)?.0))
                .collect();
            let found = Statistics::of(&best)?;
            let name = report.group_name(group);
            Some((found.mean, found.deviation, found.count, name))
        })
        .collect();
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    if report.good(metric) == Good::Higher {
        means.reverse();
    }
    if means.len() > 1 {
        let parts: Vec<String> = means
            .iter()
            .take(4)
            .map(|(mean, deviation, count, name)| {
                let more = match count {
                    1 => " (one run)".to_owned(),
                    n => format!(" ± {} ({n} runs)", spread(*deviation)),
                };
                format!("{name} {}{more}", number::value(*mean))
            })
            .collect();
        text.push_str(" Best by group: ");
        text.push_str(&parts.join(", "));
        text.push('.');
    }
    Some(text)
}

/// A deviation: two or three digits of it say enough.
pub(super) fn spread(deviation: f64) -> String {
    match deviation.abs() {
        d if d == 0.0 || d >= 1.0 => number::short(deviation),
        d if d >= 0.01 => format!("{deviation:.3}"),
        _ => format!("{deviation:.1e}"),
    }
}
