//! The bytes of images, in memory or in a mapped file; cheap to clone and to cut.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Shared bytes. They are equal if they hold the same, wherever they lie.
#[derive(Clone)]
pub(super) struct Pixels {
    all: Arc<dyn AsRef<[u8]> + Send + Sync>,
    /// The part of them that counts.
    part: Range<usize>,
}

impl Pixels {
    /// All bytes of something that holds bytes.
    pub fn of(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self {
            part: 0..bytes.as_ref().len(),
            all: Arc::new(bytes),
        }
    }

    /// A part of them, which ends where they do at the latest.
    pub fn part(&self, part: Range<usize>) -> Self {
        let end = (self.part.start.saturating_add(part.end)).min(self.part.end);
        let start = (self.part.start.saturating_add(part.start)).min(end);
        Self {
            all: Arc::clone(&self.all),
            part: start..end,
        }
    }
}

impl Deref for Pixels {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &(*self.all).as_ref()[self.part.clone()]
    }
}

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Pixels {}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.part.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_from_the_part_before_and_ends_with_it() {
        let all = Pixels::of(vec![0, 1, 2, 3, 4, 5]);
        let part = all.part(1..5);
        assert_eq!(*part, [1, 2, 3, 4]);
        assert_eq!(*part.part(2..9), [3, 4]);
        assert!(part.part(7..9).is_empty());
        assert_eq!(part.part(0..1), Pixels::of([1]));
    }
}
