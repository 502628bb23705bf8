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
    /// The newest value in it, as it was observed.
    pub last: f64,
    /// The smoothed lines at its right edge.
    pub smooth: [f64; LEVELS.len()],
    /// Number of windows with a value that is not finite.
    pub odd: u64,
    /// Whether the line is broken before it.
    pub breaks: bool,
}

/// Where a line is in one column: a column without what only raw values need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Its index from the left.
    pub x: u16,
    /// The value of the line at its right edge.
    pub value: f64,
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
    place: impl FnMut(u64) -> f64,
    count: u16,
) -> Vec<Column> {
    gather(buckets, range, place, count, column)
}

/// The line through these buckets, where `value` says what it is at one of them; places are those of [`columns_by`].
#[must_use]
pub fn points_by(
    buckets: &[Bucket],
    range: &RangeInclusive<u64>,
    place: impl FnMut(u64) -> f64,
    count: u16,
    value: impl Fn(&Bucket) -> f64,
) -> Vec<Point> {
    let point = |x, bucket: &Bucket| Point {
        x,
        value: value(bucket),
        breaks: bucket.breaks,
    };
    gather(buckets, range, place, count, point)
}

/// What `of` makes of each bucket that has a place, one for each column.
fn gather<T: InColumn>(
    buckets: &[Bucket],
    range: &RangeInclusive<u64>,
    mut place: impl FnMut(u64) -> f64,
    count: u16,
    of: impl Fn(u16, &Bucket) -> T,
) -> Vec<T> {
    let (start, end) = (*range.start(), *range.end());
    if count == 0 || end <= start {
        return Vec::new();
    }
    let mut found: Vec<T> = Vec::with_capacity(usize::from(count));
    let first = buckets.partition_point(|b| b.to < start);
    let right = f64::from(count - 1);
    for bucket in buckets[first..].iter().take_while(|b| b.to <= end) {
        let at = place(bucket.to);
        if at.is_nan() {
            continue;
        }
        // Rounded: what is added is cut off.
        let next = of((at.clamp(0.0, 1.0) * right + 0.5) as u16, bucket);
        match found.last_mut() {
            Some(last) if last.x() == next.x() => last.take(&next),
            _ => found.push(next),
        }
    }
    found
}

/// What stands in one column of a chart.
pub trait InColumn {
    /// Its column, counted from the left.
    fn x(&self) -> u16;
    /// Moves it into another column.
    fn put_at(&mut self, x: u16);
    /// Takes in what follows it in the same column.
    fn take(&mut self, later: &Self);
}

impl InColumn for Column {
    fn x(&self) -> u16 {
        self.x
    }

    fn put_at(&mut self, x: u16) {
        self.x = x;
    }

    fn take(&mut self, later: &Self) {
        *self = Self {
            low: self.low.min(later.low),
            high: self.high.max(later.high),
            odd: self.odd + later.odd,
            breaks: self.breaks || later.breaks,
            ..*later
        };
    }
}

impl InColumn for Point {
    fn x(&self) -> u16 {
        self.x
    }

    fn put_at(&mut self, x: u16) {
        self.x = x;
    }

    fn take(&mut self, later: &Self) {
        self.value = later.value;
        self.breaks |= later.breaks;
    }
}

/// Makes what stands in the columns of a chart `from` wide stand in those of one that is only `to` wide.
pub fn narrow(found: &mut Vec<impl InColumn>, from: u16, to: u16) {
    if to >= from {
        return;
    }
    let share = f64::from(to.saturating_sub(1)) / f64::from(from.saturating_sub(1).max(1));
    for each in &mut *found {
        each.put_at((f64::from(each.x()) * share + 0.5) as u16);
    }
    found.dedup_by(|later, earlier| {
        let is_same = later.x() == earlier.x();
        if is_same {
            earlier.take(later);
        }
        is_same
    });
}

fn column(x: u16, bucket: &Bucket) -> Column {
    Column {
        x,
        step: bucket.to,
        low: bucket.low,
        high: bucket.high,
        centre: bucket.centre,
        last: bucket.stat.last,
        smooth: bucket.smooth,
        odd: bucket.odd,
        breaks: bucket.breaks,
    }
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
        let mut fewer = all.clone();
        narrow(&mut fewer, 100, 40);
        assert!(fewer.len() <= 40 && fewer.windows(2).all(|w| w[0].x < w[1].x));
        assert!(fewer.iter().any(|c| (c.low + 9.0).abs() < 1e-12));
        let later = columns(series.buckets(), &Ruler::steps(6_000..=10_000), 50);
        assert!(later.iter().all(|c| c.low >= 1.0 && c.x < 50));
    }

    #[test]
    fn a_line_is_where_its_columns_are() {
        let mut series = Series::default();
        for step in 1..=5_000_u64 {
            series.push(step, step, &Stat::of((step as f64 / 50.0).sin()));
            if step == 2_000 {
                series.break_here();
            }
        }
        let range = 0..=5_000;
        // To and fro, as over a metric.
        let place = |step: u64| (step as f64 / 700.0).sin().abs();
        let mut line = points_by(series.buckets(), &range, place, 90, |b| b.smooth[1]);
        let mut all = columns_by(series.buckets(), &range, place, 90);
        for _ in 0..2 {
            let same = all.iter().map(|column| Point {
                x: column.x,
                value: column.smooth[1],
                breaks: column.breaks,
            });
            assert!(line.iter().copied().eq(same));
            narrow(&mut line, 90, 31);
            narrow(&mut all, 90, 31);
        }
        assert!(line.iter().any(|point| point.breaks));
        assert!(line.iter().all(|point| point.x < 31));
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
