//! Ink: lines of dots become grey pixels with soft edges.

use super::SHAPE;

/// Width and height of the page, in pixels.
const SIDE: usize = SHAPE.width();

/// Width in pixels over which the edge of a stroke fades, about as in MNIST's scans.
const SOFTNESS: f32 = 1.25;

/// A point of a line on the page, in pixels; the top left corner of the page is (0, 0).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dot {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// Half the thickness of the line here.
    pub radius: f32,
}

/// Draws lines into an empty page, a byte for each pixel: 0 stays background, 255 is full ink. Ink of a `flow` below 1
/// stays pale, above 1 it soaks into the edges. Where lines cross, the darker one counts.
pub(super) fn ink(lines: &[Vec<Dot>], flow: f32, image: &mut [u8]) {
    let mut coverage = [0.0_f32; SIDE * SIDE];
    for pair in lines.iter().flat_map(|line| line.windows(2)) {
        segment(pair[0], pair[1], &mut coverage);
    }
    for (pixel, covered) in image.iter_mut().zip(coverage) {
        *pixel = (covered * flow * 255.0).round().min(255.0) as u8;
    }
}

/// Adds one straight segment; touches only pixels near it.
fn segment(a: Dot, b: Dot, coverage: &mut [f32]) {
    let reach = a.radius.max(b.radius) + SOFTNESS;
    let columns = span(a.x.min(b.x) - reach, a.x.max(b.x) + reach);
    let rows = span(a.y.min(b.y) - reach, a.y.max(b.y) + reach);
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length = (dx * dx + dy * dy).max(f32::EPSILON);
    for row in rows {
        let y = row as f32 + 0.5 - a.y;
        for column in columns.clone() {
            let x = column as f32 + 0.5 - a.x;
            let along = ((x * dx + y * dy) / length).clamp(0.0, 1.0);
            let distance = (x - along * dx).hypot(y - along * dy);
            let radius = a.radius + (b.radius - a.radius) * along;
            let covered = ((radius - distance) / SOFTNESS + 0.5).clamp(0.0, 1.0);
            let pixel = &mut coverage[row * SIDE + column];
            *pixel = pixel.max(covered);
        }
    }
}

/// The pixels of the page between two edges.
fn span(low: f32, high: f32) -> std::ops::Range<usize> {
    let edge = |v: f32| v.clamp(0.0, SIDE as f32) as usize;
    edge(low.floor())..edge(high.ceil())
}
