//! A dataset in memory.

use std::sync::OnceLock;

use super::image_set::ImageSet;
use super::options::AUTO;
use super::registry;
use crate::files::md5_hex;
use crate::protocol::DatasetInfo;

/// A dataset in memory.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Registry name, or the path it was read from.
    pub name: String,
    /// Display name: `Fashion-MNIST`.
    pub title: String,
    /// Training images; never empty.
    pub train: ImageSet,
    /// Held-out images, if there are any.
    pub test: Option<ImageSet>,
    /// Names of the classes, by their labels; empty where they have none.
    pub classes: Vec<String>,
    /// A notice about how it was chosen and made, if there is one.
    pub notice: Option<String>,
    /// Identifies the training images, once that is known: the MD5 of the published file, which was verified when it was read,
    /// or of all pixels.
    pub known_digest: OnceLock<String>,
}

impl Dataset {
    /// The description sent to viewers of a run.
    #[must_use]
    pub fn info(&self) -> DatasetInfo {
        DatasetInfo {
            name: self.short_name().to_owned(),
            images: self.train.len() as u64,
            shape: self.train.shape(),
            classes: self.classes.clone(),
            digest: Some(self.digest().to_owned()),
            notice: self.notice.clone(),
        }
    }

    /// Its name; of a file or folder without the path.
    #[must_use]
    pub fn short_name(&self) -> &str {
        let is_path = self.name != AUTO && registry::find(&self.name).is_none();
        if is_path { &self.title } else { &self.name }
    }

    /// Identifies the training images. Unless it is known, that takes a tenth of a second for 60,000 small images, once.
    #[must_use]
    pub fn digest(&self) -> &str {
        let known = &self.known_digest;
        known.get_or_init(|| md5_hex(self.train.pixels()))
    }
}
