//! Answers of the model.

use serde::Serialize;

use super::{credential::CredentialKind, length::Length, loot::Loot};

/// How long a theft lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// At most.
    pub worst: Figure,
    /// On average: what is found at a random moment of its life has half of it left. Never longer than the worst case.
    pub expected: Figure,
}

impl Bound {
    /// The longest of several things carried away together. Nothing carried away lasts no time.
    pub(super) fn longest(several: impl Iterator<Item = Self>) -> Self {
        several
            .reduce(|one, two| Self {
                worst: one.worst.longest(two.worst),
                expected: one.expected.longest(two.expected),
            })
            .unwrap_or_else(|| {
                let nothing = Figure {
                    length: Length::NONE,
                    formula: "0".to_owned(),
                    why: "There is nothing to carry away.".to_owned(),
                    loot: Loot::BoundToken,
                };
                Self { worst: nothing.clone(), expected: nothing }
            })
    }

    /// The same after something else, which `because` tells of in a sentence.
    pub(super) fn after(self, delay: Length, symbols: &str, because: &str) -> Self {
        Self {
            worst: self.worst.after(delay, symbols, because),
            expected: self.expected.after(delay, symbols, because),
        }
    }
}

/// A length, and the reason for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// How long.
    pub length: Length,
    /// The same in [symbols](super::Symbol): `P + A`. `0` for no time, `∞` while the thief is inside.
    pub formula: String,
    /// Which thing lives longest, and why, in a sentence or two.
    pub why: String,
    /// That thing.
    pub loot: Loot,
}

impl Figure {
    fn longest(self, other: Self) -> Self {
        let length = self.length.longest(other.length);
        let longer = if other.length > self.length { other } else { self };
        Self { length, ..longer }
    }

    fn after(self, delay: Length, symbols: &str, because: &str) -> Self {
        Self {
            length: delay + self.length,
            formula: format!("{symbols} + {}", self.formula),
            why: format!("{because} {}", self.why),
            loot: self.loot,
        }
    }
}

/// How long one thing works that a thief carried away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LootExposure {
    /// The credential it was taken from.
    pub credential: CredentialKind,
    /// What it is.
    pub loot: Loot,
    /// How long it makes new tokens, at most; after that, the last token is left.
    pub makes_tokens: Length,
    /// How long it is of use at all.
    pub bound: Bound,
}
