//! Settings that are one of a few words.

/// An enum of a setting's values and the list of their names.
macro_rules! choice {
    ($(#[$doc:meta])* $choice:ident { $($(#[$about:meta])* $value:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize,
        )]
        pub enum $choice {
            $(
                $(#[$about])*
                #[serde(rename = $name)]
                $value,
            )*
        }

        impl $choice {
            /// The names of all values, in their order.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }
        }
    };
}
pub(super) use choice;
