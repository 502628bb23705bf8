//! Every single point of a run, for passing on.

use std::collections::HashMap;

use super::source::{Point, Sink};
use crate::protocol::Stat;

/// Every point that counts: what a log took back is left out. Takes some 32 bytes for each.
#[derive(Debug, Clone, Default)]
pub struct Points {
    metrics: Vec<(String, Vec<Point>)>,
    places: HashMap<String, usize>,
}

impl Points {
    /// The metrics in the order in which the log first has them, each with its points, by rising steps.
    #[must_use]
    pub fn metrics(&self) -> impl ExactSizeIterator<Item = (&str, &[Point])> {
        self.metrics
            .iter()
            .map(|(name, points)| (name.as_str(), points.as_slice()))
    }

    fn push(&mut self, metric: &str, point: Point) {
        let at = if let Some(at) = self.places.get(metric) {
            *at
        } else {
            self.places.insert(metric.to_owned(), self.metrics.len());
            self.metrics.push((metric.to_owned(), Vec::new()));
            self.metrics.len() - 1
        };
        let Some((_, points)) = self.metrics.get_mut(at) else {
            return;
        };
        cut(points, point.step);
        points.push(point);
    }
}

/// Takes back the points from `step` on.
fn cut(points: &mut Vec<Point>, step: u64) {
    if points.last().is_some_and(|last| last.step >= step) {
        let kept = points.partition_point(|point| point.step < step);
        points.truncate(kept);
    }
}

impl Sink for Points {
    fn point(&mut self, metric: &str, point: Point) {
        self.push(metric, point);
    }

    /// A window of several steps has its mean under the metric's name, and its extremes, where they differ, under the name with
    /// `/min` and `/max`.
    fn window(&mut self, metric: &str, from: u64, end: Point, stat: &Stat) {
        // A window may be written again, longer, after a resume.
        if let Some(at) = self.places.get(metric)
            && let Some((_, points)) = self.metrics.get_mut(*at)
        {
            cut(points, from);
        }
        self.push(metric, end);
        if stat.count > 1 {
            for (name, value) in [("min", stat.min), ("max", stat.max)] {
                let point = Point { value, ..end };
                self.push(&format!("{metric}/{name}"), point);
            }
        }
    }

    fn rewind(&mut self, step: u64) {
        for (_, points) in &mut self.metrics {
            cut(points, step);
        }
    }

    fn restart(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: u64, value: f64) -> Point {
        Point {
            step,
            time: None,
            value,
        }
    }

    #[test]
    fn what_was_taken_back_is_left_out() {
        let mut points = Points::default();
        for step in 0..10 {
            points.point("a", point(step, step as f64));
            points.point("b", point(step, 0.0));
        }
        points.point("a", point(4, 40.0));
        points.rewind(7);
        let found: Vec<_> = points
            .metrics()
            .map(|(name, all)| (name, all.len(), all.last().map(|p| p.value)))
            .collect();
        assert_eq!(found, [("a", 5, Some(40.0)), ("b", 7, Some(0.0))]);
        points.restart();
        assert_eq!(points.metrics().len(), 0);
    }

    #[test]
    fn windows_keep_their_extremes() {
        let mut points = Points::default();
        let mut stat = Stat::of(1.0);
        stat.push(9.0);
        points.window("a", 1, point(2, stat.mean), &stat);
        points.window("a", 3, point(3, 2.0), &Stat::of(2.0));
        let found: Vec<_> = points
            .metrics()
            .flat_map(|(name, all)| all.iter().map(move |p| (name, p.step, p.value)))
            .collect();
        assert_eq!(
            found,
            [
                ("a", 2, 5.0),
                ("a", 3, 2.0),
                ("a/min", 2, 1.0),
                ("a/max", 2, 9.0)
            ]
        );
    }
}
