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
    /// Name for a person: `Fashion-MNIST`.
    pub title: String,
    /// What is trained on; never empty.
    pub train: ImageSet,
    /// What was held out, if anything.
    pub test: Option<ImageSet>,
    /// A notice about how it was chosen, if there is one.
    pub notice: Option<String>,
}

impl Dataset {
    /// The description that viewers of a run get.
    #[must_use]
    pub fn info(&self) -> DatasetInfo {
        let is_file = self.name != AUTO && registry::find(&self.name).is_none();
        DatasetInfo {
            // Of a file, not all of its path.
            name: if is_file { &self.title } else { &self.name }.clone(),
            images: self.train.len() as u64,
            digest: Some(self.digest()),
            notice: self.notice.clone(),
        }
    }

    /// What identifies its training images: the MD5 of the published file, which was checked when it was read; otherwise
    /// that of all pixels (a tenth of a second for 60,000 images).
    #[must_use]
    pub fn digest(&self) -> String {
        match registry::find(&self.name).map(|entry| &entry.origin) {
            Some(Origin::Published(published)) => published.train.images.md5.to_owned(),
            _ => md5_hex(&self.train.pixels),
        }
    }
}
