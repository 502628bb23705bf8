#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::picture::Channels;

fn slope(width: usize, height: usize) -> Canvas {
    let pixels = (0..width * height).map(|i| (i * 255 / (width * height - 1)) as u8);
    Canvas::new(width, height, Channels::Grey, pixels.collect())
}

/// The pixels that a terminal would draw, as red, green and blue in percent; `None` where nothing was drawn.
fn drawn(sixel: &str, width: usize, height: usize) -> Vec<Option<[usize; 3]>> {
    let mut pixels = vec![None; width * height];
    let body = sixel.split_once('q').unwrap().1;
    let body = body.strip_suffix("\x1b\\").unwrap();
    let body = body
        .strip_prefix(&*format!("\"1;1;{width};{height}"))
        .unwrap();
    let (mut registers, mut colour) = (Vec::new(), None);
    let (mut x, mut top) = (0, 0);
    let mut chars = body.chars().peekable();
    let numbers = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        let is_of_one = |c: &char| c.is_ascii_digit() || *c == ';';
        let text: String = std::iter::from_fn(|| chars.next_if(is_of_one)).collect();
        text.split(';')
            .map(|n| n.parse().unwrap())
            .collect::<Vec<usize>>()
    };
    while let Some(c) = chars.next() {
        let times = match c {
            '#' => {
                match numbers(&mut chars)[..] {
                    [number] => colour = Some(registers[number]),
                    [number, 2, r, g, b] if number == registers.len() => registers.push([r, g, b]),
                    _ => unreachable!("colours are numbered in order"),
                }
                continue;
            }
            '$' => {
                x = 0;
                continue;
            }
            '-' => {
                (x, top) = (0, top + BAND);
                continue;
            }
            '!' => numbers(&mut chars)[0],
            _ => 1,
        };
        let column = if c == '!' { chars.next().unwrap() } else { c };
        let mask = column as u8 - b'?';
        for _ in 0..times {
            for row in (0..BAND).filter(|row| mask >> row & 1 == 1) {
                pixels[(top + row) * width + x] = colour;
            }
            x += 1;
        }
    }
    pixels
}

#[test]
fn sixel_draws_every_pixel_in_its_colour_or_a_near_one() {
    for (width, height) in [(20, 13), (7, 6), (1, 1), (33, 40)] {
        let canvas = match (width, height) {
            (1, 1) => Canvas::filled(1, 1, Channels::Grey, 255),
            (width, height) => slope(width, height),
        };
        // Levels a colour may be off: what its share of the slope spans. Dark ones, which the eye tells apart, share less.
        for (most, off) in [(16, 16.0), (64, 5.0), (256, 1.3)] {
            let pixels = drawn(&sixel(&canvas, most), width, height);
            for (drawn, pixel) in pixels.iter().zip(canvas.pixels()) {
                let [r, g, b] = drawn.unwrap();
                assert!(r == g && g == b);
                let grey = r as f64 * 2.55;
                let miss = (grey - f64::from(*pixel)).abs();
                assert!(
                    miss <= off,
                    "{width}x{height} in {most}: {grey} for {pixel}"
                );
            }
        }
    }
}

#[test]
fn a_sixel_picture_has_the_colours_of_its_own() {
    let colours = [[255, 0, 0], [0, 130, 255], [255, 255, 255], [10, 13, 10]];
    let percent = [[100, 0, 0], [0, 51, 100], [100, 100, 100], [4, 5, 4]];
    let pixels: Vec<u8> = (0..7 * 9).flat_map(|i| colours[i % 4]).collect();
    let canvas = Canvas::new(7, 9, Channels::Rgb, pixels);
    let text = sixel(&canvas, 16);
    assert_eq!(text.matches(";2;").count(), 4, "{text}");
    for (i, found) in drawn(&text, 7, 9).iter().enumerate() {
        assert_eq!(*found, Some(percent[i % 4]));
    }
    // In two, the dark ones are drawn as one, and the light ones.
    let two = drawn(&sixel(&canvas, 2), 7, 9);
    assert_eq!(two[3], Some(percent[3]));
    assert!(two[0] == two[1] && two[1] == two[2] && two[2] != two[3]);
}

#[test]
fn live_samples_in_colour_have_more_levels_than_grey_ones() {
    let ramp: Vec<u8> = (0..=255).collect();
    let levels = |shape: ImageShape| {
        let canvas = in_few_levels(shape, &ramp);
        let of = canvas.pixels()[..255].to_vec();
        let far = of.iter().zip(&ramp).map(|(a, b)| a.abs_diff(*b)).max();
        (
            of.into_iter()
                .collect::<std::collections::HashSet<u8>>()
                .len(),
            far,
        )
    };
    assert_eq!(levels(ImageShape::new(1, 16, 16).unwrap()), (16, Some(8)));
    assert_eq!(levels(ImageShape::new(3, 5, 17).unwrap()), (64, Some(2)));
}

#[test]
fn kitty_gets_one_picture_with_its_id_and_no_answer_is_asked_for() {
    let canvas = slope(28, 28);
    let text = kitty(&canvas, Some(9), (20, 10)).unwrap();
    let (head, data) = text.split_once(';').unwrap();
    assert_eq!(head, "\x1b_Ga=T,f=100,i=9,p=1,c=20,r=10,C=1,q=2,m=0");
    let file = STANDARD.decode(data.strip_suffix("\x1b\\").unwrap());
    let back = image::load_from_memory(&file.unwrap()).unwrap();
    assert_eq!(back.into_luma8().into_raw(), canvas.pixels());
}

#[test]
fn a_large_picture_comes_to_kitty_in_pieces() {
    let mut pixels = slope(200, 100).pixels().to_vec();
    for (i, pixel) in pixels.iter_mut().enumerate() {
        *pixel ^= ((i * 2_654_435_761) >> 7) as u8;
    }
    let canvas = Canvas::new(200, 100, Channels::Grey, pixels);
    let text = kitty(&canvas, Some(1), (2, 1)).unwrap();
    let pieces: Vec<&str> = text.split_terminator("\x1b\\").collect();
    assert!(pieces.len() > 2);
    let last = pieces.len() - 1;
    let data: String = pieces
        .iter()
        .enumerate()
        .map(|(i, piece)| {
            let (head, data) = piece.split_once(';').unwrap();
            assert!(head.contains(if i == last { "m=0" } else { "m=1" }));
            assert!(data.len() <= 4096);
            data
        })
        .collect();
    let file = STANDARD.decode(data).unwrap();
    let back = image::load_from_memory(&file).unwrap();
    assert_eq!(back.into_luma8().into_raw(), canvas.pixels());
}

#[test]
fn iterm2_gets_the_size_in_characters() {
    let text = iterm2(&slope(28, 28), (14, 7)).unwrap();
    assert!(text.starts_with("\x1b]1337;File=inline=1;size="));
    assert!(text.contains(";width=14;height=7;") && text.ends_with('\x07'));
}

#[test]
fn kitty_and_iterm2_get_colours() {
    let colour = Canvas::new(2, 1, Channels::Rgb, vec![1, 2, 3, 250, 0, 9]);
    let text = kitty(&colour, None, (2, 1)).unwrap();
    let data = text.split_once(';').unwrap().1;
    let file = STANDARD.decode(data.strip_suffix("\x1b\\").unwrap());
    let back = image::load_from_memory(&file.unwrap()).unwrap();
    assert_eq!(back.color(), image::ColorType::Rgb8);
    assert_eq!(back.into_rgb8().into_raw(), colour.pixels());
    assert!(iterm2(&colour, (2, 1)).is_ok());
}
