//! Tokens in memory: found without waiting, bounded, refreshed ahead, and kept when a refresh fails.

mod flight;
mod token_id;

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use crate::{
    authority::Tenant,
    clock::{from_unix_seconds, unix_seconds},
    error::{Error, ErrorKind, Retry},
    exchange::Issued,
    refusal::RefusalKind,
    scopes::Scopes,
    secret::Secret,
};
use quick_cache::{Equivalent, sync};

pub(crate) use flight::{Flights, Waiting};
pub use token_id::TokenId;

/// Nothing with less left is handed out while Entra can do better: the receiver needs time to use it.
const LEAST_REMAINING: Duration = Duration::from_secs(300);
/// Seconds. A `refresh_in` of nothing would have every use fetch a new token.
const SOONEST_REFRESH: u64 = 60;
/// Pause between background refreshes after one failed.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);

/// An access token for one tenant and one resource. Cheap to clone; all clones share the text.
///
/// The text is wiped from memory when the last clone is gone; `Debug` never shows it.
#[derive(Clone)]
pub struct Token(Arc<CachedToken>);

struct CachedToken {
    secret: Secret,
    /// By the clock that was shown when it was asked for.
    expires_on: u64,
    // the rest in seconds of `Clock::elapsed`
    expires: u64,
    /// From here on a use starts a refresh in the background.
    refresh: u64,
    /// From here on a use waits for a better token.
    urgent: u64,
    /// No refresh starts before this; moved forward by whoever starts one.
    next_refresh: AtomicU64,
    // boxed: most tokens are never put on record
    id: OnceLock<Box<TokenId>>,
}

impl Token {
    /// `share` between 0.9 and 1 spreads the refreshes of tokens that were fetched together, as at a cold start.
    pub(crate) fn new(issued: Issued, share: f64) -> Self {
        let start = issued.requested_at.elapsed.as_secs();
        let lifetime = issued.expires_in;
        // a token that lives shorter than twice the usual margin gets half its life as margin
        let urgent_in = lifetime - LEAST_REMAINING.as_secs().min(lifetime / 2);
        let refresh_in = issued.refresh_in.unwrap_or(fraction(lifetime, 0.85)).max(SOONEST_REFRESH);
        Self(Arc::new(CachedToken {
            secret: issued.token,
            expires_on: unix_seconds(issued.requested_at.shown) + lifetime,
            expires: start + lifetime,
            refresh: start + fraction(refresh_in, share).min(urgent_in),
            urgent: start + urgent_in,
            next_refresh: AtomicU64::new(0),
            id: OnceLock::new(),
        }))
    }

    /// The token's text, for an `Authorization: Bearer` header. Do not log it.
    pub fn secret(&self) -> &str {
        self.0.secret.expose()
    }

    /// When it stops working, by this computer's clock as it was when the token was asked for. Where that clock may be
    /// set meanwhile, ask [`Client::remaining`](crate::Client::remaining).
    pub fn expires_on(&self) -> SystemTime {
        from_unix_seconds(self.0.expires_on)
    }

    /// What a log may say about this token. Worked out at the first call, then kept.
    pub fn id(&self) -> &TokenId {
        self.0.id.get_or_init(|| Box::new(TokenId::of(self.0.secret.expose())))
    }

    pub(crate) fn is_fresh(&self, now: u64) -> bool {
        now < self.0.refresh
    }

    /// Whether it should be replaced before it is handed out, if that can be done.
    pub(crate) fn is_urgent(&self, now: u64) -> bool {
        now >= self.0.urgent
    }

    /// Not in whole seconds, so that the end it leads to is the same moment whenever it is asked.
    pub(crate) fn remaining_at(&self, elapsed: Duration) -> Duration {
        Duration::from_secs(self.0.expires).saturating_sub(elapsed)
    }

    pub(crate) fn remaining(&self, now: u64) -> Duration {
        Duration::from_secs(self.0.expires.saturating_sub(now))
    }

    /// Whether a refresh may start now; the one caller that hears yes must start it.
    pub(crate) fn claim_refresh(&self, now: u64) -> bool {
        let due = self.0.next_refresh.load(Ordering::Relaxed);
        due <= now
            && self
                .0
                .next_refresh
                .compare_exchange(due, now + REFRESH_PAUSE.as_secs(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Whether a refresh was started or failed so recently that asking again is pointless.
    pub(crate) fn refresh_is_paused(&self, now: u64) -> bool {
        self.0.next_refresh.load(Ordering::Relaxed) > now
    }

    pub(crate) fn pause_refresh(&self, until: u64) {
        self.0.next_refresh.fetch_max(until, Ordering::Relaxed);
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Token").field("expires_on", &self.expires_on()).finish_non_exhaustive()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "seconds of at most ten years, a share between 0 and 1"
)]
fn fraction(seconds: u64, share: f64) -> u64 {
    (seconds as f64 * share) as u64
}

/// What a token is kept under.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct CacheKey {
    pub(crate) tenant: Tenant,
    pub(crate) scopes: Scopes,
}

/// A look-up without a clone. Hashes as [`CacheKey`] does, field by field.
#[derive(Hash)]
struct BorrowedKey<'a> {
    tenant: &'a Tenant,
    scopes: &'a Scopes,
}

impl Equivalent<CacheKey> for BorrowedKey<'_> {
    fn equivalent(&self, key: &CacheKey) -> bool {
        *self.tenant == key.tenant && *self.scopes == key.scopes
    }
}

/// What is known about one (tenant, scopes).
#[derive(Clone)]
pub(crate) enum Slot {
    /// A token, perhaps an old one.
    Token(Token),
    /// A refusal to be repeated until that second.
    Refused { error: Error, until: u64 },
}

/// One entry of a client's cache.
#[derive(Clone, Debug)]
pub struct Holding {
    /// The customer.
    pub tenant: Tenant,
    /// What the token is for.
    pub scopes: Scopes,
    /// The token, perhaps one that has expired; or the refusal that is repeated for the moment.
    pub outcome: Result<Token, Error>,
}

/// All tokens of a client.
pub(crate) struct TokenCache {
    slots: sync::Cache<CacheKey, Slot>,
}

impl TokenCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { slots: sync::Cache::new(capacity) }
    }

    pub(crate) fn get(&self, tenant: &Tenant, scopes: &Scopes) -> Option<Slot> {
        self.slots.get(&BorrowedKey { tenant, scopes })
    }

    pub(crate) fn store(&self, key: CacheKey, token: Token) {
        self.slots.insert(key, Slot::Token(token));
    }

    /// Remembers a failure: beside the token when there still is a valid one, in its place when not.
    pub(crate) fn remember(&self, key: CacheKey, error: &Error, now: u64) {
        let until = now + memory_of(error).as_secs();
        match self.slots.peek(&key) {
            Some(Slot::Token(token)) if !token.remaining(now).is_zero() => token.pause_refresh(until),
            _ if until > now => self.slots.insert(key, Slot::Refused { error: error.clone(), until }),
            _ => {}
        }
    }

    pub(crate) fn forget(&self, tenant: &Tenant) {
        self.slots.retain(|key, _| key.tenant != *tenant);
    }

    pub(crate) fn all(&self) -> Vec<Holding> {
        let holding = |(key, slot): (CacheKey, Slot)| Holding {
            tenant: key.tenant,
            scopes: key.scopes,
            outcome: match slot {
                Slot::Token(token) => Ok(token),
                Slot::Refused { error, .. } => Err(error),
            },
        };
        self.slots.iter().map(holding).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// How long a failure is repeated instead of asked again.
///
/// Short where somebody may be repairing it this minute (consent), longer where nothing changes by itself.
fn memory_of(error: &Error) -> Duration {
    if let Retry::After(wait) = error.retry() {
        return wait;
    }
    let seconds = match error.kind() {
        ErrorKind::Refused(refusal) => match refusal.kind() {
            RefusalKind::Transient => 2,
            RefusalKind::Throttled | RefusalKind::Disabled | RefusalKind::PolicyBlocked => 30,
            RefusalKind::TenantNotFound | RefusalKind::WrongCloud => 120,
            _ => 10,
        },
        ErrorKind::Key(_) | ErrorKind::Unreachable { .. } | ErrorKind::FederatedIdentity { .. } => 2,
        ErrorKind::Answer { .. } => 5,
        ErrorKind::Interrupted { .. } => 0,
    };
    Duration::from_secs(seconds)
}
