//! The losses, the samples, the newest values, the newest events; and how the run ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::component::{Component, drag, move_crosshair, zoom};
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::layout;
use crate::tui::panels::samples::Shown;
use crate::tui::panels::{banner, chart, ending, log, output, samples, values};

/// The dashboard.
pub struct Dashboard;

impl Component for Dashboard {
    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
        shown: &mut Vec<Shown>,
    ) {
        let Some(mut places) = layout::arrange(area) else {
            return;
        };
        let first = chart::first(app);
        let has_pictures = app.shown_picture().is_some();
        let prints = app.run.prints();
        let is_log = app.run.is_program() && !prints;
        // Of a program that only prints, that is all there is to see; of a log without pictures, its charts.
        if !has_pictures && (is_log || prints && first.is_empty()) {
            places = layout::without_samples(area).unwrap_or(places);
        }
        let below = banner::draw(places.chart, buffer, app, look);
        if prints && first.is_empty() {
            output::draw(below, buffer, app, look, false);
        } else {
            chart::draw(below, buffer, app, look, &first);
        }
        match places.samples {
            Some(area) if prints && !has_pictures => output::draw(area, buffer, app, look, false),
            Some(area) => samples::draw(area, buffer, app, look, shown),
            None => {}
        }
        // Once the run has ended, how it ended takes the place of what matters least.
        let ended = app.run.has_ended();
        // That is the log, or what of it is not needed; where it does not fit there, the values.
        let fits = |place: Option<Rect>| {
            place.is_some_and(|area| ending::rows(app, area.width, look) <= area.height)
        };
        let in_values = ended && !fits(places.log) && (places.log.is_none() || fits(places.values));
        match places.values {
            Some(area) if in_values => ending::draw(area, buffer, app, look),
            Some(area) => values::draw(area, buffer, app, look),
            None if ended => ending::draw_over(places.chart, buffer, app, look),
            None => {}
        }
        if let Some(area) = places.log {
            let rows = if ended && !in_values {
                let rows = ending::rows(app, area.width, look);
                if rows + 3 > area.height {
                    area.height
                } else {
                    rows
                }
            } else {
                0
            };
            if rows > 0 {
                ending::draw(
                    Rect {
                        height: rows,
                        ..area
                    },
                    buffer,
                    app,
                    look,
                );
            }
            log::draw(
                Rect {
                    y: area.y + rows,
                    height: area.height - rows,
                    ..area
                },
                buffer,
                app,
                look,
                None,
            );
        }
        if let Some(area) = places.status {
            log::draw_status(area, buffer, app, look);
        }
    }

    fn tiles(&self, app: &App, surface: Surface<'_>) -> Vec<(Rect, usize)> {
        let samples = layout::arrange(surface.area).and_then(|places| places.samples);
        samples.map_or_else(Vec::new, |area| samples::tiles(area, app, surface.look))
    }

    fn on_sideways(&self, app: &mut App, hundredths: i64) {
        move_crosshair(app, hundredths);
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
