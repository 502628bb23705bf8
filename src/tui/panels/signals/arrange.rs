//! Where cards go, on a screen that has room for them: in two columns if it is wide. Signals that D's scores explain come
//! first, with the scores beside or below them.

use ratatui::layout::Rect;

/// Columns from which there are two columns of cards.
const WIDE: u16 = 150;
/// Rows of a card at least: two of text, its chart, an empty one.
const LOWEST: u16 = 4;
/// Rows of the card without a chart.
const PLAIN: u16 = 3;
/// Rows and columns that a frame takes.
const FRAME: u16 = 2;
/// Rows of the frame of scores that is as wide as the screen.
const SCORES: u16 = 13;
/// Columns between two cards.
const GAP: u16 = 3;

/// The places of cards and of the frames around them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cards {
    /// The frame of the first cards, or of all.
    pub first: Rect,
    pub rest: Option<Rest>,
    /// One for each signal.
    pub each: Vec<Rect>,
}

/// What stands beside and below the first frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rest {
    /// The frame of D's scores.
    pub scores: Rect,
    /// The frame of the cards that these do not explain.
    pub others: Rect,
}

impl Cards {
    /// For a card without a chart, `explained` ones beside or above the scores, and `others` below them. `None` where they do
    /// not fit.
    pub fn beside_scores(area: Rect, explained: usize, others: usize) -> Option<Self> {
        let across = if area.width >= WIDE { 2 } else { 1 };
        let (explained, rows) = (explained as u16, (others as u16).div_ceil(across));
        let below = if across == 1 { SCORES } else { 0 };
        let fixed = 2 * FRAME + PLAIN + below;
        let height = card_height(area.height, fixed, explained + rows)?;
        // What does not divide goes to the upper frame, if it has cards to share it.
        let lower = if rows == 0 { 0 } else { rows * height + FRAME };
        let spare = area.height.checked_sub(lower + below)?;
        let upper = spare.min(explained * (height + 1) + PLAIN + FRAME);
        let width = area.width / across;
        let first = Rect {
            width,
            height: upper,
            ..area
        };
        let scores = if across == 1 {
            Rect {
                y: first.bottom(),
                height: below,
                ..area
            }
        } else {
            Rect {
                x: first.right(),
                width: area.width - width,
                ..first
            }
        };
        let others_frame = Rect {
            y: scores.bottom(),
            height: lower + (spare - upper),
            ..area
        };
        let inner = inside(first);
        let mut cards = vec![Rect {
            height: PLAIN,
            ..inner
        }];
        cards.extend(grid(below_plain(inner), usize::from(explained), 1));
        cards.extend(grid(inside(others_frame), others, across));
        Some(Self {
            first,
            rest: Some(Rest {
                scores,
                others: others_frame,
            }),
            each: cards,
        })
    }

    /// For a card without a chart and `count` with one, in one frame. `None` where they do not fit.
    pub fn alone(area: Rect, count: usize) -> Option<Self> {
        let across = if area.width >= WIDE { 2 } else { 1 };
        let rows = (count as u16).div_ceil(across);
        card_height(area.height, FRAME + PLAIN, rows)?;
        let inner = inside(area);
        let mut cards = vec![Rect {
            height: PLAIN,
            ..inner
        }];
        cards.extend(grid(below_plain(inner), count, across));
        Some(Self {
            first: area,
            rest: None,
            each: cards,
        })
    }
}

/// Rows of each of `count` cards one below the other, where `fixed` rows are taken.
fn card_height(rows: u16, fixed: u16, count: u16) -> Option<u16> {
    let each = rows.checked_sub(fixed)? / count.max(1);
    (each >= LOWEST).then_some(each)
}

fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(FRAME),
    }
}

fn below_plain(inner: Rect) -> Rect {
    Rect {
        y: inner.y + PLAIN,
        height: inner.height.saturating_sub(PLAIN),
        ..inner
    }
}

/// `count` places in rows of `across`, as high as there is room for; the upper ones take what does not divide.
fn grid(area: Rect, count: usize, across: u16) -> Vec<Rect> {
    let rows = (count as u16).div_ceil(across).max(1);
    let width = (area.width - GAP * (across - 1)) / across;
    let (each, spare) = (area.height / rows, area.height % rows);
    let place = |i: u16| {
        let (row, column) = (i / across, i % across);
        Rect {
            x: area.x + column * (width + GAP),
            y: area.y + row * each + row.min(spare),
            width,
            height: each + u16::from(row < spare),
        }
    };
    (0..count as u16).map(place).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn cards_fill_their_frames_and_do_not_overlap() {
        for (width, height) in [(160, 40), (200, 56), (300, 90), (120, 60), (90, 70)] {
            let area = Rect::new(0, 4, width, height);
            for (explained, others) in [(3, 5), (2, 5), (0, 4), (2, 0)] {
                let found = Cards::beside_scores(area, explained, others).unwrap();
                assert_eq!(found.each.len(), 1 + explained + others);
                let rest = found.rest.as_ref().map(|r| (r.scores, r.others));
                let (scores, frame) = rest.unwrap_or_default();
                for (i, card) in found.each.iter().enumerate() {
                    let own = if i <= explained { found.first } else { frame };
                    assert_eq!(card.intersection(own), *card, "{width}x{height} {i}");
                    assert!(i == 0 || card.height >= LOWEST, "{width}x{height} {i}");
                    let later = &found.each[i + 1..];
                    assert!(later.iter().all(|other| !other.intersects(*card)));
                    assert!(!scores.intersects(*card));
                }
                assert!(frame.bottom() <= area.bottom());
            }
        }
    }

    #[test]
    fn where_charts_do_not_fit_there_are_no_cards() {
        for (width, height) in [(80, 20), (120, 35), (200, 20)] {
            let area = Rect::new(0, 4, width, height);
            assert_eq!(Cards::beside_scores(area, 3, 5), None);
            assert_eq!(Cards::alone(Rect { height: 10, ..area }, 5), None);
        }
    }
}
