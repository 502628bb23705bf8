//! Colours of pixels.

/// Red, green and blue, from 0 to 255; a grey has three equal ones.
pub type Rgb = [u8; 3];

/// A grey of this level.
#[must_use]
pub const fn grey(level: u8) -> Rgb {
    [level; 3]
}

/// The brightness of a colour as a level of grey, by the weights of ITU-R BT.601; that of a grey is its level.
#[must_use]
pub fn luma([r, g, b]: Rgb) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}

/// The mean of colours, rounded; black if there are none.
pub(super) fn mean(colours: impl Iterator<Item = Rgb>) -> Rgb {
    let (mut sums, mut count) = ([0_u32; 3], 0_u32);
    for colour in colours {
        for (sum, level) in sums.iter_mut().zip(colour) {
            *sum += u32::from(level);
        }
        count += 1;
    }
    sums.map(|sum| (sum + count / 2).checked_div(count).unwrap_or(0) as u8)
}

/// The sum of the squared differences of two colours.
pub(super) fn squared_distance(a: Rgb, b: Rgb) -> u32 {
    let channels = a.iter().zip(b);
    channels.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The channel in which colours differ most, with the least and the largest level there: the best one to tell two groups of
/// them apart by. For greys all channels are alike.
#[must_use]
pub fn widest(colours: &[Rgb]) -> (usize, u8, u8) {
    let range = |channel: usize| {
        let levels = || colours.iter().map(|colour| colour[channel]);
        (
            channel,
            levels().min().unwrap_or(0),
            levels().max().unwrap_or(0),
        )
    };
    let (first, rest) = (range(0), [range(1), range(2)]);
    let spread = |(_, low, high): (usize, u8, u8)| high - low;
    rest.into_iter().fold(first, |best, other| {
        if spread(other) > spread(best) {
            other
        } else {
            best
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grey_is_as_bright_as_its_level() {
        assert!((0..=255).all(|level| luma(grey(level)) == level));
        assert_eq!(
            [[255, 0, 0], [0, 255, 0], [0, 0, 255]].map(luma),
            [76, 150, 29]
        );
    }

    #[test]
    fn colours_are_told_apart_where_they_differ_most() {
        assert_eq!(widest(&[[9, 80, 7], [9, 20, 90]]), (2, 7, 90));
        assert_eq!(widest(&[grey(4), grey(250)]), (0, 4, 250));
        assert_eq!(widest(&[]), (0, 0, 0));
    }

    #[test]
    fn means_are_rounded_channel_by_channel() {
        let colours = [[0, 1, 255], [1, 1, 0]];
        assert_eq!(mean(colours.into_iter()), [1, 1, 128]);
        assert_eq!(mean([].into_iter()), [0, 0, 0]);
        assert_eq!(squared_distance(colours[0], colours[1]), 1 + 255 * 255);
    }
}
