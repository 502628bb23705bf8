//! The training images that a run has learned from.

use crate::protocol::DatasetInfo;
use crate::shape::ImageShape;

/// What is known of the training images that a run has learned from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataSeen {
    /// The name of the dataset, or its path.
    pub name: String,
    /// Their shape.
    pub shape: ImageShape,
    /// How many classes the networks are conditioned on; 0 for none.
    pub classes: usize,
    /// How many.
    pub images: Option<u64>,
    /// What tells them from any others.
    pub digest: Option<String>,
}

impl DataSeen {
    /// How `found` differs, if it does, in images of the same shape.
    #[must_use]
    pub fn differs(&self, found: &DatasetInfo) -> Option<String> {
        let other = |then: Option<&String>, now: Option<&String>| {
            then.is_some() && now.is_some() && then != now
        };
        match self.images {
            Some(then) if then != found.images => {
                Some(format!("{} images, where it was {then}", found.images))
            }
            _ if other(self.digest.as_ref(), found.digest.as_ref()) => {
                Some(format!("{} other images", found.images))
            }
            _ => None,
        }
    }
}
