#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn slope(width: usize, height: usize) -> Canvas {
    let pixels = (0..width * height).map(|i| (i * 255 / (width * height - 1)) as u8);
    Canvas::new(width, height, Channels::Grey, pixels.collect())
}

/// The pixels that a terminal would draw, as greys; `None` if nothing was drawn.
fn drawn(sixel: &str, width: usize, height: usize) -> Vec<Option<usize>> {
    let mut pixels = vec![None; width * height];
    let body = sixel.split_once('q').unwrap().1;
    let body = body.strip_suffix("\x1b\\").unwrap();
    // Behind the palette, whose last colour is the brightest of all.
    let body = body.rsplit_once(";100;100;100").unwrap().1;
    let (mut x, mut top, mut grey) = (0, 0, 0);
    let mut chars = body.chars().peekable();
    let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        let mut n = 0;
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            n = n * 10 + digit as usize;
            chars.next();
        }
        n
    };
    while let Some(c) = chars.next() {
        let times = match c {
            '#' => {
                grey = number(&mut chars);
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
            '!' => number(&mut chars),
            _ => 1,
        };
        let column = if c == '!' { chars.next().unwrap() } else { c };
        let mask = column as u8 - b'?';
        for _ in 0..times {
            for row in (0..BAND).filter(|row| mask >> row & 1 == 1) {
                pixels[(top + row) * width + x] = Some(grey);
            }
            x += 1;
        }
    }
    pixels
}

#[test]
fn sixel_draws_every_pixel_in_its_grey_and_no_others() {
    for (width, height) in [(20, 13), (7, 6), (1, 1), (33, 40)] {
        let canvas = match (width, height) {
            (1, 1) => Canvas::filled(1, 1, Channels::Grey, 255),
            (width, height) => slope(width, height),
        };
        for greys in [2, LEVELS, 64] {
            let step = 255.0 / (greys - 1) as f64;
            let pixels = drawn(&sixel(&canvas, greys), width, height);
            for (drawn, pixel) in pixels.iter().zip(canvas.pixels()) {
                let grey = drawn.unwrap() as f64 * step;
                let off = (grey - f64::from(*pixel)).abs();
                assert!(off <= step / 2.0 + 0.1, "{width}x{height} in {greys}");
            }
        }
    }
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
fn sixel_in_colour_defines_and_draws_the_nearest_of_the_cube() {
    let colours = [[255, 0, 0], [0, 130, 255], [255, 255, 255], [10, 10, 10]];
    let pixels: Vec<u8> = (0..7 * 9).flat_map(|i| colours[i % 4]).collect();
    let text = sixel(&Canvas::new(7, 9, Channels::Rgb, pixels), LEVELS);
    let head = "\x1bP0;1;0q\"1;1;7;9#0;2;0;0;0#23;2;0;60;100#180;2;100;0;0#215;2;100;100;100";
    assert!(text.starts_with(head), "{text}");
    let numbers = [180, 23, 215, 0];
    for (i, found) in drawn(&text, 7, 9).iter().enumerate() {
        assert_eq!(*found, Some(numbers[i % 4]));
    }
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
