//! `[limits]` of the configuration.

use std::{ops::RangeInclusive, time::Duration};

use crate::config::Section;

/// How much anybody may ask for, and how long they may take to ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// How long the head of a request may take, and again its body. Changes take effect at the next start.
    pub request: Duration,
    /// Requests of one caller in a second.
    pub requests_per_second: u32,
    /// Requests of one caller at a time.
    pub concurrent_requests: u32,
    /// How much of what a vault is documented to do the broker asks of it. Changes take effect at the next start.
    pub vault_percent: u32,
    /// How long a signature may wait for its turn at the vault. Changes take effect at the next start.
    pub sign_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            requests_per_second: 10_000,
            concurrent_requests: 512,
            vault_percent: 90,
            sign_wait: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Reads them from the table; what it does not set is as it is without the table.
    pub fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let mut number = |setting, range, default| within(&mut section, setting, range).unwrap_or(default);
        let limits = Self {
            request: Duration::from_secs(number("request_seconds", 1..=300, 10).into()),
            requests_per_second: number("requests_per_second", 1..=10_000_000, default.requests_per_second),
            concurrent_requests: number("concurrent_requests", 1..=100_000, default.concurrent_requests),
            vault_percent: number("vault_percent", 1..=100, default.vault_percent),
            sign_wait: Duration::from_secs(number("sign_wait_seconds", 0..=600, 30).into()),
        };
        section.end();
        limits
    }
}

/// A number of this range.
pub(crate) fn within(section: &mut Section<'_>, setting: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
    let number = section.parsed(setting)?;
    if range.contains(&number) {
        return Some(number);
    }
    let name = section.name(setting);
    section.mistake(format!("`{name}` is {number}; expected {} to {}", range.start(), range.end()));
    None
}
