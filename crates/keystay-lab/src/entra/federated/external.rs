//! The token of an issuer outside Microsoft as the proof of an application.

use jsonwebtoken::decode;
use serde_json::Value;

use super::{bad_signature, find};
use crate::{
    directory::FederatedCredential,
    entra::{
        Entra,
        assertion::check_times,
        claims::{self, Claims},
        refusal::Refusal,
        verify::SIGNATURE_ONLY,
    },
    oidc_issuer::OidcIssuer,
};

/// The longest life of a foreign token: 25 hours, both ends included.
const LONGEST_LIFE_SECS: i64 = 25 * 3600;

/// Only an issuer that the application trusts is ever asked for its keys.
pub(super) fn verify(
    entra: &Entra,
    trusted: &[FederatedCredential],
    assertion: &str,
    issuer: &str,
    claims: &Claims,
) -> Result<(), Refusal> {
    let subject = claims::text(claims, "sub").unwrap_or_default();
    let audiences = audiences(claims);
    let named = audiences.first().copied().unwrap_or_default();
    find(trusted, issuer, subject, |audience| audiences == [audience], named)?;

    // not documented: the status and error of this one
    let issuer = OidcIssuer::named(issuer)
        .ok_or_else(|| Refusal::bad_request(50_166, "Request to External OIDC endpoint failed."))?;
    let key = entra.issuers.known_key(issuer).ok_or_else(bad_signature)?;
    let token = decode::<Claims>(assertion, key.public(), &SIGNATURE_ONLY).map_err(|_| bad_signature())?;
    if token.header.kid.as_deref() != Some(key.kid()) {
        return Err(bad_signature());
    }
    check_times(claims, entra.clock.now().into())?;
    check_life(claims)
}

/// The audiences of a token: a text, or a list of texts.
fn audiences(claims: &Claims) -> Vec<&str> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn check_life(claims: &Claims) -> Result<(), Refusal> {
    let time = |name| {
        claims::seconds(claims, name)
            .ok()
            .flatten()
            .ok_or_else(|| Refusal::malformed_assertion(&format!("The '{name}' claim is missing.")))
    };
    let (issued, expires) = (time("iat")?, time("exp")?);
    if expires.saturating_sub(issued) <= LONGEST_LIFE_SECS {
        return Ok(());
    }
    Err(Refusal::bad_request(
        70_023,
        format!(
            "External OIDC Provider token must have a lifetime of less than or equal to 1.01:00:00. Token issued at \
                {issued}. Token expires on {expires}."
        ),
    ))
}
