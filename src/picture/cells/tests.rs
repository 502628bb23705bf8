#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::picture::Channels;

fn canvas(width: usize, pixels: &[u8]) -> Canvas {
    let height = pixels.len() / width;
    Canvas::new(width, height, Channels::Grey, pixels.to_vec())
}

fn text(cells: &Cells) -> Vec<String> {
    cells
        .rows()
        .map(|row| row.iter().map(|cell| cell.symbol).collect())
        .collect()
}

#[test]
fn half_blocks_give_every_pixel_its_own_shade() {
    let cells = draw(&canvas(2, &[10, 200, 90, 200]), Glyphs::HalfBlock, 2, 1);
    let row: Vec<Cell> = cells.rows().flatten().copied().collect();
    assert_eq!(
        row[0],
        Cell {
            symbol: '▀',
            fg: Some(grey(10)),
            bg: Some(grey(90))
        }
    );
    assert_eq!(
        row[1],
        Cell {
            symbol: ' ',
            fg: None,
            bg: Some(grey(200))
        }
    );
}

#[test]
fn sextants_take_the_two_best_shades() {
    // One stray dark grey pixel goes with the dark ones, not between the groups.
    let cells = draw(
        &canvas(2, &[255, 255, 0, 245, 0, 30]),
        Glyphs::Sextant,
        1,
        1,
    );
    let cell = cells.rows().flatten().copied().next();
    assert_eq!(
        cell,
        Some(Cell {
            symbol: sextant(0b00_1011),
            fg: Some(grey(252)),
            bg: Some(grey(10))
        })
    );
}

#[test]
fn quadrants_light_the_quarters_of_the_light_pixels() {
    let cells = draw(
        &canvas(4, &[255, 0, 0, 255, 0, 255, 0, 255]),
        Glyphs::Quadrant,
        2,
        1,
    );
    assert_eq!(text(&cells), ["▚▐"]);
}

#[test]
fn braille_and_ascii_carry_the_picture_without_shades() {
    let ramp = canvas(2, &[0, 0, 0, 0, 255, 255, 255, 255]);
    for (glyphs, expected) in [(Glyphs::Braille, "⣤"), (Glyphs::Ascii, "++")] {
        let columns = expected.chars().count();
        let cells = draw(&ramp, glyphs, columns, 1);
        assert_eq!(text(&cells), [expected]);
        assert!(
            cells
                .rows()
                .flatten()
                .all(|cell| cell.fg.is_none() && cell.bg.is_none())
        );
    }
}

#[test]
fn dithered_grey_lights_about_as_many_dots_as_it_is_light() {
    let lit = |shade: u8| -> u32 {
        let cells = draw(
            &Canvas::filled(16, 16, Channels::Grey, shade),
            Glyphs::Braille,
            8,
            4,
        );
        cells
            .rows()
            .flatten()
            .map(|cell| (cell.symbol as u32 & 0xff).count_ones())
            .sum()
    };
    assert_eq!((lit(0), lit(60), lit(200), lit(255)), (0, 0, 256, 256));
    assert_eq!(lit(128), 128);
}

#[test]
fn a_picture_of_another_size_is_stretched() {
    let cells = draw(
        &Canvas::filled(28, 28, Channels::Grey, 255),
        Glyphs::Sextant,
        14,
        7,
    );
    assert_eq!((cells.columns(), cells.rows().len()), (14, 7));
    assert!(cells.rows().flatten().all(|cell| *cell == flat(grey(255))));
}

#[test]
fn matrices_are_joined_side_by_side() {
    let one = draw(
        &Canvas::filled(1, 2, Channels::Grey, 255),
        Glyphs::Ascii,
        1,
        1,
    );
    assert_eq!(
        text(&Cells::beside(
            &[one.clone(), one.clone(), one],
            &[Cell::BLANK]
        )),
        ["@ @ @"]
    );
    assert_eq!(Cells::beside(&[], &[]).rows().len(), 0);
}

#[test]
fn the_size_in_characters_keeps_the_proportions() {
    let shape = |height, width| ImageShape::new(3, height, width).unwrap();
    let natural = |shape| {
        (
            natural_columns(shape),
            rows_for(shape, natural_columns(shape)),
        )
    };
    assert_eq!(natural(ImageShape::MNIST), (28, 14));
    assert_eq!(natural(shape(64, 64)), (56, 28));
    assert_eq!(natural(shape(8, 12)), (14, 4));
    assert_eq!(natural(shape(1, 500)), (56, 1));
}

#[test]
fn colours_of_equal_brightness_are_told_apart() {
    // Red on the left, a blue as bright on the right.
    let (red, blue) = ([200, 0, 0], [0, 40, 255]);
    let pixels = [red, blue, red, blue].concat();
    let canvas = Canvas::new(2, 2, Channels::Rgb, pixels);
    let found = |glyphs, columns| -> Vec<Cell> {
        let cells = draw(&canvas, glyphs, columns, 1);
        cells.rows().flatten().copied().collect()
    };
    let halves = Cell {
        symbol: '▐',
        fg: Some(blue),
        bg: Some(red),
    };
    assert_eq!(found(Glyphs::Quadrant, 1), [halves]);
    assert_eq!(found(Glyphs::HalfBlock, 2), [flat(red), flat(blue)]);
}
