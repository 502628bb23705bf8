//! Which panels fit on a screen, and where. Chart and samples have priority.

use ratatui::layout::Rect;

use crate::shape::ImageShape;

/// Minimum columns and rows.
pub const SMALLEST: (u16, u16) = (40, 10);
/// Lines of a page.
pub const PAGE: isize = 10;

/// Returns whether a terminal is large enough.
#[must_use]
pub const fn fits(area: Rect) -> bool {
    area.width >= SMALLEST.0 && area.height >= SMALLEST.1
}

/// The area of each panel; `None` if it does not fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places {
    /// Name, state, progress. Framed where it has four rows.
    pub header: Rect,
    /// The chart of losses.
    pub chart: Rect,
    /// Generated samples.
    pub samples: Option<Rect>,
    /// Learning rates, scores, other metrics.
    pub values: Option<Rect>,
    /// What happened.
    pub log: Option<Rect>,
    /// The newest line of the log, if the log does not fit.
    pub status: Option<Rect>,
    /// Keys.
    pub keys: Rect,
}

/// Columns and rows of an image's tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// How many sizes of tiles there are to choose from.
pub const SIZES: usize = 5;

/// Rows of those in real pixels, largest first.
const PIXEL_ROWS: [u16; SIZES] = [14, 9, 6, 4, 3];

/// Maximum rows of a tile in real pixels unless a size was chosen.
const MOST_PIXEL_ROWS: u16 = 20;

/// Rows of tiles in characters, largest first, of small images: in half blocks a row is two pixels, so 14 are all of a digit;
/// below 7 it cannot be read.
const ROWS: [u16; SIZES] = [14, 12, 10, 8, 7];

/// Height of a character in pixels below which it is a ratio to the width, or a mistake.
const SMALLEST_FONT: u16 = 6;

/// Maximum rows of a tile in characters, for larger images.
const MOST_ROWS: u16 = 32;

/// Sizes of the tiles of images of this shape, largest first: in characters, or in real pixels where a character's width and
/// height in pixels are given. The last one is the smallest in which such an image can be recognised: at every third pixel in
/// characters, at all of them in real pixels, unless that takes too much room.
#[must_use]
pub fn tiles(shape: ImageShape, cell: Option<(u16, u16)>) -> Vec<Tile> {
    let of = |rows: u16| within(rows, shape, cell);
    let side = shape.height().max(shape.width());
    if let Some((_, height)) = cell {
        let all = if height >= SMALLEST_FONT {
            side.div_ceil(usize::from(height))
                .min(usize::from(PIXEL_ROWS[0])) as u16
        } else {
            0
        };
        let least = all.max(PIXEL_ROWS[SIZES - 1]);
        return (least..=MOST_PIXEL_ROWS).rev().map(of).collect();
    }
    let rows = rows_in_characters(shape);
    if rows == ROWS {
        return rows.map(of).to_vec();
    }
    let third = (side / 6).min(usize::from(MOST_ROWS / 2)) as u16;
    let least = third.max(ROWS[SIZES - 1]);
    (least..=rows[0]).rev().map(of).collect()
}

/// One of the [`SIZES`] to choose from, 0 for the largest.
#[must_use]
pub fn chosen_tile(size: usize, shape: ImageShape, cell: Option<(u16, u16)>) -> Option<Tile> {
    let rows = match cell {
        Some(_) => PIXEL_ROWS,
        None => rows_in_characters(shape),
    };
    Some(within(*rows.get(size)?, shape, cell))
}

/// The rows of [`ROWS`], spread so that the largest shows all pixels of a larger image, as far as there may be.
fn rows_in_characters(shape: ImageShape) -> [u16; SIZES] {
    let (most, least) = (ROWS[0], ROWS[SIZES - 1]);
    let side = shape.height().max(shape.width()).div_ceil(2);
    let all = side.clamp(usize::from(most), usize::from(MOST_ROWS)) as u16;
    ROWS.map(|rows| least + (rows - least) * (all - least) / (most - least))
}

/// The tile of an image within a square of so many rows.
fn within(rows: u16, shape: ImageShape, cell: Option<(u16, u16)>) -> Tile {
    let higher = shape.height() as f32 / shape.width() as f32;
    let height = (f32::from(rows) * higher.min(1.0)).round().max(1.0) as u16;
    Tile {
        width: columns_beside(height, shape, cell),
        height,
    }
}

/// The largest tile of an image of this shape in an area.
#[must_use]
pub fn largest_tile(area: Rect, shape: ImageShape, cell: Option<(u16, u16)>) -> Tile {
    let mut height = area.height.max(1);
    while height > 1 && columns_beside(height, shape, cell) > area.width {
        height -= 1;
    }
    Tile {
        width: columns_beside(height, shape, cell).min(area.width),
        height,
    }
}

/// Columns of an image that is `rows` high. A character counts as twice as high as wide where nothing else is known.
fn columns_beside(rows: u16, shape: ImageShape, cell: Option<(u16, u16)>) -> u16 {
    let (width, height) = cell
        .filter(|(width, height)| (1.0..=4.0).contains(&(f32::from(*height) / f32::from(*width))))
        .unwrap_or((1, 2));
    let wider = shape.width() as f32 / shape.height() as f32;
    let columns = f32::from(rows) * f32::from(height) / f32::from(width) * wider;
    columns.round().max(1.0) as u16
}

/// Columns of a frame that holds `n` tiles of `width` with a space around each.
const fn columns_for(n: u16, width: u16) -> u16 {
    n * (width + 1) + 3
}

/// Places the panels; `None` if the terminal is too small.
#[must_use]
pub fn arrange(area: Rect) -> Option<Places> {
    place(area, true)
}

/// The same without a place for samples.
#[must_use]
pub fn without_samples(area: Rect) -> Option<Places> {
    place(area, false)
}

fn place(area: Rect, with_samples: bool) -> Option<Places> {
    if !fits(area) {
        return None;
    }
    let (width, height) = (area.width, area.height);
    let header_rows = if height >= 30 { 4 } else { 2 };
    let status_rows = u16::from((18..30).contains(&height));
    let header = Rect {
        height: header_rows,
        ..area
    };
    let keys = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    let status = (status_rows > 0).then_some(Rect {
        y: area.bottom() - 2,
        height: 1,
        ..area
    });
    let body = Rect {
        y: area.y + header_rows,
        height: height - header_rows - status_rows - 1,
        ..area
    };

    let samples_width = match width {
        180.. => columns_for(3, 24),
        150.. => columns_for(3, 20),
        110.. => columns_for(3, 14),
        60.. => columns_for(2, 14),
        _ => 0,
    };
    // A row of tiles needs its frame and seven rows.
    let samples_width = if body.height < 9 || !with_samples {
        0
    } else {
        samples_width
    };
    let left = Rect {
        width: width - samples_width,
        ..body
    };
    let right = Rect {
        x: left.right(),
        width: samples_width,
        ..body
    };
    let mut places = Places {
        header,
        chart: left,
        status,
        keys,
        ..Places::default()
    };
    let values_rows = match body.height {
        48.. => 15,
        34.. => 11,
        26.. => 9,
        18.. => 7,
        _ => 0,
    };
    if samples_width > 0 {
        places.samples = Some(right);
    }
    if values_rows == 0 {
        return Some(places);
    }
    let is_stacked = samples_width > 0 && height >= 30 && left.width < 100;
    let values_rows = if is_stacked {
        leaving_gaps(body.height, values_rows)
    } else {
        values_rows
    };
    let (chart, below) = cut(left, values_rows);
    places.chart = chart;
    if height < 30 {
        places.values = Some(below);
    } else if left.width >= 100 {
        let values = Rect {
            width: left.width * 5 / 11,
            ..below
        };
        places.values = Some(values);
        places.log = Some(Rect {
            x: values.right(),
            width: left.width - values.width,
            ..below
        });
    } else if samples_width > 0 {
        // Values under the samples, the log under the chart.
        let (samples, values) = cut(right, values_rows);
        places.samples = Some(samples);
        places.values = Some(values);
        places.log = Some(below);
    } else {
        let (values, log) = cut(below, values_rows / 2);
        places.values = Some(values);
        places.log = Some(log);
    }
    Some(places)
}

/// Rows for the values below the samples: one or two fewer than `most` if rows of tiles would touch otherwise.
fn leaving_gaps(height: u16, most: u16) -> u16 {
    let least_tile = ROWS[SIZES - 1];
    // Without the frame of the samples.
    let room = |values: u16| height.saturating_sub(values + 2);
    let tiles = room(most) / least_tile;
    (most.saturating_sub(2)..=most)
        .rev()
        .find(|values| tiles * (least_tile + 1) <= room(*values) + 1)
        .unwrap_or(most)
}

/// The area between the header and the keys; `None` if the terminal is too small.
#[must_use]
pub fn body(area: Rect) -> Option<Rect> {
    let places = arrange(area)?;
    Some(Rect {
        y: places.header.bottom(),
        height: area.height - places.header.height - places.keys.height,
        ..area
    })
}

/// The area of a centred dialog of `width`×`height`, clipped to the terminal.
#[must_use]
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// The row `index` of an area, if it has one.
#[must_use]
pub fn row(area: Rect, index: usize) -> Option<Rect> {
    let index = u16::try_from(index).ok()?;
    (index < area.height).then_some(Rect {
        y: area.y + index,
        height: 1,
        ..area
    })
}

/// The row in the middle of an area; none of it where it has none.
#[must_use]
pub fn middle_row(area: Rect) -> Rect {
    Rect {
        y: area.y + area.height / 2,
        height: area.height.min(1),
        ..area
    }
}

/// Cuts `rows` off the bottom.
fn cut(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let above = Rect {
        height: area.height - rows,
        ..area
    };
    (
        above,
        Rect {
            y: above.bottom(),
            height: rows,
            ..area
        },
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn panels_cover_the_screen_without_overlap_at_every_size() {
        for width in SMALLEST.0..220 {
            for height in SMALLEST.1..80 {
                let area = Rect::new(0, 0, width, height);
                let Some(p) = arrange(area) else {
                    unreachable!("{width}x{height} is large enough")
                };
                let rects: Vec<Rect> = [
                    Some(p.header),
                    Some(p.chart),
                    p.samples,
                    p.values,
                    p.log,
                    p.status,
                    Some(p.keys),
                ]
                .into_iter()
                .flatten()
                .collect();
                let covered: u32 = rects.iter().map(|r| r.area()).sum();
                assert_eq!(covered, area.area(), "{width}x{height}: {p:?}");
                for (i, a) in rects.iter().enumerate() {
                    assert!(
                        area.contains(a.as_position()) && !a.is_empty(),
                        "{width}x{height}: {a:?}"
                    );
                    assert!(
                        rects[i + 1..].iter().all(|b| !a.intersects(*b)),
                        "{width}x{height}: {p:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn samples_never_get_less_than_a_readable_digit() {
        for width in SMALLEST.0..220 {
            for height in SMALLEST.1..80 {
                let samples = arrange(Rect::new(0, 0, width, height)).and_then(|p| p.samples);
                assert!(
                    samples.is_none_or(|s| s.width >= 16 && s.height >= 9),
                    "{width}x{height}: {samples:?}"
                );
            }
        }
    }

    #[test]
    fn tiles_have_the_proportions_of_their_images() {
        let sizes = |height, width, cell| -> Vec<(u16, u16)> {
            let shape = ImageShape::new(3, height, width).unwrap();
            let tiles = tiles(shape, cell);
            tiles.iter().map(|tile| (tile.width, tile.height)).collect()
        };
        let square = [(28, 14), (24, 12), (20, 10), (16, 8), (14, 7)];
        assert_eq!(sizes(28, 28, None), square);
        assert_eq!(sizes(8, 8, None), square);
        // Larger ones in every size, down to what shows every third of 64 pixels; no further than half the largest.
        let ends = |sizes: Vec<(u16, u16)>| (sizes[0], sizes[1], sizes[sizes.len() - 1]);
        assert_eq!(ends(sizes(64, 64, None)), ((64, 32), (62, 31), (20, 10)));
        assert_eq!(ends(sizes(32, 32, None)), ((32, 16), (30, 15), (14, 7)));
        assert_eq!(ends(sizes(500, 500, None)), ((64, 32), (62, 31), (32, 16)));
        assert_eq!(sizes(8, 12, None)[0], (27, 9));
        assert_eq!(sizes(12, 8, None)[0], (19, 14));
        assert_eq!(sizes(1, 4000, None)[4].1, 1);
        // A cell of 7×17 pixels: 20 rows are 340 pixels, as are 49 columns.
        assert_eq!(sizes(28, 28, Some((7, 17)))[0], (49, 20));
        assert_eq!(sizes(14, 28, Some((7, 17)))[0], (49, 10));
        // All pixels of 64 take four rows of 17; those of 28 two, and three are the least.
        let least = |side| sizes(side, side, Some((7, 17))).last().copied();
        assert_eq!(
            [28, 64, 500].map(least),
            [Some((7, 3)), Some((10, 4)), Some((34, 14))]
        );
    }

    #[test]
    fn the_largest_tile_fills_one_side_of_its_area() {
        let fits = |height, width| {
            let shape = ImageShape::new(1, height, width).unwrap();
            let tile = largest_tile(Rect::new(0, 0, 60, 20), shape, None);
            (tile.width, tile.height)
        };
        assert_eq!(fits(28, 28), (40, 20));
        assert_eq!(fits(8, 12), (60, 20));
        assert_eq!(fits(8, 16), (60, 15));
        assert_eq!(fits(32, 8), (10, 20));
        assert_eq!(fits(1, 4000), (60, 1));
    }

    #[test]
    fn values_make_room_for_gaps_between_rows_of_samples() {
        assert_eq!(
            [33, 34, 35, 36].map(|rows| leaving_gaps(rows, 11)),
            [11, 9, 10, 11]
        );
        // Not where that would cost more than two lines.
        assert_eq!(leaving_gaps(41, 11), 11);
        let places = arrange(Rect::new(0, 0, 120, 40));
        let samples = places.and_then(|places| places.samples);
        assert_eq!(samples.map(|area| area.height), Some(3 * 7 + 2 + 2));
    }

    #[test]
    fn a_screen_that_is_too_small_shows_a_message() {
        assert_eq!(arrange(Rect::new(0, 0, 39, 30)), None);
        assert_eq!(arrange(Rect::new(0, 0, 80, 9)), None);
    }
}
