//! How samples are looked at: how large, which one alone, and the film of them all.

use std::sync::Arc;
use std::time::Duration;

use super::{App, Picture};

/// Time between two pictures of a film that plays.
pub const FRAME: Duration = Duration::from_millis(200);

/// How samples are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gallery {
    /// Which size of tiles, from the largest; none: as suits the room.
    pub size: Option<usize>,
    /// The sample that is shown alone.
    pub enlarged: Option<usize>,
    /// When the last picture came, of a film that plays.
    playing: Option<Duration>,
}

impl Gallery {
    /// The next of so many sizes, and then again what suits the room.
    pub(super) fn next_size(&mut self, sizes: usize) {
        self.size = match self.size {
            None => Some(0),
            Some(size) if size + 1 < sizes => Some(size + 1),
            Some(_) => None,
        };
    }

    /// The first sample alone, then the next one.
    pub(super) fn enlarge(&mut self, count: usize) {
        if count > 0 {
            self.enlarged = Some(self.enlarged.map_or(0, |index| (index + 1) % count));
        }
    }
}

impl App {
    /// The samples to show: those of the step under the crosshair, else the newest.
    #[must_use]
    pub fn shown_picture(&self) -> Option<&Arc<Picture>> {
        let scrubbed = self.view.cursor.and_then(|step| self.film.at(step));
        scrubbed.or(self.picture.as_ref())
    }

    /// Whether the film plays.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.gallery.playing.is_some()
    }

    /// Plays the film from the crosshair on, from its begin without one; or stops it.
    pub(super) fn toggle_play(&mut self) {
        if self.gallery.playing.take().is_some() {
            return;
        }
        let Some(first) = self.film.first() else {
            self.notice = Some("there is no picture yet".to_owned());
            return;
        };
        let at = self.view.cursor.unwrap_or(first);
        let over = self.film.beside(at, true).is_none();
        self.view.cursor = Some(if over { first } else { at });
        self.gallery.playing = Some(self.run.clock.now);
    }

    /// The next picture, when its time has come; behind the last the crosshair goes and the run is shown again.
    pub(super) fn play(&mut self) {
        let now = self.run.clock.now;
        let due = self
            .gallery
            .playing
            .is_some_and(|last| now.saturating_sub(last) >= FRAME);
        if !due {
            return;
        }
        let next = self.film.beside(self.view.cursor.unwrap_or(0), true);
        self.view.cursor = next;
        self.gallery.playing = next.map(|_| now);
    }

    /// The picture before or after the one that is shown.
    pub(super) fn scrub(&mut self, later: bool) {
        self.gallery.playing = None;
        let newest = self.film.at(u64::MAX).map_or(0, |picture| picture.step);
        let at = self.view.cursor.unwrap_or(newest);
        match self.film.beside(at, later) {
            Some(step) => self.view.cursor = Some(step),
            None if later => self.view.cursor = None,
            None => {}
        }
    }
}
