//! The list of screens, from which the header's tabs, the number keys, the mouse, the help and the configuration are made.
//! Drawing and behaviour of screens are in `screens/`.

/// The enum and its list from one row for each screen: its name, and what the help says of it.
macro_rules! screens {
    ($($(#[$doc:meta])* $screen:ident: $name:literal, $about:literal;)*) => {
        /// Which screen is shown.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub enum Screen {
            $($(#[$doc])* $screen,)*
        }

        impl Screen {
            /// All of them, in the order of their keys from 1.
            pub const ALL: &[Self] = &[$(Self::$screen),*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$screen => $name,)*
                }
            }

            /// What the help says of it.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$screen => $about,)*
                }
            }
        }
    };
}

impl Screen {
    /// Those that a run has: what a program prints is only there where another program trains.
    #[must_use]
    pub fn of_run(is_program: bool) -> impl ExactSizeIterator<Item = Self> {
        let count = Self::ALL.len() - usize::from(!is_program);
        Self::ALL[..count].iter().copied()
    }
}

screens! {
    /// The losses, the samples, the newest values, the newest events.
    #[default]
    Dashboard: "dashboard", "the dashboard";
    /// Every metric.
    Charts: "charts", "a chart for each group of metrics";
    /// Generated samples, as large as possible.
    Samples: "samples", "samples, as many and as large as fit";
    /// All events.
    Events: "events", "all events";
    /// How training is going, signal by signal.
    Health: "health", "health: how training is going, signal by signal";
    /// What the program that trains prints.
    Output: "output", "what the program of `genai-tui run` prints";
}
