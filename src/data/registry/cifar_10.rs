//! CIFAR-10: small photographs in ten classes, in colour.

use super::{Classes, Content, Entry, Origin, Published, PublishedFile};
use crate::data::cifar;

pub(super) const ENTRY: Entry = Entry {
    name: "cifar-10",
    title: "CIFAR-10",
    about: "small photographs of animals and vehicles, in colour",
    classes: Classes::Named(cifar::CLASSES),
    shape: cifar::SHAPE,
    train_images: 50_000,
    test_images: 10_000,
    origin: Origin::Published(Published {
        content: Content::Cifar(PublishedFile {
            name: "cifar-10-binary.tar",
            md5_gz: "c32a1d4ab5d03f1284b67883e8d87530",
            md5: None,
        }),
        folders: &["CIFAR10", "cifar10", "."],
        archive: None,
        mirrors: &["https://www.cs.toronto.edu/~kriz/"],
    }),
};
