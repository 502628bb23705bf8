//! The view of the samples: their size, the enlarged one, the side panel, playing the timeline.

use std::sync::Arc;
use std::time::Duration;

use super::{App, Effect, Picture};
use crate::protocol::{Command, Look, Looked};
use crate::tui::keymap::Action;
use crate::tui::screen::Screen;

/// Time between two pictures while the timeline plays.
pub const FRAME: Duration = Duration::from_millis(200);

/// A panel next to the samples: real images, neighbours, an interpolation.
#[derive(Debug, Clone, PartialEq)]
pub struct SidePanel {
    /// The step it was generated at.
    pub step: u64,
    /// What it is.
    pub looked: Looked,
    /// Whether it leads from its first image to its last.
    pub is_a_way: bool,
}

/// How samples are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gallery {
    /// The size of tiles, from the largest; `None` chooses by the space available.
    pub size: Option<usize>,
    /// The sample that is shown alone.
    pub enlarged: Option<usize>,
    /// The panel next to them, if one is open.
    pub side_panel: Option<SidePanel>,
    /// The newest request for the side panel.
    pub(super) asked: Option<Look>,
    /// When the last picture was shown, while the timeline plays.
    playing: Option<Duration>,
}

impl Gallery {
    /// Cycles through this many sizes and the automatic one.
    pub fn next_size(&mut self, sizes: usize) {
        self.size = match self.size {
            None => Some(0),
            Some(size) if size + 1 < sizes => Some(size + 1),
            Some(_) => None,
        };
    }

    /// The first sample alone, then the next one.
    pub fn enlarge(&mut self, count: usize) {
        if count > 0 {
            self.enlarged = Some(self.enlarged.map_or(0, |index| (index + 1) % count));
        }
    }
}

impl App {
    /// Asks for what a key shows next to the samples: for the enlarged one, or the one after the last.
    pub fn ask_to_see(&mut self, action: Action) -> Option<Effect> {
        self.screen = Screen::Samples;
        let count = self.shown_picture().map_or(1, |p| p.samples.latents());
        let dimensions = self.run.own().map_or(1, |own| own.latent_dim);
        let (enlarged, asked) = (self.gallery.enlarged.map(|i| i + 1), self.gallery.asked);
        let sample = enlarged.unwrap_or(1);
        let after = |sample: usize| sample % count.max(1) + 1;
        let look = match (action, asked) {
            (Action::Real, Some(Look::Real)) | (Action::Raw, Some(Look::Raw))
                if self.gallery.side_panel.is_some() =>
            {
                self.close_side_panel();
                return None;
            }
            (Action::Real, _) => Look::Real,
            (Action::Raw, _) => Look::Raw,
            (Action::Walk, Some(Look::Walk(_, to))) if enlarged.is_none_or(|e| e == to) => {
                Look::Walk(to, after(to))
            }
            (Action::Walk, _) => Look::Walk(sample, after(sample)),
            (Action::Neighbours, Some(Look::Neighbours(last)))
                if enlarged.is_none_or(|e| e == last) =>
            {
                Look::Neighbours(after(last))
            }
            (Action::Neighbours, _) => Look::Neighbours(sample),
            (_, Some(Look::Dimension(of, last))) if enlarged.is_none_or(|e| e == of) => {
                Look::Dimension(of, (last + 1) % dimensions.max(1))
            }
            _ => Look::Dimension(sample, 0),
        };
        self.ask(Command::Look(look))
    }

    /// Asks for the current samples full screen.
    pub fn ask_for_a_still(&mut self) -> Option<Effect> {
        let Some(picture) = self.shown_picture() else {
            self.answer("there are no samples yet");
            return None;
        };
        let all = &picture.samples.images;
        let alone = self.gallery.enlarged.and_then(|index| all.only(index));
        let images = alone.map_or_else(|| Arc::clone(all), Arc::new);
        Some(Effect::Still(picture.step, images))
    }

    /// Takes in the answer to a probe of this viewer.
    pub fn on_looked(&mut self, step: u64, looked: &Looked) {
        self.gallery.side_panel = Some(SidePanel {
            step,
            looked: looked.clone(),
            is_a_way: matches!(
                self.gallery.asked,
                Some(Look::Walk(..) | Look::Dimension(..))
            ),
        });
        self.screen = Screen::Samples;
    }

    /// Closes the side panel. Returns whether it was open.
    pub fn close_side_panel(&mut self) -> bool {
        self.gallery.asked = None;
        self.gallery.side_panel.take().is_some()
    }

    /// The samples to show: those of the step under the crosshair, else the newest.
    #[must_use]
    pub fn shown_picture(&self) -> Option<&Arc<Picture>> {
        let scrubbed = self.view.cursor.and_then(|step| self.timeline.at(step));
        scrubbed.or(self.picture.as_ref())
    }

    /// Whether the timeline plays.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.gallery.playing.is_some()
    }

    /// Plays the timeline from the crosshair, or from its beginning; or stops it.
    pub fn toggle_play(&mut self) {
        if self.gallery.playing.take().is_some() {
            return;
        }
        let Some(first) = self.timeline.first() else {
            self.answer("there are no samples yet");
            return;
        };
        let at = self.view.cursor.unwrap_or(first);
        let over = self.timeline.neighbour(at, true).is_none();
        self.view.cursor = Some(if over { first } else { at });
        self.gallery.playing = Some(self.run.clock.now);
    }

    /// Advances to the next picture when it is due; after the last one the newest samples are shown again.
    pub fn play(&mut self) {
        let now = self.run.clock.now;
        let due = self
            .gallery
            .playing
            .is_some_and(|last| now.saturating_sub(last) >= FRAME);
        if !due {
            return;
        }
        let next = self.timeline.neighbour(self.view.cursor.unwrap_or(0), true);
        self.view.cursor = next;
        self.gallery.playing = next.map(|_| now);
    }

    /// The picture before or after the current one.
    pub fn scrub(&mut self, later: bool) {
        self.gallery.playing = None;
        let newest = self.timeline.at(u64::MAX).map_or(0, |picture| picture.step);
        let at = self.view.cursor.unwrap_or(newest);
        match self.timeline.neighbour(at, later) {
            Some(step) => self.view.cursor = Some(step),
            None if later => self.view.cursor = None,
            None => {}
        }
    }
}
