//! The colours that a terminal can show, and the nearest of them.

use std::sync::LazyLock;

use serde::Serialize;

use super::bayer::{THRESHOLDS, threshold};
use super::colour::{Rgb, luma};
use super::oklab::{oklab, squared_distance};

/// The colours a terminal supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorDepth {
    /// None, or disabled.
    None,
    /// The 16 ANSI colours, four of them grey.
    Ansi16,
    /// xterm's 256 colours, 26 of them grey.
    Ansi256,
    /// 24 bits.
    TrueColor,
}

/// A colour in a terminal's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    /// Number of one of the sixteen ANSI colours; a grey is 0, 7, 8 or 15.
    Ansi(u8),
    /// Number of one of the 256 colours, not of the first 16; a grey is 16, 231 or 232 to 255.
    Indexed(u8),
    /// The colour itself.
    Rgb(Rgb),
}

impl ColorDepth {
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ansi16 => "16 colours",
            Self::Ansi256 => "256 colours",
            Self::TrueColor => "true colour",
        }
    }

    /// The shade nearest to a colour, as the eye sees it; `None` without colours.
    #[must_use]
    pub fn shade(self, colour: Rgb) -> Option<Shade> {
        let [r, g, b] = colour;
        let is_grey = r == g && g == b;
        Some(match self {
            Self::None => return None,
            Self::Ansi16 if is_grey => Shade::Ansi(ansi16(r)),
            Self::Ansi16 => Shade::Ansi(SIXTEEN.nearest(colour)),
            Self::Ansi256 if is_grey => Shade::Indexed(ansi256(r)),
            Self::Ansi256 => Shade::Indexed(MANY.nearest(colour)),
            Self::TrueColor => Shade::Rgb(colour),
        })
    }

    /// The shade for a pixel of this colour at column `x` of row `y`: where there are few, neighbours take different ones whose
    /// mean is the colour. Greys are not dithered: they have shades of their own, and stay crisp.
    #[must_use]
    pub fn dithered(self, colour: Rgb, (x, y): (usize, usize)) -> Option<Shade> {
        let [r, g, b] = colour;
        let is_grey = r == g && g == b;
        match self {
            Self::Ansi16 if !is_grey => Some(Shade::Ansi(SIXTEEN.dithered(colour, x, y))),
            Self::Ansi256 if !is_grey => Some(Shade::Indexed(MANY.dithered(colour, x, y))),
            _ => self.shade(colour),
        }
    }
}

/// The sixteen colours as xterm shows them. Terminals differ, and people change them; those of another name are further off.
const ANSI: [Rgb; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The levels of each channel in the cube of 6×6×6 colours that begins at number 16.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

static SIXTEEN: LazyLock<Palette> =
    LazyLock::new(|| Palette::new(&(0..).zip(ANSI).collect::<Vec<_>>()));

/// Not the first 16 of the 256, which people change.
static MANY: LazyLock<Palette> = LazyLock::new(|| {
    let all: Vec<_> = (16..=255)
        .map(|number| (number, numbered(number)))
        .collect();
    Palette::new(&all)
});

/// The colour of this number among the 256, as xterm shows it.
#[must_use]
pub fn numbered(number: u8) -> Rgb {
    match number {
        0..16 => ANSI[usize::from(number)],
        16..232 => {
            let n = number - 16;
            [n / 36, n / 6 % 6, n % 6].map(|step| CUBE[usize::from(step)])
        }
        _ => [8 + 10 * (number - 232); 3],
    }
}

/// Bits of a channel that decide which colour is nearest.
const BITS: u32 = 5;

/// Numbered colours, and which of them is the nearest to each colour.
struct Palette {
    /// By number; black where there is none.
    colours: [Rgb; 256],
    /// By the first [`BITS`] of red, green and blue.
    nearest: Vec<u8>,
}

impl Palette {
    fn new(numbered: &[(u8, Rgb)]) -> Self {
        let mut colours = [[0; 3]; 256];
        for (number, colour) in numbered {
            colours[usize::from(*number)] = *colour;
        }
        let seen: Vec<_> = numbered
            .iter()
            .map(|(n, colour)| (*n, oklab(*colour)))
            .collect();
        let nearest = |index: usize| {
            let level = |channel: u32| {
                let level = (index >> (channel * BITS)) as u8 & ((1 << BITS) - 1);
                level << (8 - BITS) | level >> (2 * BITS - 8)
            };
            let colour = oklab([level(2), level(1), level(0)]);
            let off = seen
                .iter()
                .map(|(n, other)| (squared_distance(*other, colour), *n));
            off.min_by(|a, b| a.0.total_cmp(&b.0))
                .map_or(0, |(_, number)| number)
        };
        Self {
            colours,
            nearest: (0..1 << (3 * BITS)).map(nearest).collect(),
        }
    }

    /// The number of the colour nearest to this one.
    fn nearest(&self, colour: Rgb) -> u8 {
        let index = colour.iter().fold(0, |index, level| {
            index << BITS | usize::from(level >> (8 - BITS))
        });
        self.nearest[index]
    }

    /// The number for a pixel, by Knoll's ordered dithering: for as many pixels as there are thresholds, the nearest colour to
    /// what those before have left to make up for (two fifths of it: all of it brings in colours far off); a pixel takes the
    /// one of its threshold, from dark to light.
    fn dithered(&self, colour: Rgb, x: usize, y: usize) -> u8 {
        let colour = colour.map(i32::from);
        let (mut numbers, mut owed) = ([0; THRESHOLDS], [0; 3]);
        for number in &mut numbers {
            let wanted = [0, 1, 2].map(|i| (colour[i] + owed[i] * 2 / 5).clamp(0, 255) as u8);
            *number = self.nearest(wanted);
            let taken = self.colours[usize::from(*number)];
            owed = [0, 1, 2].map(|i| owed[i] + colour[i] - i32::from(taken[i]));
        }
        numbers.sort_unstable_by_key(|number| (luma(self.colours[usize::from(*number)]), *number));
        numbers[usize::from(threshold(x, y))]
    }
}

/// Black, dark grey, light grey, white. Terminals differ in the greys; these bounds lie between all of them.
fn ansi16(grey: u8) -> u8 {
    match grey {
        0..=56 => 0,
        57..=152 => 8,
        153..=224 => 7,
        225..=255 => 15,
    }
}

/// The ramp of 24 greys is 8, 18, … 238; the ends come from the colour cube.
fn ansi256(grey: u8) -> u8 {
    match grey {
        0..=3 => 16,
        4..=246 => 232 + (grey.saturating_sub(3) / 10).min(23),
        247..=255 => 231,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_grey_of_256_colours_is_the_nearest_one() {
        let value = |index: u8| match index {
            16 => 0,
            231 => 255,
            n => 8 + 10 * (n - 232),
        };
        for grey in 0..=255_u8 {
            let chosen = value(ansi256(grey));
            let best = [0, 255]
                .into_iter()
                .chain((0..24).map(|i| 8 + 10 * i))
                .map(|v: u8| v.abs_diff(grey))
                .min();
            assert_eq!(Some(chosen.abs_diff(grey)), best, "{grey} -> {chosen}");
        }
    }

    #[test]
    fn sixteen_colours_keep_the_order_of_greys() {
        let order = |index: u8| [0, 8, 7, 15].iter().position(|&i| i == index);
        assert!((0..255_u8).all(|grey| order(ansi16(grey)) <= order(ansi16(grey + 1))));
        assert_eq!((ansi16(0), ansi16(255)), (0, 15));
    }

    #[test]
    fn no_colours_have_no_shade() {
        assert_eq!(ColorDepth::None.shade([100, 0, 7]), None);
    }

    #[test]
    fn colours_are_the_nearest_and_greys_stay_grey() {
        let shade = |depth: ColorDepth, colour| depth.shade(colour);
        assert_eq!(
            shade(ColorDepth::TrueColor, [1, 2, 3]),
            Some(Shade::Rgb([1, 2, 3]))
        );
        for (colour, number) in [
            ([255, 0, 0], 196),
            ([0, 0, 95], 17),
            ([255, 255, 250], 231),
            ([120, 121, 119], 243),
        ] {
            let found = shade(ColorDepth::Ansi256, colour);
            assert_eq!(found, Some(Shade::Indexed(number)), "{colour:?}");
        }
        for (colour, number) in [
            ([250, 10, 5], 9),
            ([200, 10, 5], 1),
            ([90, 90, 250], 12),
            ([120, 120, 119], 8),
        ] {
            let found = shade(ColorDepth::Ansi16, colour);
            assert_eq!(found, Some(Shade::Ansi(number)), "{colour:?}");
        }
        for depth in [ColorDepth::Ansi16, ColorDepth::Ansi256] {
            for level in 0..=255 {
                let place = (usize::from(level), usize::from(level / 5));
                assert_eq!(shade(depth, [level; 3]), depth.dithered([level; 3], place));
                let found = match shade(depth, [level; 3]) {
                    Some(Shade::Ansi(number)) => number == ansi16(level),
                    Some(Shade::Indexed(number)) => number == ansi256(level),
                    _ => false,
                };
                assert!(found, "{level}");
            }
        }
    }

    /// The mean of 4×4 pixels of this colour, as a terminal shows them.
    fn mean(palette: &Palette, colour: Rgb) -> [f32; 3] {
        let places = (0..16).map(|i| (i % 4, i / 4));
        let shown = places.map(|(x, y)| {
            palette.colours[usize::from(palette.dithered(colour, x, y))].map(f32::from)
        });
        shown.fold([0.0; 3], |sum, shown| {
            [0, 1, 2].map(|i| sum[i] + shown[i] / 16.0)
        })
    }

    #[test]
    fn the_mean_of_dithered_pixels_is_nearer_than_any_shade() {
        let off = |a: [f32; 3], b: Rgb| {
            let channels = a.iter().zip(b);
            channels
                .map(|(a, b)| (a - f32::from(b)).powi(2))
                .sum::<f32>()
                .sqrt()
        };
        for (palette, times) in [(&*SIXTEEN, 1.2), (&*MANY, 4.0)] {
            for colour in [[180, 90, 60], [30, 120, 200], [200, 190, 20], [90, 30, 110]] {
                let nearest = palette.colours[usize::from(palette.nearest(colour))];
                let (mean, alone) = (
                    off(mean(palette, colour), colour),
                    off(nearest.map(f32::from), colour),
                );
                assert!(mean * times < alone, "{colour:?}: {mean}, {alone}");
            }
        }
    }

    #[test]
    fn a_colour_of_the_palette_is_not_dithered() {
        for (depth, colour, shade) in [
            (ColorDepth::Ansi16, [0, 205, 205], Shade::Ansi(6)),
            (ColorDepth::Ansi256, [0, 135, 255], Shade::Indexed(33)),
            (ColorDepth::TrueColor, [1, 2, 3], Shade::Rgb([1, 2, 3])),
        ] {
            for i in 0..16 {
                assert_eq!(depth.dithered(colour, (i % 4, i / 4)), Some(shade));
            }
        }
    }
}
