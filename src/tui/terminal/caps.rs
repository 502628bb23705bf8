//! What the terminal can show, as far as the environment tells.

/// How many colours the terminal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// No colour: `NO_COLOR` is set, or the terminal is dumb.
    None,
    /// The 16 named colours.
    Ansi16,
    /// The 256-colour palette.
    Ansi256,
    /// 24 bits.
    TrueColor,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Colours.
    pub colors: ColorDepth,
    /// Whether the locale is UTF-8.
    pub utf8: bool,
}

impl Caps {
    /// Reads the environment through `lookup`.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| lookup(name).filter(|v| !v.is_empty());
        let term = get("TERM").unwrap_or_default();
        let colors = if get("NO_COLOR").is_some() || term == "dumb" {
            ColorDepth::None
        } else if get("COLORTERM").is_some_and(|c| c == "truecolor" || c == "24bit")
            || term.contains("kitty")
            || term.contains("direct")
        {
            ColorDepth::TrueColor
        } else if term.contains("256") {
            ColorDepth::Ansi256
        } else {
            ColorDepth::Ansi16
        };
        let locale = get("LC_ALL")
            .or_else(|| get("LC_CTYPE"))
            .or_else(|| get("LANG"))
            .unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        Self {
            colors,
            utf8: locale.contains("utf-8") || locale.contains("utf8"),
        }
    }
}
