//! What the program that trains prints, with a search.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::component::{Component, body};
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::panels::output;
use crate::tui::panels::samples::Shown;

/// The screen of a program's output.
pub struct Output;

impl Component for Output {
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
        output::draw(body, buffer, app, look, true);
    }

    /// The newest lines are at the bottom: there, down is towards them.
    fn on_lines(&self, app: &mut App, lines: isize) {
        if lines < 0 {
            app.output.scroll(lines.unsigned_abs());
        } else {
            app.output.follow(lines.unsigned_abs());
        }
    }

    /// The next line above that has what is looked for.
    fn on_confirm(&self, app: &mut App) {
        if app.output.search.is_empty() {
            app.output.back = 0;
        } else if !app.output.find(true) {
            app.answer("no line further up has it; Esc forgets the search");
        }
    }
}
