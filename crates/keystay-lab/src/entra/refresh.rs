//! `grant_type=refresh_token`: tokens for a person who signed in before.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Entra, Proof,
    authority::Endpoint,
    claims_request::ClaimsRequest,
    client,
    delegated::{self, Decision, Recognised},
    refusal::Refusal,
    request::TokenRequest,
    ticket::{BadTicket, Kind},
};

/// What a refresh token stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refresh {
    pub(super) app: Uuid,
    pub(super) tenant: Uuid,
    pub(super) user: Uuid,
    pub(super) scope: String,
    /// How the application proved to be itself: it must do so again.
    pub(super) proof: Proof,
}

impl Kind for Refresh {
    const NAME: &'static str = "refresh";
    const LIFE_SECS: i64 = 90 * 24 * 3600;
}

/// Decides which tokens the refresh token is worth. It may be used any number of times, as in the service.
pub(super) fn grant(entra: &Entra, request: &TokenRequest<'_>) -> Result<Decision, Refusal> {
    let form = request.form;
    let client_id = form.require("client_id")?;
    let refresh = entra.redeem_ticket::<Refresh>(form.require("refresh_token")?).map_err(|bad| match bad {
        BadTicket::NotOurs => Refusal::bad_grant(9_002_313, "Invalid request. Request is malformed or invalid."),
        BadTicket::Expired => Refusal::bad_grant(
            700_082,
            "The refresh token has expired due to inactivity. It was inactive for 90.00:00:00.",
        ),
    })?;
    let refresh = refresh.body;
    if Uuid::try_parse(client_id) != Ok(refresh.app) {
        // not documented: the code of this refusal
        return Err(Refusal::bad_grant(70_000, "The provided refresh token was issued to another application."));
    }
    let endpoint = Endpoint::of(request, refresh.tenant);
    if !endpoint.serves_its_tenant(&entra.directory.read()) {
        // not documented: the code of this refusal
        return Err(Refusal::bad_grant(700_005, "The provided refresh token was issued by another tenant."));
    }
    let proof = match refresh.proof {
        Proof::Nothing => Proof::Nothing,
        Proof::Secret | Proof::Key => client::authenticate(entra, refresh.app, &endpoint, request)?,
    };
    let claims = ClaimsRequest::read(form)?;
    let world = entra.directory.read();
    let (app, tenant, user) = delegated::find(&world, refresh.tenant, refresh.user, refresh.app)?;
    let scope = form.get("scope").unwrap_or(&refresh.scope);
    Recognised { app, tenant, user, proof, scope, nonce: None, claims }.decide(&world)
}
