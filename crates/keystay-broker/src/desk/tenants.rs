//! What became of each tenant that was asked for: its consent, and the age of its token. In memory, for the operator.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use keystay::{Error, ErrorKind, Retry, Scopes, Tenant};
use parking_lot::Mutex;
use quick_cache::{Equivalent, sync::Cache};
use serde::Serialize;
use time::OffsetDateTime;

use super::{Ask, Granted, Refused};
use crate::{
    caller::Caller,
    name::{CallerName, IdentityName},
};

/// The tenants of late, and when the last token that was given out ends.
#[derive(Debug)]
pub(crate) struct Tenants {
    known: Cache<Key, Arc<Mutex<Known>>>,
    // seconds since 1970, 0 while there was none; moves forward only: no token that was given out is taken back
    tokens_out_until: AtomicU64,
}

/// How a tenant stands, with the word of the status document for it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    /// Nobody there has consented to the app.
    NotConsented,
    /// Entra refuses for another reason, until somebody changes something.
    Refused,
    /// Entra or the key could not be asked, or wants to be left alone for a while.
    Failing,
    /// The last request was answered with a token.
    Ok,
}

/// How many tenants stand how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Standings {
    ok: usize,
    not_consented: usize,
    refused: usize,
    failing: usize,
}

/// One tenant, as an identity meets it for a scope.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TenantSeen {
    tenant: String,
    identity: String,
    scope: String,
    state: Standing,
    /// Why it has no token; none where it has one.
    trouble: Option<Trouble>,
    #[serde(with = "time::serde::rfc3339")]
    last_seen: OffsetDateTime,
    /// Who asked last.
    caller: String,
    granted: u64,
    refused: u64,
    /// The newest token that was given out.
    token: Option<TokenSeen>,
}

/// A refusal in words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Trouble {
    code: &'static str,
    words: String,
    hint: String,
}

/// When a token was first given out here, and when it ends. Never the token.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct TokenSeen {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    expires: OffsetDateTime,
}

// hashed as the three in a row, by which one is found without making it
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Key {
    tenant: Tenant,
    identity: IdentityName,
    scopes: Scopes,
}

#[derive(Debug)]
struct Known {
    standing: Standing,
    trouble: Option<Trouble>,
    seen: SystemTime,
    caller: CallerName,
    granted: u64,
    refused: u64,
    token: Option<GivenToken>,
}

#[derive(Debug)]
struct GivenToken {
    // tells one token from the next
    named_end: SystemTime,
    since: SystemTime,
    expires: SystemTime,
}

/// Tenants that are remembered, by identity and scope; some hundred bytes each.
const ROOM: usize = 2_000;
/// Tenants in the status document.
const SHOWN: usize = 200;

impl Default for Tenants {
    fn default() -> Self {
        Self { known: Cache::new(ROOM), tokens_out_until: AtomicU64::new(0) }
    }
}

impl Tenants {
    pub(crate) fn granted(&self, caller: &Caller, ask: &Ask, granted: &Granted, now: SystemTime) {
        let Granted { token, expires_on, identity, .. } = granted;
        let known = self.known(identity.name(), caller, ask);
        let mut known = known.lock();
        known.standing = Standing::Ok;
        known.trouble = None;
        known.granted += 1;
        known.note(caller, now);
        match &mut known.token {
            Some(given) if given.named_end == token.expires_on() => given.expires = *expires_on,
            given => {
                *given = Some(GivenToken { named_end: token.expires_on(), since: now, expires: *expires_on });
            }
        }
        drop(known);
        let until = expires_on.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.tokens_out_until.load(Ordering::Relaxed) < until {
            self.tokens_out_until.fetch_max(until, Ordering::Relaxed);
        }
    }

    /// The policy's refusals say nothing about a tenant, and are no business of this list.
    pub(crate) fn refused(
        &self,
        identity: &IdentityName,
        caller: &Caller,
        ask: &Ask,
        refused: &Refused,
        now: SystemTime,
    ) {
        let Some(standing) = Standing::after(refused) else { return };
        let known = self.known(identity, caller, ask);
        let mut known = known.lock();
        known.standing = standing;
        known.trouble = Some(Trouble { code: refused.code(), words: refused.to_string(), hint: refused.hint() });
        known.refused += 1;
        known.note(caller, now);
    }

    /// Until when a token works that was given out since the start; none where none was.
    pub(crate) fn tokens_out_until(&self) -> Option<OffsetDateTime> {
        let until = self.tokens_out_until.load(Ordering::Relaxed);
        (until > 0).then(|| (SystemTime::UNIX_EPOCH + Duration::from_secs(until)).into())
    }

    /// How all of them stand, and the first of them: those in trouble, then those seen last.
    pub(crate) fn seen(&self, now: SystemTime) -> (Standings, Vec<TenantSeen>) {
        let mut standings = Standings::default();
        let mut seen: Vec<_> = self.known.iter().map(|(key, known)| known.lock().shown(&key, now)).collect();
        for one in &seen {
            *match one.state {
                Standing::Ok => &mut standings.ok,
                Standing::NotConsented => &mut standings.not_consented,
                Standing::Refused => &mut standings.refused,
                Standing::Failing => &mut standings.failing,
            } += 1;
        }
        seen.sort_by(|one, other| (one.state, other.last_seen).cmp(&(other.state, one.last_seen)));
        seen.truncate(SHOWN);
        (standings, seen)
    }

    fn known(&self, identity: &IdentityName, caller: &Caller, ask: &Ask) -> Arc<Mutex<Known>> {
        let asked = (&ask.tenant, identity, &ask.scopes);
        if let Some(known) = self.known.get(&asked) {
            return known;
        }
        let key = Key { tenant: ask.tenant.clone(), identity: identity.clone(), scopes: ask.scopes.clone() };
        let unseen = || {
            Arc::new(Mutex::new(Known {
                standing: Standing::Ok,
                trouble: None,
                seen: SystemTime::UNIX_EPOCH,
                caller: caller.name.clone(),
                granted: 0,
                refused: 0,
                token: None,
            }))
        };
        let found: Result<_, std::convert::Infallible> = self.known.get_or_insert_with(&key, || Ok(unseen()));
        match found {
            Ok(known) => known,
        }
    }
}

impl Equivalent<Key> for (&Tenant, &IdentityName, &Scopes) {
    fn equivalent(&self, key: &Key) -> bool {
        *self == (&key.tenant, &key.identity, &key.scopes)
    }
}

impl Known {
    fn note(&mut self, caller: &Caller, now: SystemTime) {
        self.seen = now;
        if self.caller != caller.name {
            self.caller = caller.name.clone();
        }
    }

    fn shown(&self, key: &Key, now: SystemTime) -> TenantSeen {
        let token = self.token.as_ref().filter(|token| token.expires > now);
        TenantSeen {
            tenant: key.tenant.to_string(),
            identity: key.identity.to_string(),
            scope: key.scopes.as_str().to_owned(),
            state: self.standing,
            trouble: self.trouble.clone(),
            last_seen: self.seen.into(),
            caller: self.caller.to_string(),
            granted: self.granted,
            refused: self.refused,
            token: token.map(|token| TokenSeen { since: token.since.into(), expires: token.expires.into() }),
        }
    }
}

impl Standing {
    fn after(refused: &Refused) -> Option<Self> {
        match refused {
            Refused::Busy(_) | Refused::Denied(_) => None,
            Refused::Failed(error) => Some(Self::after_error(error)),
            Refused::NotAvailable(_) => Some(Self::Failing),
        }
    }

    fn after_error(error: &Error) -> Self {
        match (error.kind(), error.code(), error.retry()) {
            (ErrorKind::Refused(_), "not-consented" | "consent-missing" | "consent-declined", _) => Self::NotConsented,
            (ErrorKind::Refused(_), _, Retry::Never) => Self::Refused,
            _ => Self::Failing,
        }
    }
}
