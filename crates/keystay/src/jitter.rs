//! Chance, where it keeps things apart that began together.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Spreads refreshes and pauses. Two processes draw differently; one draws the same for the same question, so a run with
/// a given seed can be repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    /// Another one in every process.
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }

    /// One that can be repeated.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from `least` up to 1, for this question.
    pub(crate) fn share(self, least: f64, question: &impl Hash) -> f64 {
        let mut hasher = DefaultHasher::new();
        (self.0, question).hash(&mut hasher);
        // the upper 32 bits, which a double holds exactly
        let drawn = f64::from(u32::try_from(hasher.finish() >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        least + (1.0 - least) * drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_spread_over_the_range_and_answered_alike_by_the_same_seed() {
        let drawn: Vec<f64> = (0..1000).map(|question| Jitter::seeded(7).share(0.9, &question)).collect();
        assert!(drawn.iter().all(|share| (0.9..=1.0).contains(share)));
        assert!(drawn.iter().any(|share| *share < 0.905) && drawn.iter().any(|share| *share > 0.995));
        assert!((Jitter::seeded(7).share(0.9, &5) - drawn[5]).abs() < f64::EPSILON);
        assert!((Jitter::seeded(8).share(0.9, &5) - drawn[5]).abs() > f64::EPSILON);
    }
}
