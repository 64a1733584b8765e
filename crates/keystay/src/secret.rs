//! Text that must not be seen: wiped from memory when dropped, never printed.

use std::fmt;

use zeroize::Zeroizing;

/// A token, an assertion or a password.
///
/// It has no `Display`, no serialisation and no comparison; `Debug` prints `[redacted]`; the memory is overwritten when
/// the value is dropped. The one way to the text is [`expose`](Self::expose), so each use can be found by searching.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; no copy is made.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Do not log it, do not put it into an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// `text` without anything that looks like a token, an assertion or a signature.
///
/// For every text that came from a server and becomes part of a message: a hostile or broken server may echo our own
/// request. Runs of more than 64 characters of the base64url alphabet and dots are replaced: GUIDs and hexadecimal
/// SHA-256 thumbprints (64 characters) stay readable, every JWT and every RSA signature is longer.
pub fn scrub(text: &str) -> String {
    const LONGEST_HARMLESS_RUN: usize = 64;
    let is_token_character =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=' | '%');
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_token_character(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(run);
        clean.push_str(if word.len() > LONGEST_HARMLESS_RUN && !word.contains("://") && !is_path(word) {
            "[redacted]"
        } else {
            word
        });
        let separator = tail.chars().next().map_or(0, char::len_utf8);
        clean.push_str(&tail[..separator]);
        rest = &tail[separator..];
    }
    clean
}

/// The path of a URL is long as well, but each of its segments is short.
fn is_path(word: &str) -> bool {
    word.contains('/') && word.split('/').all(|segment| segment.len() <= 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "[redacted]");
    }

    #[test]
    fn tokens_are_taken_out_of_foreign_text() {
        let jwt = format!("eyJhbGciOiJQUzI1NiJ9.{}.{}", "a".repeat(200), "b".repeat(342));
        let clean = scrub(&format!("proxy says: assertion={jwt}; sorry"));
        assert!(!clean.contains("aaaa") && !clean.contains("bbbb"), "{clean}");
        assert!(clean.starts_with("proxy says: ") && clean.ends_with("; sorry"), "{clean}");
    }

    #[test]
    fn thumbprints_ids_and_addresses_stay_readable() {
        let text = format!(
            "AADSTS700027: thumbprint '{}' of 6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa, see https://login.microsoftonline.com/error?code=700027",
            "AB".repeat(32)
        );
        assert_eq!(scrub(&text), text);
    }
}
