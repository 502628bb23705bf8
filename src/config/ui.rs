//! The values that settings of the screen choose from.

use super::choice::choice;

choice! {
    /// Colours of the dashboard.
    ThemeName {
        /// Safe for colour-blind eyes.
        #[default]
        Default = "default",
        /// For a light background.
        Light = "light",
        /// For a dark background.
        Dark = "dark",
        /// No colours.
        Mono = "mono",
    }
}

choice! {
    /// How samples are drawn on the dashboard.
    SampleGraphics {
        /// In pixels where the terminal answers that it can, else in characters.
        #[default]
        Auto = "auto",
        /// In characters.
        None = "none",
        /// In the finest characters.
        Sextants = "sextants",
        /// By kitty's protocol.
        Kitty = "kitty",
        /// By iTerm2's.
        Iterm2 = "iterm2",
        /// As sixels.
        Sixel = "sixel",
    }
}

choice! {
    /// Which characters frames are drawn with.
    Frames {
        /// Box characters, plain ones where the terminal draws those in two cells.
        #[default]
        Auto = "auto",
        /// Box characters.
        Unicode = "unicode",
        /// Plain ones.
        Plain = "plain",
    }
}

choice! {
    /// How to notify a person of an alarm.
    Notify {
        /// Not at all.
        #[default]
        None = "none",
        /// By the terminal's bell.
        Bell = "bell",
        /// By a notification of the desktop.
        Osc = "osc",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_by_its_name() {
        for (name, value) in SampleGraphics::NAMES.iter().zip([
            SampleGraphics::Auto,
            SampleGraphics::None,
            SampleGraphics::Sextants,
            SampleGraphics::Kitty,
            SampleGraphics::Iterm2,
            SampleGraphics::Sixel,
        ]) {
            assert_eq!(value.name(), *name);
            let written = serde_json::to_string(&value).unwrap_or_default();
            assert_eq!(written, format!("\"{name}\""));
            assert_eq!(
                serde_json::from_str::<SampleGraphics>(&written).ok(),
                Some(value)
            );
        }
    }
}
