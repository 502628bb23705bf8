//! How many tiles of which size, and where.

use ratatui::layout::Rect;

use crate::tui::layout::{TILES, Tile};

/// Tiles a large screen should show before they grow.
pub(super) const ENOUGH: u16 = 12;

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
    /// The largest tiles of which `enough` fit, and if none does, the smallest ones.
    pub fn fit(
        area: Rect,
        count: u16,
        enough: u16,
        captions: Captions,
        size: Option<usize>,
    ) -> Self {
        let of = |tile: Tile| {
            let columns = ((area.width + 1) / (tile.width + 1)).max(1);
            let caption = u16::from(captions == Captions::Needed && tile.height < area.height);
            let rows = (area.height / (tile.height + caption)).max(1);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_grow_only_when_enough_of_them_fit() {
        let sizes = |w, h| {
            let grid = Grid::fit(Rect::new(0, 0, w, h), 64, ENOUGH, Captions::Spare, None);
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
            let grid = Grid::fit(area, count, ENOUGH, Captions::Spare, None);
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
