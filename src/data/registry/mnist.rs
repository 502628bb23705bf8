//! MNIST: handwritten digits, scanned.

use super::{Content, Entry, Origin, Published, PublishedFile, Split, TEN_DIGITS};
use crate::shape::ImageShape;

pub(super) const ENTRY: Entry = Entry {
    name: "mnist",
    title: "MNIST",
    about: "handwritten digits of 500 people, scanned",
    classes: TEN_DIGITS,
    shape: ImageShape::MNIST,
    train_images: 60_000,
    test_images: 10_000,
    origin: Origin::Published(Published {
        content: Content::Idx {
            train: Split {
                images: PublishedFile {
                    name: "train-images-idx3-ubyte",
                    md5_gz: "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                    md5: Some("6bbc9ace898e44ae57da46a324031adb"),
                },
                labels: PublishedFile {
                    name: "train-labels-idx1-ubyte",
                    md5_gz: "d53e105ee54ea40749a09fcbcd1e9432",
                    md5: Some("a25bea736e30d166cdddb491f175f624"),
                },
            },
            test: Split {
                images: PublishedFile {
                    name: "t10k-images-idx3-ubyte",
                    md5_gz: "9fb629c4189551a2d022fa330f9573f3",
                    md5: Some("2646ac647ad5339dbf082846283269ea"),
                },
                labels: PublishedFile {
                    name: "t10k-labels-idx1-ubyte",
                    md5_gz: "ec29112dd5afa0611ce80d1b7f02629c",
                    md5: Some("27ae3e4e09519cfbb04c329615203637"),
                },
            },
        },
        folders: &["MNIST/raw", "MNIST", "mnist/raw", "."],
        archive: Some("mnist.npz"),
        mirrors: &[
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
    }),
};
