//! Colours as the eye tells them apart: Björn Ottosson's `OKLab` (2020), in which equal distances look about equally large.

use std::sync::LazyLock;

use super::colour::Rgb;

/// Lightness from 0 to 1, green to red, blue to yellow.
pub(super) type Lab = [f32; 3];

/// The light of each level of sRGB, from 0 to 1.
static LIGHT: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|level| {
        let value = level as f32 / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    })
});

/// A colour of sRGB in `OKLab`.
pub(super) fn oklab(colour: Rgb) -> Lab {
    let [r, g, b] = colour.map(|level| LIGHT[usize::from(level)]);
    let mix =
        |[x, y, z]: [f32; 3], weights: [f32; 3]| x * weights[0] + y * weights[1] + z * weights[2];
    let cones = [
        mix([r, g, b], [0.412_221_46, 0.536_332_55, 0.051_445_995]),
        mix([r, g, b], [0.211_903_5, 0.680_699_5, 0.107_396_96]),
        mix([r, g, b], [0.088_302_46, 0.281_718_85, 0.629_978_7]),
    ]
    .map(f32::cbrt);
    [
        mix(cones, [0.210_454_26, 0.793_617_8, -0.004_072_047]),
        mix(cones, [1.977_998_5, -2.428_592_2, 0.450_593_7]),
        mix(cones, [0.025_904_037, 0.782_771_77, -0.808_675_77]),
    ]
}

/// The squared distance of two colours.
pub(super) fn squared_distance(a: Lab, b: Lab) -> f32 {
    let axes = a.iter().zip(b);
    axes.map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_have_their_published_values() {
        // https://bottosson.github.io/posts/oklab, by way of CSS Color 4's examples.
        for (colour, expected) in [
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [0.627_96, 0.224_86, 0.125_85]),
            ([0, 255, 0], [0.866_44, -0.233_89, 0.179_5]),
            ([0, 0, 255], [0.452_01, -0.032_46, -0.311_53]),
        ] {
            let found = oklab(colour);
            let off = squared_distance(found, expected).sqrt();
            assert!(off < 1e-4, "{colour:?}: {found:?}");
        }
    }
}
