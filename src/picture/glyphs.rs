//! Characters that stand for pixels.

use super::{Channels, ColorDepth};

/// A family of characters for images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyphs {
    /// `▀` with two shades: 1×2 pixels per character, each with its own shade. Needs colours.
    HalfBlock,
    /// `▘▚▟`…: 2×2 pixels per character in the two best shades. Needs colours.
    Quadrant,
    /// `🬀🬞🬻`… (Unicode 13, in few fonts): 2×3 pixels per character in the two best shades. Needs colours.
    Sextant,
    /// `⠁⣿`…: 2×4 dots per character, dithered; needs no colours.
    Braille,
    /// ` .:-=+*#%@`: 1×2 pixels per character as one brightness; needs neither colours nor Unicode.
    Ascii,
}

/// Each bit of the index is a lit quarter: 1 top left, 2 top right, 4 bottom left, 8 bottom right.
const QUADRANTS: [char; 16] = [
    ' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█',
];

/// From no ink to full ink.
const RAMP: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

impl Glyphs {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::HalfBlock,
        Self::Quadrant,
        Self::Sextant,
        Self::Braille,
        Self::Ascii,
    ];

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HalfBlock => "half blocks",
            Self::Quadrant => "quadrants",
            Self::Sextant => "sextants",
            Self::Braille => "braille dots",
            Self::Ascii => "ASCII characters",
        }
    }

    /// Whether they need foreground and background colours.
    #[must_use]
    pub fn need_shades(self) -> bool {
        matches!(self, Self::HalfBlock | Self::Quadrant | Self::Sextant)
    }

    /// The characters of these that suit a picture best in so many colours: where one in colour is dithered, every pixel needs a
    /// colour of its own.
    #[must_use]
    pub fn suited_to(self, channels: Channels, depth: ColorDepth) -> Self {
        let dithers = matches!(depth, ColorDepth::Ansi16 | ColorDepth::Ansi256);
        if self.need_shades() && dithers && channels == Channels::Rgb {
            Self::HalfBlock
        } else {
            self
        }
    }

    /// Pixels per character: columns and rows.
    #[must_use]
    pub fn cell_pixels(self) -> (usize, usize) {
        match self {
            Self::HalfBlock | Self::Ascii => (1, 2),
            Self::Quadrant => (2, 2),
            Self::Sextant => (2, 3),
            Self::Braille => (2, 4),
        }
    }
}

/// The quadrant character whose lit quarters are the bits of `mask`, row by row from the lowest bit.
#[must_use]
pub fn quadrant(mask: u8) -> char {
    QUADRANTS[usize::from(mask & 15)]
}

/// The sextant character whose lit sixths are the bits of `mask`, row by row from the lowest bit.
#[must_use]
pub fn sextant(mask: u8) -> char {
    // The block of sextants leaves out the four that Unicode had already.
    match mask & 63 {
        0 => ' ',
        21 => '▌',
        42 => '▐',
        63 => '█',
        n => {
            let skipped = 1 + u32::from(n > 21) + u32::from(n > 42);
            char::from_u32(0x1FB00 + u32::from(n) - skipped).unwrap_or(' ')
        }
    }
}

/// The braille character whose dots are the bits of `mask`, row by row (two dots, four rows) from the lowest bit.
#[must_use]
pub fn braille(mask: u8) -> char {
    // Unicode numbers the dots 1-2-3-7 down the left column and 4-5-6-8 down the right one.
    const DOTS: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
    let dots: u32 = DOTS
        .iter()
        .enumerate()
        .filter(|(bit, _)| mask >> bit & 1 == 1)
        .map(|(_, dot)| dot)
        .sum();
    char::from_u32(0x2800 + dots).unwrap_or(' ')
}

/// The ASCII character of a mean shade.
pub(super) fn ascii(shade: u8) -> char {
    RAMP[usize::from(shade) * RAMP.len() / 256]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn sextants_are_the_ones_unicode_names() {
        // BLOCK SEXTANT-1, -136 (mask 0b100101), -2346, -23456.
        assert_eq!(sextant(0b00_0001), '\u{1FB00}');
        assert_eq!(sextant(0b01_0100), '\u{1FB13}');
        assert_eq!(sextant(0b01_0110), '\u{1FB14}');
        assert_eq!(sextant(0b10_1001), '\u{1FB27}');
        assert_eq!(sextant(0b10_1011), '\u{1FB28}');
        assert_eq!(sextant(0b11_1110), '\u{1FB3B}');
    }

    #[test]
    fn every_pattern_has_a_character_of_its_own() {
        assert_eq!((0..16).map(quadrant).collect::<HashSet<_>>().len(), 16);
        assert_eq!((0..64).map(sextant).collect::<HashSet<_>>().len(), 64);
        assert_eq!((0..=255).map(braille).collect::<HashSet<_>>().len(), 256);
    }

    #[test]
    fn where_colours_are_dithered_every_pixel_has_its_own() {
        let suited = |glyphs: Glyphs, channels, depth| glyphs.suited_to(channels, depth);
        let (rgb, few) = (Channels::Rgb, ColorDepth::Ansi256);
        assert_eq!(suited(Glyphs::Sextant, rgb, few), Glyphs::HalfBlock);
        for (glyphs, channels, depth) in [
            (Glyphs::Sextant, Channels::Grey, few),
            (Glyphs::Sextant, rgb, ColorDepth::TrueColor),
            (Glyphs::Braille, rgb, few),
        ] {
            assert_eq!(suited(glyphs, channels, depth), glyphs);
        }
    }

    #[test]
    fn braille_dots_stand_where_their_pixels_are() {
        assert_eq!(braille(0b0000_0001), '⠁');
        assert_eq!(braille(0b0000_0010), '⠈');
        assert_eq!(braille(0b0100_0000), '⡀');
        assert_eq!(braille(0b1000_0000), '⢀');
        assert_eq!(braille(0xff), '⣿');
    }

    #[test]
    fn the_ramp_reaches_from_nothing_to_full() {
        assert_eq!((ascii(0), ascii(255)), (' ', '@'));
    }
}
