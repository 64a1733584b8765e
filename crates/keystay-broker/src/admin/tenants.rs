//! What is held for each tenant.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use keystay::Holding;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Admin;
use crate::{doors::problem, identity::Connected};

/// Which to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// At most so many.
    #[serde(default = "some")]
    limit: usize,
    /// One tenant, as callers name it.
    tenant: Option<String>,
}

fn some() -> usize {
    200
}

/// The answer: refused ones first, then by the life that is left.
#[derive(Debug, Serialize)]
struct Held {
    /// How many there are, shown or not.
    total: usize,
    /// How many of them are refused at this moment.
    refused: usize,
    tenants: Vec<Entry>,
}

/// One tenant and scope of one identity.
#[derive(Debug, Serialize)]
struct Entry {
    tenant: String,
    identity: String,
    scope: String,
    /// `token` or `refused`.
    state: &'static str,
    /// How long the token still works.
    remaining_seconds: Option<u64>,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_on: Option<OffsetDateTime>,
    /// Why it is refused, in a stable name and in words.
    code: Option<&'static str>,
    words: Option<String>,
}

/// Every token and refusal in memory. Never a token's text.
pub(super) async fn tenants(State(admin): State<Admin>, which: Result<Query<Which>, QueryRejection>) -> Response {
    let which = match which {
        Ok(Query(which)) => which,
        Err(rejection) => return problem(StatusCode::BAD_REQUEST, "malformed", rejection.body_text()).into_response(),
    };
    let now = admin.desk.clock().now();
    let mut entries = Vec::new();
    for identity in admin.desk.setup().identities.values() {
        let Some(connected) = identity.connected() else { continue };
        let asked =
            |holding: &Holding| which.tenant.as_ref().is_none_or(|tenant| *tenant == holding.tenant.to_string());
        let holdings = connected.client.holdings();
        let name = identity.name().as_str();
        entries
            .extend(holdings.iter().filter(|one| asked(one)).map(|one| Entry::of(one, name, &connected, now.into())));
    }
    let total = entries.len();
    let refused = entries.iter().filter(|entry| entry.code.is_some()).count();
    entries.sort_by(|one, other| {
        let order = |entry: &Entry| (entry.code.is_none(), entry.remaining_seconds);
        order(one).cmp(&order(other)).then_with(|| one.tenant.cmp(&other.tenant))
    });
    entries.truncate(which.limit);
    Json(Held { total, refused, tenants: entries }).into_response()
}

impl Entry {
    fn of(holding: &Holding, identity: &str, connected: &Connected, now: OffsetDateTime) -> Self {
        let Holding { tenant, scopes, outcome } = holding;
        let left = outcome.as_ref().ok().map(|token| connected.client.remaining(token));
        let error = outcome.as_ref().err();
        Self {
            tenant: tenant.to_string(),
            identity: identity.to_owned(),
            scope: scopes.as_str().to_owned(),
            state: if error.is_some() { "refused" } else { "token" },
            remaining_seconds: left.map(|left| left.as_secs()),
            expires_on: left.map(|left| now + left),
            code: error.map(keystay::Error::code),
            words: error.map(ToString::to_string),
        }
    }
}
