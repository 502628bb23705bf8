//! How the training is going, signal by signal.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::component::{Component, body, scroll};
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::panels::samples::Shown;
use crate::tui::panels::{distribution, signals};

/// The screen of health.
pub struct Health;

impl Component for Health {
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
        signals::draw(body, buffer, app, look);
    }

    fn on_lines(&self, app: &mut App, lines: isize) {
        let count = app.signals().len() + distribution::count(app);
        scroll(app, lines, count);
    }

    /// Another page of distributions.
    fn on_sideways(&self, app: &mut App, hundredths: i64) {
        let page = &mut app.view.distributions;
        *page = page.saturating_add(hundredths.signum());
    }
}
