//! How far the values on a chart reach.

use super::columns::Column;

/// Minimum columns for clipping.
const FEW: usize = 20;
/// The share of columns whose bands are whole where spikes are cut.
const MOST: f64 = 0.9;

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
/// Values that are looked at to tell what is a spike.
const LOOKED_AT: usize = 2048;

/// The range of lines that are drawn without their raw values: of all of them, or where `clips`, without the few values that
/// would flatten all others to a tenth of the height.
#[must_use]
pub fn extent_of_lines(values: impl Iterator<Item = f64> + Clone, clips: bool) -> (f64, f64) {
    let values = values.filter(|value| value.is_finite());
    let mut count = 0;
    let whole = values
        .clone()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            count += 1;
            (low.min(value), high.max(value))
        });
    if !clips || count < FEW {
        return whole;
    }
    let mut some: Vec<f64> = values.step_by(count / LOOKED_AT + 1).collect();
    let last = some.len().saturating_sub(1) as f64;
    let mut at = |share: f64| {
        let place = (last * share).round() as usize;
        *some.select_nth_unstable_by(place, f64::total_cmp).1
    };
    let (low, high) = (at(1.0 - MOST_OF_LINES), at(MOST_OF_LINES));
    let most = high - low;
    if most <= 0.0 || whole.1 - whole.0 <= GAIN * most {
        return whole;
    }
    // A side without spikes is shown to its end.
    let room = most * (GAIN / 2.0 - 1.0);
    (
        if low - whole.0 > room {
            low - most / 2.0
        } else {
            whole.0
        },
        if whole.1 - high > room {
            high + most / 2.0
        } else {
            whole.1
        },
    )
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
}
