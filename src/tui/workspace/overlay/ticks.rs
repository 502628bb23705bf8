//! The round places of a horizontal axis, and how a place on it is written.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::history::Unit;
use crate::text::{duration, number};
use crate::tui::plot::{Axis as Scale, Tick, step_ticks};
use crate::workspace::Axis;

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Round numbers of seconds below a day.
const SECONDS: [f64; 16] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0,
    21_600.0, 43_200.0,
];

/// The round places between the ends of an axis of so many columns.
pub(super) fn ticks(ends: (f64, f64), axis: &Axis, columns: usize) -> Vec<Tick> {
    match axis {
        Axis::Steps => step_ticks(ends, Unit::Steps, columns),
        Axis::Images => step_ticks(ends, Unit::Images, columns),
        Axis::Time => step_ticks(ends, Unit::Time, columns),
        Axis::Wall => of_day(ends, columns),
        Axis::Metric(_) => of_values(ends, columns),
    }
}

/// A place on an axis, in its unit, as exactly as one wants to know it.
pub(super) fn exactly(value: f64, axis: &Axis) -> String {
    match axis {
        Axis::Steps => number::thousands(value.max(0.0) as u64),
        Axis::Images => number::compact(value),
        Axis::Time => duration::clock(value),
        Axis::Wall => written(value, "%b %-d %H:%M:%S"),
        Axis::Metric(_) => number::value(value),
    }
}

/// Times of day here, at round hours or minutes; days, where the axis spans several.
fn of_day((start, end): (f64, f64), columns: usize) -> Vec<Tick> {
    if end <= start || !start.is_finite() || !end.is_finite() {
        return Vec::new();
    }
    let count = (columns / 14).clamp(2, 12);
    let rough = (end - start) / count as f64;
    let round = SECONDS.into_iter().find(|step| *step >= rough);
    // At least two of them, if the axis has room for them at all.
    let step = match SECONDS.into_iter().rfind(|step| *step * 2.0 <= end - start) {
        Some(most) => round.unwrap_or(most).min(most),
        None => round.unwrap_or(1.0),
    };
    let step = if rough > DAY / 2.0 {
        (rough / DAY).ceil() * DAY
    } else {
        step
    };
    // Round here, and not in Greenwich.
    let shift = Timestamp::from_second(start as i64)
        .map_or(0, |time| TimeZone::system().to_offset(time).seconds());
    let shift = f64::from(shift);
    let format = match step {
        step if step < 60.0 => "%H:%M:%S",
        step if step < DAY && end - start < DAY => "%H:%M",
        step if step < DAY => "%b %-d %H:%M",
        _ => "%b %-d",
    };
    let first = ((start + shift) / step).ceil() as i64;
    let last = ((end + shift) / step).floor() as i64;
    (first..=last)
        .map(|number| number as f64 * step - shift)
        .map(|second| Tick {
            at: (second - start) / (end - start),
            label: written(second, format),
        })
        .collect()
}

fn written(seconds: f64, format: &str) -> String {
    let time = Timestamp::from_second(seconds as i64);
    time.map_or_else(
        |_| String::new(),
        |time| {
            let here = TimeZone::system().to_datetime(time);
            here.strftime(format).to_string()
        },
    )
}

/// Round values of a metric.
fn of_values((start, end): (f64, f64), columns: usize) -> Vec<Tick> {
    let scale = Scale::new(start, end, false, columns / 14);
    let (Some(low), Some(high)) = (scale.place(start), scale.place(end)) else {
        return Vec::new();
    };
    let within = |tick: &Tick| (0.0..=1.0).contains(&tick.at);
    scale
        .ticks()
        .into_iter()
        .map(|tick| Tick {
            at: (tick.at - low) / (high - low),
            ..tick
        })
        .filter(within)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_axis_has_ticks_within_its_ends() {
        for (ends, axis) in [
            ((0.0, 5_000.0), Axis::Steps),
            ((0.0, 1.2e6), Axis::Images),
            ((0.0, 4_000.0), Axis::Time),
            ((1.7e9, 1.7e9 + 90.0), Axis::Wall),
            ((1.7e9, 1.7e9 + 4e4), Axis::Wall),
            ((1.7e9, 1.7e9 + 1e6), Axis::Wall),
            ((0.31, 1.93), Axis::Metric("d_loss".to_owned())),
        ] {
            let ticks = ticks(ends, &axis, 100);
            assert!((2..=14).contains(&ticks.len()), "{axis:?}: {ticks:?}");
            for tick in ticks {
                assert!((0.0..=1.0).contains(&tick.at), "{axis:?}: {tick:?}");
                assert!(!tick.label.is_empty(), "{axis:?}");
            }
        }
    }
}
