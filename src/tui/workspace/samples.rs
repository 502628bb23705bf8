//! Samples of the selected runs beside each other, at the same step: that of the crosshair, or the newest.

use std::collections::BTreeSet;

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
/// Columns of a title around the name and the step: corners, the letter, spaces.
const FRAME: usize = 6;

impl Workspace {
    /// The tags of pictures that the runs have.
    fn albums(&self) -> Vec<&str> {
        let runs = self.drawn().into_iter();
        let known = runs.filter_map(|id| self.known(id));
        let tags: BTreeSet<&str> = known
            .flat_map(|known| known.pictures.iter().map(String::as_str))
            .collect();
        tags.into_iter().collect()
    }

    /// Shows pictures of the next tag, or the one before; the first is whatever each run has for its samples.
    pub(super) fn turn_album(&mut self, later: bool) {
        let tags = self.albums();
        let here = self.album.as_deref();
        let here = here.and_then(|here| tags.iter().position(|tag| *tag == here));
        let next = match (here, later) {
            (None, false) => return,
            (None, true) => 0,
            (Some(at), true) => (at + 1).min(tags.len().saturating_sub(1)),
            (Some(0), false) => {
                self.album = None;
                return;
            }
            (Some(at), false) => at - 1,
        };
        self.album = tags.get(next).map(|tag| (*tag).to_owned());
    }
}

/// Draws them; returns those that are shown as pixels.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) -> Vec<Placed> {
    let mut runs = workspace.drawn();
    let has_none = |id: &RunId| matches!(workspace.pictures.get(id), Some(None));
    let without = runs.iter().filter(|id| has_none(id)).count();
    // Those without pictures take no room from others.
    if without < runs.len() {
        runs.retain(|id| !has_none(id));
    } else {
        runs.truncate(1);
    }
    let across = (area.width / NARROWEST).max(1).min(runs.len() as u16);
    let most = (area.height / LOWEST).max(1);
    let down = (runs.len() as u16).div_ceil(across.max(1)).clamp(1, most);
    // As few in a row as fill the rows.
    let across = (runs.len() as u16).div_ceil(down).min(across.max(1)).max(1);
    let mut shown = Vec::new();
    // As many as there is room for, the highlighted run among them.
    let room = usize::from(across * down).max(1);
    let here = runs.iter().position(|id| workspace.at == Some(*id));
    let first = here.unwrap_or(0) / room * room;
    let here = runs.iter().skip(first).take(room);
    let places = here.enumerate().map(|(at, id)| {
        let (column, row) = (at as u16 % across, at as u16 / across);
        let (left, right) = (
            area.width * column / across,
            area.width * (column + 1) / across,
        );
        let (top, bottom) = (area.height * row / down, area.height * (row + 1) / down);
        let place = Rect::new(area.x + left, area.y + top, right - left, bottom - top);
        (*id, place)
    });
    let places: Vec<(RunId, Rect)> = places.collect();
    let has_albums = workspace.albums().len() > 1;
    let behind = places
        .iter()
        .map(|(id, _)| behind(workspace, *id, has_albums));
    let behind: Vec<String> = behind.collect();
    let names = names(&places, &behind, workspace);
    for (((id, place), name), behind) in places.iter().zip(names).zip(behind) {
        of_run(*place, buffer, workspace, (*id, name, behind), &mut shown);
    }
    let mut words = Vec::new();
    if has_albums {
        words.push("[ and ]: other pictures".to_owned());
    }
    if without > 0 {
        words.push(format!("{without} without pictures"));
    }
    if runs.len() > room {
        let last = (first + room).min(runs.len());
        words.push(format!(
            "runs {}-{last} of {}: Up/Down",
            first + 1,
            runs.len()
        ));
    }
    if !words.is_empty() {
        let look = &workspace.look;
        let dot = format!(" {} ", look.glyphs.dot);
        look.note_in_corner(area, buffer, format!(" {} ", words.join(&dot)));
    }
    samples::uncovered(shown, buffer)
}

/// The names of runs as they fit above their samples, before what stands behind them.
fn names(places: &[(RunId, Rect)], behind: &[String], workspace: &Workspace) -> Vec<String> {
    let glyphs = &workspace.look.glyphs;
    let names = places.iter().zip(behind).map(|((id, place), behind)| {
        let name = workspace.entry(*id).map(|entry| glyphs.text(entry.name()));
        let used = text::width(behind) + FRAME;
        let room = usize::from(place.width).saturating_sub(used);
        (name.unwrap_or_default(), room)
    });
    text::fit_apart(&names.collect::<Vec<_>>(), glyphs.ellipsis)
}

/// What stands behind the name: the step, and which pictures they are where there are others.
fn behind(workspace: &Workspace, id: RunId, has_albums: bool) -> String {
    let Some(Some(found)) = workspace.pictures.get(&id) else {
        return String::new();
    };
    let step = number::thousands(found.step);
    if !has_albums {
        return format!(" step {step} ");
    }
    let tag = workspace.look.glyphs.text(&text::line(&found.tag));
    format!(" {tag} step {step} ")
}

fn of_run(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    (id, name, behind): (RunId, String, String),
    shown: &mut Vec<samples::Shown>,
) {
    let look = &workspace.look;
    let theme = &look.theme;
    let Some(entry) = workspace.entry(id) else {
        return;
    };
    let (line, _) = theme.run(entry.marks.colour.unwrap_or_default());
    let letter = entry.marks.letter().unwrap_or_default();
    let mut spans = vec![Span::styled(
        format!(" {letter} "),
        line.add_modifier(Modifier::BOLD),
    )];
    spans.push(Span::styled(name, theme.title));
    spans.push(Span::styled(behind, theme.dim));
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
        Some(None) => match &workspace.album {
            Some(tag) => format!("its log has no pictures `{tag}`"),
            None => "its log has no pictures".to_owned(),
        },
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
