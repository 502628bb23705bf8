//! The two axes around a plot, with their ticks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::axis::Tick;
use crate::text;
use crate::tui::appearance::Appearance;

/// Draws the axes around `plot`, which lies in `area` with a row for the horizontal axis and one for its labels below it.
pub fn axes(
    (area, plot): (Rect, Rect),
    buffer: &mut Buffer,
    look: &Appearance,
    up: &[(u16, String)],
    across: &[Tick],
) {
    let theme = &look.theme;
    let [vertical, horizontal, corner, tick_y, tick_x, _] = look.glyphs.axes;
    let x = plot.x - 1;
    let base = plot.bottom();
    for y in plot.top()..base {
        buffer.set_string(x, y, vertical, theme.border);
    }
    buffer.set_string(x, base, corner, theme.border);
    for column in plot.left()..plot.right() {
        buffer.set_string(column, base, horizontal, theme.border);
    }
    for (row, label) in up {
        let width = text::width(label) as u16;
        buffer.set_string(x, plot.y + row, tick_y, theme.border);
        buffer.set_string(x.saturating_sub(width), plot.y + row, label, theme.dim);
    }
    let mut free_from = area.x;
    for tick in across {
        let column = plot.x + (tick.at * f64::from(plot.width.saturating_sub(1))).round() as u16;
        let width = text::width(&tick.label) as u16;
        let from = column.saturating_sub(width / 2).max(area.x);
        if from < free_from || from + width > area.right() {
            continue;
        }
        buffer.set_string(column, base, tick_x, theme.border);
        buffer.set_string(from, base + 1, &tick.label, theme.dim);
        free_from = from + width + 2;
    }
}

/// Writes what stands at the crosshair below the horizontal axis, in the middle of `column` of the plot.
pub fn cursor_label(
    (area, plot): (Rect, Rect),
    buffer: &mut Buffer,
    look: &Appearance,
    column: u16,
    label: &str,
) {
    let width = text::width(label) as u16;
    let from = (plot.x + column).saturating_sub(width / 2);
    let from = from.min(area.right().saturating_sub(width)).max(area.x);
    buffer.set_string(from, plot.bottom() + 1, label, look.theme.accent);
}
