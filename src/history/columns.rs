//! A range of steps of one series, reduced to the columns of a chart.
//!
//! A column holds the extremes of everything that falls into it, so a chart shows the whole range however many steps
//! share a column.

use super::ruler::Ruler;
use super::series::Bucket;
use super::smooth::LEVELS;

/// The values shown in one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Its index from the left.
    pub x: u16,
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
    let (start, end) = (*ruler.range().start(), *ruler.range().end());
    if count == 0 || end <= start {
        return Vec::new();
    }
    let first = buckets.partition_point(|b| b.to < start);
    let right = f64::from(count - 1);
    let mut found: Vec<Column> = Vec::with_capacity(usize::from(count));
    for bucket in buckets[first..].iter().take_while(|b| b.to <= end) {
        let x = (ruler.place(bucket.to).clamp(0.0, 1.0) * right).round() as u16;
        match found.last_mut() {
            Some(column) if column.x == x => join(column, bucket),
            _ => found.push(column(x, bucket)),
        }
    }
    found
}

fn column(x: u16, bucket: &Bucket) -> Column {
    Column {
        x,
        low: bucket.low,
        high: bucket.high,
        centre: bucket.centre,
        smooth: bucket.smooth,
        odd: bucket.odd,
        breaks: bucket.breaks,
    }
}

fn join(column: &mut Column, bucket: &Bucket) {
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
