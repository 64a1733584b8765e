//! What the journal says about a decision. Never a token, a secret or an assertion.

use std::{borrow::Cow, fmt::Display, time::UNIX_EPOCH};

use keystay::{Tenant, TokenId};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::{Ask, Granted, Refused};
use crate::caller::{Caller, Evidence};

/// One decision.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    event: &'static str,
    id: Uuid,
    door: &'static str,
    caller: &'a str,
    evidence: &'a Evidence,
    identity: Cow<'a, str>,
    #[serde(serialize_with = "as_text")]
    tenant: &'a Tenant,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenRecord<'a>>,
}

/// Enough to find a token again in Entra's sign-in logs (`uti`) or on a thief (`sha256`), and nothing to use it with.
#[derive(Debug, Serialize)]
struct TokenRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    uti: Option<&'a str>,
    sha256: &'a str,
    expires_on: u64,
}

impl<'a> Record<'a> {
    pub(super) fn of(
        id: Uuid,
        door: &'static str,
        caller: &'a Caller,
        ask: &'a Ask,
        outcome: &'a Result<(Granted, usize), Refused>,
    ) -> Self {
        let (event, rule, reason, token) = match outcome {
            Ok((granted, rule)) => ("granted", Some(*rule), None, Some(TokenRecord::of(granted))),
            Err(refused) => (refused.event(), None, Some(refused.code()), None),
        };
        Self {
            event,
            id,
            door,
            caller: caller.name.as_str(),
            evidence: &caller.evidence,
            identity: ask.shown_identity(),
            tenant: &ask.tenant,
            scope: ask.scopes.as_str(),
            rule,
            reason,
            token,
        }
    }
}

impl<'a> TokenRecord<'a> {
    fn of(granted: &'a Granted) -> Self {
        let TokenId { uti, sha256, .. } = granted.token.id();
        let expires_on = granted.expires_on.duration_since(UNIX_EPOCH).map_or(0, |life| life.as_secs());
        Self { uti: uti.as_deref(), sha256, expires_on }
    }
}

fn as_text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
