//! Names from the configuration.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

/// Lower-case letters, digits and hyphens: what is safe in a path, a metric and a log, and survives clients that
/// change the case of a URL.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
#[error("`{given}` is not a name; expected up to 63 lower-case letters, digits and hyphens, not a hyphen first")]
pub struct NameError {
    given: String,
}

macro_rules! name {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                if is_name(text) { Ok(Self(text.into())) } else { Err(NameError { given: shorten(text) }) }
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({})", stringify!($name), self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

name!(
    /// What the configuration calls a program that asks: `[callers.reports]`.
    CallerName
);
name!(
    /// What the configuration calls an app with its key: `[identities.graph]`.
    IdentityName
);

name!(
    /// What the configuration calls somebody who vouches for callers: `[issuers.cluster]`.
    IssuerName
);

fn is_name(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Enough of a wrong value to recognise it, on one line.
pub(crate) fn shorten(text: &str) -> String {
    shown(text).into_owned()
}

/// The same; a text that is short and on one line is shown as it is.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    if text.len() <= LONGEST && !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_in_a_path() {
        assert!("reports-2".parse::<CallerName>().is_ok());
        for wrong in ["", "-a", "A", "a/b", "a.b", "a b", "ä", &"a".repeat(64)] {
            assert!(wrong.parse::<CallerName>().is_err(), "{wrong}");
        }
    }
}
