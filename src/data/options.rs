//! How datasets are looked for and loaded.

use std::path::PathBuf;
use std::time::Duration;

use super::net::Network;
use crate::shape::Fit;

/// The spec that means MNIST if it is available, otherwise the built-in digits.
pub const AUTO: &str = "auto";

/// Where to look for data, and how hard.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The data directory, if one is given; see [`data_dir`](super::data_dir).
    pub data_dir: Option<PathBuf>,
    /// What is to be made of the images.
    pub fit: Fit,
    /// Address of a folder to download from instead of the published mirrors.
    pub mirror: Option<String>,
    /// How to reach mirrors.
    pub network: Network,
    /// How long `auto` waits in total for the first answer of any mirror before it falls back to the built-in digits.
    pub patience: Duration,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            data_dir: None,
            fit: Fit::default(),
            mirror: None,
            network: Network::from_environment(),
            patience: Duration::from_secs(5),
        }
    }
}
