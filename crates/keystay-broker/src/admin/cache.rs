//! Forgetting tokens.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use keystay::Tenant;
use serde::Deserialize;
use serde_json::{Map, json};

use super::Admin;
use crate::doors::problem;

/// What to forget.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// One tenant, as callers name it; all without it.
    tenant: Option<String>,
    /// One identity; all without it.
    identity: Option<String>,
}

/// Forgets tokens, remembered refusals and assertions. The next who asks waits for new ones; tokens that were given out
/// work on.
pub(super) async fn clear(State(admin): State<Admin>, which: Result<Query<Which>, QueryRejection>) -> Response {
    let malformed = |words: String| problem(StatusCode::BAD_REQUEST, "malformed", words).into_response();
    let which = match which {
        Ok(Query(which)) => which,
        Err(rejection) => return malformed(rejection.body_text()),
    };
    let tenant = match which.tenant.as_deref().map(str::parse::<Tenant>).transpose() {
        Ok(tenant) => tenant,
        Err(error) => return malformed(error.to_string()),
    };
    let setup = admin.desk.setup();
    if let Some(name) = which.identity.as_deref().filter(|name| !setup.identities.contains_key(*name)) {
        let words = format!("there is no identity `{}`", crate::name::shorten(name));
        return problem(StatusCode::NOT_FOUND, "no-such-identity", words).into_response();
    }
    let asked = |name: &str| which.identity.as_deref().is_none_or(|identity| identity == name);
    let mut forgotten = Map::new();
    for identity in setup.identities.values().filter(|identity| asked(identity.name().as_str())) {
        forgotten.insert(identity.name().to_string(), json!(identity.forget(tenant.as_ref())));
    }
    if let Some(tenant) = &tenant {
        admin.desk.refusals().forget(&tenant.to_string());
    }
    tracing::info!(tenant = tenant.map(|tenant| tenant.to_string()), "cached tokens were forgotten");
    Json(json!({ "forgotten": forgotten })).into_response()
}
