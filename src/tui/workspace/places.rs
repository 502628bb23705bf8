//! Where the parts of the workspace are.

use ratatui::layout::Rect;

use crate::tui::workspace_part::Part;

/// From this width on list and charts stand beside each other.
const BESIDE: u16 = 150;
/// Cells of the smallest chart that is worth looking at.
const CHART: (u16, u16) = (50, 13);
/// Charts at once, at most.
const MOST: usize = 12;

/// The areas of a screen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    /// What the workspace is of, in one row.
    pub head: Rect,
    /// The table of groups with its frame; empty where it is not shown.
    pub groups: Rect,
    /// The list with its frame; empty where it is not shown.
    pub list: Rect,
    /// The charts, or what is shown in their place; empty where nothing is.
    pub rest: Rect,
    /// The keys, in one row.
    pub keys: Rect,
    /// How many charts there are to show.
    count: usize,
}

impl Places {
    /// For a terminal of `area` that shows `part` of so many runs and groups, and `charts` charts if there is room.
    pub fn of(area: Rect, part: Part, (runs, groups): (usize, usize), charts: usize) -> Self {
        if area.height < 6 {
            return Self::default();
        }
        let row = |y: u16| Rect {
            y,
            height: 1,
            ..area
        };
        let body = Rect {
            y: area.y + 1,
            height: area.height - 2,
            ..area
        };
        let none = Rect::default();
        let (list, rest) = match part {
            Part::List => (body, none),
            Part::Charts
            | Part::Differences
            | Part::Samples
            | Part::Trials
            | Part::Parameters
            | Part::Parallel => (none, body),
            Part::Both if area.width >= BESIDE => {
                let width = (area.width * 9 / 20).min(96);
                let list = Rect { width, ..body };
                let rest = Rect {
                    x: body.x + width,
                    width: body.width - width,
                    ..body
                };
                (list, rest)
            }
            Part::Both => {
                // The list takes what its rows need, and no more than two fifths.
                let rows = runs.clamp(3, 200) as u16 + 3 + rows_of_groups(groups);
                let share = if groups > 0 {
                    body.height / 2
                } else {
                    body.height * 2 / 5
                };
                let height = rows.min(share.max(7)).min(body.height);
                let list = Rect { height, ..body };
                let rest = Rect {
                    y: body.y + height,
                    height: body.height - height,
                    ..body
                };
                (list, rest)
            }
        };
        Self {
            head: row(area.y),
            groups: Rect::default(),
            list,
            rest,
            keys: row(area.bottom() - 1),
            count: if matches!(part, Part::Both | Part::Charts) {
                charts
            } else {
                0
            },
        }
        .with_groups(groups)
    }

    /// With the table of so many groups above the list, where there is room for both.
    fn with_groups(mut self, count: usize) -> Self {
        let height = rows_of_groups(count).min(self.list.height / 2);
        if height < 4 {
            return self;
        }
        self.groups = Rect {
            height,
            ..self.list
        };
        self.list = Rect {
            y: self.list.y + height,
            height: self.list.height - height,
            ..self.list
        };
        self
    }

    /// Rows of the list, below its frame and its head.
    pub fn list_rows(&self) -> usize {
        usize::from(self.list.height.saturating_sub(3))
    }

    /// The places of the charts, as large as they can be.
    pub fn charts(&self) -> Vec<Rect> {
        let area = self.rest;
        if self.count == 0 || area.width < 20 || area.height < 6 {
            return Vec::new();
        }
        let most_across = (area.width / CHART.0).max(1);
        let most_down = (area.height / CHART.1).max(1);
        let count = self
            .count
            .min(MOST)
            .min(usize::from(most_across * most_down)) as u16;
        // The fewest columns with which all fit: charts are read along their width.
        let across = (1..=most_across)
            .find(|across| across * most_down >= count)
            .unwrap_or(1);
        cells(area, count, across)
    }
}

/// So many cells, `across` of them in a row. The last row may have fewer: they are wider.
pub(super) fn cells(area: Rect, count: u16, across: u16) -> Vec<Rect> {
    let down = count.div_ceil(across);
    let share = |whole: u16, parts: u16, at: u16| (whole * at / parts, whole * (at + 1) / parts);
    (0..count)
        .map(|at| {
            let (column, row) = (at % across, at / across);
            let in_row = if row + 1 == down {
                count - row * across
            } else {
                across
            };
            let (left, right) = share(area.width, in_row, column);
            let (top, bottom) = share(area.height, down, row);
            Rect::new(area.x + left, area.y + top, right - left, bottom - top)
        })
        .collect()
}

/// Rows of the table of so many groups, with its frame.
fn rows_of_groups(count: usize) -> u16 {
    if count == 0 {
        0
    } else {
        count.min(100) as u16 + 3
    }
}
