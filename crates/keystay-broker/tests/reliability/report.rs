//! What a day was like.

use std::{collections::BTreeMap, fmt};

/// Counts, and everything that was wrong.
#[derive(Debug, Default)]
pub struct Report {
    pub seed: u64,
    pub hours: u64,
    pub troubles: BTreeMap<&'static str, usize>,
    pub requests: usize,
    pub served: usize,
    /// Served while Entra or the vault was in trouble.
    pub served_in_trouble: usize,
    pub denied: usize,
    /// No living token was at hand, and none was to be had.
    pub failed: usize,
    pub cut_off: usize,
    pub tokens: usize,
    pub signs: usize,
    pub restarts: usize,
    pub lines_lost: u64,
    pub wrongs: Vec<String>,
}

impl Report {
    /// Notes a wrong.
    pub fn wrong(&mut self, words: String) {
        self.wrongs.push(words);
    }

    /// A quiet day proves nothing.
    pub fn is_eventful(&self) {
        assert!(self.requests > 50_000 && self.served_in_trouble > 5_000, "{self}");
        assert!(self.failed > 0 && self.denied > 0 && self.restarts > 0, "{self}");
        assert!(self.troubles.len() >= 10, "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| seed {} | {} hours |\n|---|---:|", self.seed, self.hours)?;
        for (what, count) in [
            ("requests of callers", self.requests),
            ("served with a living token of the right tenant", self.served),
            ("of these while Entra or the vault was in trouble", self.served_in_trouble),
            ("denied by the rules in force", self.denied),
            ("failed: no living token at hand, and none to be had", self.failed),
            ("cut off by a restart", self.cut_off),
            ("tokens issued", self.tokens),
            ("signatures", self.signs),
            ("**wrong answers**", self.wrongs.len()),
        ] {
            writeln!(formatter, "| {what} | {count} |")?;
        }
        for (what, count) in &self.troubles {
            writeln!(formatter, "| {what} | {count} × |")?;
        }
        Ok(())
    }
}
