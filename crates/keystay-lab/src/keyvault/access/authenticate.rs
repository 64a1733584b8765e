//! Who is calling: the bearer token, or the challenge that asks for one.

use axum::http::{HeaderMap, header};
use uuid::Uuid;

use crate::{
    bearer::{Caller, TokenFault},
    keyvault::{
        vault::{Vault, Vaults},
        wire::VaultError,
    },
};

impl Vaults {
    /// The caller a request's token speaks for, or 401 with the vault's challenge.
    pub(in crate::keyvault) fn authenticate(&self, vault: &Vault, headers: &HeaderMap) -> Result<Caller, VaultError> {
        let tenant = vault.resource().properties.tenant_id;
        let challenge = challenge(vault, tenant);
        let refuse = |message: String| VaultError::unauthorized(message, challenge.clone());
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
            .map(|(_, token)| token.trim())
            .ok_or_else(|| refuse("AKV10000: Request is missing a Bearer or PoP token.".into()))?;

        let caller = self.tokens.check(bearer, audience(vault)).map_err(|fault| refuse(text(vault, tenant, fault)))?;
        if caller.tenant_id != tenant {
            return Err(refuse(format!(
                "{}, found https://sts.windows.net/{}/.",
                text(vault, tenant, TokenFault::WrongIssuer).trim_end_matches('.'),
                caller.tenant_id
            )));
        }
        if let Some(claims) = self.challenges.missing(&vault.host, &caller, bearer) {
            // without a resource: clients keep the one they know, and JavaScript's takes a challenge with one for an ordinary one
            let challenge = format!(
                "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
                 error=\"insufficient_claims\", claims=\"{claims}\""
            );
            // not documented: the text
            let message = "Continuous access evaluation resulted in challenge with result: InteractionRequired";
            return Err(VaultError::unauthorized(message, challenge));
        }
        Ok(caller)
    }
}

/// `WWW-Authenticate`: the tenant to ask and the resource to ask for. Clients take the tenant from the first path segment.
fn challenge(vault: &Vault, tenant: Uuid) -> String {
    format!("Bearer authorization=\"https://login.microsoftonline.com/{tenant}\", resource=\"{}\"", resource(vault))
}

fn resource(vault: &Vault) -> &'static str {
    if vault.is_managed_hsm() { "https://managedhsm.azure.net" } else { "https://vault.azure.net" }
}

/// A resource may stand in `aud` with or without a slash, or as the application id of the service (v2 tokens).
fn audience(vault: &Vault) -> &'static [&'static str] {
    if vault.is_managed_hsm() {
        &["https://managedhsm.azure.net", "https://managedhsm.azure.net/", "589d5083-6f11-4d30-a62a-a4b316a14abf"]
    } else {
        &["https://vault.azure.net", "https://vault.azure.net/", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"]
    }
}

/// The AKV codes 10000, 10022 and 10032 are the service's; the other texts are the lab's own wording.
fn text(vault: &Vault, tenant: Uuid, fault: TokenFault) -> String {
    match fault {
        TokenFault::Malformed => "AKV10001: The Bearer token is not a valid token.".into(),
        TokenFault::WrongAudience => format!("AKV10022: Invalid audience. Expected {}.", resource(vault)),
        TokenFault::WrongIssuer => {
            format!("AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{tenant}/.")
        }
        TokenFault::Expired => "[TokenExpired] Error validating token: the token is outside its lifetime.".into(),
        TokenFault::BadSignature => "AKV10046: Unable to validate the signature of the token.".into(),
    }
}
