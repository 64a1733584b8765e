//! `[limits]` of the configuration.

use std::{ops::RangeInclusive, time::Duration};

use crate::config::Section;

/// How much anybody may ask for, and how long they may take to ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// How long the head of a request may take, and again its body. Changes take effect at the next start.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { request: Duration::from_secs(10) }
    }
}

impl Limits {
    /// Reads them from the table; what it does not set is as it is without the table.
    pub fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let mut number = |setting, range, default| within(&mut section, setting, range).unwrap_or(default);
        let limits =
            Self { request: Duration::from_secs(number("request_seconds", 1..=300, default.request.as_secs())) };
        section.end();
        limits
    }
}

/// A number of this range.
fn within(section: &mut Section<'_>, setting: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
    let number = section.parsed(setting)?;
    if range.contains(&number) {
        return Some(number);
    }
    let name = section.name(setting);
    section.mistake(format!("`{name}` is {number}; expected {} to {}", range.start(), range.end()));
    None
}
