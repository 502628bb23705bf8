//! How printed characters look: the colours and the weight that a program gives them by SGR sequences.

use vte::Params;

/// How a character looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is switched by a sequence of its own"
)]
pub struct Ink {
    /// The colour of the character; `None` for the terminal's own.
    pub fore: Option<Hue>,
    /// The colour behind it.
    pub back: Option<Hue>,
    /// Whether it is bold.
    pub bold: bool,
    /// Whether it is faint.
    pub faint: bool,
    /// Whether it is slanted.
    pub italic: bool,
    /// Whether it is underlined.
    pub underlined: bool,
    /// Whether both colours are exchanged.
    pub reversed: bool,
}

/// A colour as a program names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// The number of one of 256 colours; below 16, one of the terminal's own.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

impl Ink {
    /// What follows looks so after this SGR sequence. What it does not know, it skips.
    #[must_use]
    pub fn after(mut self, params: &Params) -> Self {
        let mut all = params.iter();
        while let Some(param) = all.next() {
            let code = param.first().copied().unwrap_or(0);
            match code {
                0 => self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                3 => self.italic = true,
                4 => self.underlined = param.get(1) != Some(&0),
                7 => self.reversed = true,
                22 => (self.bold, self.faint) = (false, false),
                23 => self.italic = false,
                24 => self.underlined = false,
                27 => self.reversed = false,
                30..=37 => self.fore = basic(code - 30),
                40..=47 => self.back = basic(code - 40),
                90..=97 => self.fore = basic(code - 90 + 8),
                100..=107 => self.back = basic(code - 100 + 8),
                39 => self.fore = None,
                49 => self.back = None,
                38 | 48 => {
                    // `38:2::r:g:b` comes as one parameter, `38;2;r;g;b` as five.
                    let hue = if param.len() > 1 {
                        within(&param[1..])
                    } else {
                        following(&mut all)
                    };
                    match (hue, code) {
                        (None, _) => {}
                        (hue, 38) => self.fore = hue,
                        (hue, _) => self.back = hue,
                    }
                }
                _ => {}
            }
        }
        self
    }
}

fn basic(number: u16) -> Option<Hue> {
    u8::try_from(number).ok().map(Hue::Indexed)
}

fn byte(number: u16) -> u8 {
    number.min(255) as u8
}

/// The colour in the rest of a parameter.
fn within(rest: &[u16]) -> Option<Hue> {
    match *rest {
        [5, number] => Some(Hue::Indexed(byte(number))),
        [2, r, g, b] | [2, _, r, g, b, ..] => Some(Hue::Rgb(byte(r), byte(g), byte(b))),
        _ => None,
    }
}

/// The colour in the parameters that follow.
fn following<'a>(all: &mut impl Iterator<Item = &'a [u16]>) -> Option<Hue> {
    let mut next = || all.next().and_then(|param| param.first()).copied();
    match next()? {
        5 => Some(Hue::Indexed(byte(next()?))),
        2 => Some(Hue::Rgb(byte(next()?), byte(next()?), byte(next()?))),
        _ => None,
    }
}

/// The looks of a line's characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Inks {
    /// Where a look begins, in characters, and which; the first begins at 0. Empty where all is plain.
    runs: Vec<(usize, Ink)>,
}

/// Changes of look in a line at the most; from there on it stays as it is.
const MOST: usize = 256;

impl Inks {
    /// The looks, each with the character at which it begins.
    pub fn runs(&self) -> &[(usize, Ink)] {
        &self.runs
    }

    /// The character at `column` looks so; the line has `length` characters, with this one.
    pub fn set(&mut self, column: usize, ink: Ink, length: usize) {
        let at = self.runs.partition_point(|(begin, _)| *begin <= column);
        let before = at.checked_sub(1).map_or(Ink::default(), |i| self.runs[i].1);
        if before == ink || self.runs.len() + 2 > MOST {
            return;
        }
        if self.runs.is_empty() {
            self.runs.push((0, Ink::default()));
            return self.set(column, ink, length);
        }
        let is_begin = self.runs[at - 1].0 == column;
        let goes_on = column + 1 < length && self.runs.get(at).is_none_or(|(b, _)| *b > column + 1);
        if goes_on {
            self.runs.insert(at, (column + 1, before));
        }
        if is_begin {
            self.runs[at - 1].1 = ink;
        } else {
            self.runs.insert(at, (column, ink));
        }
        self.runs.dedup_by_key(|(_, ink)| *ink);
    }

    /// The line ends before this character now.
    pub fn cut(&mut self, column: usize) {
        self.runs.retain(|(begin, _)| *begin < column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overwriting_changes_the_look_of_one_character() {
        let red = Ink {
            fore: Some(Hue::Indexed(1)),
            ..Ink::default()
        };
        let mut inks = Inks::default();
        inks.set(0, Ink::default(), 1);
        assert!(inks.runs().is_empty());
        for column in 1..4 {
            inks.set(column, red, column + 1);
        }
        inks.set(4, Ink::default(), 5);
        assert_eq!(
            inks.runs(),
            [(0, Ink::default()), (1, red), (4, Ink::default())]
        );
        inks.set(2, Ink::default(), 5);
        let plain = Ink::default();
        assert_eq!(
            inks.runs(),
            [(0, plain), (1, red), (2, plain), (3, red), (4, plain)]
        );
        inks.set(2, red, 5);
        assert_eq!(inks.runs(), [(0, plain), (1, red), (4, plain)]);
        inks.cut(1);
        assert_eq!(inks.runs(), [(0, plain)]);
    }

    #[test]
    fn changes_are_bounded() {
        let mut inks = Inks::default();
        for column in 0..4000 {
            let ink = Ink {
                fore: Some(Hue::Indexed((column % 200) as u8)),
                ..Ink::default()
            };
            inks.set(column, ink, column + 1);
        }
        assert!(inks.runs().len() <= MOST);
    }
}
