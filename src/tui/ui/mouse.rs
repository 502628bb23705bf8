//! What the mouse changes: the wheel zooms charts and scrolls lists, dragging moves charts, a click chooses
//! a screen, or a sample.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::Ui;
use crate::tui::appearance::Surface;
use crate::tui::panels::header;
use crate::tui::screen::Screen;
use crate::tui::screens::{NOTCH, component};

impl Ui {
    /// Takes in a movement of the mouse.
    pub fn on_mouse(&mut self, mouse: &MouseEvent) {
        self.app.touch();
        let from = self.dragged;
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.dragged = Some(mouse.column),
            MouseEventKind::Drag(MouseButton::Left) => {
                self.dragged = from.map(|_| mouse.column);
            }
            MouseEventKind::Up(_) => self.dragged = None,
            _ => {}
        }
        if self.dialog.is_some() {
            self.on_dialog(mouse.kind);
            return;
        }
        let screen = component(self.app.screen);
        match mouse.kind {
            MouseEventKind::ScrollUp => screen.on_wheel(&mut self.app, true),
            MouseEventKind::ScrollDown => screen.on_wheel(&mut self.app, false),
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.column, mouse.row),
            MouseEventKind::Drag(MouseButton::Left) => {
                if let Some(from) = from {
                    let by = f64::from(mouse.column) - f64::from(from);
                    screen.on_drag(&mut self.app, by / f64::from(self.area.width.max(1)));
                }
            }
            _ => {}
        }
    }

    fn on_dialog(&mut self, kind: MouseEventKind) {
        let lines = NOTCH as i16;
        let _ = self.ask_dialog(|dialog, _, surface| {
            match kind {
                MouseEventKind::ScrollUp => dialog.on_wheel(-lines, surface),
                MouseEventKind::ScrollDown => dialog.on_wheel(lines, surface),
                MouseEventKind::Down(_) => return dialog.on_click(),
                _ => {}
            }
            crate::tui::dialogs::Answer::Stay
        });
    }

    /// A screen's name in the header; or a sample: that one alone, or all of them again.
    fn click(&mut self, column: u16, row: u16) {
        let (app, look, area) = (&mut self.app, &self.look, self.area);
        if row == area.y
            && let Some(screen) = header::tab_at(column, area, app.run.prints())
        {
            app.show(screen);
            return;
        }
        let tiles = component(app.screen).tiles(app, Surface { area, look });
        let at = (column, row).into();
        if let Some((_, index)) = tiles.iter().find(|(tile, _)| tile.contains(at)) {
            let alone = app.screen == Screen::Samples && app.gallery.enlarged.is_some();
            app.gallery.enlarged = (!alone).then_some(*index);
            app.screen = Screen::Samples;
        }
    }
}
