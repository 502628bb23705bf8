//! A range of steps of one series, reduced to the columns of a chart.
//!
//! A column holds the extremes of everything that falls into it, so a chart shows the whole range however many steps
//! share a column.

use std::ops::RangeInclusive;

use super::ruler::Ruler;
use super::series::Bucket;
use super::smooth::LEVELS;

/// The values shown in one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Its index from the left.
    pub x: u16,
    /// The newest step in it.
    pub step: u64,
    /// Smallest finite value; infinity if there was none.
    pub low: f64,
    /// Largest finite value; minus infinity if there was none.
    pub high: f64,
    /// Mean of its newest bucket.
    pub centre: f64,
    /// The smoothed lines at its right edge.
    pub smooth: [f64; LEVELS.len()],
    /// Number of windows with a value that is not finite.
    pub odd: u64,
    /// Whether the line is broken before it.
    pub breaks: bool,
}

/// The columns of a series' buckets over an axis, spread over `count` columns; columns without data are left out.
#[must_use]
pub fn columns(buckets: &[Bucket], ruler: &Ruler, count: u16) -> Vec<Column> {
    columns_by(buckets, ruler.range(), |step| ruler.place(step), count)
}

/// The same where `place` says where a step lies, from 0 to 1; steps without a place are left out. Where places do not rise
/// with the steps, columns stand in the order of the steps.
#[must_use]
pub fn columns_by(
    buckets: &[Bucket],
    range: &RangeInclusive<u64>,
    mut place: impl FnMut(u64) -> f64,
    count: u16,
) -> Vec<Column> {
    let (start, end) = (*range.start(), *range.end());
    if count == 0 || end <= start {
        return Vec::new();
    }
    let first = buckets.partition_point(|b| b.to < start);
    let right = f64::from(count - 1);
    let mut found: Vec<Column> = Vec::with_capacity(usize::from(count));
    for bucket in buckets[first..].iter().take_while(|b| b.to <= end) {
        let at = place(bucket.to);
        if at.is_nan() {
            continue;
        }
        // Rounded: what is added is cut off.
        let x = (at.clamp(0.0, 1.0) * right + 0.5) as u16;
        match found.last_mut() {
            Some(column) if column.x == x => join(column, bucket),
            _ => found.push(column(x, bucket)),
        }
    }
    found
}

/// Columns of a chart `from` wide in one that is only `to` wide.
#[must_use]
pub fn narrowed(columns: Vec<Column>, from: u16, to: u16) -> Vec<Column> {
    if to >= from {
        return columns;
    }
    let share = f64::from(to.saturating_sub(1)) / f64::from(from.saturating_sub(1).max(1));
    let mut found: Vec<Column> = Vec::with_capacity(columns.len());
    for column in columns {
        let x = (f64::from(column.x) * share).round() as u16;
        match found.last_mut() {
            Some(last) if last.x == x => {
                *last = Column {
                    x,
                    low: last.low.min(column.low),
                    high: last.high.max(column.high),
                    odd: last.odd + column.odd,
                    breaks: last.breaks || column.breaks,
                    ..column
                };
            }
            _ => found.push(Column { x, ..column }),
        }
    }
    found
}

fn column(x: u16, bucket: &Bucket) -> Column {
    Column {
        x,
        step: bucket.to,
        low: bucket.low,
        high: bucket.high,
        centre: bucket.centre,
        smooth: bucket.smooth,
        odd: bucket.odd,
        breaks: bucket.breaks,
    }
}

fn join(column: &mut Column, bucket: &Bucket) {
    column.step = bucket.to;
    column.low = column.low.min(bucket.low);
    column.high = column.high.max(bucket.high);
    column.centre = bucket.centre;
    column.smooth = bucket.smooth;
    column.odd += bucket.odd;
    column.breaks |= bucket.breaks;
}

#[cfg(test)]
mod tests {
    use super::super::series::Series;
    use super::*;
    use crate::protocol::Stat;

    #[test]
    fn columns_keep_the_extremes_of_their_range() {
        let mut series = Series::default();
        for step in 1..=10_000_u64 {
            let value = if step == 5_000 {
                -9.0
            } else {
                1.0 + (step % 7) as f64
            };
            series.push(step, step, &Stat::of(value));
        }
        let all = columns(series.buckets(), &Ruler::steps(0..=10_000), 100);
        assert!(all.len() <= 100 && all.len() > 95);
        assert!(all.windows(2).all(|w| w[0].x < w[1].x));
        assert!(all.iter().any(|c| (c.low + 9.0).abs() < 1e-12));
        let narrow = narrowed(all.clone(), 100, 40);
        assert!(narrow.len() <= 40 && narrow.windows(2).all(|w| w[0].x < w[1].x));
        assert!(narrow.iter().any(|c| (c.low + 9.0).abs() < 1e-12));
        let later = columns(series.buckets(), &Ruler::steps(6_000..=10_000), 50);
        assert!(later.iter().all(|c| c.low >= 1.0 && c.x < 50));
    }

    #[test]
    fn an_empty_range_has_no_columns() {
        let mut series = Series::default();
        series.push(1, 1, &Stat::of(1.0));
        assert!(columns(series.buckets(), &Ruler::steps(5..=5), 10).is_empty());
        assert!(columns(series.buckets(), &Ruler::steps(0..=5), 0).is_empty());
        assert!(columns(Series::default().buckets(), &Ruler::steps(0..=5), 10).is_empty());
    }
}
