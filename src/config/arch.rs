//! The settings of the networks.

use serde::{Deserialize, Serialize};

use super::choice::choice;

choice! {
    /// The kinds of networks.
    ArchKind {
        /// Linear layers: the tutorial's.
        #[default]
        Mlp = "mlp",
        /// Convolutions: those of DCGAN.
        Dcgan = "dcgan",
        /// Convolutions: the plain ones of SNGAN.
        SnCnn = "sn-cnn",
        /// Convolutions: those of DCGAN with residual blocks.
        Resnet = "resnet",
        /// Those of `arch.generator` and `arch.discriminator`.
        Custom = "custom",
    }
}

impl ArchKind {
    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Mlp,
            Self::Dcgan,
            Self::SnCnn,
            Self::Resnet,
            Self::Custom,
        ];
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// The width of the narrowest hidden layer where none is set: the tutorial's, and that of the papers. Networks of one's own have
    /// no use for it.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::Mlp => 256,
            Self::Dcgan | Self::SnCnn | Self::Resnet | Self::Custom => 64,
        }
    }
}

/// The networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchConfig {
    /// Their kind.
    #[serde(default)]
    pub kind: ArchKind,
    /// Width of the narrowest hidden layer.
    pub width: usize,
    /// Whether the networks are conditioned on the classes of the images.
    #[serde(default)]
    pub conditional: bool,
    /// The modules of a generator of one's own, in `PyTorch`'s words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub generator: Option<String>,
    /// Those of its discriminator.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub discriminator: Option<String>,
}

impl Default for ArchConfig {
    /// The tutorial's.
    fn default() -> Self {
        let kind = ArchKind::default();
        Self {
            kind,
            width: kind.width(),
            conditional: false,
            generator: None,
            discriminator: None,
        }
    }
}
