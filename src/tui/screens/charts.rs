//! The screen of charts: one for each panel of metrics that the objective declares and that evaluations measure, in a grid,
//! and what the samples were taken for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::component::{Component, body, drag, move_crosshair, scroll, zoom};
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::panels::samples::Shown;
use crate::tui::panels::{chart, quality};

/// Rows below which a chart says nothing.
const ROWS: u16 = 8;

/// The screen of charts.
pub struct Charts;

impl Component for Charts {
    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
        _shown: &mut Vec<Shown>,
    ) {
        let Some(body) = body(area, buffer, app, look) else {
            return;
        };
        draw(body, buffer, app, look);
    }

    fn on_sideways(&self, app: &mut App, hundredths: i64) {
        move_crosshair(app, hundredths);
    }

    fn on_lines(&self, app: &mut App, lines: isize) {
        scroll(app, lines, app.panels());
    }

    fn on_pages(&self, app: &mut App, pages: i8) {
        move_crosshair(app, i64::from(pages) * 10);
    }

    fn on_wheel(&self, app: &mut App, is_up: bool) {
        zoom(app, is_up);
    }

    fn on_drag(&self, app: &mut App, share: f64) {
        drag(app, share);
    }
}

/// Draws as many charts as there is room for, from the row that was scrolled to.
fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let charts = chart::all(app);
    if charts.is_empty() && !app.view.filter.is_empty() {
        let block = look.titled("Charts");
        let inner = block.inner(area);
        block.render(area, buffer);
        let text = format!(
            "no metric name contains `{}`; Esc clears the filter",
            look.glyphs.text(&app.view.filter)
        );
        Line::styled(text, look.theme.dim)
            .centered()
            .render(inner, buffer);
        return;
    }
    if charts.is_empty() {
        chart::draw(area, buffer, app, look, &chart::loss(app));
        return;
    }
    let columns = match area.width {
        160.. => 3,
        90.. => 2,
        _ => 1,
    };
    let mut cells: Vec<Option<chart::Chart>> = charts.into_iter().map(Some).collect();
    // In place of a chart, at the end.
    cells.extend(quality::has_panel(app).then_some(None));
    let rows: Vec<&[Option<chart::Chart>]> = cells.chunks(columns).collect();
    let shown = rows.len().min(usize::from((area.height / ROWS).max(1)));
    let first = app.scroll.min(rows.len() - shown);
    let mut top = area.y;
    for (i, row) in rows[first..first + shown].iter().enumerate() {
        // What does not divide goes to the upper rows; a row that is not full fills the width.
        let height = share(area.height, shown, i);
        let mut left = area.x;
        for (j, one) in row.iter().enumerate() {
            let width = share(area.width, row.len(), j);
            let place = Rect::new(left, top, width, height);
            match one {
                Some(one) => chart::draw(place, buffer, app, look, one),
                None => quality::draw(place, buffer, app, look),
            }
            left += width;
        }
        top += height;
    }
}

/// The part of number `index` when `whole` is divided by `count`.
fn share(whole: u16, count: usize, index: usize) -> u16 {
    let count = count.max(1) as u16;
    whole / count + u16::from((index as u16) < whole % count)
}
