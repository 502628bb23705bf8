//! One frame of the workspace.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::dialog::{Dialog, Picker, Prompt, Purpose};
use super::state::Workspace;
use super::{charts, compare, group_table, list};
use crate::terminal::Placed;
use crate::text;
use crate::tui::keymap::Keymap;
use crate::tui::layout::{self, SMALLEST};
use crate::tui::panels::{Packed, pack};
use crate::tui::workspace_part::Part;

/// Columns for words on what could not be looked at, from which on they stand in the first row.
const TROUBLE: usize = 12;
/// Columns in which a text is typed, at least.
const ROOM: usize = 24;
/// Rows of a list of completions.
const COMPLETIONS: usize = 8;

impl Workspace {
    /// Draws everything except what is shown as pixels, which it returns.
    pub fn draw(&self, frame: &mut Frame) -> Vec<Placed> {
        let area = frame.area();
        if !layout::fits(area) {
            too_small(area, frame.buffer_mut(), self);
            return Vec::new();
        }
        let places = self.places();
        let buffer = frame.buffer_mut();
        self.head(places.head, buffer);
        if places.groups.height > 0 {
            group_table::draw(places.groups, buffer, self);
        }
        if places.list.height > 0 {
            list::draw(places.list, buffer, self);
        }
        let mut placed = Vec::new();
        if places.rest.height > 0 {
            match self.part {
                Part::Differences => compare::draw(places.rest, buffer, self),
                Part::Samples => placed = super::samples::draw(places.rest, buffer, self),
                Part::Trials | Part::Parameters | Part::Parallel => {
                    placed = super::sweep::draw(places.rest, buffer, self);
                }
                Part::Both | Part::Charts | Part::List => charts::draw(places.rest, buffer, self),
            }
        }
        self.keys(places.keys, buffer);
        if let Some(answers) = &self.answers {
            answers.draw(area, buffer, &self.look);
        }
        let cursor = self.draw_dialog(area, places.keys, buffer);
        if let Some(position) = cursor {
            frame.set_cursor_position(position);
        }
        let is_open =
            self.answers.is_none() && matches!(self.dialog, None | Some(Dialog::Prompt(_)));
        if is_open { placed } else { Vec::new() }
    }

    /// The first row: what this is of, and the views.
    fn head(&self, area: Rect, buffer: &mut Buffer) {
        let theme = &self.look.theme;
        let dot = format!(" {} ", self.look.glyphs.dot);
        let part = |rank, text: String, style| Packed::new(rank, vec![Span::styled(text, style)]);
        let places: Vec<String> = self
            .tops
            .iter()
            .map(|top| top.display().to_string())
            .collect();
        let count = self.index.len();
        let live = self
            .index
            .iter()
            .filter(|(id, _)| self.is_live(*id))
            .count();
        let runs = if count == 1 { "run" } else { "runs" };
        let mut parts = vec![part(1, "genai-tui".to_owned(), theme.title)];
        parts.push(part(
            2,
            self.look.glyphs.text(&places.join(" ")),
            theme.text,
        ));
        if self.rows.len() == count {
            parts.push(part(0, format!("{count} {runs}"), theme.text));
        } else {
            parts.push(part(
                0,
                format!("{} of {count} {runs}", self.rows.len()),
                theme.text,
            ));
        }
        if live > 0 {
            parts.push(part(1, format!("{live} live"), theme.good));
        }
        let filter = self.shown_filter();
        if !filter.is_empty() {
            let filter = self.look.glyphs.text(&filter);
            parts.push(part(1, format!("/ {filter}"), theme.accent));
        }
        if self.unkept.is_some() {
            parts.push(part(1, "notes are not kept".to_owned(), theme.warn));
        }
        let tabs = self.tabs();
        let wide = tabs.width() as u16;
        let with_tabs = area.width >= 100.max(wide + 24);
        let room = area
            .width
            .saturating_sub(2 + if with_tabs { wide + 2 } else { 0 });
        let gap = Span::styled(dot, theme.dim);
        // What could not be looked at has the rest of the row.
        let used: usize = parts.iter().map(|part| part.width() + gap.width()).sum();
        let left = usize::from(room).saturating_sub(used);
        if let Some(trouble) = self.troubles.first().filter(|_| left >= TROUBLE) {
            let text = self.look.glyphs.text(&text::line(trouble));
            let text = text::fit(&text, left, self.look.glyphs.ellipsis);
            parts.push(part(3, text, theme.warn));
        }
        let line = pack(room, &gap, parts);
        let at = Rect {
            x: area.x + 1,
            width: area.width.saturating_sub(1),
            ..area
        };
        line.render(at, buffer);
        if with_tabs {
            let at = Rect {
                x: area.right().saturating_sub(wide + 1),
                width: wide,
                ..area
            };
            tabs.render(at, buffer);
        }
    }

    /// The filter of the list, as it was typed; while another is typed, the newest that could be read, which the list follows.
    fn shown_filter(&self) -> String {
        match &self.dialog {
            Some(Dialog::Prompt(prompt)) if prompt.purpose == Purpose::Filter => {
                self.filter.to_string()
            }
            _ => self.remembered.filter.clone(),
        }
    }

    fn tabs(&self) -> Line<'static> {
        let theme = &self.look.theme;
        let mut spans = Vec::new();
        for (at, part) in Part::with(self.sweep.is_some()).enumerate() {
            if at > 0 {
                spans.push(Span::raw("  "));
            }
            let is_here = part == self.part;
            spans.push(Span::styled((at + 1).to_string(), theme.accent));
            let style = if is_here { theme.strong } else { theme.dim };
            spans.push(Span::styled(format!(" {}", part.name()), style));
        }
        Line::from(spans)
    }

    /// The last row: what the keys do, or a message.
    fn keys(&self, area: Rect, buffer: &mut Buffer) {
        let theme = &self.look.theme;
        if let Some(notice) = &self.notice {
            let text = self.look.glyphs.text(&text::line(notice));
            let text = text::fit(
                &text,
                usize::from(area.width.saturating_sub(2)),
                self.look.glyphs.ellipsis,
            );
            buffer.set_string(area.x + 1, area.y, text, theme.warn);
            return;
        }
        let keymap = Keymap::default();
        let context = self.context();
        let parts = context.bindings().filter_map(|binding| {
            let hint = binding.hint?;
            let spans = vec![
                Span::styled(keymap.hint(context, binding, hint), theme.accent),
                Span::raw(" "),
                Span::styled(hint.label, theme.dim),
            ];
            Some(Packed::new(hint.rank?, spans))
        });
        let line = pack(
            area.width.saturating_sub(2),
            &Span::raw("  "),
            parts.collect(),
        );
        let at = Rect {
            x: area.x + 1,
            width: area.width.saturating_sub(1),
            ..area
        };
        line.render(at, buffer);
    }

    fn draw_dialog(&self, area: Rect, keys: Rect, buffer: &mut Buffer) -> Option<Position> {
        match self.dialog.as_ref()? {
            Dialog::Help(help) => help.show(area, buffer, &self.look),
            Dialog::Picker(picker) => self.draw_picker(picker, area, buffer),
            Dialog::Prompt(prompt) => return Some(self.draw_prompt(prompt, keys, buffer)),
        }
        None
    }

    fn draw_prompt(&self, prompt: &Prompt, row: Rect, buffer: &mut Buffer) -> Position {
        let look = &self.look;
        let theme = &look.theme;
        Clear.render(row, buffer);
        let label = look.glyphs.text(&prompt.label());
        // However long a name is, there is room to type.
        let most = usize::from(row.width).saturating_sub(ROOM).max(ROOM);
        let label = text::fit(&label, most, look.glyphs.ellipsis);
        let shown = look.glyphs.text(&prompt.text);
        let used = text::width(&label) + 2;
        let room = usize::from(row.width).saturating_sub(used + 2);
        // The end of a long text is where it is typed.
        let skip = text::width(&shown).saturating_sub(room);
        let shown = text::window(&shown, skip, room);
        let at = used + text::width(&shown);
        buffer.set_string(row.x + 1, row.y, &label, theme.accent);
        buffer.set_string(row.x + used as u16, row.y, &shown, theme.strong);
        let error = prompt.error.clone().or_else(|| match prompt.purpose {
            Purpose::Filter if !prompt.text.trim().is_empty() => {
                let parsed = prompt.text.parse::<crate::rules::Filter>();
                parsed.err().map(|error| error.to_string())
            }
            _ => None,
        });
        if let Some(error) = error.filter(|_| row.y > 0) {
            let above = Rect {
                y: row.y - 1,
                ..row
            };
            Clear.render(above, buffer);
            let text = look.glyphs.text(&text::line(&error));
            let text = text::fit(
                &text,
                usize::from(row.width.saturating_sub(2)),
                look.glyphs.ellipsis,
            );
            let style = if prompt.error.is_some() {
                theme.bad
            } else {
                theme.warn
            };
            buffer.set_string(row.x + 1, above.y, text, style);
        } else {
            self.draw_completions(prompt, row, buffer);
        }
        Position::new(row.x + (at as u16).min(row.width.saturating_sub(1)), row.y)
    }

    /// What the last word can be, above the line.
    fn draw_completions(&self, prompt: &Prompt, row: Rect, buffer: &mut Buffer) {
        let look = &self.look;
        let (from, all, chosen) = if let Some((from, all, at)) = &prompt.completions {
            (*from, all.clone(), Some(*at))
        } else {
            let (from, all) = self.candidates(prompt);
            (from, all, None)
        };
        let rows = all
            .len()
            .min(COMPLETIONS)
            .min(usize::from(row.y.saturating_sub(1)));
        if rows == 0
            || (chosen.is_none() && prompt.text.get(from..).is_none_or(str::is_empty) && from == 0)
        {
            return;
        }
        let top = chosen.map_or(0, |at| at.saturating_sub(rows - 1));
        let shown = all.iter().skip(top).take(rows);
        let width = shown
            .clone()
            .map(|text| text::width(text))
            .max()
            .unwrap_or(0)
            .min(60) as u16
            + 2;
        let before = text::width(prompt.text.get(..from).unwrap_or_default());
        let x = (row.x + (before + text::width(&prompt.label()) + 1) as u16)
            .min(row.right().saturating_sub(width));
        for (at, text) in shown.enumerate() {
            let place = Rect {
                x,
                y: row.y - rows as u16 + at as u16,
                width,
                height: 1,
            };
            Clear.render(place, buffer);
            let style = if chosen == Some(top + at) {
                look.theme.selected
            } else {
                look.theme.text
            };
            let text = text::fit(
                &look.glyphs.text(text),
                usize::from(width - 2),
                look.glyphs.ellipsis,
            );
            Line::styled(
                format!(" {} ", text::pad(&text, usize::from(width - 2))),
                style,
            )
            .render(place, buffer);
        }
    }

    fn draw_picker(&self, picker: &Picker, area: Rect, buffer: &mut Buffer) {
        let look = &self.look;
        let theme = &look.theme;
        let lines = picker.lines();
        let widest = lines
            .iter()
            .map(|(name, word)| text::width(name) + text::width(word))
            .max();
        let width = (widest.unwrap_or(0) as u16 + 14)
            .clamp(40, 84)
            .min(area.width.saturating_sub(2));
        let height = (lines.len() as u16 + 4)
            .clamp(8, area.height.saturating_sub(2).max(8))
            .min(area.height);
        let place = layout::centred(area, width, height);
        let inner = look.dialog(picker.title(), place, buffer);
        let search = Line::from(vec![
            Span::styled("/ ", theme.accent),
            Span::styled(look.glyphs.text(&picker.search), theme.strong),
            Span::styled("_", theme.dim),
        ]);
        if let Some(row) = layout::row(inner, 0) {
            search.render(row, buffer);
        }
        let rows = usize::from(inner.height.saturating_sub(1));
        let top = picker.at.saturating_sub(rows.saturating_sub(1));
        let room = |word: &str| usize::from(inner.width).saturating_sub(4 + text::width(word) + 2);
        let seen = lines.iter().skip(top).take(rows);
        let names = seen.map(|(name, word)| (look.glyphs.text(name), room(word)));
        let names = text::fit_apart(&names.collect::<Vec<_>>(), look.glyphs.ellipsis);
        let seen = lines.iter().enumerate().skip(top);
        for ((at, (name, word)), fitting) in seen.zip(names) {
            let Some(row) = layout::row(inner, at - top + 1) else {
                break;
            };
            let chosen = picker.chosen.iter().position(|chosen| chosen == name);
            let number = match (picker.takes_many(), chosen) {
                (true, Some(place)) => format!("{:>2}", place + 1),
                (false, Some(0)) => format!(" {}", look.glyphs.dot),
                _ => "  ".to_owned(),
            };
            let style = if chosen.is_some() {
                theme.strong
            } else {
                theme.text
            };
            let line = Line::from(vec![
                Span::styled(format!("{number}  "), theme.accent),
                Span::styled(text::pad(&fitting, room(word) + 2), style),
                Span::styled(word.clone(), theme.dim),
            ]);
            line.render(row, buffer);
            if at == picker.at {
                look.highlight(row, buffer);
            }
        }
        if lines.len() > rows {
            let text = format!(" {} of {} ", picker.at + 1, lines.len());
            look.note_in_corner(place, buffer, text);
        }
    }
}

fn too_small(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let times = workspace.look.glyphs.times;
    let text = format!(
        "too small: {}{times}{}, need {}{times}{}",
        area.width, area.height, SMALLEST.0, SMALLEST.1
    );
    let lines = text::wrap(&text, usize::from(area.width.max(1)));
    for (at, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(area, at) {
            Line::raw(line).render(row, buffer);
        }
    }
}
