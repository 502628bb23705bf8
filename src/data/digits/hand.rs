//! Turns a glyph into handwriting: wobble, slant, rotation, proportion, pressure, and the position on the page.
//!
//! The result is placed as in MNIST: scaled so that the longer side is about 20 pixels, then moved so that the centre
//! of mass is the centre of the image. Networks trained on one therefore work on the other.

use std::f32::consts::TAU;

use super::SHAPE;
use super::pen::Dot;
use super::stroke::{Knot, Stroke, sample};
use crate::rng::Stream;

/// Longer side of a digit on the page, in pixels.
const BOX: f32 = 20.0;
/// Distance of ink from the edge of the page, in pixels: the outermost ring stays empty, including soft edges.
const MARGIN: f32 = 1.15;

/// One way of holding the pen, chosen again for every digit.
struct Style {
    /// Standard deviation of a knot's wobble, in heights of the digit.
    wobble: f32,
    /// Width over natural width.
    aspect: f32,
    /// How far the top leans to the right, in heights.
    slant: f32,
    /// Cosine and sine of the digit's rotation.
    turn: (f32, f32),
    /// Longer side on the page, in pixels.
    size: f32,
    /// Half the thickness of a stroke, in pixels.
    radius: f32,
    /// How much pressure changes along a stroke: relative depth, waves per stroke, phase.
    pressure: (f32, f32, f32),
    /// A smooth bend of the paper.
    waves: [Wave; 3],
}

/// One component of the elastic distortion: a displacement along `(dx, dy)` that varies as a sine over the page.
struct Wave {
    dx: f32,
    dy: f32,
    fx: f32,
    fy: f32,
    phase: f32,
}

impl Style {
    fn draw(rng: &mut Stream) -> Self {
        let angle = (rng.normal() * 0.08).clamp(-0.2, 0.2);
        Self {
            wobble: rng.between(0.008, 0.028),
            aspect: (0.13 + rng.normal() * 0.14).clamp(-0.17, 0.45).exp(),
            slant: (0.14 + rng.normal() * 0.17).clamp(-0.28, 0.55),
            turn: (angle.cos(), angle.sin()),
            size: BOX + rng.between(-1.0, 0.2),
            radius: (0.21 + rng.normal() * 0.23).exp().clamp(0.85, 1.95),
            pressure: (
                rng.between(0.0, 0.16),
                rng.between(0.3, 1.6),
                rng.between(0.0, TAU),
            ),
            waves: std::array::from_fn(|i| {
                let depth = rng.between(0.0, 0.042) / (1.0 + i as f32 * 0.5);
                let direction = rng.between(0.0, TAU);
                let reach = 0.45 + 0.35 * i as f32;
                Wave {
                    dx: depth * direction.cos(),
                    dy: depth * direction.sin(),
                    fx: TAU * rng.between(-reach, reach),
                    fy: TAU * rng.between(-reach, reach),
                    phase: rng.between(0.0, TAU),
                }
            }),
        }
    }

    /// Maps a point of the glyph, still in heights.
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        let (mut px, mut py) = (x, y);
        for wave in &self.waves {
            let swing = (wave.fx * x + wave.fy * y + wave.phase).sin();
            px += wave.dx * swing;
            py += wave.dy * swing;
        }
        px = px * self.aspect + self.slant * (0.5 - py);
        let (cos, sin) = self.turn;
        (px * cos - py * sin, px * sin + py * cos)
    }
}

/// Writes strokes by hand: lines of dots on the page, in pixels.
pub(super) fn write(strokes: &[Stroke], rng: &mut Stream) -> Vec<Vec<Dot>> {
    let style = Style::draw(rng);
    let mut lines: Vec<Vec<Dot>> = strokes
        .iter()
        .map(|stroke| {
            let wobbled: Stroke = stroke
                .iter()
                .map(|knot| Knot {
                    x: knot.x + style.wobble * rng.normal(),
                    y: knot.y + style.wobble * rng.normal(),
                    kink: knot.kink,
                })
                .collect();
            press(&sample(&wobbled), &style)
        })
        .collect();
    centre(&mut lines, &style);
    lines
}

/// Applies the style to a sampled stroke; the radius follows the pressure, and the pen lands and lifts lightly.
fn press(points: &[(f32, f32)], style: &Style) -> Vec<Dot> {
    let last = points.len().saturating_sub(1).max(1) as f32;
    let (depth, waves, phase) = style.pressure;
    points
        .iter()
        .enumerate()
        .map(|(i, &(x, y))| {
            let along = i as f32 / last;
            let ends = 0.82 + 0.18 * (along.min(1.0 - along) * 8.0).min(1.0);
            let (x, y) = style.place(x, y);
            Dot {
                x,
                y,
                radius: style.radius * ends * (1.0 + depth * (phase + waves * along * TAU).sin()),
            }
        })
        .collect()
}

/// Scales to the box and moves the centre of mass to the centre of the page.
fn centre(lines: &mut [Vec<Dot>], style: &Style) {
    let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
    for dot in lines.iter().flatten() {
        low = (low.0.min(dot.x), low.1.min(dot.y));
        high = (high.0.max(dot.x), high.1.max(dot.y));
    }
    let extent = (high.0 - low.0).max(high.1 - low.1).max(f32::EPSILON);
    let scale = (style.size - 2.0 * style.radius) / extent;
    let (mut mass, mut x, mut y) = (f32::EPSILON, 0.0, 0.0);
    for pair in lines.iter().flat_map(|line| line.windows(2)) {
        let ink = (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y) * pair[0].radius;
        mass += ink;
        x += ink * f32::midpoint(pair[0].x, pair[1].x);
        y += ink * f32::midpoint(pair[0].y, pair[1].y);
    }
    // A long tail may weigh little and reach far; keep it on the page.
    let page = SHAPE.width() as f32;
    let border = MARGIN + 1.2 * style.radius;
    let origin = |weight: f32, low: f32, high: f32| {
        (page / 2.0 - weight / mass * scale)
            .clamp(border - low * scale, page - border - high * scale)
    };
    let (left, top) = (origin(x, low.0, high.0), origin(y, low.1, high.1));
    for dot in lines.iter_mut().flatten() {
        dot.x = left + dot.x * scale;
        dot.y = top + dot.y * scale;
    }
}
