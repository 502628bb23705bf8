//! How many tiles of which size, and where.

use ratatui::layout::Rect;

use crate::tui::layout::Tile;

/// Tiles a large screen should show before they grow.
pub(super) const ENOUGH: u16 = 12;

/// The same in real pixels, in which an image is readable in a quarter of the room.
pub(super) const ENOUGH_IN_PIXELS: u16 = 24;

/// Whether there is a row of text under each tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Captions {
    /// There is nothing to say.
    None,
    /// Where it does not cost a tile.
    Spare,
    /// Without it the tiles say little.
    Needed,
}

/// How tiles are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub tile: Tile,
    pub columns: u16,
    pub rows: u16,
    /// Rows under a tile for its score.
    pub caption: u16,
}

impl Grid {
    /// Tiles of the size that was `asked` for, where one fits; else the largest of `tiles` of which `enough` fit, and if none
    /// does, the smallest ones.
    pub fn fit(
        area: Rect,
        count: u16,
        enough: u16,
        captions: Captions,
        tiles: &[Tile],
        asked: Option<Tile>,
    ) -> Self {
        let of = |tile: Tile| {
            let columns = ((area.width + 1) / (tile.width + 1)).max(1);
            let caption = u16::from(captions == Captions::Needed && tile.height < area.height);
            let rows = (area.height / (tile.height + caption)).max(1);
            // Rows that touch are hard to tell apart: one of them goes where nearly enough are left.
            let touch = caption == 0 && rows > 1 && rows * (tile.height + 1) > area.height + 1;
            let left = columns * (rows - 1);
            let rows = rows - u16::from(touch && left * 4 >= enough.min(count) * 3);
            let spare = captions == Captions::Spare && rows * (tile.height + 1) <= area.height;
            let caption = caption | u16::from(spare);
            Self {
                tile,
                columns,
                rows,
                caption,
            }
        };
        let enough = enough.min(count);
        let fits = |t: &Tile| t.width <= area.width && t.height <= area.height;
        let fitting = tiles
            .iter()
            .copied()
            .filter(fits)
            .map(of)
            .find(|g| g.columns * g.rows >= enough);
        let asked = asked.filter(fits).map(of);
        let mut grid = asked
            .or(fitting)
            .or_else(|| tiles.last().copied().map(of))
            .unwrap_or_else(|| {
                of(Tile {
                    width: area.width,
                    height: area.height.max(1),
                })
            });
        grid.columns = without_a_hole(count, grid.columns, grid.rows);
        grid.rows = grid.rows.min(count.div_ceil(grid.columns).max(1));
        grid
    }

    /// The same with so many columns, which its tiles must fit, and as many rows as there are and fit.
    pub fn with_columns(self, area: Rect, count: u16, columns: u16) -> Self {
        let fitting = (area.height / (self.tile.height + self.caption).max(1)).max(1);
        Self {
            columns,
            rows: fitting.min((count / columns.max(1)).max(1)),
            ..self
        }
    }

    /// Where tile (`x`, `y`) lies: the whole grid is in the middle, spare rows are spread between tiles.
    pub fn place(&self, area: Rect, x: u16, y: u16) -> Rect {
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

/// Columns for `count` tiles on a grid of at most `columns` × `rows`: so many that the last row is full, where that shows as
/// many of them and most of the width is used.
fn without_a_hole(count: u16, columns: u16, rows: u16) -> u16 {
    let columns = columns.min(count.max(1));
    let least = count.div_ceil(rows.max(1)).max(columns / 2 + 1);
    (least..=columns)
        .rev()
        .find(|columns| count.is_multiple_of(*columns))
        .unwrap_or(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ImageShape;
    use crate::tui::layout;

    #[test]
    fn tiles_grow_only_when_enough_of_them_fit() {
        let sizes = |w, h| {
            let area = Rect::new(0, 0, w, h);
            let tiles = layout::tiles(ImageShape::MNIST, None);
            let grid = Grid::fit(area, 64, ENOUGH, Captions::Spare, &tiles, None);
            (grid.tile.width, grid.columns, grid.rows, grid.caption)
        };
        assert_eq!(sizes(29, 18), (14, 2, 2, 1));
        assert_eq!(sizes(46, 24), (14, 3, 3, 1));
        assert_eq!(sizes(87, 40), (20, 4, 3, 1));
        assert_eq!(sizes(120, 60), (28, 4, 4, 1));
    }

    #[test]
    fn larger_images_are_fewer_and_can_be_recognised() {
        let sizes = |height, width, w, h, cell| {
            let shape = ImageShape::new(3, height, width);
            let tiles = shape.map_or_else(|_| Vec::new(), |shape| layout::tiles(shape, cell));
            let enough = if cell.is_some() {
                ENOUGH_IN_PIXELS
            } else {
                ENOUGH
            };
            let grid = Grid::fit(
                Rect::new(0, 0, w, h),
                64,
                enough,
                Captions::Spare,
                &tiles,
                None,
            );
            (grid.tile.width, grid.tile.height, grid.columns, grid.rows)
        };
        // The panels of a dashboard of 120×40 and of 200×60.
        assert_eq!(sizes(64, 64, 46, 25, None), (20, 10, 2, 2));
        assert_eq!(sizes(64, 64, 76, 53, None), (24, 12, 3, 4));
        assert_eq!(sizes(32, 32, 46, 25, None), (14, 7, 3, 3));
        assert_eq!(sizes(48, 32, 76, 53, None), (17, 13, 4, 3));
        // In pixels all of 64 are seen, with a gap between rows.
        assert_eq!(sizes(64, 64, 46, 23, Some((8, 15))), (9, 5, 4, 4));
    }

    #[test]
    fn the_last_row_is_full_if_that_hides_no_tile() {
        assert_eq!(without_a_hole(64, 12, 9), 8);
        assert_eq!(without_a_hole(64, 16, 4), 16);
        // Ten columns show 50 of 64, eight only 40.
        assert_eq!(without_a_hole(64, 10, 5), 10);
        assert_eq!(without_a_hole(3, 10, 5), 3);
        assert_eq!(without_a_hole(7, 4, 5), 4);
        assert_eq!(without_a_hole(3, 2, 5), 2);
        assert_eq!(without_a_hole(0, 4, 5), 1);
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
            let tiles = layout::tiles(ImageShape::MNIST, Some((7, 17)));
            let grid = Grid::fit(area, count, ENOUGH, Captions::Spare, &tiles, None);
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
}
