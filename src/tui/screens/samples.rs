//! Generated samples, as many and as large as fit, and the side panel.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::component::{Component, body};
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::layout;
use crate::tui::panels::samples::Shown;
use crate::tui::panels::{banner, samples};

/// The screen of samples.
pub struct Samples;

impl Component for Samples {
    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
        shown: &mut Vec<Shown>,
    ) {
        let Some(body) = body(area, buffer, app, look) else {
            return;
        };
        let (left, right) = samples::halves(body, app);
        if left.width > 0 {
            samples::draw(left, buffer, app, look, shown);
        }
        if let Some(right) = right {
            samples::draw_side_panel(right, buffer, app, look, shown);
        }
    }

    fn tiles(&self, app: &App, surface: Surface<'_>) -> Vec<(Rect, usize)> {
        let Some(body) = layout::body(surface.area) else {
            return Vec::new();
        };
        let body = banner::below(body, app, surface.look);
        let (left, _) = samples::halves(body, app);
        if left.width > 0 {
            samples::tiles(left, app, surface.look)
        } else {
            Vec::new()
        }
    }

    fn on_sideways(&self, app: &mut App, hundredths: i64) {
        (0..hundredths.abs()).for_each(|_| app.scrub(hundredths > 0));
    }

    fn on_pages(&self, app: &mut App, pages: i8) {
        self.on_sideways(app, i64::from(pages) * 10);
    }

    fn on_wheel(&self, app: &mut App, is_up: bool) {
        app.scrub(!is_up);
    }
}
