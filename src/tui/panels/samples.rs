//! What the generator draws from the fixed latents: tiles of digits, as large and as many as there is room for; in pixels
//! where the terminal shows some, else in characters.
//!
//! Quadrants show four pixels to a cell, in the two greys that stand for them best; they are in every font. Where the
//! terminal has few colours half blocks show two pixels, each in its own. Without colour neither carries anything:
//! braille shows every pixel as a dot, and without UTF-8 characters of different weight stand for ink.

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use crate::picture::ColorDepth;
use crate::tui::app::{App, Picture, Screen};
use crate::tui::format;
use crate::tui::layout::{TILES, Tile};
use crate::tui::terminal::Placed;

/// Ink in ASCII, lightest first.
const RAMP: &[u8] = b" .:-=+*#%@";
/// Tiles a large screen should show before they grow.
const ENOUGH: u16 = 12;
/// Ink from which a braille dot is set.
const DARK: u8 = 110;

/// Draws the samples; those that are to be seen in pixels are added to `placed`.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look, placed: &mut Vec<Placed>) {
    let theme = &look.theme;
    let mut title = vec![Span::styled(" Samples ", theme.title)];
    let shown = app.shown_picture();
    if let Some(picture) = shown {
        title.push(Span::styled(
            format!("step {} ", format::thousands(picture.step)),
            theme.text,
        ));
        if picture.samples.diversity.is_finite() && area.width >= 42 {
            let text = format!(
                "{} diversity {:.2} ",
                look.glyphs.dot, picture.samples.diversity
            );
            title.push(Span::styled(text, theme.dim));
        }
        if app.view.cursor.is_some() && area.width >= 30 {
            let (at, of) = app.film.position(picture.step);
            let word = if app.is_playing() { "playing" } else { "film" };
            title.push(Span::styled(format!("{word} {at}/{of} "), theme.accent));
        }
    }
    let block = look.frame().title_top(Line::from(title));
    let inner = block.inner(area);
    block.render(area, buffer);
    match shown {
        Some(picture) if picture.samples.images.count() > 0 => match alone(app, picture) {
            Some(index) => enlarged(inner, buffer, picture, index, app, look, placed),
            None => tiles(inner, buffer, picture, app, look, placed),
        },
        _ => {
            let text = if app.run.has_ended() {
                "nothing was drawn"
            } else {
                "waiting for the first picture"
            };
            let row = Rect {
                y: inner.y + inner.height / 2,
                height: inner.height.min(1),
                ..inner
            };
            Line::from(Span::styled(text, theme.dim))
                .centered()
                .render(row, buffer);
        }
    }
}

/// Draws an image in characters, or leaves its cells to its pixels.
fn put_image(
    place: Rect,
    buffer: &mut Buffer,
    image: &[u8],
    side: usize,
    look: &Look,
    placed: &mut Vec<Placed>,
) {
    if !look.pixels || place.is_empty() {
        draw_tile(place, buffer, image, side, look);
        return;
    }
    for position in place.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_char(' ').set_diff_option(CellDiffOption::Skip);
        }
    }
    placed.push(Placed {
        place,
        image: image.to_vec(),
        side,
    });
}

/// Those of `placed` over which nothing else was drawn. Of the others, what is still to be seen is drawn in characters.
pub fn uncovered(placed: Vec<Placed>, buffer: &mut Buffer, look: &Look) -> Vec<Placed> {
    let is_left = |buffer: &Buffer, position: Position| {
        let cell = buffer.cell(position);
        cell.is_some_and(|cell| cell.diff_option == CellDiffOption::Skip)
    };
    let (whole, covered): (Vec<Placed>, Vec<Placed>) = placed
        .into_iter()
        .partition(|tile| tile.place.positions().all(|p| is_left(buffer, p)));
    for tile in covered {
        let mut drawn = Buffer::empty(tile.place);
        draw_tile(tile.place, &mut drawn, &tile.image, tile.side, look);
        for position in tile.place.positions() {
            if is_left(buffer, position) {
                buffer[position] = drawn[position].clone();
            }
        }
    }
    whole
}

fn tiles(
    area: Rect,
    buffer: &mut Buffer,
    picture: &Picture,
    app: &App,
    look: &Look,
    placed: &mut Vec<Placed>,
) {
    let images = &picture.samples.images;
    // In ASCII a cell is one pixel: one digit that can be read is worth more than many that cannot.
    let enough = if look.glyphs.utf8 { ENOUGH } else { 1 };
    let count = images.count().min(usize::from(u16::MAX)) as u16;
    let scored = picture.samples.scores.len() >= images.count();
    // A size that was asked for holds on the screen of samples.
    let size = app.gallery.size.filter(|_| app.screen == Screen::Samples);
    let grid = Grid::fit(area, count, enough, scored, size);
    let mut index = 0;
    for y in 0..grid.rows {
        for x in 0..grid.columns {
            let Some(image) = images.image(index) else {
                return;
            };
            let place = grid.place(area, x, y);
            put_image(place, buffer, image, images.side, look, placed);
            if let Some(score) = picture
                .samples
                .scores
                .get(index)
                .filter(|_| grid.caption > 0)
            {
                let text = score_text(app, *score);
                let caption = Rect {
                    y: place.bottom(),
                    height: 1,
                    ..place
                };
                Line::from(Span::styled(text, look.theme.dim))
                    .centered()
                    .render(caption, buffer);
            }
            index += 1;
        }
    }
}

/// The sample that is shown alone, if one is.
fn alone(app: &App, picture: &Picture) -> Option<usize> {
    app.gallery
        .enlarged
        .filter(|index| app.screen == Screen::Samples && *index < picture.samples.images.count())
}

/// D's score of an image, as its objective scores.
fn score_text(app: &App, score: f32) -> String {
    let objective = app.run.objective.as_ref();
    if objective.is_some_and(|o| o.score_is_probability) {
        format!("{score:.2}")
    } else {
        format!("{score:+.1}")
    }
}

/// One sample, as large as it gets.
fn enlarged(
    area: Rect,
    buffer: &mut Buffer,
    picture: &Picture,
    index: usize,
    app: &App,
    look: &Look,
    placed: &mut Vec<Placed>,
) {
    let images = &picture.samples.images;
    let Some(image) = images.image(index) else {
        return;
    };
    let height = area.height.saturating_sub(1).min(area.width / 2).max(1);
    let place = Rect {
        x: area.x + (area.width.saturating_sub(height * 2)) / 2,
        y: area.y + (area.height.saturating_sub(height + 1)) / 2,
        width: (height * 2).min(area.width),
        height,
    }
    .intersection(area);
    put_image(place, buffer, image, images.side, look, placed);
    let mut text = format!("sample {} of {}", index + 1, images.count());
    if let Some(score) = picture.samples.scores.get(index) {
        text = format!("{text}, D's score {}", score_text(app, *score));
    }
    let caption = Rect {
        y: place.bottom(),
        height: 1,
        ..area
    };
    Line::from(Span::styled(text, look.theme.dim))
        .centered()
        .render(caption.intersection(area), buffer);
}

/// How tiles are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    tile: Tile,
    columns: u16,
    rows: u16,
    /// Rows under a tile for its score.
    caption: u16,
}

impl Grid {
    /// The largest tiles of which `enough` fit, and if none does, the smallest ones.
    fn fit(area: Rect, count: u16, enough: u16, scored: bool, size: Option<usize>) -> Self {
        let of = |tile: Tile| {
            let columns = ((area.width + 1) / (tile.width + 1)).max(1);
            let rows = (area.height / tile.height).max(1);
            // A score costs a row each, and never a tile.
            let caption = u16::from(scored && rows * (tile.height + 1) <= area.height);
            Self {
                tile,
                columns,
                rows,
                caption,
            }
        };
        let enough = enough.min(count);
        let asked = size.and_then(|size| TILES.get(size).copied());
        let fits = |t: &Tile| t.width <= area.width && t.height <= area.height;
        let fitting = TILES
            .into_iter()
            .filter(fits)
            .map(of)
            .find(|g| g.columns * g.rows >= enough);
        let asked = asked.filter(fits).map(of);
        let mut grid = asked
            .or(fitting)
            .unwrap_or_else(|| of(TILES[TILES.len() - 1]));
        grid.columns = grid.columns.min(count.max(1));
        grid.rows = grid.rows.min(count.div_ceil(grid.columns).max(1));
        grid
    }

    /// Where tile (`x`, `y`) lies: the whole grid is in the middle, spare rows are spread between tiles.
    fn place(&self, area: Rect, x: u16, y: u16) -> Rect {
        let width = self.columns * (self.tile.width + 1) - 1;
        let left = area.x + area.width.saturating_sub(width) / 2;
        let each = self.tile.height + self.caption;
        let spare = area.height.saturating_sub(self.rows * each);
        let gap = u16::from(spare >= self.rows.saturating_sub(1) && self.rows > 1);
        let height = self.rows * each + (self.rows - 1) * gap;
        let top = area.y + area.height.saturating_sub(height) / 2;
        Rect {
            x: left + x * (self.tile.width + 1),
            y: top + y * (each + gap),
            width: self.tile.width,
            height: self.tile.height,
        }
        .intersection(area)
    }
}

fn draw_tile(place: Rect, buffer: &mut Buffer, image: &[u8], side: usize, look: &Look) {
    let (width, height) = (usize::from(place.width), usize::from(place.height));
    let depth = if look.plain_samples {
        ColorDepth::None
    } else {
        look.theme.depth
    };
    match (depth, look.glyphs.utf8) {
        (ColorDepth::None, true) => {
            let dots = resize(image, side, width * 2, height * 4);
            for (i, position) in place.positions().enumerate() {
                let (x, y) = (i % width * 2, i / width * 4);
                let mask = (0..8).filter(|d| dots[(y + d / 2) * width * 2 + x + d % 2] >= DARK);
                let mask = mask.map(|d| BRAILLE[d]).fold(0, |a, b| a | b);
                put(
                    buffer,
                    position,
                    char::from_u32(0x2800 + mask).unwrap_or(' '),
                    Style::new(),
                );
            }
        }
        (_, false) => {
            let ink = resize(image, side, width, height);
            for (position, level) in place.positions().zip(ink) {
                let step = usize::from(level) * (RAMP.len() - 1) / 255;
                put(buffer, position, char::from(RAMP[step]), Style::new());
            }
        }
        (ColorDepth::TrueColor | ColorDepth::Ansi256, true) => {
            let ink = resize(image, side, width * 2, height * 2);
            for (i, position) in place.positions().enumerate() {
                let (x, y) = (i % width * 2, i / width * 2);
                let at = |dx: usize, dy: usize| ink[(y + dy) * width * 2 + x + dx];
                let (mask, light, dark) = two_greys([at(0, 0), at(1, 0), at(0, 1), at(1, 1)]);
                let style = Style::new()
                    .fg(look.theme.ink(light))
                    .bg(look.theme.ink(dark));
                put(buffer, position, QUADRANTS[mask], style);
            }
        }
        (ColorDepth::Ansi16, true) => {
            let ink = resize(image, side, width, height * 2);
            for (i, position) in place.positions().enumerate() {
                let (x, y) = (i % width, i / width * 2);
                let [top, bottom] =
                    [ink[y * width + x], ink[(y + 1) * width + x]].map(|l| look.theme.ink(l));
                let style = Style::new().fg(top).bg(bottom);
                put(
                    buffer,
                    position,
                    if top == bottom { ' ' } else { '▀' },
                    style,
                );
            }
        }
    }
}

/// Block characters by their filled quarters: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
const QUADRANTS: [char; 16] = [
    ' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█',
];

/// Which of four pixels are the lighter ones, and the mean of either group.
fn two_greys(pixels: [u8; 4]) -> (usize, u8, u8) {
    let (low, high) = pixels
        .iter()
        .fold((255, 0), |(low, high), p| (low.min(*p), high.max(*p)));
    // Less than one grey apart: a plain cell, which costs nothing to send again.
    if high - low < 8 {
        return (0, low, low);
    }
    let middle = u16::midpoint(u16::from(low), u16::from(high));
    let (mut mask, mut sums, mut counts) = (0, [0_u16; 2], [0_u16; 2]);
    for (i, pixel) in pixels.into_iter().enumerate() {
        let light = u16::from(pixel) > middle;
        mask |= usize::from(light) << i;
        sums[usize::from(light)] += u16::from(pixel);
        counts[usize::from(light)] += 1;
    }
    let mean = |group: usize| (sums[group] / counts[group].max(1)) as u8;
    (mask, mean(1), mean(0))
}

/// The bits of a braille cell's dots, left to right and top to bottom.
const BRAILLE: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

fn put(buffer: &mut Buffer, position: Position, symbol: char, style: Style) {
    if let Some(cell) = buffer.cell_mut(position) {
        cell.set_char(symbol).set_style(style);
    }
}

/// An image of `side`×`side` at another size: the mean over the area each new pixel covers. Where it shrinks, thin
/// strokes fade; half of the largest value under a pixel brings them back.
fn resize(image: &[u8], side: usize, width: usize, height: usize) -> Vec<u8> {
    let mut resized = Vec::with_capacity(width * height);
    let spans =
        |n: usize| (0..n).map(move |i| (i * side / n, ((i + 1) * side).div_ceil(n).min(side)));
    let shrinks = width < side || height < side;
    for (top, bottom) in spans(height) {
        for (left, right) in spans(width) {
            let (mut sum, mut largest, mut count) = (0_u32, 0_u32, 0_u32);
            for y in top..bottom {
                for value in &image[y * side + left..y * side + right] {
                    sum += u32::from(*value);
                    largest = largest.max(u32::from(*value));
                    count += 1;
                }
            }
            let mean = sum / count.max(1);
            let value = if shrinks {
                (mean * 2 + largest) / 3
            } else {
                mean
            };
            resized.push(value.min(255) as u8);
        }
    }
    resized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_grow_only_when_enough_of_them_fit() {
        let sizes = |w, h| {
            let grid = Grid::fit(Rect::new(0, 0, w, h), 64, ENOUGH, true, None);
            (grid.tile.width, grid.columns, grid.rows, grid.caption)
        };
        assert_eq!(sizes(29, 18), (14, 2, 2, 1));
        assert_eq!(sizes(46, 24), (14, 3, 3, 1));
        assert_eq!(sizes(87, 40), (20, 4, 4, 0));
        assert_eq!(sizes(120, 60), (28, 4, 4, 1));
    }

    #[test]
    fn every_tile_lies_inside_the_panel() {
        for (w, h, count) in [
            (29, 11, 64),
            (46, 33, 64),
            (14, 7, 1),
            (87, 54, 3),
            (60, 30, 20),
        ] {
            let area = Rect::new(3, 2, w, h);
            let grid = Grid::fit(area, count, ENOUGH, true, None);
            for x in 0..grid.columns {
                for y in 0..grid.rows {
                    let place = grid.place(area, x, y);
                    assert_eq!(
                        (place.width, place.height),
                        (grid.tile.width, grid.tile.height),
                        "{w}x{h} {grid:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_cell_of_four_pixels_becomes_its_two_greys() {
        assert_eq!(two_greys([9, 9, 9, 9]), (0, 9, 9));
        assert_eq!(two_greys([250, 0, 0, 10]), (1, 250, 3));
        assert_eq!(two_greys([0, 255, 0, 255]), (10, 255, 0));
        for (mask, block) in QUADRANTS.iter().enumerate() {
            assert_eq!(
                QUADRANTS.iter().position(|q| q == block),
                Some(mask),
                "each block stands once"
            );
        }
    }

    #[test]
    fn resizing_keeps_a_full_image_full_and_a_thin_stroke_visible() {
        assert!(resize(&[255; 784], 28, 14, 14).iter().all(|v| *v == 255));
        let mut stroke = vec![0; 784];
        (0..28).for_each(|y| stroke[y * 28 + 9] = 255);
        let small = resize(&stroke, 28, 14, 14);
        assert!((0..14).all(|y| small[y * 14 + 4] > 150));
        assert_eq!(resize(&stroke, 28, 28, 28), stroke);
    }
}
