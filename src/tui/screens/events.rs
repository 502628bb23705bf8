//! All that happened, newest last, with one entry chosen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::component::{Component, body, scroll};
use crate::tui::app::{App, Span};
use crate::tui::appearance::Appearance;
use crate::tui::panels::log;
use crate::tui::panels::samples::Shown;
use crate::tui::screen::Screen;

/// The screen of events.
pub struct Events;

impl Component for Events {
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
        log::draw(body, buffer, app, look, Some(app.scroll));
    }

    /// The newest events are at the bottom: there, down is towards them.
    fn on_lines(&self, app: &mut App, lines: isize) {
        scroll(app, -lines, app.log.len());
    }

    /// Shows the chosen event on the charts.
    fn on_confirm(&self, app: &mut App) {
        let Some(step) = app.log.newest().nth(app.scroll).map(|entry| entry.step) else {
            return;
        };
        if !app.shown_steps().contains(&step) {
            app.view.span = Span::All;
        }
        app.view.cursor = Some(step.min(app.history.last_step()));
        app.show(Screen::Charts);
    }
}
