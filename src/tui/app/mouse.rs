//! What the mouse changes: the wheel zooms charts and scrolls lists, dragging moves charts, a click chooses
//! a screen, or a sample.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::{App, Dialog, Screen};
use crate::tui::panels;

/// Lines that one notch of the wheel scrolls.
const NOTCH: isize = 3;

impl App {
    /// Takes in a movement of the mouse on a screen of so many columns.
    pub fn on_mouse(&mut self, mouse: &MouseEvent, columns: u16) {
        self.closing.touch();
        if self.gallery.full.is_some() {
            if matches!(mouse.kind, MouseEventKind::Down(_)) {
                self.gallery.full = None;
            }
            return;
        }
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(true),
            MouseEventKind::ScrollDown => self.wheel(false),
            MouseEventKind::Down(MouseButton::Left) => {
                self.dragged = Some(mouse.column);
                if mouse.row == 0
                    && matches!(self.dialog, Dialog::None)
                    && let Some(screen) = panels::tab_at(mouse.column, columns)
                {
                    self.screen = screen;
                    self.scroll = 0;
                } else if matches!(self.dialog, Dialog::None) {
                    self.click_sample(mouse.column, mouse.row);
                }
            }
            MouseEventKind::Drag(MouseButton::Left) => self.drag(mouse.column, columns),
            MouseEventKind::Up(_) => self.dragged = None,
            _ => {}
        }
    }

    fn wheel(&mut self, up: bool) {
        if let Dialog::Help(help) = &mut self.dialog {
            let by = NOTCH as u16;
            let scroll = if up {
                help.scroll.saturating_sub(by)
            } else {
                help.scroll.saturating_add(by)
            };
            help.scroll = scroll.min(self.help_end.unwrap_or(scroll));
            return;
        }
        if !matches!(self.dialog, Dialog::None) {
            return;
        }
        match self.screen {
            Screen::Dashboard | Screen::Charts => {
                let (last, furthest) = (self.history.last_step(), self.history.furthest_step());
                self.view.zoom(up, last, furthest);
            }
            Screen::Samples => self.scrub(!up),
            Screen::Events | Screen::Health => {
                self.scroll_by(if up { -NOTCH } else { NOTCH });
            }
        }
    }

    fn drag(&mut self, column: u16, columns: u16) {
        let Some(from) = self.dragged.replace(column) else {
            return;
        };
        let by_step = matches!(self.screen, Screen::Dashboard | Screen::Charts);
        if !by_step || !matches!(self.dialog, Dialog::None) {
            return;
        }
        let (last, furthest) = (self.history.last_step(), self.history.furthest_step());
        let steps = self.view.steps(last, furthest);
        let width = (steps.end() - steps.start()) as f64;
        let by = (f64::from(from) - f64::from(column)) / f64::from(columns.max(1)) * width;
        self.view.pan_by(by.round() as i64, last, furthest);
    }
}
