//! The colours that a terminal can show, and the nearest of them.

use serde::Serialize;

use super::colour::{Rgb, squared_distance};

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

    /// The shade nearest to a colour; `None` without colours.
    #[must_use]
    pub fn shade(self, colour: Rgb) -> Option<Shade> {
        let [r, g, b] = colour;
        let is_grey = r == g && g == b;
        Some(match self {
            Self::None => return None,
            Self::Ansi16 if is_grey => Shade::Ansi(ansi16(r)),
            Self::Ansi16 => Shade::Ansi(nearest_of_16(colour)),
            Self::Ansi256 if is_grey => Shade::Indexed(ansi256(r)),
            Self::Ansi256 => Shade::Indexed(nearest_of_256(colour)),
            Self::TrueColor => Shade::Rgb(colour),
        })
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

/// The number of the nearest of the sixteen.
fn nearest_of_16(colour: Rgb) -> u8 {
    let distances = (0_u8..).zip(ANSI.map(|ansi| squared_distance(ansi, colour)));
    distances
        .min_by_key(|(_, distance)| *distance)
        .map_or(0, |(number, _)| number)
}

/// The levels of each channel in the cube of 6×6×6 colours that begins at number 16.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The number of the nearest colour of the cube, or of the nearest grey if that is nearer.
fn nearest_of_256(colour: Rgb) -> u8 {
    let nearest = |level: u8| {
        let steps = (0_u8..).zip(CUBE.map(|step| step.abs_diff(level)));
        steps
            .min_by_key(|(_, off)| *off)
            .map_or(0, |(step, _)| step)
    };
    let [r, g, b] = colour.map(nearest);
    let in_cube = [r, g, b].map(|step| CUBE[usize::from(step)]);
    let grey = ansi256(super::colour::luma(colour));
    let as_grey = match grey {
        16 => 0,
        231 => 255,
        number => 8 + 10 * (number - 232),
    };
    if squared_distance([as_grey; 3], colour) < squared_distance(in_cube, colour) {
        grey
    } else {
        16 + 36 * r + 6 * g + b
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
                let found = match shade(depth, [level; 3]) {
                    Some(Shade::Ansi(number)) => number == ansi16(level),
                    Some(Shade::Indexed(number)) => number == ansi256(level),
                    _ => false,
                };
                assert!(found, "{level}");
            }
        }
    }
}
