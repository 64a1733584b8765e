//! The tokens that were used, of an issuer whose tokens are good for one use.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{super::sha256, JwtFault, Vouched, check::LEEWAY};

/// Remembers each token until it has expired. What was used before the broker started is not known, so tokens that are
/// older than the broker are refused.
pub(super) struct Spent {
    since: f64,
    // when it expires, by the hash of its id
    tokens: HashMap<[u8; 32], f64>,
}

/// So many tokens take some 5 MB.
const ROOM: usize = 50_000;

impl Spent {
    pub(super) fn new(since: SystemTime) -> Self {
        Self { since: seconds(since), tokens: HashMap::new() }
    }

    pub(super) fn add(&mut self, vouched: &Vouched, now: SystemTime) -> Result<(), JwtFault> {
        let (Some(id), Some(issued)) = (&vouched.id, vouched.issued) else { return Err(JwtFault::NotSpendable) };
        if issued < self.since {
            return Err(JwtFault::NotSpendable);
        }
        let key = sha256::of(id.as_bytes());
        if self.tokens.contains_key(&key) {
            return Err(JwtFault::Spent);
        }
        if self.tokens.len() >= ROOM {
            let now = seconds(now);
            self.tokens.retain(|_, expires| *expires + LEEWAY.as_secs_f64() > now);
            if self.tokens.len() >= ROOM {
                return Err(JwtFault::TooManySpent);
            }
        }
        self.tokens.insert(key, vouched.expires);
        Ok(())
    }
}

fn seconds(moment: SystemTime) -> f64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn vouched(id: usize, issued: f64) -> Vouched {
        Vouched {
            issuer: "cluster".parse().unwrap(),
            subject: "s".into(),
            id: Some(id.to_string()),
            expires: 1600.0,
            issued: Some(issued),
        }
    }

    #[test]
    fn a_full_memory_refuses_and_forgets_only_what_has_expired() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut spent = Spent::new(at(1000));
        for id in 0..ROOM {
            spent.add(&vouched(id, 1000.0), at(1000)).unwrap();
        }
        assert_eq!(spent.add(&vouched(ROOM, 1000.0), at(1629)), Err(JwtFault::TooManySpent));
        assert_eq!(spent.add(&vouched(0, 1000.0), at(1629)), Err(JwtFault::Spent));
        // expired, and the leeway is over: the check of the time refuses them now
        assert_eq!(spent.add(&vouched(ROOM, 1000.0), at(1630)), Ok(()));
        assert_eq!(spent.tokens.len(), 1);
    }

    #[test]
    fn what_may_have_been_used_before_the_start_is_refused() {
        let mut spent = Spent::new(UNIX_EPOCH + Duration::from_millis(1_000_500));
        assert_eq!(spent.add(&vouched(1, 999.0), UNIX_EPOCH), Err(JwtFault::NotSpendable));
        assert_eq!(spent.add(&Vouched { id: None, ..vouched(1, 1001.0) }, UNIX_EPOCH), Err(JwtFault::NotSpendable));
        assert_eq!(
            spent.add(&vouched(1, 1000.0), UNIX_EPOCH),
            Err(JwtFault::NotSpendable),
            "perhaps of that second's beginning"
        );
        assert_eq!(spent.add(&vouched(1, 1001.0), UNIX_EPOCH), Ok(()));
    }
}
