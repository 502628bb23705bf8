//! Pictures: which are the samples, when the next are asked for, which are kept as files.

use std::time::{Duration, Instant};

use crate::foreign::images::{Pictures, REAL, SAMPLES, mean_distance};

/// Time between two requests for images while someone watches, and while nobody does.
pub(super) const IMAGES: Duration = Duration::from_secs(1);
const IMAGES_UNSEEN: Duration = Duration::from_secs(30);
/// Time between two pictures that are kept as files.
const KEEP: Duration = Duration::from_secs(30);

/// The pictures of a run.
#[derive(Debug, Default)]
pub(super) struct Gallery {
    /// The images that count as samples.
    shown: Option<String>,
    /// Whether the program knows that images are wanted.
    is_asked: bool,
    pictured: Option<Instant>,
    kept: Option<Instant>,
    /// How far real images are from each other.
    real: Option<f64>,
}

/// What becomes of pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// They are samples: shown, and kept as a file or not.
    Samples {
        /// Whether they are kept.
        is_kept: bool,
        /// Their variety, as a share of that of real images, where there were some.
        diversity: Option<f64>,
    },
    /// They are of another name: kept as a file.
    Aside,
}

impl Gallery {
    /// Pictures came, which a command asked for or not. Returns what becomes of them.
    pub fn hang(&mut self, pictures: &Pictures, is_ordered: bool, now: Instant) -> Place {
        if pictures.name == REAL {
            self.real = mean_distance(&pictures.images).filter(|distance| *distance > 0.0);
            return Place::Aside;
        }
        if pictures.name == SAMPLES {
            self.shown = Some(SAMPLES.to_owned());
        }
        let shown = self.shown.get_or_insert_with(|| pictures.name.clone());
        if *shown != pictures.name {
            return Place::Aside;
        }
        (self.is_asked, self.pictured) = (false, Some(now));
        let is_due = has_passed(self.kept, KEEP, now);
        let is_kept = is_due || pictures.keep || is_ordered;
        if is_kept {
            self.kept = Some(now);
        }
        let diversity = self
            .real
            .and_then(|real| Some(mean_distance(&pictures.images)? / real));
        Place::Samples { is_kept, diversity }
    }

    /// Whether images are to be asked for.
    pub fn is_due(&self, is_attended: bool, now: Instant) -> bool {
        let every = if is_attended { IMAGES } else { IMAGES_UNSEEN };
        !self.is_asked && has_passed(self.pictured, every, now)
    }

    /// The program was told that images are wanted, or nobody is there any more who was.
    pub fn set_asked(&mut self, is_asked: bool) {
        self.is_asked = is_asked;
    }
}

pub(super) fn has_passed(last: Option<Instant>, time: Duration, now: Instant) -> bool {
    last.is_none_or(|last| now.saturating_duration_since(last) >= time)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::protocol::ImageGrid;
    use crate::shape::ImageShape;

    fn pictures(name: &str, bytes: &[u8]) -> Pictures {
        Pictures {
            name: name.to_owned(),
            step: None,
            images: ImageGrid::new(ImageShape::new(1, 1, 1).unwrap(), bytes.to_vec()),
            columns: Vec::new(),
            keep: false,
            id: None,
            merged: 0,
        }
    }

    #[test]
    fn the_first_name_is_shown_until_there_are_samples() {
        let now = Instant::now();
        let mut gallery = Gallery::default();
        let mut hang = |name: &str, bytes: &[u8]| gallery.hang(&pictures(name, bytes), false, now);
        assert_eq!(hang(REAL, &[0, 10]), Place::Aside);
        let first = Place::Samples {
            is_kept: true,
            diversity: Some(0.5),
        };
        assert_eq!(hang("a", &[0, 5]), first);
        assert_eq!(hang("b", &[0, 5]), Place::Aside);
        assert!(matches!(
            hang(SAMPLES, &[0]),
            Place::Samples { is_kept: false, .. }
        ));
        assert_eq!(hang("a", &[0, 5]), Place::Aside);
    }

    #[test]
    fn images_are_asked_for_once_and_more_often_while_someone_watches() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut gallery = Gallery::default();
        assert!(gallery.is_due(false, begin));
        gallery.set_asked(true);
        assert!(!gallery.is_due(true, at(99)));
        gallery.hang(&pictures("a", &[0]), false, begin);
        assert!(gallery.is_due(true, at(1)) && !gallery.is_due(false, at(1)));
        assert!(gallery.is_due(false, at(30)));
    }
}
