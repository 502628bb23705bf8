//! What an album's files are, by their content: pictures of these sizes, broken ones, and others.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::decode::{Header, Kind, look};
use super::files::{FileRead, Files};
use crate::data::error::DataError;
use crate::data::watch::Watch;
use crate::files::md5;

/// Endings of files that say they are pictures, also in formats that are not read: one that is meant to be part of the data is
/// not passed over in silence.
const ENDINGS: &[&str] = &[
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "tif", "tiff", "bmp", "avif", "heic",
    "heif", "jxl", "jp2", "ppm", "pgm", "pnm",
];
/// Of so many pictures one may be broken.
const ONE_BROKEN_IN: usize = 10;
/// How many broken pictures or other files an error or a notice names.
pub(super) const NAMED: usize = 3;

/// One file.
struct Seen {
    name: PathBuf,
    digest: [u8; 16],
    kind: Kind,
}

/// All files of an album, in its order.
pub(super) struct Survey(Vec<Seen>);

/// The least and the most height and width.
pub(super) struct Sizes {
    pub least: (u32, u32),
    pub most: (u32, u32),
}

impl Survey {
    /// Reads every file once.
    ///
    /// # Errors
    /// When there is no picture, too many are broken, or an archive cannot be read.
    pub fn of(path: &Path, files: &Files, watch: &mut Watch<'_>) -> Result<Self, DataError> {
        let what = format!("reading {}", path.display());
        let (mut seen, total) = (Vec::new(), files.count());
        files.each(&|_| true, &mut |files| {
            watch.check()?;
            seen.par_extend(files.into_par_iter().map(Seen::of));
            watch.count_files(&what, seen.len(), total);
            Ok(())
        })?;
        let survey = Self(seen);
        survey.check_broken(path, &survey.broken())?;
        if survey.headers().next().is_none() {
            return Err(survey.nothing(path));
        }
        Ok(survey)
    }

    /// The name of each file with a picture, `None` for others.
    pub fn names(&self) -> Vec<Option<PathBuf>> {
        let name = |seen: &Seen| matches!(seen.kind, Kind::Picture(_)).then(|| seen.name.clone());
        self.0.iter().map(name).collect()
    }

    /// Names of the pictures and sums of their bytes.
    pub fn pictures(&self) -> impl Iterator<Item = (&Path, &[u8; 16])> {
        let pictures = self
            .0
            .iter()
            .filter(|seen| matches!(seen.kind, Kind::Picture(_)));
        pictures.map(|seen| (seen.name.as_path(), &seen.digest))
    }

    fn headers(&self) -> impl Iterator<Item = Header> {
        self.0.iter().filter_map(|seen| match &seen.kind {
            Kind::Picture(header) => Some(*header),
            _ => None,
        })
    }

    /// How many pictures are grey, and how many have colours.
    pub fn count_kinds(&self) -> (usize, usize) {
        let colour = self.headers().filter(|header| header.is_colour).count();
        (self.headers().count() - colour, colour)
    }

    /// Between which sizes the pictures are.
    pub fn sizes(&self) -> Sizes {
        let mut sizes = Sizes {
            least: (u32::MAX, u32::MAX),
            most: (0, 0),
        };
        for Header { height, width, .. } in self.headers() {
            sizes.least = (sizes.least.0.min(height), sizes.least.1.min(width));
            sizes.most = (sizes.most.0.max(height), sizes.most.1.max(width));
        }
        sizes
    }

    /// How many pictures have fewer rows or columns than this.
    pub fn count_smaller(&self, height: u32, width: u32) -> usize {
        let small = |header: &Header| header.height < height || header.width < width;
        self.headers().filter(small).count()
    }

    /// The pictures that are broken by their headers, and why.
    pub fn broken(&self) -> Vec<(PathBuf, String)> {
        let broken = self.0.iter().filter_map(|seen| match &seen.kind {
            Kind::Broken(reason) => Some((seen.name.clone(), reason.clone())),
            _ => None,
        });
        broken.collect()
    }

    /// An album of which so many pictures are broken is likely something else than its owner thinks.
    ///
    /// # Errors
    /// When more than one in ten are.
    pub fn check_broken(&self, path: &Path, broken: &[(PathBuf, String)]) -> Result<(), DataError> {
        let of = self.headers().count() + self.broken().len();
        if broken.len() * ONE_BROKEN_IN <= of {
            return Ok(());
        }
        let first = broken.iter().take(NAMED);
        let named: Vec<String> = first
            .map(|(name, reason)| format!("{}: {reason}", name.display()))
            .collect();
        Err(DataError::TooManyBroken {
            path: path.to_owned(),
            broken: broken.len(),
            of,
            named: named.join("; "),
        })
    }

    /// The error about an album without pictures to train on.
    pub fn nothing(&self, path: &Path) -> DataError {
        let names: Vec<String> = self
            .0
            .iter()
            .filter(|seen| seen.kind == Kind::Other)
            .take(NAMED)
            .map(|seen| seen.name.display().to_string())
            .collect();
        let found = match (self.0.len(), names.is_empty()) {
            (0, _) => "no files".to_owned(),
            (_, true) => "no pictures to train on".to_owned(),
            (1, false) => format!("1 file that is no picture ({})", names.join(", ")),
            (count, false) => {
                let more = if count > names.len() { ", ..." } else { "" };
                format!(
                    "{count} files that are no pictures ({}{more})",
                    names.join(", ")
                )
            }
        };
        DataError::NoPictures {
            path: path.to_owned(),
            found,
        }
    }
}

impl Seen {
    fn of(file: FileRead) -> Self {
        let FileRead { name, content, .. } = file;
        let ending = name.extension().and_then(|ending| ending.to_str());
        let is_named_so =
            ending.is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known)));
        match content {
            Ok(content) => Self {
                digest: md5(&content),
                kind: look(&content, is_named_so),
                name,
            },
            Err(reason) => Self {
                digest: [0; 16],
                kind: if is_named_so {
                    Kind::Broken(reason)
                } else {
                    Kind::Other
                },
                name,
            },
        }
    }
}
