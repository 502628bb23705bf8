//! Datasets of images of any one shape: where they come from, and how batches are made of them.
//!
//! [`load`] turns a spec (`auto`, a name, the path of a folder, an archive or an idx, npy or npz file) into a [`Dataset`] in
//! the shape that a [`Fit`](crate::shape::Fit) asks for. Names are those of [`REGISTRY`]; their files lie below [`data_dir`] and are downloaded
//! from public mirrors by [`fetch`], through [`net`]; the built-in [`digits`] need neither. Folders and archives of pictures
//! are decoded once and kept as mapped files. A [`Loader`] then yields shuffled batches of indices and
//! labels, and [`ImageSet::batch_into`] turns those into numbers from -1 to 1.
//!
//! Nothing is trusted: published files are verified by checksum whenever they are used, idx files must match their
//! headers exactly, and every kind of failure has its own [`DataError`].

mod album;
mod batch;
mod checksum;
mod cifar;
mod dataset;
pub mod digits;
mod error;
mod fetch;
mod fit;
mod folder;
mod format;
mod gzip;
pub mod idx;
mod image_set;
mod images;
mod load;
mod loader;
mod locate;
pub mod net;
pub mod npy;
mod npz;
mod options;
mod pixels;
mod prepared;
mod registry;
mod source;
mod watch;

pub use batch::Batch;
pub use dataset::Dataset;
pub use error::DataError;
pub use fetch::{Fetched, fetch};
pub use folder::{DATA_DIR_VARIABLE, DataDir, DirSource, data_dir};
pub use image_set::{ImageSet, ImageSets};
pub use images::read_images;
pub use load::{auto_here, check, file_of, load};
pub use loader::{Loader, LoaderState};
pub use locate::{Packing, Presence, presence};
pub use options::{AUTO, LoadOptions};
pub use registry::{
    Classes, Content, Entry, Origin, Published, PublishedFile, REGISTRY, Split, find, known_shape,
};
pub use watch::{Progress, Unit};
