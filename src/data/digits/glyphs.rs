//! How people write each digit: strokes as knots of smooth curves, in several habits per class.
//!
//! Coordinates are in heights of the digit: x to the right, y down, the digit between y = 0 and y = 1. A habit (a seven
//! with a bar, a closed four) is chosen first; its proportions are drawn from ranges. Variations common to all digits
//! (slant, wobble, thickness) are in `hand`.

use super::stroke::{Stroke, arc, k, s};
use crate::rng::Stream;

/// Number of classes.
pub(super) const CLASSES: usize = 10;

/// The strokes of one digit of `class` (modulo 10), in one person's habit.
pub(super) fn strokes(class: usize, rng: &mut Stream) -> Vec<Stroke> {
    match class % CLASSES {
        0 => zero(rng),
        1 => one(rng),
        2 => two(rng),
        3 => three(rng),
        4 => four(rng),
        5 => five(rng),
        6 => six(rng),
        7 => seven(rng),
        8 => eight(rng),
        _ => nine(rng),
    }
}

/// True in `percent` of 100 cases.
fn chance(rng: &mut Stream, percent: usize) -> bool {
    rng.below(100) < percent
}

fn zero(rng: &mut Stream) -> Vec<Stroke> {
    let width = rng.between(0.23, 0.40);
    // The pen starts near the top and comes back to it: a little too far, or not quite.
    let turn = rng.between(0.96, 1.07);
    let from = rng.between(0.16, 0.36);
    let mut outline = arc((width, 0.5), (width, 0.5), from, turn);
    // The end of the ring seldom meets its start.
    let inward = rng.between(-0.03, 0.09);
    let last = outline.len() - 1;
    for (i, knot) in outline.iter_mut().enumerate() {
        knot.y += inward * (i as f32 / last as f32).powi(3);
    }
    vec![outline]
}

fn one(rng: &mut Stream) -> Vec<Stroke> {
    let bend = rng.between(-0.03, 0.03);
    let mut stem = vec![k(0.25, 0.0), s(0.25 + bend, 0.5), k(0.25, 1.0)];
    let habit = rng.below(100);
    if habit < 62 {
        return vec![stem];
    }
    // An upstroke before the stem, and in some cases a foot.
    let (reach, drop) = (rng.between(0.10, 0.24), rng.between(0.14, 0.28));
    stem.insert(0, s(0.25 - reach, drop));
    let mut strokes = vec![stem];
    if habit >= 80 {
        let half = rng.between(0.14, 0.26);
        strokes.push(vec![
            s(0.25 - half, 1.0),
            s(0.25 + half, rng.between(0.98, 1.01)),
        ]);
    }
    strokes
}

fn two(rng: &mut Stream) -> Vec<Stroke> {
    let right = rng.between(0.50, 0.62);
    let hook = rng.between(0.16, 0.30);
    let waist = rng.between(0.56, 0.68);
    let mut stroke = vec![
        s(0.06, hook),
        s(0.16, 0.06),
        s(0.34, 0.0),
        s(right - 0.02, 0.14),
        s(right - 0.04, 0.34),
        s(0.34, waist),
    ];
    let end = right + rng.between(0.02, 0.16);
    if chance(rng, 45) {
        // A loop at the lower left, then a wave to the right.
        let low = rng.between(0.90, 0.97);
        stroke.extend([
            s(0.15, low - 0.04),
            s(0.03, low),
            s(-0.02, low - 0.09),
            s(0.08, low - 0.15),
            s(0.24, low - 0.06),
            s(0.40, low + 0.03),
            s(end, low - rng.between(-0.01, 0.10)),
        ]);
    } else {
        // A corner, then a straight or slightly swung foot.
        let swing = rng.between(-0.05, 0.03);
        stroke.extend([k(0.02, 0.97), s(0.3, 0.96 + swing), s(end, 0.97)]);
    }
    vec![stroke]
}

fn three(rng: &mut Stream) -> Vec<Stroke> {
    let top = rng.between(0.42, 0.52);
    let bottom = rng.between(0.50, 0.60);
    let waist = rng.between(0.42, 0.50);
    let pinch = rng.between(0.14, 0.28);
    let tail = rng.between(0.78, 0.94);
    let bowl = [
        s(bottom - 0.08, waist + 0.10),
        s(bottom, waist + 0.29),
        s(bottom - 0.14, 0.94),
        s(0.24, 1.0),
        s(0.0, tail),
    ];
    let mut stroke = match rng.below(100) {
        // Flat top: bar, diagonal back to the waist.
        0..15 => vec![s(0.03, 0.04), k(top + 0.04, 0.02), k(pinch, waist - 0.03)],
        // A small loop at the waist.
        15..40 => vec![
            s(0.05, 0.15),
            s(0.22, 0.0),
            s(top - 0.04, 0.05),
            s(top, 0.20),
            s(top - 0.12, waist - 0.05),
            s(pinch - 0.03, waist + 0.02),
            s(pinch - 0.01, waist - 0.05),
            s(pinch + 0.10, waist),
        ],
        _ => vec![
            s(0.04, rng.between(0.09, 0.18)),
            s(0.22, 0.0),
            s(top - 0.03, 0.08),
            s(top - 0.02, 0.27),
            k(pinch, waist),
        ],
    };
    stroke.extend(bowl);
    vec![stroke]
}

fn four(rng: &mut Stream) -> Vec<Stroke> {
    let bar = rng.between(0.50, 0.64);
    let stem = rng.between(0.40, 0.52);
    let over = stem + rng.between(0.06, 0.22);
    let lean = rng.between(-0.05, 0.02);
    match rng.below(100) {
        // Closed: down the diagonal and across without lifting, then the stem from the tip.
        0..18 => {
            let (stem, bar) = (stem + 0.06, bar + 0.06);
            let tip = stem + rng.between(-0.03, 0.02);
            vec![
                vec![
                    s(tip, 0.0),
                    s(0.2, bar * 0.56),
                    k(0.0, bar),
                    s(over + 0.06, bar - rng.between(-0.01, 0.05)),
                ],
                vec![s(tip, 0.0), s(stem + lean * 0.5, 0.5), s(stem + lean, 1.0)],
            ]
        }
        // Open with a round trough.
        18..50 => vec![
            vec![
                s(0.08, 0.03),
                s(0.02, bar * 0.6),
                s(0.09, bar - 0.03),
                s(0.28, bar - 0.02),
                s(stem + 0.03, bar - 0.14),
            ],
            vec![
                s(stem + 0.05, rng.between(-0.02, 0.10)),
                s(stem + 0.02, 0.5),
                s(stem + lean, 1.0),
            ],
        ],
        // Open with a corner.
        _ => vec![
            vec![
                s(rng.between(0.06, 0.16), 0.0),
                s(0.05, bar * 0.55),
                k(0.01, bar),
                s(over, bar - rng.between(0.0, 0.07)),
            ],
            vec![
                s(stem + 0.03, rng.between(0.0, 0.22)),
                s(stem + 0.01, 0.55),
                s(stem + lean, 1.0),
            ],
        ],
    }
}

fn five(rng: &mut Stream) -> Vec<Stroke> {
    let left = rng.between(0.06, 0.16);
    let belly = rng.between(0.50, 0.62);
    let neck = rng.between(0.38, 0.46);
    let tail = rng.between(0.84, 0.97);
    let bar_end = rng.between(0.52, 0.74);
    let rise = rng.between(-0.05, 0.03);
    let bowl = [
        s(0.30, neck - 0.07),
        s(belly - 0.04, neck + 0.09),
        s(belly, 0.70),
        s(belly - 0.16, 0.94),
        s(0.22, 1.0),
        s(0.0, tail),
    ];
    match rng.below(100) {
        // Stem and bowl first, the bar set on top afterwards.
        0..45 => {
            let mut body = vec![s(left + 0.03, 0.04), k(left - 0.02, neck)];
            body.extend(bowl);
            let gap = rng.between(-0.02, 0.05);
            vec![body, vec![s(left + 0.02 + gap, 0.04), s(bar_end, rise)]]
        }
        // In one go from the end of the bar.
        45..90 => {
            let mut stroke = vec![s(bar_end, rise), k(left + 0.04, 0.02), k(left - 0.01, neck)];
            stroke.extend(bowl);
            vec![stroke]
        }
        // In one go, round, like an S.
        _ => vec![vec![
            s(bar_end, rise + 0.02),
            s(0.32, 0.02),
            s(left, 0.08),
            s(left - 0.01, neck - 0.06),
            s(0.32, neck - 0.01),
            s(belly - 0.03, 0.66),
            s(belly - 0.08, 0.88),
            s(0.24, 1.0),
            s(0.0, tail),
        ]],
    }
}

fn six(rng: &mut Stream) -> Vec<Stroke> {
    let right = rng.between(0.44, 0.58);
    let top = rng.between(0.30, 0.52);
    let loop_top = rng.between(0.48, 0.60);
    let bulge = rng.between(0.0, 0.09);
    let close = rng.between(0.02, 0.14);
    vec![vec![
        s(top, 0.0),
        s(0.22 - bulge, 0.22),
        s(0.06 - bulge * 0.5, 0.52),
        s(0.03, 0.78),
        s(0.14, 0.96),
        s(0.30, 1.0),
        s(right - 0.03, 0.88),
        s(right - 0.01, loop_top + 0.12),
        s(right * 0.62, loop_top),
        s(0.19, loop_top + 0.08),
        s(close, loop_top + 0.24),
    ]]
}

fn seven(rng: &mut Stream) -> Vec<Stroke> {
    let right = rng.between(0.50, 0.64);
    let foot = rng.between(0.10, 0.30);
    let rise = rng.between(-0.03, 0.05);
    let bow = rng.between(0.0, 0.08);
    let mut stroke = Vec::new();
    if chance(rng, 30) {
        stroke.push(s(0.0, rng.between(0.12, 0.20)));
        stroke.push(k(0.01, 0.03));
    } else {
        stroke.push(s(0.0, 0.04 + rise));
    }
    stroke.push(s(0.28, 0.03 + rng.between(-0.03, 0.04)));
    let corner = s(right, 0.03 - rise);
    if chance(rng, 70) {
        stroke.push(k(corner.x, corner.y));
    } else {
        stroke.extend([s(right - 0.08, 0.02), s(right - 0.01, 0.10)]);
    }
    let middle = f32::midpoint(right, foot) - bow;
    stroke.extend([s(middle, 0.5), s(foot, 1.0)]);
    let mut strokes = vec![stroke];
    if chance(rng, 28) {
        let (at, half) = (rng.between(0.44, 0.56), rng.between(0.15, 0.22));
        strokes.push(vec![
            s(middle - half, at + 0.02),
            s(middle + half, at - rng.between(-0.02, 0.06)),
        ]);
    }
    strokes
}

fn eight(rng: &mut Stream) -> Vec<Stroke> {
    let waist = rng.between(0.42, 0.50);
    let top = rng.between(0.18, 0.26);
    let bottom = rng.between(0.21, 0.31);
    let mid = rng.between(0.26, 0.30);
    if chance(rng, 18) {
        // Two rings, the upper one set on the lower one.
        let circle = |centre: f32, half: f32, across: f32, from: f32| {
            arc((mid, centre), (across, half), from, 1.03)
        };
        let from = rng.between(0.15, 0.35);
        return vec![
            circle(waist / 2.0, waist / 2.0 + 0.01, top, 0.75),
            circle(
                f32::midpoint(waist, 1.0),
                (1.0 - waist) / 2.0 + 0.01,
                bottom,
                from,
            ),
        ];
    }
    // One S and back up through itself; it closes, overlaps or stays open at the upper right.
    let end = rng.between(-0.06, 0.05);
    vec![vec![
        s(mid + top, rng.between(0.08, 0.17)),
        s(mid, 0.0),
        s(mid - top, waist * 0.42),
        s(mid - top * 0.55, waist * 0.80),
        s(mid + bottom * 0.55, waist + (1.0 - waist) * 0.24),
        s(mid + bottom, waist + (1.0 - waist) * 0.58),
        s(mid + bottom * 0.4, 0.98),
        s(mid - bottom * 0.5, 0.97),
        s(mid - bottom, waist + (1.0 - waist) * 0.60),
        s(mid - bottom * 0.45, waist + (1.0 - waist) * 0.22),
        s(mid + top * 0.6, waist * 0.74),
        s(mid + top + 0.02, waist * 0.36 + end),
    ]]
}

fn nine(rng: &mut Stream) -> Vec<Stroke> {
    let right = rng.between(0.44, 0.56);
    let low = rng.between(0.40, 0.52);
    let start = rng.between(0.06, 0.18);
    let mut stroke = vec![
        s(right - 0.02, start),
        s(right * 0.60, 0.0),
        s(0.10, low * 0.30),
        s(0.03, low * 0.68),
        s(0.16, low),
        s(right * 0.68, low * 0.88),
        s(right - 0.03, low * 0.48),
    ];
    match rng.below(100) {
        // Up to the start of the loop, then straight down.
        0..40 => {
            let foot = right - rng.between(-0.02, 0.14);
            stroke.extend([
                k(right, start + 0.01),
                s(f32::midpoint(right, foot), 0.55),
                s(foot, 1.0),
            ]);
        }
        // Straight on in one bend.
        40..70 => {
            let foot = rng.between(0.16, 0.36);
            stroke.extend([
                k(right + 0.01, start + 0.02),
                s(right - 0.02, 0.52),
                s(foot, 1.0),
            ]);
        }
        // A tail that curls to the left.
        _ => {
            let hook = rng.between(0.82, 0.94);
            stroke.extend([
                k(right + 0.01, start + 0.02),
                s(right + 0.01, 0.50),
                s(right - 0.06, 0.84),
                s(right * 0.52, 1.0),
                s(0.05, hook),
            ]);
        }
    }
    vec![stroke]
}
