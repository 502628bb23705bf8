//! A dataset in memory.

use super::image_set::ImageSet;
use super::options::AUTO;
use super::registry::{self, Origin};
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
    /// A notice about how it was chosen, if there is one.
    pub notice: Option<String>,
}

impl Dataset {
    /// The description sent to viewers of a run.
    #[must_use]
    pub fn info(&self) -> DatasetInfo {
        let is_file = self.name != AUTO && registry::find(&self.name).is_none();
        DatasetInfo {
            // For a file, the name without the folder.
            name: if is_file { &self.title } else { &self.name }.clone(),
            images: self.train.len() as u64,
            shape: self.train.shape(),
            digest: Some(self.digest()),
            notice: self.notice.clone(),
        }
    }

    /// Identifies the training images: the MD5 of the published file, which was verified when it was read; otherwise
    /// the MD5 of all pixels (a tenth of a second for 60,000 images).
    #[must_use]
    pub fn digest(&self) -> String {
        match registry::find(&self.name).map(|entry| &entry.origin) {
            Some(Origin::Published(published)) => published.train.images.md5.to_owned(),
            _ => md5_hex(self.train.pixels()),
        }
    }
}
