//! A grid: the last parameter changes fastest.

use crate::sweep::param::Param;

pub(super) fn draw(params: &[Param], number: u64) -> (Vec<f64>, Vec<String>) {
    let mut rest = number;
    let mut drawn = Vec::new();
    for param in params.iter().rev() {
        let count = param.domain.points().unwrap_or(1).max(1);
        let point = rest % count;
        rest /= count;
        let place = (point as f64 + 0.5) / count as f64;
        drawn.push((place, param.domain.point(point, count)));
    }
    drawn.into_iter().rev().unzip()
}
