//! The one source of identifiers: the same for the same seed and the same sequence of requests.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::directory::derived_id;

/// Makes up the ids of everything that stays: tenants, objects, credentials, versions, serial numbers. Clones share one
/// sequence.
///
/// Nothing here is secret: keys and secrets come from the cryptography library, whatever the seed.
#[derive(Clone, Debug)]
pub(crate) struct Ids(Arc<Sequence>);

#[derive(Debug)]
struct Sequence {
    origin: Origin,
    drawn: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Seed(u64),
    Chance(Uuid),
}

/// How far a seeded sequence has come, as saved with a world: a lab that goes on from there repeats no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    seed: u64,
    drawn: u64,
}

impl Place {
    pub(crate) fn seed(self) -> u64 {
        self.seed
    }
}

impl Ids {
    /// The sequence of a seed; another one in every lab without a seed.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let origin = seed.map_or_else(|| Origin::Chance(passing_id()), Origin::Seed);
        Self(Arc::new(Sequence { origin, drawn: AtomicU64::new(0) }))
    }

    /// The next id.
    pub(crate) fn fresh(&self) -> Uuid {
        let number = self.0.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        match self.0.origin {
            Origin::Seed(seed) => derived_id(&[b"lab seed", &seed.to_be_bytes(), &number]),
            Origin::Chance(start) => derived_id(&[b"lab", start.as_bytes(), &number]),
        }
    }

    /// The seed, if there is one.
    pub(crate) fn seed(&self) -> Option<u64> {
        match self.0.origin {
            Origin::Seed(seed) => Some(seed),
            Origin::Chance(_) => None,
        }
    }

    /// Where a seeded sequence is.
    pub(crate) fn place(&self) -> Option<Place> {
        self.seed().map(|seed| Place { seed, drawn: self.0.drawn.load(Ordering::Relaxed) })
    }

    /// Goes on from a saved place, unless that is of another seed: then no id can repeat anyway.
    pub(crate) fn resume(&self, place: Option<Place>) {
        if let Some(Place { seed, drawn }) = place
            && self.seed() == Some(seed)
        {
            self.0.drawn.store(drawn, Ordering::Relaxed);
        }
    }
}

/// An id of something that passes: a request, a trace, a token. Random, so that looking at the lab moves no sequence.
#[expect(clippy::disallowed_methods, reason = "the one place where chance makes an id")]
pub(crate) fn passing_id() -> Uuid {
    Uuid::new_v4()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_ids_again_and_a_lab_without_one_never_does() {
        let draw = |ids: &Ids| (0..100).map(|_| ids.fresh()).collect::<Vec<_>>();
        let first = draw(&Ids::new(Some(7)));
        assert_eq!(first, draw(&Ids::new(Some(7))));
        assert_ne!(first, draw(&Ids::new(Some(8))));
        assert_ne!(draw(&Ids::new(None)), draw(&Ids::new(None)));
        let different: std::collections::BTreeSet<_> = first.iter().collect();
        assert_eq!(different.len(), 100);
    }

    #[test]
    fn a_resumed_sequence_repeats_nothing() {
        let ids = Ids::new(Some(7));
        let before = ids.fresh();
        let later = Ids::new(Some(7));
        later.resume(ids.place());
        assert_ne!(later.fresh(), before);
        let foreign = Ids::new(Some(8));
        foreign.resume(ids.place());
        assert_eq!(foreign.fresh(), Ids::new(Some(8)).fresh());
    }
}
