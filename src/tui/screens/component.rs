//! The interface of a screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::layout::{self, PAGE};
use crate::tui::panels::banner;
use crate::tui::panels::samples::Shown;

/// A screen. The methods for keys and the mouse change the view, and nothing in the run.
pub trait Component {
    /// Draws it on a terminal of `area`, below the header and above the keys; adds the samples to `shown`.
    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
        shown: &mut Vec<Shown>,
    );

    /// The cells of each sample it shows, and its number.
    fn tiles(&self, _app: &App, _surface: Surface<'_>) -> Vec<(Rect, usize)> {
        Vec::new()
    }

    /// This many hundredths of the axis to the right; to the left for a negative number.
    fn on_sideways(&self, _app: &mut App, _hundredths: i64) {}

    /// This many lines down; up for a negative number.
    fn on_lines(&self, _app: &mut App, _lines: isize) {}

    /// A page down, or up for a negative number: by lines, unless there is nothing to scroll.
    fn on_pages(&self, app: &mut App, pages: i8) {
        self.on_lines(app, isize::from(pages) * PAGE);
    }

    /// Enter.
    fn on_confirm(&self, _app: &mut App) {}

    /// A notch of the mouse's wheel.
    fn on_wheel(&self, app: &mut App, is_up: bool) {
        self.on_lines(app, if is_up { -NOTCH } else { NOTCH });
    }

    /// The mouse was moved by this share of the terminal's width to the right while its button was held down.
    fn on_drag(&self, _app: &mut App, _share: f64) {}
}

/// Draws the banner at the top of the rows between the header and the keys; returns the rest. `None` if there are no such rows.
pub fn body(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) -> Option<Rect> {
    let body = layout::body(area)?;
    Some(banner::draw(body, buffer, app, look))
}

/// Lines that one notch of the wheel scrolls.
pub const NOTCH: isize = 3;

/// Scrolls by so many lines, where there are `count` in all.
pub fn scroll(app: &mut App, lines: isize, count: usize) {
    let most = count.saturating_sub(1);
    app.scroll = app.scroll.saturating_add_signed(lines).min(most);
}

/// Moves the crosshair by so many hundredths of the axis.
pub fn move_crosshair(app: &mut App, hundredths: i64) {
    app.view.move_cursor(hundredths, app.history.reached());
}

/// Zooms in or out.
pub fn zoom(app: &mut App, closer: bool) {
    app.view.zoom(closer, app.history.reached());
}

/// Moves the steps that charts show with the mouse.
pub fn drag(app: &mut App, share: f64) {
    let steps = app.shown_steps();
    let width = (steps.end() - steps.start()) as f64;
    app.view
        .pan_by((-share * width).round() as i64, app.history.reached());
}
