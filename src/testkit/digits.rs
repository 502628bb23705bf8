//! Digits made of arcs, as a generator of some skill would generate them.

use crate::rng::Stream;
use crate::shape::ImageShape;

/// The shape of the digits.
pub(super) const SHAPE: ImageShape = ImageShape::MNIST;

/// Strokes of the ten digits: arcs (centre, radii, from, to in turns) in a unit square.
const STROKES: [&[[f32; 6]]; 10] = [
    &[[0.5, 0.5, 0.22, 0.34, 0.0, 1.0]],
    &[[0.52, 0.5, 0.005, 0.34, 0.25, 0.75]],
    &[
        [0.5, 0.34, 0.2, 0.18, 0.45, 1.1],
        [0.36, 0.62, 0.32, 0.22, 0.9, 1.24],
        [0.5, 0.83, 0.22, 0.005, 0.0, 0.5],
    ],
    &[
        [0.48, 0.34, 0.19, 0.17, 0.45, 1.25],
        [0.48, 0.67, 0.21, 0.17, 0.75, 1.55],
    ],
    &[
        [0.62, 0.5, 0.005, 0.35, 0.25, 0.75],
        [0.5, 0.6, 0.24, 0.005, 0.0, 0.5],
        [0.62, 0.6, 0.28, 0.45, 0.5, 0.75],
    ],
    &[
        [0.5, 0.18, 0.18, 0.005, 0.0, 0.5],
        [0.33, 0.32, 0.005, 0.14, 0.25, 0.75],
        [0.48, 0.63, 0.2, 0.2, 0.6, 1.4],
    ],
    &[
        [0.5, 0.66, 0.18, 0.18, 0.0, 1.0],
        [0.62, 0.6, 0.3, 0.45, 0.47, 0.72],
    ],
    &[
        [0.5, 0.18, 0.22, 0.005, 0.0, 0.5],
        [0.9, 0.9, 0.45, 0.72, 0.5, 0.7],
    ],
    &[
        [0.5, 0.33, 0.16, 0.16, 0.0, 1.0],
        [0.5, 0.67, 0.19, 0.18, 0.0, 1.0],
    ],
    &[
        [0.5, 0.35, 0.18, 0.18, 0.0, 1.0],
        [0.4, 0.4, 0.28, 0.45, 0.0, 0.22],
    ],
];

/// Digit `i % 10` as a generator of this skill (0 to 1) would generate it.
pub(super) fn digit(i: usize, skill: f32, rng: &mut Stream) -> Vec<u8> {
    let (slant, thick) = (rng.between(-0.15, 0.2), rng.between(0.035, 0.06));
    let (dx, dy) = (rng.between(-0.04, 0.04), rng.between(-0.03, 0.03));
    let (width, height) = (SHAPE.width(), SHAPE.height());
    let mut field = vec![0.0_f32; SHAPE.values()];
    for [cx, cy, rx, ry, from, to] in STROKES[i % 10] {
        for k in 0..=90 {
            let angle = (from + (to - from) * k as f32 / 90.0) * std::f32::consts::TAU;
            let (x, y) = (cx + rx * angle.cos() + dx, cy + ry * angle.sin() + dy);
            let x = x - (y - 0.5) * slant;
            for (p, value) in field.iter_mut().enumerate() {
                let px = (p % width) as f32 / width as f32;
                let py = (p / width) as f32 / height as f32;
                let d = ((px - x).powi(2) + (py - y).powi(2)).sqrt();
                *value = value.max((1.0 - (d - thick) / 0.035).clamp(0.0, 1.0));
            }
        }
    }
    field
        .into_iter()
        .map(|v| {
            let grain = rng.normal().abs() * 0.5 * (1.0 - skill)
                + if rng.below(60) == 0 {
                    0.25 * (1.0 - skill)
                } else {
                    0.0
                };
            ((v * (0.25 + 0.75 * skill) + grain).clamp(0.0, 1.0) * 255.0) as u8
        })
        .collect()
}
