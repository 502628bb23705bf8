//! Walks through a latent space, and the nearest of what a generator was trained on.

use rayon::prelude::*;

use crate::data::ImageSet;
use crate::protocol::ImageGrid;

/// A training image near a generated one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its place among the images.
    pub index: usize,
    /// Root of the sum of squared differences of levels in [0, 1]: at most the root of the number of an image's values.
    pub distance: f64,
}

/// The latents of a walk from `a` to `b` along the sphere, `count` of them with both ends.
#[must_use]
pub fn walk(a: &[f32], b: &[f32], count: usize) -> Vec<Vec<f32>> {
    let at = evenly(0.0, 1.0, count).into_iter();
    at.map(|t| slerp(a, b, t)).collect()
}

/// A latent with each of these values in one of its dimensions, the others held; `None` if it has no such dimension.
#[must_use]
pub fn along(latent: &[f32], dimension: usize, values: &[f64]) -> Option<Vec<Vec<f32>>> {
    let with = |value: &f64| {
        let mut latent = latent.to_vec();
        *latent.get_mut(dimension)? = *value as f32;
        Some(latent)
    };
    values.iter().map(with).collect()
}

/// The plane of a latent of two dimensions, `side` latents on each side, from `reach` below 0 to `reach` above. As on paper,
/// the second dimension grows upwards.
#[must_use]
pub fn plane(side: usize, reach: f64) -> Vec<Vec<f32>> {
    let row = |y: f64| {
        let xs = evenly(-reach, reach, side).into_iter();
        xs.map(move |x| vec![x as f32, y as f32])
    };
    let ys = evenly(reach, -reach, side).into_iter();
    ys.flat_map(row).collect()
}

/// Each of these images followed by the `nearest` training images, of the same shape, that are most like it, and which those
/// are.
#[must_use]
pub fn with_neighbours(
    images: &ImageGrid,
    training: &ImageSet,
    nearest: usize,
) -> (ImageGrid, Vec<Vec<Neighbour>>) {
    let (mut pixels, mut all) = (Vec::new(), Vec::new());
    for image in images.images() {
        let found = neighbours(image, training, nearest);
        pixels.extend_from_slice(image);
        for near in &found {
            pixels.extend_from_slice(training.image(near.index).unwrap_or_default());
        }
        all.push(found);
    }
    (ImageGrid::new(images.shape(), pixels), all)
}

/// The way from `a` to `b` at `t` from 0 to 1, along the great circle and not through the middle, where few latents of a normal
/// distribution lie (spherical interpolation; White 2016).
fn slerp(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        let pairs = x.iter().zip(y);
        pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    let angle = (dot(a, b) / norms.max(f64::MIN_POSITIVE))
        .clamp(-1.0, 1.0)
        .acos();
    let (of_a, of_b) = if angle.sin() < 1e-6 {
        (1.0 - t, t)
    } else {
        (
            ((1.0 - t) * angle).sin() / angle.sin(),
            (t * angle).sin() / angle.sin(),
        )
    };
    let between = |(a, b): (&f32, &f32)| (of_a * f64::from(*a) + of_b * f64::from(*b)) as f32;
    a.iter().zip(b).map(between).collect()
}

/// `count` numbers from `low` to `high`, both ends among them.
#[must_use]
pub fn evenly(low: f64, high: f64, count: usize) -> Vec<f64> {
    let steps = count.saturating_sub(1).max(1) as f64;
    let at = |i: usize| low + (high - low) * i as f64 / steps;
    (0..count).map(at).collect()
}

/// The `count` training images nearest to an image, the nearest first.
fn neighbours(image: &[u8], training: &ImageSet, count: usize) -> Vec<Neighbour> {
    let mut all: Vec<(u64, usize)> = training
        .pixels()
        .par_chunks_exact(training.shape().values())
        .enumerate()
        .map(|(index, other)| {
            let pairs = image.iter().zip(other);
            let squares = pairs.map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2));
            (squares.sum(), index)
        })
        .collect();
    all.sort_unstable();
    let nearest = all.into_iter().take(count);
    nearest
        .map(|(squares, index)| Neighbour {
            index,
            distance: (squares as f64).sqrt() / 255.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ImageShape;

    /// Numbers of an image of MNIST.
    const BYTES: usize = ImageShape::MNIST.values();

    #[test]
    fn a_walk_stays_on_the_sphere_between_its_ends() {
        let (a, b) = ([3.0, 0.0, 0.0], [0.0, 3.0, 0.0]);
        let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert_eq!(slerp(&a, &b, 0.0), a);
        for t in [0.25, 0.5, 0.75] {
            assert!((norm(&slerp(&a, &b, t)) - 3.0).abs() < 1e-5);
        }
        assert!((slerp(&a, &b, 0.5)[0] - slerp(&a, &b, 0.5)[1]).abs() < 1e-6);
        assert!((slerp(&a, &b, 1.0)[1] - 3.0).abs() < 1e-5);
        assert_eq!(slerp(&a, &a, 0.3), a);
    }

    #[test]
    fn neighbours_are_sorted_and_measured_in_grey_levels() {
        let mut pixels = vec![0_u8; 3 * BYTES];
        pixels[BYTES..2 * BYTES].fill(255);
        pixels[2 * BYTES] = 51;
        let training = ImageSet::from(ImageGrid::new(ImageShape::MNIST, pixels));
        let found = neighbours(&[0; BYTES], &training, 3);
        let order: Vec<usize> = found.iter().map(|n| n.index).collect();
        assert_eq!(order, [0, 2, 1]);
        assert!((found[1].distance - 0.2).abs() < 1e-9);
        assert!((found[2].distance - 28.0).abs() < 1e-9);
    }

    #[test]
    fn a_range_includes_both_ends() {
        assert_eq!(evenly(-1.0, 1.0, 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(evenly(2.0, 3.0, 1), [2.0]);
    }

    #[test]
    fn a_walk_along_one_dimension_holds_the_others() {
        let found = along(&[1.0, 2.0], 1, &[-3.0, 3.0]);
        assert_eq!(found, Some(vec![vec![1.0, -3.0], vec![1.0, 3.0]]));
        assert_eq!(along(&[1.0, 2.0], 2, &[0.0]), None);
    }

    #[test]
    fn a_plane_starts_at_the_upper_left() {
        let corners = [[-2.0, 2.0], [2.0, 2.0], [-2.0, -2.0], [2.0, -2.0]];
        assert_eq!(plane(2, 2.0), corners.map(|corner| corner.to_vec()));
    }

    #[test]
    fn an_image_is_followed_by_its_neighbours() {
        let mut pixels = vec![0_u8; 2 * BYTES];
        pixels[BYTES..].fill(255);
        let images = ImageGrid::new(ImageShape::MNIST, pixels);
        let (grid, found) = with_neighbours(&images, &images.clone().into(), 1);
        assert_eq!(grid.count(), 4);
        assert_eq!(grid.image(1), grid.image(0));
        let nearest: Vec<usize> = found.iter().map(|near| near[0].index).collect();
        assert_eq!(nearest, [0, 1]);
    }
}
