//! The datasets this program knows by name: one list, one file each. A new one is a file here and a line in the list;
//! command-line values, help texts and errors read the list.

mod digits;
mod fashion_mnist;
mod mnist;

use super::dataset::Dataset;

/// A dataset that has a name.
#[derive(Debug)]
pub struct Entry {
    /// Name on the command line, in `config.toml`, and of its folder below the data directory.
    pub name: &'static str,
    /// Name for a person.
    pub title: &'static str,
    /// One sentence about it.
    pub about: &'static str,
    /// What its labels mean, class by class.
    pub classes: &'static [&'static str],
    /// Images to train on.
    pub train_images: u64,
    /// Images held out.
    pub test_images: u64,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a dataset comes from.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are three of them, all constants"
)]
pub enum Origin {
    /// Drawn by this program.
    Generated(fn(&Entry) -> Dataset),
    /// Downloaded.
    Published(Published),
}

/// A dataset that others publish as idx files.
#[derive(Debug)]
pub struct Published {
    /// What is trained on.
    pub train: Split,
    /// What is held out.
    pub test: Split,
    /// Other folders below the data directory where other programs keep the files: those of torchvision first.
    pub folders: &'static [&'static str],
    /// Name of the npz archive that Keras makes of it.
    pub archive: Option<&'static str>,
    /// Addresses of the folders that hold the files, each with a `/` at its end, best first. HTTPS only.
    pub mirrors: &'static [&'static str],
}

/// Images with their labels.
#[derive(Debug)]
pub struct Split {
    /// The idx3 file.
    pub images: PublishedFile,
    /// The idx1 file.
    pub labels: PublishedFile,
}

/// One file as it was published.
#[derive(Debug)]
pub struct PublishedFile {
    /// Original name, without `.gz`.
    pub name: &'static str,
    /// MD5 of the gzipped file, as published.
    pub md5_gz: &'static str,
    /// MD5 of the file unpacked.
    pub md5: &'static str,
}

impl Published {
    /// Its four files.
    #[must_use]
    pub fn files(&self) -> [&PublishedFile; 4] {
        [
            &self.train.images,
            &self.train.labels,
            &self.test.images,
            &self.test.labels,
        ]
    }
}

impl PublishedFile {
    /// The name it is downloaded under.
    #[must_use]
    pub fn packed_name(&self) -> String {
        format!("{}.gz", self.name)
    }
}

/// Every dataset with a name, in the order a person meets them.
pub const REGISTRY: &[Entry] = &[mnist::ENTRY, fashion_mnist::ENTRY, digits::ENTRY];

/// What `auto` wants.
pub(super) const PREFERRED: &Entry = &mnist::ENTRY;
/// What `auto` takes when it cannot have that; needs neither disk nor network.
pub(super) const FALLBACK: &Entry = &digits::ENTRY;

/// The dataset of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.name == name)
}

/// The classes `0` to `9`.
const TEN_DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_never_taken_for_something_else() {
        for (i, entry) in REGISTRY.iter().enumerate() {
            assert!(
                REGISTRY[..i].iter().all(|other| other.name != entry.name),
                "{}",
                entry.name
            );
            assert!(
                entry
                    .name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-'),
                "{}",
                entry.name
            );
            assert_ne!(entry.name, "auto");
            assert!(!entry.classes.is_empty() && !entry.about.is_empty());
        }
    }

    #[test]
    fn published_files_have_checksums_and_https_mirrors() {
        for entry in REGISTRY {
            let Origin::Published(published) = &entry.origin else {
                continue;
            };
            assert!(published.mirrors.len() >= 2, "{}", entry.name);
            for mirror in published.mirrors {
                assert!(
                    mirror.starts_with("https://") && mirror.ends_with('/'),
                    "{mirror}"
                );
            }
            for file in published.files() {
                for md5 in [file.md5, file.md5_gz] {
                    assert!(
                        md5.len() == 32 && md5.bytes().all(|b| b.is_ascii_hexdigit()),
                        "{}: {md5}",
                        file.name
                    );
                }
            }
        }
    }
}
