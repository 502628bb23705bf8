//! Fashion-MNIST: photographs of clothes in the format of MNIST.

use super::{Classes, Content, Entry, Origin, Published, PublishedFile, Split};
use crate::shape::ImageShape;

pub(super) const ENTRY: Entry = Entry {
    name: "fashion-mnist",
    title: "Fashion-MNIST",
    about: "photographs of clothes, shoes and bags",
    classes: Classes::Named(&[
        "T-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ]),
    shape: ImageShape::MNIST,
    train_images: 60_000,
    test_images: 10_000,
    origin: Origin::Published(Published {
        content: Content::Idx {
            train: Split {
                images: PublishedFile {
                    name: "train-images-idx3-ubyte",
                    md5_gz: "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                    md5: Some("f4a8712d7a061bf5bd6d2ca38dc4d50a"),
                },
                labels: PublishedFile {
                    name: "train-labels-idx1-ubyte",
                    md5_gz: "25c81989df183df01b3e8a0aad5dffbe",
                    md5: Some("9018921c3c673c538a1fc5bad174d6f9"),
                },
            },
            test: Split {
                images: PublishedFile {
                    name: "t10k-images-idx3-ubyte",
                    md5_gz: "bef4ecab320f06d8554ea6380940ec79",
                    md5: Some("8181f5470baa50b63fa0f6fddb340f0a"),
                },
                labels: PublishedFile {
                    name: "t10k-labels-idx1-ubyte",
                    md5_gz: "bb300cfdad3c16e7a12a480ee83cd310",
                    md5: Some("15d484375f8d13e6eb1aabb0c3f46965"),
                },
            },
        },
        folders: &[
            "FashionMNIST/raw",
            "FashionMNIST",
            "fashion-mnist/raw",
            "fashion_mnist",
            ".",
        ],
        archive: None,
        mirrors: &[
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        ],
    }),
};
