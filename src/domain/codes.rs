//! Enumerations whose values tables name by a code.

/// Declares an enumeration with a code and a meaning for each value.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident: $($variant:ident $code:literal $meaning:literal;)+) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $(#[doc = $meaning] $variant,)+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];

            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            pub fn parse(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|known| known.code() == text)
            }
        }
    };
}

pub(crate) use codes;
