//! Strokes: knots that the pen goes through, and the smooth curve between them.

use std::f32::consts::TAU;

/// Distance between neighbouring points of a sampled curve, in heights of the digit: about a pixel.
const SAMPLING: f32 = 0.06;

/// A point that a stroke goes through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Knot {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// Whether the pen turns sharply here instead of going smoothly through.
    pub kink: bool,
}

/// What is drawn without lifting the pen.
pub(super) type Stroke = Vec<Knot>;

/// A smooth knot.
pub(super) fn s(x: f32, y: f32) -> Knot {
    Knot { x, y, kink: false }
}

/// A kink.
pub(super) fn k(x: f32, y: f32) -> Knot {
    Knot { x, y, kink: true }
}

/// Knots on an ellipse from angle `from`, over `turn` (fractions of a full turn, counter-clockwise on the page).
pub(super) fn arc(centre: (f32, f32), radii: (f32, f32), from: f32, turn: f32) -> Stroke {
    let knots = (turn.abs() * 9.0).ceil().max(2.0) as usize;
    (0..=knots)
        .map(|i| {
            let angle = TAU * (from + turn * i as f32 / knots as f32);
            s(
                centre.0 + radii.0 * angle.cos(),
                centre.1 - radii.1 * angle.sin(),
            )
        })
        .collect()
}

/// Points along a stroke: centripetal Catmull–Rom curves between kinks, which neither overshoot nor loop.
pub(super) fn sample(knots: &[Knot]) -> Vec<(f32, f32)> {
    let mut points = Vec::with_capacity(64);
    for i in 0..knots.len().saturating_sub(1) {
        let (from, to) = (knots[i], knots[i + 1]);
        let before = if from.kink || i == 0 {
            None
        } else {
            Some(knots[i - 1])
        };
        let after = if to.kink {
            None
        } else {
            knots.get(i + 2).copied()
        };
        let (c1, c2) = controls(before, from, to, after);
        let length = (to.x - from.x).hypot(to.y - from.y);
        let pieces = (length / SAMPLING).ceil().max(1.0) as usize;
        for piece in 0..pieces {
            let t = piece as f32 / pieces as f32;
            points.push(bezier([(from.x, from.y), c1, c2, (to.x, to.y)], t));
        }
    }
    points.extend(knots.last().map(|knot| (knot.x, knot.y)));
    points
}

/// The control points of the Bézier piece between two knots; without a neighbour the curve starts straight.
fn controls(
    before: Option<Knot>,
    from: Knot,
    to: Knot,
    after: Option<Knot>,
) -> ((f32, f32), (f32, f32)) {
    let gap = |a: Knot, b: Knot| (b.x - a.x).hypot(b.y - a.y).sqrt().max(1e-3);
    let d2 = gap(from, to);
    let towards = |outer: Option<Knot>, near: Knot, far: Knot| {
        let Some(outer) = outer else {
            return (
                near.x + (far.x - near.x) / 3.0,
                near.y + (far.y - near.y) / 3.0,
            );
        };
        let d1 = gap(outer, near);
        let weight = 2.0 * d1 * d1 + 3.0 * d1 * d2 + d2 * d2;
        let mix = |outer: f32, near: f32, far: f32| {
            (d1 * d1 * far - d2 * d2 * outer + weight * near) / (3.0 * d1 * (d1 + d2))
        };
        (mix(outer.x, near.x, far.x), mix(outer.y, near.y, far.y))
    };
    (towards(before, from, to), towards(after, to, from))
}

/// The point at `t`, from 0 to 1, of the Bézier curve with these control points.
fn bezier(points: [(f32, f32); 4], t: f32) -> (f32, f32) {
    let u = 1.0 - t;
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    points
        .iter()
        .zip(weights)
        .fold((0.0, 0.0), |(x, y), (point, weight)| {
            (x + weight * point.0, y + weight * point.1)
        })
}
