//! How far the values on a chart reach.

use std::cmp::Ordering;

use super::columns::Column;

/// Minimum columns for clipping.
const FEW: usize = 20;
/// The share of columns whose bands are whole where spikes are cut.
const MOST: f64 = 0.9;

/// Whether a place on an axis, from 0 at its low end to 1 at its high one, lies above it (greater) or below it (less): by the height of a
/// `row`, in the same measure, at least, because the edge shows what is nearer.
#[must_use]
pub fn beyond(place: f64, row: f64) -> Ordering {
    if place >= 1.0 + row {
        Ordering::Greater
    } else if place <= -row {
        Ordering::Less
    } else {
        Ordering::Equal
    }
}

/// The range of visible values: of all of them, or where `clips`, without the spikes of a few columns that would flatten
/// everything else. The lines themselves, `shown` for each column, are never clipped.
#[must_use]
pub fn extent<'a>(
    columns: impl Iterator<Item = &'a Column> + Clone,
    shown: impl Fn(&Column) -> f64,
    clips: bool,
) -> (f64, f64) {
    let widest = |values: &mut dyn Iterator<Item = (f64, f64)>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (l, h)| {
            (low.min(l), high.max(h))
        })
    };
    let (low, high) = widest(&mut columns.clone().map(|c| (c.low, c.high)));
    if !clips || columns.clone().count() < FEW {
        return (low, high);
    }
    let lines = columns.clone().map(shown).filter(|v| v.is_finite());
    let lines = widest(&mut lines.map(|v| (v, v)));
    let most = |values: &mut dyn Iterator<Item = f64>, share: f64| {
        let mut values: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        let at = (values.len().saturating_sub(1) as f64 * share) as usize;
        let found =
            (!values.is_empty()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1);
        found.unwrap_or(f64::NAN)
    };
    // NaN loses against the lines.
    let calm_low = lines
        .0
        .min(most(&mut columns.clone().map(|c| c.low), 1.0 - MOST));
    let calm_high = lines.1.max(most(&mut columns.map(|c| c.high), MOST));
    let calm = calm_high - calm_low;
    // Clip only if it gains at least half the height.
    if calm > 0.0 && high - low > 2.0 * calm {
        (calm_low, calm_high)
    } else {
        (low, high)
    }
}

/// The share of a line's values that are whole where its spikes are cut, and how much more a chart must show without them.
const MOST_OF_LINES: f64 = 0.95;
const GAIN: f64 = 10.0;
/// Of points, from how many on some may be spikes, and the share that is whole.
const FEW_POINTS: usize = 5;
const MOST_OF_POINTS: f64 = 0.8;
/// Values that are looked at to tell what is a spike.
const LOOKED_AT: usize = 2048;

/// The range of lines that are drawn without their raw values: of all of them, or where `clips`, without the few values that
/// would flatten all others to a tenth of the height.
#[must_use]
pub fn extent_of_lines(values: impl Iterator<Item = f64> + Clone, clips: bool) -> (f64, f64) {
    let values = values.filter(|value| value.is_finite());
    let (whole, most) = Most::of(values, FEW, MOST_OF_LINES);
    let Some(most) = most.filter(|_| clips) else {
        return whole;
    };
    // A side without spikes is shown to its end.
    let (low, high) = most.fences();
    let beyond = most.height() / 2.0;
    (
        if whole.0 < low {
            most.low - beyond
        } else {
            whole.0
        },
        if whole.1 > high {
            most.high + beyond
        } else {
            whole.1
        },
    )
}

/// The same of points, which may be as few as the trials of a sweep: all that are no spikes are within it.
#[must_use]
pub fn extent_of_points(values: impl Iterator<Item = f64> + Clone, clips: bool) -> (f64, f64) {
    let values = values.filter(|value| value.is_finite());
    let (whole, most) = Most::of(values.clone(), FEW_POINTS, MOST_OF_POINTS);
    let Some(most) = most.filter(|_| clips) else {
        return whole;
    };
    let (low, high) = most.fences();
    range(values.filter(|value| (low..=high).contains(value)))
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// Where most of some values lie.
struct Most {
    low: f64,
    high: f64,
}

impl Most {
    /// The range of finite values; and where so large a share of them ends on either side, if others would flatten these to a tenth of
    /// the height. Of fewer than `few` nothing is a spike.
    fn of(
        values: impl Iterator<Item = f64> + Clone,
        few: usize,
        share: f64,
    ) -> ((f64, f64), Option<Self>) {
        let (whole, count) = (range(values.clone()), values.clone().count());
        if count < few {
            return (whole, None);
        }
        let mut some: Vec<f64> = values.step_by(count / LOOKED_AT + 1).collect();
        let last = some.len().saturating_sub(1) as f64;
        let mut at = |share: f64| {
            let place = (last * share).round() as usize;
            *some.select_nth_unstable_by(place, f64::total_cmp).1
        };
        let most = Self {
            low: at(1.0 - share),
            high: at(share),
        };
        let flattens = most.height() > 0.0 && whole.1 - whole.0 > GAIN * most.height();
        (whole, flattens.then_some(most))
    }

    fn height(&self) -> f64 {
        self.high - self.low
    }

    /// What lies beyond these is a spike.
    fn fences(&self) -> (f64, f64) {
        let room = self.height() * (GAIN / 2.0 - 1.0);
        (self.low - room, self.high + room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(spike: f64) -> Vec<f64> {
        let calm = (0..400).map(|i| 1.0 + f64::from(i % 7) / 10.0);
        calm.chain([spike; 10]).collect()
    }

    #[test]
    fn spikes_of_lines_do_not_flatten_the_rest() {
        let of = |values: Vec<f64>, clips| extent_of_lines(values.into_iter(), clips);
        let (low, high) = of(line(5000.0), true);
        assert!(
            (low - 1.0).abs() < 1e-9 && high > 1.6 && high < 3.0,
            "{low} {high}"
        );
        let (low, high) = of(line(-5000.0), true);
        assert!(low > -2.0 && (high - 1.6).abs() < 1e-9, "{low} {high}");
        // All of it where that is asked for, and where it does not flatten the rest.
        assert_eq!(of(line(5000.0), false), (1.0, 5000.0));
        assert_eq!(of(line(4.0), true), (1.0, 4.0));
        assert_eq!(of(vec![1.0, 900.0], true), (1.0, 900.0));
        assert_eq!(of(vec![2.0; 100], true), (2.0, 2.0));
        assert!(of(Vec::new(), true).0.is_infinite());
    }

    #[test]
    fn an_outlier_of_few_points_is_cut_whatever_their_sign() {
        let of = |values: &[f64]| extent_of_points(values.iter().copied(), true);
        let near = [-1.0, -1.2, -1.5, -2.0, -1.1, -1.3];
        let with = |outlier: f64| [&near[..], &[outlier]].concat();
        assert_eq!(of(&with(-5_000.0)), (-2.0, -1.0));
        assert_eq!(of(&with(5_000.0)), (-2.0, -1.0));
        // What is not far out is shown, and so is all of very few.
        assert_eq!(of(&with(-4.0)), (-4.0, -1.0));
        assert_eq!(of(&[-1.0, -2.0, -5_000.0]), (-5_000.0, -1.0));
        let whole = extent_of_points(with(-5_000.0).into_iter(), false);
        assert_eq!(whole, (-5_000.0, -1.0));
    }
}
