//! Who is refused over and over waits longer for it.

use std::{collections::HashMap, net::IpAddr, time::Duration, time::SystemTime};

use parking_lot::Mutex;

use super::bucket::Bucket;
use crate::listen::Origin;

/// How often each peer was refused of late. Who is let in is never slowed down by others who come from the same place.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<Place, Bucket>>);

/// Where somebody comes from, as far as that is known without asking.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Place {
    User(u32),
    Address(IpAddr),
}

/// Refusals at once, and per second after that.
const AT_ONCE: f64 = 50.0;
const PER_SECOND: f64 = 10.0;
/// The longest a refusal is held back.
pub(super) const LONGEST: Duration = Duration::from_secs(2);
/// Places that are remembered; all of 127.0.0.0/8 is this computer.
const PLACES: usize = 10_000;

impl Attempts {
    /// One more from there: how long to hold its refusal back.
    pub(super) fn one_more(&self, origin: &Origin, now: SystemTime) -> Duration {
        let place = match origin {
            Origin::Unix(peer) => Place::User(peer.uid),
            Origin::Tcp { peer, .. } | Origin::Tls { peer, .. } => Place::Address(peer.ip()),
        };
        let mut places = self.0.lock();
        if places.len() >= PLACES && !places.contains_key(&place) {
            places.retain(|_, bucket| !bucket.is_full(now));
            if places.len() >= PLACES {
                return LONGEST;
            }
        }
        let bucket = places.entry(place).or_insert_with(|| Bucket::new(AT_ONCE, PER_SECOND, now));
        bucket.take(1.0, now, LONGEST).unwrap_or(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn from(last: u8) -> Origin {
        Origin::Tcp { peer: ([127, 0, 0, last], 9).into(), local: ([127, 0, 0, 1], 10).into() }
    }

    #[test]
    fn refusals_come_slower_to_who_collects_them_and_to_nobody_else() {
        let attempts = Attempts::default();
        let waits: Vec<Duration> = (0..100).map(|_| attempts.one_more(&from(1), UNIX_EPOCH)).collect();
        assert!(waits[..50].iter().all(Duration::is_zero));
        assert_eq!(waits[50], Duration::from_millis(100));
        assert!(waits[75..].iter().all(|wait| *wait == LONGEST));
        assert!(attempts.one_more(&from(2), UNIX_EPOCH).is_zero());
        assert!(attempts.one_more(&from(1), UNIX_EPOCH + Duration::from_secs(60)).is_zero());
    }

    #[test]
    fn places_that_are_made_up_fill_no_memory() {
        let attempts = Attempts::default();
        let made_up = |number: u32| Origin::Tcp {
            peer: (std::net::Ipv4Addr::from(0x7f00_0000 + number), 9).into(),
            local: ([127, 0, 0, 1], 10).into(),
        };
        for number in 0..20_000 {
            attempts.one_more(&made_up(number), UNIX_EPOCH);
        }
        assert_eq!(attempts.0.lock().len(), PLACES);
        // the next who comes after a quiet while finds room
        assert!(attempts.one_more(&made_up(30_000), UNIX_EPOCH + Duration::from_secs(1)).is_zero());
        assert_eq!(attempts.0.lock().len(), 1);
    }
}
