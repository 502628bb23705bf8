//! The graphics protocols of terminals.

use serde::Serialize;

/// A terminal graphics protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Graphics {
    /// Characters only.
    None,
    /// The kitty graphics protocol.
    Kitty,
    /// iTerm2's inline images.
    Iterm2,
    /// Sixel.
    Sixel,
}

impl Graphics {
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Kitty => "kitty graphics",
            Self::Iterm2 => "iTerm2 inline images",
            Self::Sixel => "sixel",
        }
    }
}
