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
