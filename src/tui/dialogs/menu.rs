//! The menu of objectives.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::dialog::{Answer, Dialog};
use super::question;
use crate::protocol::Command;
use crate::text;
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{DOWN, ENTER, ESCAPE, UP, bind, hint, key};
use crate::tui::keymap::{Action, Binding, Context, INTERRUPT, TERMINAL};
use crate::tui::layout;

/// Its keys.
pub static CONTEXT: Context =
    Context::of_dialog("Menu of objectives", &[KEYS, INTERRUPT, TERMINAL]);

const KEYS: &[Binding] = &[
    bind(
        &[UP, key('k')],
        Action::Previous,
        hint("Up/Down", "choose", 2),
        "previous objective",
    ),
    bind(&[DOWN, key('j')], Action::Next, None, "next objective"),
    bind(
        &[ENTER],
        Action::Confirm,
        hint("Enter", "switch", 0),
        "switch to it from the next step",
    ),
    bind(
        &[ESCAPE, key('q'), key('l')],
        Action::Cancel,
        hint("Esc", "keep", 1),
        "keep the current one",
    ),
];

/// The menu.
#[derive(Debug)]
pub struct Menu {
    /// The names of the objectives.
    names: Vec<String>,
    /// Which of them is selected.
    selected: usize,
}

impl Menu {
    /// The menu with the current objective selected; `None`, with a message, if it cannot be opened.
    #[must_use]
    pub fn open(app: &mut App) -> Option<Self> {
        let names = app.objective_names();
        if names.is_empty() {
            app.answer(if app.run.is_program() {
                "the program has declared no control for its loss"
            } else {
                "the objectives are not known before the run has started"
            });
            return None;
        }
        if !app.may_command() {
            return None;
        }
        let current = app.run.objective.as_ref().map(|o| o.name.as_str());
        let at = names.iter().position(|name| Some(name.as_str()) == current);
        let selected = at.unwrap_or(0);
        Some(Self { names, selected })
    }
}

impl Dialog for Menu {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _surface: Surface<'_>) -> Answer {
        let count = self.names.len().max(1);
        match action {
            Action::Previous => self.selected = (self.selected + count - 1) % count,
            Action::Next => self.selected = (self.selected + 1) % count,
            Action::Confirm => {
                let current = app.run.objective.as_ref().map(|o| &o.name);
                return Answer::Close(match self.names.get(self.selected) {
                    Some(name) if current == Some(name) => {
                        app.answer(format!("`{name}` is already the objective"));
                        None
                    }
                    Some(name) => app.ask(Command::Objective(name.clone())),
                    None => None,
                });
            }
            _ => return Answer::Close(None),
        }
        Answer::Stay
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        draw(area, buffer, app, look, self.selected);
        None
    }

    fn outlasts(&self, app: &App) -> bool {
        question::can_be_answered(app)
    }
}

/// Draws the menu with one line selected.
fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, selected: usize) {
    let theme = &look.theme;
    let current = app.run.objective.as_ref().map(|o| o.name.as_str());
    let width = area.width.saturating_sub(4).min(84);
    let text_width = usize::from(width.saturating_sub(7));
    let mut lines: Vec<(Line, bool)> = Vec::new();
    for (i, choice) in app.objectives().iter().enumerate() {
        let chosen = i == selected;
        let pointer = if chosen { look.glyphs.pointer } else { " " };
        let mut head = vec![
            Span::styled(format!("{pointer} "), theme.accent),
            Span::styled(look.glyphs.text(&choice.title), theme.strong),
        ];
        if current == Some(choice.name.as_str()) {
            head.push(Span::styled(
                format!("  {} current", look.glyphs.dot),
                theme.good,
            ));
        }
        lines.push((Line::from(head), chosen));
        for text in text::wrap(&look.glyphs.text(&choice.about), text_width) {
            lines.push((
                Line::from(vec![Span::raw("  "), Span::styled(text, theme.dim)]),
                false,
            ));
        }
        lines.push((Line::default(), false));
    }
    let warning = if app.run.is_program() {
        "What else a switch changes is the program's own."
    } else {
        "Switching resets the optimizers and loads the preset; only switching again undoes it."
    };
    let warning: Vec<Line> = text::wrap(warning, text_width + 2)
        .into_iter()
        .map(|l| Line::styled(l, theme.warn))
        .collect();
    // The key line stays visible.
    let above = Rect {
        height: area.height.saturating_sub(1),
        ..area
    };
    let rows = (lines.len() + warning.len()) as u16 + 2;
    let place = layout::centred(above, width, rows);
    let inner = look.dialog("Switch the loss", place, buffer);
    for (i, line) in warning.iter().rev().enumerate() {
        let row = usize::from(inner.height).checked_sub(i + 1);
        if let Some(row) = row.and_then(|row| layout::row(inner, row)) {
            line.render(row, buffer);
        }
    }
    // The selected line stays visible.
    let inner = Rect {
        height: inner.height.saturating_sub(warning.len() as u16),
        ..inner
    };
    let at = lines.iter().position(|(_, chosen)| *chosen).unwrap_or(0);
    let skip = (at + 2).saturating_sub(usize::from(inner.height));
    for (i, (line, chosen)) in lines.into_iter().skip(skip).enumerate() {
        if let Some(row) = layout::row(inner, i) {
            let style = if chosen { theme.selected } else { Style::new() };
            buffer.set_style(row, style);
            line.render(row, buffer);
        }
    }
}
