//! `grant_type=authorization_code`: the code of the sign-in page becomes tokens.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Entra, Proof,
    authority::Endpoint,
    claims_request::ClaimsRequest,
    client,
    client_app::ClientApp,
    delegated::{self, Decision, Recognised},
    pkce::Challenge,
    refusal::Refusal,
    request::TokenRequest,
    ticket::{BadTicket, Kind},
};

/// What a code stands for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) app: Uuid,
    pub(super) tenant: Uuid,
    pub(super) user: Uuid,
    pub(super) scope: String,
    pub(super) redirect_uri: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<Challenge>,
}

impl Kind for Code {
    const NAME: &'static str = "code";
    const LIFE_SECS: i64 = 600;
}

/// Decides which tokens the code is worth, and makes sure that it is worth them once.
pub(super) fn grant(entra: &Entra, request: &TokenRequest<'_>) -> Result<Decision, Refusal> {
    let form = request.form;
    let client_id = form.require("client_id")?;
    let redeemed = entra.redeem_ticket::<Code>(form.require("code")?).map_err(|bad| match bad {
        BadTicket::NotOurs => Refusal::bad_grant(9_002_313, "Invalid request. Request is malformed or invalid."),
        BadTicket::Expired => Refusal::bad_grant(
            70_008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive \
                authorization request for this user and resource.",
        ),
    })?;
    let (id, expires, code) = (redeemed.id, redeemed.expires, redeemed.body);
    let endpoint = Endpoint::of(request, code.tenant);
    check(entra, &endpoint, &code, client_id, request)?;
    let proof = prove(entra, &endpoint, &code, request)?;
    let claims = ClaimsRequest::read(form)?;

    let mut world = entra.directory.write();
    let decision = {
        let (app, tenant, user) = delegated::find(&world, code.tenant, code.user, code.app)?;
        let scope = form.get("scope").unwrap_or(&code.scope);
        let nonce = code.nonce.clone();
        Recognised { app, tenant, user, proof, scope, nonce, claims }.decide(&world)?
    };
    if world.spend_code(id, expires, entra.clock.unix()) {
        Ok(decision)
    } else {
        Err(Refusal::bad_grant(
            54_005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh \
                token.",
        ))
    }
}

/// Makes sure that the code was made for this request.
fn check(
    entra: &Entra,
    endpoint: &Endpoint<'_>,
    code: &Code,
    client_id: &str,
    request: &TokenRequest<'_>,
) -> Result<(), Refusal> {
    let form = request.form;
    if Uuid::try_parse(client_id) != Ok(code.app) {
        // not documented: the code of this refusal
        return Err(Refusal::bad_grant(70_000, "The provided authorization code was issued to another application."));
    }
    if !endpoint.serves_its_tenant(&entra.directory.read()) {
        let text = "Provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization \
            Code must be redeemed against same tenant it was acquired for or /common or /{tenant-ID} as appropriate.";
        return Err(Refusal::bad_grant(700_005, text));
    }
    let redirect_uri = form.require("redirect_uri")?;
    if redirect_uri != code.redirect_uri {
        let text = format!(
            "The reply address '{redirect_uri}' does not match the reply address '{}' provided when requesting \
                Authorization code.",
            code.redirect_uri
        );
        return Err(Refusal::bad_client(500_112, text));
    }
    let met = code
        .challenge
        .as_ref()
        .is_none_or(|challenge| form.get("code_verifier").is_some_and(|verifier| challenge.is_met_by(verifier)));
    if met {
        Ok(())
    } else {
        let text = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
        Err(Refusal::bad_grant(501_481, text))
    }
}

/// Makes sure that the application is itself: a public one has nothing to prove, any other must.
fn prove(entra: &Entra, endpoint: &Endpoint<'_>, code: &Code, request: &TokenRequest<'_>) -> Result<Proof, Refusal> {
    let form = request.form;
    let public = {
        let world = entra.directory.read();
        ClientApp::find(&world, &code.app.to_string()).is_some_and(|app| app.is_public_at(&code.redirect_uri))
    };
    if !public {
        return client::authenticate(entra, code.app, endpoint, request);
    }
    if form.get("client_secret").is_some() || form.get("client_assertion").is_some() {
        return Err(Refusal::bad_client(
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        ));
    }
    Ok(Proof::Nothing)
}
