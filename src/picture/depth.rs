//! The shades of grey that a terminal can show, and the nearest of them.

use serde::Serialize;

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

/// A grey in a terminal's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    /// Number of one of the sixteen ANSI colours: 0, 7, 8 or 15.
    Ansi(u8),
    /// Number of one of the 256 colours: 16, 231 or 232 to 255.
    Indexed(u8),
    /// Red, green and blue alike.
    Rgb(u8),
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

    /// The shade nearest to `grey`; `None` without colours.
    #[must_use]
    pub fn shade(self, grey: u8) -> Option<Shade> {
        match self {
            Self::None => None,
            Self::Ansi16 => Some(Shade::Ansi(ansi16(grey))),
            Self::Ansi256 => Some(Shade::Indexed(ansi256(grey))),
            Self::TrueColor => Some(Shade::Rgb(grey)),
        }
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
        assert_eq!(ColorDepth::None.shade(100), None);
    }
}
