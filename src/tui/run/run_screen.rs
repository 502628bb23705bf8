//! The screen of one run: its user interface, and the viewer that events come from and commands go to.

use std::time::Duration;

use crossterm::event::Event as Input;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::ended::{Ended, Left};
use super::show::{Motion, Next, Show};
use crate::session::Viewer;
use crate::terminal::Placed;
use crate::tui::app::{Cost, Effect, FRAME};
use crate::tui::appearance::Appearance;
use crate::tui::earlier_samples;
use crate::tui::ui::Ui;

/// The seconds display.
const TICK: Duration = Duration::from_secs(1);

/// The screen of a run.
pub(super) struct RunScreen<'a> {
    ui: Ui,
    viewer: &'a Viewer,
    /// The size in which output is shown, as it was said.
    said: Option<(u16, u16)>,
}

impl<'a> RunScreen<'a> {
    pub fn new(ui: Ui, viewer: &'a Viewer) -> Self {
        Self {
            ui,
            viewer,
            said: None,
        }
    }

    /// Adds the samples from before this viewer joined.
    pub fn remember(&mut self) {
        let earlier = earlier_samples::read(&self.ui.app);
        self.ui.app.remember(earlier);
    }

    /// How the run stands, now that the screen was left.
    pub fn ended(&self, left: Left) -> Ended {
        let run = &self.ui.app.run;
        Ended {
            left,
            summary: run.summary.as_deref().cloned(),
            failed: run.failed.clone(),
            began: run.info.is_some(),
            is_program: run.is_program(),
        }
    }

    /// Carries out an effect.
    fn perform(&mut self, effect: Option<Effect>) -> Next {
        match effect {
            Some(Effect::Leave) => return Next::Leave(Left::Closed),
            Some(Effect::Back) => return Next::Leave(Left::Back),
            Some(Effect::Detach) => return Next::Leave(Left::Detached),
            Some(Effect::Suspend) => return Next::Suspend,
            Some(Effect::Still(step, images)) => return Next::Still(step, images),
            Some(Effect::Ring(text)) => return Next::Ring(text),
            Some(Effect::Redraw) => return Next::Redraw,
            // The next viewers event says who has it.
            Some(Effect::TakeControl) => self.viewer.commands.take_control(),
            Some(Effect::Send(command)) => {
                let id = self.viewer.commands.send(command.clone());
                self.ui.app.sent(command, id);
            }
            None => {}
        }
        Next::GoOn
    }
}

impl Show for RunScreen<'_> {
    fn look(&self) -> &Appearance {
        &self.ui.look
    }

    fn look_mut(&mut self) -> &mut Appearance {
        &mut self.ui.look
    }

    fn resize(&mut self, area: Rect) {
        self.ui.resize(area);
    }

    fn draw(&self, frame: &mut Frame) -> Vec<Placed> {
        self.ui.draw(frame)
    }

    fn notify(&mut self, text: String) {
        self.ui.app.notice = Some(text);
    }

    fn take_cost(&mut self, cost: Cost) {
        self.ui.app.cost = cost;
    }

    fn tick(&mut self, now: Duration) {
        self.ui.tick(now);
        let size = self.ui.output_size();
        if size != self.said {
            self.said = size;
            if let Some((columns, rows)) = size {
                self.viewer.commands.show_in(columns, rows);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.ui.app.closes_in().is_some_and(|left| left.is_zero())
    }

    fn motion(&self) -> Motion {
        if self.ui.app.is_playing() {
            Motion::Playing(FRAME)
        } else if self.ui.app.is_ticking() {
            Motion::Ticking(TICK)
        } else {
            Motion::Still
        }
    }

    fn answer_no_shell(&mut self) {
        let app = &mut self.ui.app;
        app.answer("not started from a shell: press d to detach instead");
    }

    fn on_input(&mut self, input: &Input) -> Next {
        let effect = match input {
            Input::Key(key) => self.ui.on_key(key),
            Input::Paste(text) => {
                self.ui.on_paste(text);
                None
            }
            Input::Mouse(mouse) => {
                self.ui.on_mouse(mouse);
                None
            }
            _ => None,
        };
        self.perform(effect)
    }

    fn take_news(&mut self) -> Vec<Next> {
        let events = self.viewer.events.drain();
        let effects: Vec<_> = events
            .into_iter()
            .map(|event| self.ui.on_event(&event))
            .collect();
        let performed = effects.into_iter().map(|effect| self.perform(effect));
        performed.collect()
    }

    fn lost(&mut self) {
        self.ui.lost();
    }

    fn show_in_characters(&mut self, why: String) {
        self.ui.show_in_characters(why);
    }
}
