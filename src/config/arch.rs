//! The settings of the networks.

use serde::{Deserialize, Serialize};

use super::choice::choice;

choice! {
    /// The kinds of networks.
    ArchName {
        /// Linear layers: the tutorial's.
        #[default]
        Mlp = "mlp",
        /// Convolutions: those of DCGAN.
        Dcgan = "dcgan",
        /// Convolutions: the plain ones of SNGAN.
        SnCnn = "sn-cnn",
    }
}

impl ArchName {
    /// The width of the narrowest hidden layer where none is set: the tutorial's, and that of the papers.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::Mlp => 256,
            Self::Dcgan | Self::SnCnn => 64,
        }
    }
}

/// The networks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchConfig {
    /// Their kind.
    #[serde(default)]
    pub name: ArchName,
    /// Width of the narrowest hidden layer; [`ArchName::width`] if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Whether the networks are conditioned on the classes of the images.
    #[serde(default)]
    pub conditional: bool,
}

impl ArchConfig {
    /// Width of the narrowest hidden layer.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width.unwrap_or(self.name.width())
    }
}
