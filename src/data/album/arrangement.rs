//! What the folders of an album mean: training images and held-out ones, and classes.
//!
//! As `torchvision.datasets.ImageFolder` has it, the folders at the top are the classes, in the order of their names, and a
//! class's images lie anywhere below its folder. Above the classes may stand `train` beside `test` (or `val`).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::text;

/// Names of folders of training images.
const TRAIN: &[&str] = &["train", "training"];
/// Names of folders of held-out images.
const TEST: &[&str] = &["test", "testing", "val", "valid", "validation"];
/// The most classes that labels can tell apart.
const MOST_CLASSES: usize = 1 << 16;

/// Which images are for training, which are held out, and their classes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arrangement {
    /// Numbers of the images to train on, in their order.
    pub train: Vec<usize>,
    /// Numbers of the images held out.
    pub test: Vec<usize>,
    /// Names of the classes; empty without classes.
    pub classes: Vec<String>,
    /// The class of each image, by its number; empty without classes.
    pub labels: Vec<u16>,
    /// What is worth knowing about it.
    pub notice: Option<String>,
}

/// Arranges images by their paths below the album; `None` are files without an image.
pub(super) fn arrange(names: &[Option<PathBuf>]) -> Arrangement {
    let below = common_folder(names);
    let parts: Vec<Option<Vec<&OsStr>>> = names
        .iter()
        .map(|name| Some(folders(name.as_deref()?).skip(below).collect()))
        .collect();
    let tops: BTreeSet<Option<&OsStr>> = parts.iter().flatten().map(|part| top(part)).collect();
    let is = |folder: Option<&OsStr>, list: &[&str]| {
        folder.is_some_and(|f| list.iter().any(|name| f.eq_ignore_ascii_case(name)))
    };
    let is_split = tops.iter().any(|folder| is(*folder, TRAIN))
        && tops
            .iter()
            .all(|folder| is(*folder, TRAIN) || is(*folder, TEST));
    let mut arranged = Arrangement {
        train: Vec::new(),
        test: Vec::new(),
        classes: Vec::new(),
        labels: Vec::new(),
        notice: None,
    };
    for (number, part) in parts.iter().enumerate() {
        let Some(part) = part else { continue };
        if is_split && is(top(part), TEST) {
            arranged.test.push(number);
        } else {
            arranged.train.push(number);
        }
    }
    let at = usize::from(is_split);
    arranged.label(&parts, at);
    arranged
}

impl Arrangement {
    /// Numbers the classes, which are folders `at` this depth, by their names; without one for each image there are none.
    fn label(&mut self, parts: &[Option<Vec<&OsStr>>], at: usize) {
        let of_images = || parts.iter().flatten().map(|part| part.get(at).copied());
        let without = of_images().filter(Option::is_none).count();
        let total = of_images().count();
        if without == total {
            return;
        }
        if without > 0 {
            self.notice = Some(format!(
                "{without} of {total} images lie outside of the folders that would be their classes, so there are no classes"
            ));
            return;
        }
        let names: BTreeSet<&OsStr> = of_images().flatten().collect();
        if names.len() > MOST_CLASSES {
            self.notice = Some(format!(
                "{} folders are too many for classes (at most {MOST_CLASSES}), so there are none",
                names.len()
            ));
            return;
        }
        let numbers: BTreeMap<&OsStr, u16> = names.iter().copied().zip(0..).collect();
        self.classes = names
            .iter()
            .map(|name| text::line(&name.to_string_lossy()))
            .collect();
        let class = |part: &Option<Vec<&OsStr>>| {
            let folder = part.as_ref().and_then(|part| part.get(at));
            folder.and_then(|folder| numbers.get(folder)).copied()
        };
        self.labels = parts.iter().map(|part| class(part).unwrap_or(0)).collect();
    }
}

/// The first of some folders.
fn top<'a>(folders: &[&'a OsStr]) -> Option<&'a OsStr> {
    folders.first().copied()
}

/// The folders that a path goes through.
fn folders(name: &Path) -> impl Iterator<Item = &OsStr> {
    let parts = name.parent().into_iter().flat_map(Path::components);
    parts.filter_map(|part| match part {
        Component::Normal(part) => Some(part),
        _ => None,
    })
}

/// How many folders all images share at the top, as an archive has that was packed as a whole. A folder that alone holds all
/// images and no folders is a class, not such a wrapping.
fn common_folder(names: &[Option<PathBuf>]) -> usize {
    let mut depth = 0;
    loop {
        let mut at: BTreeSet<Option<&OsStr>> = BTreeSet::new();
        let mut is_deeper = true;
        for name in names.iter().flatten() {
            at.insert(folders(name).nth(depth));
            is_deeper &= folders(name).count() > depth + 1;
            if at.len() > 1 {
                return depth;
            }
        }
        if !is_deeper || at.iter().flatten().next().is_none() {
            return depth;
        }
        depth += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(names: &[&str]) -> Arrangement {
        let names: Vec<_> = names.iter().map(|name| Some(PathBuf::from(name))).collect();
        arrange(&names)
    }

    #[test]
    fn folders_at_the_top_are_classes_in_the_order_of_their_names() {
        let found = arranged(&["dog/a.png", "cat/deep/b.png", "cat/c.png"]);
        assert_eq!(found.classes, ["cat", "dog"]);
        assert_eq!(found.labels, [1, 0, 0]);
        assert_eq!((found.train, found.test.len()), (vec![0, 1, 2], 0));
    }

    #[test]
    fn train_and_test_stand_above_classes() {
        let found = arranged(&["all/Train/0/a.png", "all/val/1/b.png", "all/Train/1/c.png"]);
        assert_eq!((found.train, found.test), (vec![0, 2], vec![1]));
        assert_eq!(found.classes, ["0", "1"]);
        assert_eq!(found.labels, [0, 1, 1]);
        let plain = arranged(&["train/a.png", "test/b.png"]);
        assert_eq!((plain.train, plain.test), (vec![0], vec![1]));
        assert!(plain.classes.is_empty());
        // `train` is a class among others.
        let vehicles = arranged(&["train/a.png", "bus/b.png"]);
        assert_eq!(vehicles.classes, ["bus", "train"]);
    }

    #[test]
    fn without_a_folder_for_each_image_there_are_no_classes() {
        let flat = arranged(&["a.png", "b.png"]);
        assert_eq!((flat.classes.len(), flat.notice), (0, None));
        let mixed = arranged(&["a.png", "cat/b.png", "dog/c.png"]);
        assert!(mixed.classes.is_empty() && mixed.labels.is_empty());
        assert_eq!(
            mixed.notice.as_deref(),
            Some(
                "1 of 3 images lie outside of the folders that would be their classes, so there are no classes"
            )
        );
    }

    #[test]
    fn a_folder_around_everything_is_no_class_and_one_around_images_is_the_only_one() {
        let wrapped = arranged(&["pets/cat/a.png", "pets/dog/b.png"]);
        assert_eq!(wrapped.classes, ["cat", "dog"]);
        let single = arranged(&["celeba/img/a.png", "celeba/img/b.png"]);
        assert_eq!(single.classes, ["img"]);
    }

    #[test]
    fn names_of_classes_do_nothing_to_a_terminal() {
        let found = arranged(&["\u{1b}[31mred/a.png", "two\nlines/b.png"]);
        assert_eq!(found.classes, [" [31mred", "two lines"]);
    }

    #[test]
    fn files_without_an_image_have_no_part_in_it() {
        let names = [
            None,
            Some(PathBuf::from("x/a.png")),
            None,
            Some(PathBuf::from("y/b.png")),
        ];
        let found = arrange(&names);
        assert_eq!((found.train, found.labels), (vec![1, 3], vec![0, 0, 0, 1]));
    }
}
