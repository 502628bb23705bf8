//! Samples of the selected runs beside each other, at the same step: that of the crosshair, or the newest.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::state::Workspace;
use crate::terminal::Placed;
use crate::text::{self, number};
use crate::tui::panels::samples;
use crate::workspace::RunId;

/// Columns of a run's samples, at least.
const NARROWEST: u16 = 26;
/// Rows of them, at least, where runs stand in several rows.
const LOWEST: u16 = 10;

/// Draws them; returns those that are shown as pixels.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) -> Vec<Placed> {
    let runs = workspace.drawn();
    let across = (area.width / NARROWEST).max(1).min(runs.len() as u16);
    let most = (area.height / LOWEST).max(1);
    let down = (runs.len() as u16).div_ceil(across.max(1)).clamp(1, most);
    // As few in a row as fill the rows.
    let across = (runs.len() as u16).div_ceil(down).min(across.max(1)).max(1);
    let mut shown = Vec::new();
    for (at, id) in runs.iter().take(usize::from(across * down)).enumerate() {
        let (column, row) = (at as u16 % across, at as u16 / across);
        let (left, right) = (
            area.width * column / across,
            area.width * (column + 1) / across,
        );
        let (top, bottom) = (area.height * row / down, area.height * (row + 1) / down);
        let place = Rect::new(area.x + left, area.y + top, right - left, bottom - top);
        of_run(place, buffer, workspace, *id, &mut shown);
    }
    let left = runs.len().saturating_sub(usize::from(across * down));
    if left > 0 {
        workspace
            .look
            .note_in_corner(area, buffer, format!(" {left} runs more "));
    }
    samples::uncovered(shown, buffer)
}

fn of_run(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    id: RunId,
    shown: &mut Vec<samples::Shown>,
) {
    let look = &workspace.look;
    let theme = &look.theme;
    let Some(entry) = workspace.entry(id) else {
        return;
    };
    let (line, _) = theme.run(entry.marks.colour.unwrap_or_default());
    let letter = entry.marks.letter().unwrap_or_default();
    let room = usize::from(area.width.saturating_sub(6));
    let mut spans = vec![Span::styled(
        format!(" {letter} "),
        line.add_modifier(Modifier::BOLD),
    )];
    let pictures = workspace.pictures.get(&id);
    let step = pictures
        .and_then(|found| found.as_ref())
        .map(|found| format!(" step {} ", number::thousands(found.step)));
    let step = step.unwrap_or_default();
    let name = look.glyphs.text(entry.name());
    let name = text::fit(
        &name,
        room.saturating_sub(text::width(&step)),
        look.glyphs.ellipsis,
    );
    spans.push(Span::styled(name, theme.title));
    spans.push(Span::styled(step, theme.dim));
    let mut frame = look.frame();
    if workspace.at == Some(id) {
        frame = frame.border_style(line);
    }
    let inner = frame.inner(area);
    frame.title_top(Line::from(spans)).render(area, buffer);
    content(inner, buffer, workspace, id, shown);
}

/// Draws the samples of one run alone, under this title; returns those that are shown as pixels.
pub(super) fn of_one(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    title: &str,
    id: Option<RunId>,
) -> Vec<Placed> {
    let look = &workspace.look;
    let theme = &look.theme;
    let step = id
        .and_then(|id| workspace.pictures.get(&id)?.as_ref())
        .map(|found| format!("step {} ", number::thousands(found.step)));
    let room = usize::from(area.width.saturating_sub(6));
    let title = text::fit(&look.glyphs.text(title), room, look.glyphs.ellipsis);
    let line = Line::from(vec![
        Span::styled(format!(" {title} "), theme.title),
        Span::styled(step.unwrap_or_default(), theme.dim),
    ]);
    let inner = look.frame().inner(area);
    look.frame().title_top(line).render(area, buffer);
    let mut shown = Vec::new();
    if let Some(id) = id {
        content(inner, buffer, workspace, id, &mut shown);
    }
    samples::uncovered(shown, buffer)
}

fn content(
    inner: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    id: RunId,
    shown: &mut Vec<samples::Shown>,
) {
    let look = &workspace.look;
    let text = match workspace.pictures.get(&id) {
        Some(Some(found)) => match &found.images {
            Ok(images) => {
                return samples::draw_images(inner, buffer, images, found.columns, look, shown);
            }
            Err(error) => error.clone(),
        },
        Some(None) => "its log has no pictures".to_owned(),
        None => "reading".to_owned(),
    };
    let lines = text::wrap(
        &look.glyphs.text(&text),
        usize::from(inner.width.saturating_sub(2)),
    );
    let top = inner.y + inner.height.saturating_sub(lines.len() as u16) / 2;
    for (y, line) in (top..inner.bottom()).zip(lines) {
        let row = Rect {
            y,
            height: 1,
            ..inner
        };
        Line::styled(line, look.theme.dim)
            .centered()
            .render(row, buffer);
    }
}
