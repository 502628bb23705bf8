//! The few colours that stand for those of a picture best.
//!
//! As in Wu's quantiser (1991) colours are split into groups, always the group whose split promises most: the one with the largest
//! squared error along the axis in which it is widest, at its mean. Distances are those of `OKLab`. Without a library:
//! those that do as well come with a library of colour spaces for a hundred lines.

use super::Canvas;
use super::colour::Rgb;
use super::oklab::{Lab, oklab};

/// A picture in numbered colours.
pub(super) struct Indexed {
    /// The colours, the most frequent one first.
    pub colours: Vec<Rgb>,
    /// The number of each pixel's colour, row by row.
    pub numbers: Vec<usize>,
}

/// A picture in at most `most` colours, at least one: its own where it has no more.
pub(super) fn indexed(canvas: &Canvas, most: usize) -> Indexed {
    let mut all: Vec<Rgb> = canvas.colours().collect();
    all.sort_unstable();
    let distinct: Vec<Seen> = all.chunk_by(|a, b| a == b).map(Seen::new).collect();
    let mut groups = vec![Group::new(distinct)];
    while groups.len() < most {
        let widest = (0..groups.len()).max_by(|a, b| groups[*a].error.total_cmp(&groups[*b].error));
        let Some(widest) = widest.filter(|index| groups[*index].error > 0.0) else {
            break;
        };
        let (low, high) = groups.swap_remove(widest).split();
        groups.extend([low, high]);
    }
    groups.sort_by(|a, b| b.pixels.cmp(&a.pixels).then(a.mean.cmp(&b.mean)));
    let numbered = groups.iter().enumerate();
    let mut numbers: Vec<(Rgb, usize)> = numbered
        .flat_map(|(number, group)| group.seen.iter().map(move |seen| (seen.colour, number)))
        .collect();
    numbers.sort_unstable();
    let number = |colour: Rgb| {
        let found = numbers.binary_search_by_key(&colour, |(colour, _)| *colour);
        found.map_or(0, |at| numbers[at].1)
    };
    Indexed {
        colours: groups.iter().map(|group| group.mean).collect(),
        numbers: canvas.colours().map(number).collect(),
    }
}

/// A colour of the picture.
struct Seen {
    colour: Rgb,
    lab: Lab,
    pixels: u32,
}

impl Seen {
    fn new(alike: &[Rgb]) -> Self {
        Self {
            colour: alike[0],
            lab: oklab(alike[0]),
            pixels: alike.len() as u32,
        }
    }
}

/// Colours that one stands for.
struct Group {
    seen: Vec<Seen>,
    pixels: u32,
    /// That one.
    mean: Rgb,
    /// The axis of `OKLab` in which they differ most, and its mean there.
    axis: usize,
    middle: f32,
    /// The sum of the squared distances from it; 0 for a single colour.
    error: f32,
}

impl Group {
    fn new(seen: Vec<Seen>) -> Self {
        let pixels = seen.iter().map(|seen| seen.pixels).sum();
        let mean = |of: &dyn Fn(&Seen) -> f32| {
            let sum: f64 = seen
                .iter()
                .map(|seen| f64::from(of(seen)) * f64::from(seen.pixels))
                .sum();
            (sum / f64::from(pixels).max(1.0)) as f32
        };
        let spread = |axis: usize| {
            let middle = mean(&|seen| seen.lab[axis]);
            let error = seen
                .iter()
                .map(|seen| (seen.lab[axis] - middle).powi(2) * seen.pixels as f32);
            (axis, middle, error.sum())
        };
        let widest = [1, 2]
            .map(spread)
            .into_iter()
            .fold(
                spread(0),
                |best, other| {
                    if other.2 > best.2 { other } else { best }
                },
            );
        let (axis, middle, error) = widest;
        Self {
            mean: [0, 1, 2]
                .map(|channel| mean(&|seen| f32::from(seen.colour[channel])).round() as u8),
            error: if seen.len() > 1 { error } else { 0.0 },
            seen,
            pixels,
            axis,
            middle,
        }
    }

    /// The colours below the mean, and those above.
    fn split(self) -> (Self, Self) {
        let is_low = |seen: &Seen| seen.lab[self.axis] <= self.middle;
        let (low, high) = self.seen.into_iter().partition(is_low);
        (Self::new(low), Self::new(high))
    }
}

#[cfg(test)]
mod tests {
    use super::super::oklab::squared_distance;
    use super::*;
    use crate::picture::Channels;

    fn colours(pixels: &[Rgb]) -> Canvas {
        Canvas::new(pixels.len(), 1, Channels::Rgb, pixels.concat())
    }

    #[test]
    fn a_picture_of_few_colours_keeps_them_and_the_most_frequent_is_first() {
        let (red, sea, ink) = ([200, 30, 20], [10, 120, 130], [1, 2, 3]);
        let found = indexed(&colours(&[red, sea, sea, ink, sea, red]), 16);
        assert_eq!(found.colours, [sea, red, ink]);
        assert_eq!(found.numbers, [1, 0, 0, 2, 0, 1]);
    }

    #[test]
    fn neighbours_share_a_colour_before_strangers_do() {
        let pixels = [
            [250, 0, 0],
            [252, 0, 0],
            [0, 0, 250],
            [0, 0, 252],
            [0, 0, 254],
        ];
        let found = indexed(&colours(&pixels), 2);
        assert_eq!(found.colours, [[0, 0, 252], [251, 0, 0]]);
        assert_eq!(found.numbers, [1, 1, 0, 0, 0]);
    }

    #[test]
    fn sixty_four_colours_of_its_own_beat_the_cube_of_216() {
        // A sky: from blue to a warm white, in 64×64 colours.
        let sky = |i: i32| [60 + i % 64 * 3, 120 + i / 64 * 2, 250 - i % 64].map(|v| v as u8);
        let pixels: Vec<Rgb> = (0..64 * 64).map(sky).collect();
        let canvas = Canvas::new(64, 64, Channels::Rgb, pixels.concat());
        let Indexed { colours, numbers } = indexed(&canvas, 64);
        assert_eq!(colours.len(), 64);
        let cube = |colour: &Rgb| colour.map(|level| ((u32::from(level) + 25) / 51 * 51) as u8);
        let off = |shown: Vec<Rgb>| -> f32 {
            let pairs = pixels.iter().zip(shown);
            pairs
                .map(|(a, b)| squared_distance(oklab(*a), oklab(b)))
                .sum()
        };
        let own = off(numbers.iter().map(|number| colours[*number]).collect());
        let fixed = off(pixels.iter().map(cube).collect());
        assert!(own * 8.0 < fixed, "{own} {fixed}");
    }

    #[test]
    fn an_empty_picture_has_no_pixels() {
        assert!(
            indexed(&Canvas::filled(0, 0, Channels::Rgb, 0), 9)
                .numbers
                .is_empty()
        );
    }
}
