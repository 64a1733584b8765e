//! Client assertions signed with a registered certificate (RFC 7523, as Entra reads it).
//!
//! Lax on purpose where the service is: an assertion may be used any number of times, may live for years and needs no
//! `jti`. How long a stolen assertion works is only true in the lab if this is.

use std::sync::LazyLock;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, errors::ErrorKind};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Entra,
    authority::Endpoint,
    claims::{self, Claims},
    refusal::{Refusal, moment},
};
use crate::directory::{KeyCredential, RegisteredCertificate};

/// How far the clocks of a client may be off, in seconds.
const SKEW_SECS: i64 = 300;

/// The signature alone: audience and times have refusals of their own and run by the lab's clock.
static SIGNATURE_ONLY: LazyLock<Validation> = LazyLock::new(|| {
    let mut validation = Validation::new(Algorithm::PS256);
    validation.algorithms.push(Algorithm::RS256);
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    validation
});

/// Checks that `assertion` proves to be `app` at this endpoint.
pub(super) fn verify(entra: &Entra, app: Uuid, endpoint: &Endpoint<'_>, assertion: &str) -> Result<(), Refusal> {
    let header = decode_header(assertion).map_err(|_| Refusal::malformed_assertion("The header cannot be read."))?;
    if !SIGNATURE_ONLY.algorithms.contains(&header.alg) {
        return Err(Refusal::malformed_assertion("The algorithm must be RS256 or PS256."));
    }
    let credential = find_credential(entra, app, endpoint.tenant, &header)?;
    let certificate = &credential.certificate;
    let now = OffsetDateTime::from(entra.clock.now());
    check_credential(&credential, app, now)?;
    let claims = verified_claims(assertion, certificate).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => {
            let reason = "The provided signature value did not match the expected signature value.";
            key_refused(reason, app, &certificate.thumbprint(), Some(&credential))
        }
        _ => Refusal::malformed_assertion("The claims cannot be read."),
    })?;
    check_parties(entra, app, endpoint, &claims)?;
    check_times(&claims, now)
}

/// Makes sure that a credential may be used now.
pub(super) fn check_credential(credential: &KeyCredential, app: Uuid, now: OffsetDateTime) -> Result<(), Refusal> {
    let certificate = &credential.certificate;
    if now < certificate.not_before() || now > certificate.not_after() {
        return Err(Refusal::bad_client(
            1_000_502,
            format!(
                "The provided certificate is not within its specified validity time period. Thumbprint: '{}'.",
                certificate.thumbprint()
            ),
        ));
    }
    if now < credential.start || now > credential.end {
        return Err(key_refused("The key used is expired.", app, &certificate.thumbprint(), Some(credential)));
    }
    Ok(())
}

/// Reads the claims of a JWT that this certificate's key has signed. Times and parties are for the caller to judge.
pub(crate) fn verified_claims(
    jwt: &str,
    certificate: &RegisteredCertificate,
) -> Result<Claims, jsonwebtoken::errors::Error> {
    decode::<Claims>(jwt, certificate.key(), &SIGNATURE_ONLY).map(|jwt| jwt.claims)
}

/// The credential that the header's thumbprint names.
fn find_credential(entra: &Entra, app: Uuid, tenant: Uuid, header: &Header) -> Result<KeyCredential, Refusal> {
    let named = header.x5t_s256.as_deref().or(header.x5t.as_deref()).unwrap_or_default();
    let world = entra.directory.read();
    world
        .key_credentials(app, tenant, entra.clock.now().into())
        .find(|credential| credential.certificate.is_named_by(header) == Some(true))
        .cloned()
        .ok_or_else(|| key_refused("The key was not found.", app, named, None))
}

pub(super) fn key_refused(reason: &str, app: Uuid, thumbprint: &str, found: Option<&KeyCredential>) -> Refusal {
    let found = found
        .map(|credential| format!(", Found key 'Start={}, End={}'", moment(credential.start), moment(credential.end)));
    Refusal::bad_client(
        700_027,
        format!(
            "The certificate with identifier used to sign the client assertion is not registered on \
                application. [Reason - {reason}, Thumbprint of key used by client: '{thumbprint}'{}, \
                Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured \
                keys for app Id '{app}'.]",
            found.unwrap_or_default()
        ),
    )
}

fn check_parties(entra: &Entra, app: Uuid, endpoint: &Endpoint<'_>, claims: &Claims) -> Result<(), Refusal> {
    let is_app = |name| claims::text(claims, name).is_some_and(|text| Uuid::try_parse(text) == Ok(app));
    if !is_app("iss") || !is_app("sub") {
        return Err(Refusal::bad_client(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    let audience = claims::text(claims, "aud").unwrap_or_default();
    if endpoint.is_named_by(&entra.directory.read(), audience) {
        Ok(())
    } else {
        Err(Refusal::bad_client(
            700_023,
            "Client assertion audience claim does not match Realm issuer. Review the documentation at \
                https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials \
                .",
        ))
    }
}

pub(super) fn check_times(claims: &Claims, now: OffsetDateTime) -> Result<(), Refusal> {
    let unreadable = |_| Refusal::malformed_assertion("A time claim is not a number.");
    let starts = claims::seconds(claims, "nbf").map_err(unreadable)?;
    let ends = claims::seconds(claims, "exp").map_err(unreadable)?;
    let ends = ends.ok_or_else(|| Refusal::malformed_assertion("The 'exp' claim is missing."))?;
    let unix = now.unix_timestamp();
    let early = starts.is_some_and(|starts| unix < starts.saturating_sub(SKEW_SECS));
    if early || unix > ends.saturating_add(SKEW_SECS) {
        let ends = OffsetDateTime::from_unix_timestamp(ends).map_or_else(|_| ends.to_string(), moment);
        return Err(Refusal::bad_client(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, expiry time of \
                    assertion {ends}. Review the documentation at \
                    https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials \
                    .",
                moment(now)
            ),
        ));
    }
    Ok(())
}
