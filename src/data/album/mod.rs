//! Albums: image files in a folder, a zip or a tar archive, as a dataset.
//!
//! They are read twice, in the same order: once for what their headers say and for the sum of their bytes, which decides
//! whether they were prepared before, and once to decode them, on all cores, into a prepared file. A broken picture is left out
//! and named; too many of them are an error.

mod arrangement;
mod decode;
mod files;
mod survey;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::DataError;
use super::format::Packed;
use super::prepared::{Draft, Facts, Prepared, Store};
use super::watch::Watch;
use crate::files::Sum;
use crate::shape::{Fit, ImageShape};
use crate::text;
use arrangement::{Arrangement, arrange};
use files::{FileRead, Files};
use survey::{NAMED, Survey};

/// Changes whenever the same files would lead to other images.
const VERSION: &str = "album 1";
/// The largest side of images that are taken as they are when no size is asked for.
const LARGEST_SIDE: u32 = 128;
/// The side of others.
const SIDE: usize = 64;

/// The dataset in a folder or an archive of image files. `fit` says what is to be made of the images; prepared ones are kept
/// in `store`.
///
/// # Errors
/// When there is no image, too many are broken, they are grey and colour without a word on which is wanted, or a file or
/// folder cannot be read or written.
pub(super) fn read(
    path: &Path,
    packed: Option<Packed>,
    fit: &Fit,
    store: &Store,
    watch: &mut Watch<'_>,
) -> Result<Prepared, DataError> {
    let (files, loops) = match packed {
        None => Files::of_folder(path, watch)?,
        Some(packed) => (Files::of_archive(path, packed), Vec::new()),
    };
    let mut stamp = files.stamp()?;
    stamp.add(format!("{VERSION} {fit:?}").as_bytes());
    let stamp = stamp.hex();
    if let Some(prepared) = store.by_stamp(&stamp) {
        return Ok(prepared);
    }
    let survey = Survey::of(path, &files, watch)?;
    let (shape, mut notices) = shape_of(path, &survey, fit)?;
    let arranged = arrange(&survey.names());
    let key = key_of(&survey, shape, fit);
    if let Some(prepared) = store.by_key(&key) {
        store.remember(&stamp, &key);
        return Ok(prepared);
    }
    notices.extend(loops.iter().map(|link| {
        format!(
            "{}: this link leads to a folder above it and was not followed",
            link.display()
        )
    }));
    notices.extend(arranged.notice.clone());
    let (draft, not_kept) = store
        .begin()
        .map_err(DataError::io(std::env::temp_dir(), "write into it"))?;
    notices.extend(not_kept.map(|reason| format!("the prepared images are not kept ({reason})")));
    let work = Work {
        path,
        files: &files,
        survey: &survey,
        arranged: &arranged,
        shape,
        fit,
    };
    let prepared = work.prepare(draft, &key, notices, store, watch)?;
    store.remember(&stamp, &key);
    Ok(prepared)
}

/// The shape of the images, and what to say about how it came about.
fn shape_of(
    path: &Path,
    survey: &Survey,
    fit: &Fit,
) -> Result<(ImageShape, Vec<String>), DataError> {
    let mut notices = Vec::new();
    let (grey, colour) = survey.count_kinds();
    let channels = match (fit.channels, grey, colour) {
        (Some(channels), ..) => channels,
        (None, _, 0) => 1,
        (None, 0, _) => 3,
        (None, grey, colour) => {
            return Err(DataError::MixedChannels {
                path: path.to_owned(),
                grey,
                colour,
            });
        }
    };
    let sizes = survey.sizes();
    let (least, most) = (sizes.least, sizes.most);
    let wrong = |source| DataError::WrongSize {
        path: path.to_owned(),
        source,
    };
    let shape = match fit.size {
        Some(size) => size.with_channels(channels).map_err(wrong)?,
        None if least == most && least.0.max(least.1) <= LARGEST_SIDE => {
            let (height, width) = (least.0 as usize, least.1 as usize);
            let shape = ImageShape::new(channels, height, width).map_err(wrong)?;
            fit.shape_of(shape)
        }
        None => {
            let found = if least == most {
                format!("images of {}×{} pixels", least.0, least.1)
            } else {
                format!(
                    "images of {}×{} to {}×{} pixels",
                    least.0, least.1, most.0, most.1
                )
            };
            notices.push(format!(
                "{found} are cropped to squares and resized to {SIDE}×{SIDE}; --image-size asks for another size"
            ));
            ImageShape::new(channels, SIDE, SIDE).map_err(wrong)?
        }
    };
    let (height, width) = if fit.transpose {
        (shape.width(), shape.height())
    } else {
        (shape.height(), shape.width())
    };
    let small = survey.count_smaller(height as u32, width as u32);
    if small > 0 {
        notices.push(format!(
            "{small} of {} images are smaller than {height}×{width} pixels and are enlarged",
            grey + colour
        ));
    }
    Ok((shape, notices))
}

/// The sum of everything that decides what images come out.
fn key_of(survey: &Survey, shape: ImageShape, fit: &Fit) -> String {
    let mut key = Sum::default();
    key.add(format!("{VERSION} {shape} {}", fit.transpose).as_bytes());
    for (name, digest) in survey.pictures() {
        key.add(name.as_os_str().as_encoded_bytes());
        key.add(&[0]);
        key.add(digest);
    }
    // What is left out is part of what is told.
    for (name, reason) in survey.broken() {
        key.add(name.as_os_str().as_encoded_bytes());
        key.add(reason.as_bytes());
    }
    key.hex()
}

/// What is to be decoded.
struct Work<'a> {
    path: &'a Path,
    files: &'a Files,
    survey: &'a Survey,
    arranged: &'a Arrangement,
    shape: ImageShape,
    fit: &'a Fit,
}

/// What has been decoded so far.
struct Done {
    draft: Draft,
    digest: Sum,
    labels: Vec<u16>,
    broken: Vec<(PathBuf, String)>,
    files: usize,
}

impl Work<'_> {
    fn prepare(
        &self,
        draft: Draft,
        key: &str,
        mut notices: Vec<String>,
        store: &Store,
        watch: &mut Watch<'_>,
    ) -> Result<Prepared, DataError> {
        let mut done = Done {
            draft,
            digest: Sum::default(),
            labels: Vec::new(),
            broken: Vec::new(),
            files: 0,
        };
        let train = self.decode(&self.arranged.train, &mut done, watch)?;
        let digest = std::mem::take(&mut done.digest).hex();
        let test = self.decode(&self.arranged.test, &mut done, watch)?;
        let mut broken: Vec<(PathBuf, String)> = self.survey.broken();
        broken.append(&mut done.broken);
        broken.sort();
        self.survey.check_broken(self.path, &broken)?;
        if train == 0 {
            return Err(self.survey.nothing(self.path));
        }
        let left_out: Vec<String> = broken
            .iter()
            .map(|(name, reason)| format!("{}: {reason}", text::line(&name.to_string_lossy())))
            .collect();
        let named = left_out.iter().take(NAMED).cloned().collect::<Vec<_>>();
        let named = named.join("; ");
        match left_out.len() {
            0 => {}
            1 => notices.push(format!(
                "a picture that cannot be read is left out: {named}"
            )),
            n if n <= NAMED => notices.push(format!(
                "{n} pictures that cannot be read are left out: {named}"
            )),
            n => notices.push(format!(
                "{n} pictures that cannot be read are left out: {named}; and {} more",
                n - NAMED
            )),
        }
        let facts = Facts {
            shape: self.shape,
            train,
            test,
            labelled: !self.arranged.labels.is_empty(),
            classes: self.arranged.classes.clone(),
            digest,
            notices,
            left_out,
        };
        let path = done.draft.path().to_owned();
        done.draft
            .finish(key, &done.labels, &facts, store)
            .map_err(DataError::io(path, "write it"))
    }

    /// Decodes these pictures in the order of their numbers. Returns how many there are now.
    fn decode(
        &self,
        numbers: &[usize],
        done: &mut Done,
        watch: &mut Watch<'_>,
    ) -> Result<usize, DataError> {
        let what = format!("decoding {}", self.path.display());
        let total = self.arranged.train.len() + self.arranged.test.len();
        let mut count = 0;
        let wanted = |number: usize| numbers.binary_search(&number).is_ok();
        self.files.each(&wanted, &mut |files| {
            watch.check()?;
            done.files += files.len();
            count += self.add(files, done)?;
            watch.count_files(&what, done.files, Some(total));
            Ok(())
        })?;
        Ok(count)
    }

    /// Decodes some files on all threads and writes their pixels. Returns how many were pictures.
    fn add(&self, files: Vec<FileRead>, done: &mut Done) -> Result<usize, DataError> {
        let decoded: Vec<_> = files
            .into_par_iter()
            .map(|file| {
                (
                    file.number,
                    file.name,
                    file.content.and_then(|c| self.pixels(&c)),
                )
            })
            .collect();
        let mut count = 0;
        for (number, name, pixels) in decoded {
            match pixels {
                Ok(pixels) => {
                    done.digest.add(&pixels);
                    done.draft
                        .add(&pixels)
                        .map_err(|error| DataError::io(done.draft.path(), "write it")(error))?;
                    done.labels.extend(self.arranged.labels.get(number));
                    count += 1;
                }
                Err(reason) => done.broken.push((name, reason)),
            }
        }
        Ok(count)
    }

    fn pixels(&self, content: &[u8]) -> Result<Vec<u8>, String> {
        let picture = decode::decode(content)?;
        picture
            .fitted(self.shape, self.fit.transpose)
            .ok_or_else(|| "it has fewer pixels than its header says".to_owned())
    }
}
