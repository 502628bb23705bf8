//! Keys that change the view: screen, charts, samples, events. They ask nothing of the run.

use super::Ui;
use crate::tui::app::{App, Effect};
use crate::tui::dialogs::Search;
use crate::tui::keymap::Action;
use crate::tui::layout::SIZES;
use crate::tui::screen::Screen;
use crate::tui::screens::component;

impl Ui {
    pub(super) fn change_view(&mut self, action: Action) -> Option<Effect> {
        let app = &mut self.app;
        let screen = component(app.screen);
        match action {
            Action::Smoothing => app.view.next_smoothing(),
            Action::Scale => app.view.next_height(),
            Action::Span => app.view.next_span(),
            Action::Axis => app.view.next_unit(),
            Action::Zoom(closer) => app.view.zoom(closer, app.history.reached()),
            Action::Pan(later) => app.view.pan(later, app.history.reached()),
            Action::Focus => focus(app, 1),
            Action::FocusBack => focus(app, -1),
            Action::Hide => hide(app),
            Action::Filter => {
                if app.screen != Screen::Output {
                    app.show(Screen::Charts);
                }
                self.open(Search);
            }
            Action::Grid => {
                app.gallery.next_size(SIZES);
                app.gallery.enlarged = None;
            }
            Action::Enlarge => {
                let count = app.shown_picture().map_or(0, |p| p.samples.images.count());
                app.gallery.enlarge(count);
                app.screen = Screen::Samples;
            }
            Action::Play => app.toggle_play(),
            Action::Cost => app.with_cost = !app.with_cost,
            // Until the run says what it is, its output may be shown.
            Action::Show(Screen::Output) if app.run.info.is_some() && !app.run.prints() => {
                app.answer(if app.run.is_program() {
                    "no program prints here: this is the log of another tool"
                } else {
                    "no program prints here: this run is one of this program's own trainer"
                });
            }
            Action::Show(screen) => app.show(screen),
            Action::Confirm => screen.on_confirm(app),
            Action::Left => screen.on_sideways(app, -1),
            Action::Right => screen.on_sideways(app, 1),
            Action::Previous => screen.on_lines(app, -1),
            Action::Next => screen.on_lines(app, 1),
            Action::PageUp => screen.on_pages(app, -1),
            Action::PageDown => screen.on_pages(app, 1),
            Action::Cancel => return back(app),
            _ => {}
        }
        None
    }
}

/// One step back: closes the side panel, the enlarged sample, the crosshair or the screen; from the dashboard, to where that
/// was opened from.
fn back(app: &mut App) -> Option<Effect> {
    if app.close_side_panel() || app.gallery.enlarged.take().is_some() {
        return None;
    }
    if app.is_playing() {
        app.toggle_play();
    }
    if app.screen == Screen::Output && !app.output.search.is_empty() {
        app.output.search.clear();
        return None;
    }
    if app.view.cursor.take().is_none() {
        app.output.back = 0;
        if app.screen == Screen::Dashboard && app.is_within {
            return Some(Effect::Back);
        }
        app.screen = Screen::Dashboard;
        app.view.filter.clear();
    }
    None
}

fn focus(app: &mut App, by: isize) {
    let names: Vec<String> = app.metrics().iter().map(|m| m.name.clone()).collect();
    let at = names
        .iter()
        .position(|name| Some(name) == app.view.focus.as_ref());
    let next = match at {
        None if by > 0 => Some(0),
        None => names.len().checked_sub(1),
        Some(at) => at.checked_add_signed(by),
    };
    app.view.focus = next.and_then(|index| names.get(index).cloned());
}

fn hide(app: &mut App) {
    match app.view.focus.clone() {
        Some(metric) if app.view.hidden.remove(&metric) => {}
        Some(metric) => drop(app.view.hidden.insert(metric)),
        None => app.answer("select a line of the charts with Tab first; v then hides it"),
    }
}
