//! What a key changes of how things are looked at: screen, charts, samples, events. Nothing is asked of the run.

use super::keys::PAGE;
use super::{App, Dialog, Screen, Span};
use crate::metric::MetricInfo;
use crate::tui::health;
use crate::tui::keymap::Action;
use crate::tui::layout::SIZES;

impl App {
    pub(super) fn look(&mut self, action: Action) {
        match action {
            Action::Smoothing => {
                self.view.next_smoothing();
            }
            Action::Scale => {
                self.view.next_height();
            }
            Action::Span => {
                self.view.next_span();
            }
            Action::Axis => {
                self.view.next_unit();
            }
            Action::Zoom(closer) => {
                let (last, furthest) = (self.history.last_step(), self.history.furthest_step());
                self.view.zoom(closer, last, furthest);
            }
            Action::Pan(later) => {
                let (last, furthest) = (self.history.last_step(), self.history.furthest_step());
                self.view.pan(later, last, furthest);
            }
            Action::Focus => self.focus(1),
            Action::FocusBack => self.focus(-1),
            Action::Hide => self.hide(),
            Action::Filter => {
                self.screen = Screen::Charts;
                self.scroll = 0;
                self.dialog = Dialog::Search;
            }
            Action::Grid => {
                self.gallery.next_size(SIZES);
                self.gallery.enlarged = None;
            }
            Action::Enlarge => {
                let count = self.shown_picture().map_or(0, |p| p.samples.images.count());
                self.gallery.enlarge(count);
                self.screen = Screen::Samples;
            }
            Action::Play => {
                self.toggle_play();
            }
            Action::Cost => {
                self.with_cost = !self.with_cost;
            }
            Action::Confirm => self.jump(),
            Action::Show(screen) => {
                self.screen = screen;
                self.scroll = 0;
            }
            Action::Left => self.move_cursor(-1),
            Action::Right => self.move_cursor(1),
            Action::Previous => self.scroll_by(-1),
            Action::Next => self.scroll_by(1),
            Action::PageUp => self.page(-1),
            Action::PageDown => self.page(1),
            Action::Cancel => {
                if self.close_beside() || self.gallery.enlarged.take().is_some() {
                    return;
                }
                if self.is_playing() {
                    self.toggle_play();
                }
                if self.view.cursor.take().is_none() {
                    self.screen = Screen::Dashboard;
                    self.view.filter.clear();
                }
            }
            _ => {}
        }
    }

    fn move_cursor(&mut self, hundredths: i64) {
        match self.screen {
            Screen::Dashboard | Screen::Charts => {
                let history = &self.history;
                self.view
                    .move_cursor(hundredths, history.last_step(), history.furthest_step());
            }
            Screen::Samples => (0..hundredths.abs()).for_each(|_| self.scrub(hundredths > 0)),
            Screen::Events | Screen::Health => {}
        }
    }

    /// Shows the chosen event on the charts.
    fn jump(&mut self) {
        if self.screen == Screen::Events
            && let Some(step) = self.log.newest().nth(self.scroll).map(|entry| entry.step)
        {
            let (last, furthest) = (self.history.last_step(), self.history.furthest_step());
            if !self.view.steps(last, furthest).contains(&step) {
                self.view.span = Span::All;
            }
            self.view.cursor = Some(step.min(last));
            self.screen = Screen::Charts;
            self.scroll = 0;
        }
    }

    /// The metrics of the screen of charts, in their order: those of the objective, then what evaluations measure.
    #[must_use]
    pub fn metrics(&self) -> Vec<&MetricInfo> {
        let wanted = self.view.filter.to_lowercase();
        let info = self.run.info.iter();
        let info = info.filter(|_| self.run.unjudged.is_none());
        // What has no panel is not drawn.
        let judged = info.flat_map(|info| info.measures.iter().filter(|m| !m.panel.is_empty()));
        let declared = self.run.objective.iter().flat_map(|o| &o.metrics);
        let all = declared.chain(judged);
        all.filter(|metric| {
            [&metric.name, &metric.title, &metric.panel]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
        })
        .collect()
    }

    fn focus(&mut self, by: isize) {
        let names: Vec<String> = self.metrics().iter().map(|m| m.name.clone()).collect();
        let at = names
            .iter()
            .position(|name| Some(name) == self.view.focus.as_ref());
        let next = match at {
            None if by > 0 => Some(0),
            None => names.len().checked_sub(1),
            Some(at) => at.checked_add_signed(by),
        };
        self.view.focus = next.and_then(|index| names.get(index).cloned());
    }

    fn hide(&mut self) {
        match self.view.focus.clone() {
            Some(metric) if self.view.hidden.remove(&metric) => {}
            Some(metric) => drop(self.view.hidden.insert(metric)),
            None => {
                let key = "Tab chooses a line of the charts, which v then hides";
                self.notice = Some(key.to_owned());
            }
        }
    }

    /// Down for a positive number. The newest events are at the bottom: there, down is towards them.
    pub(super) fn scroll_by(&mut self, lines: isize) {
        let (lines, most) = match self.screen {
            Screen::Charts => (lines, self.panels().saturating_sub(1)),
            Screen::Events => (-lines, self.log.len().saturating_sub(1)),
            Screen::Health => (lines, health::signals(self).len().saturating_sub(1)),
            Screen::Dashboard | Screen::Samples => return,
        };
        self.scroll = self.scroll.saturating_add_signed(lines).min(most);
    }

    /// Where there is something to scroll, by pages; else the crosshair in longer steps.
    fn page(&mut self, pages: i8) {
        match self.screen {
            Screen::Events | Screen::Health => {
                self.scroll_by(isize::from(pages) * isize::from(PAGE as u8));
            }
            _ => self.move_cursor(i64::from(pages) * 10),
        }
    }

    /// How many charts there are.
    fn panels(&self) -> usize {
        let metrics = self.metrics().into_iter();
        let names: std::collections::BTreeSet<&str> = metrics.map(|m| m.panel.as_str()).collect();
        names.len()
    }
}
