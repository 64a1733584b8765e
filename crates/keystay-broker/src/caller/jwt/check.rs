//! The one check of a token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, dangerous, decode, decode_header,
    errors::{Error, ErrorKind},
};
use serde::Deserialize;

use super::{IssuerSettings, JwtFault, Vouched};
use crate::name::IssuerName;

/// Tokens of Kubernetes take 1 KiB, those with many claims some more.
const LARGEST: usize = 8 * 1024;
/// How far clocks may differ.
pub(super) const LEEWAY: Duration = Duration::from_secs(30);

/// What a token says about itself before anybody has looked at its signature: enough to find the key.
pub(super) struct Head {
    pub(super) issuer: String,
    pub(super) key: Option<String>,
    pub(super) algorithm: Algorithm,
}

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

/// One text each, however the issuer could write it: a list of issuers is none.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: Option<String>,
}

impl Head {
    pub(super) fn read(token: &str) -> Result<Self, JwtFault> {
        if token.len() > LARGEST {
            return Err(JwtFault::TooLong);
        }
        let header = decode_header(token).map_err(|_| unreadable(token))?;
        if !plain(&header) {
            return Err(JwtFault::Malformed);
        }
        if !ALGORITHMS.contains(&header.alg) {
            return Err(JwtFault::Algorithm);
        }
        let Issued { iss } = dangerous::insecure_decode_claims(token).map_err(|_| JwtFault::Malformed)?;
        Ok(Self { issuer: iss, key: header.kid, algorithm: header.alg })
    }
}

use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
/// Those for public keys: what is missing are the ones whose key is a shared secret, and `none`.
const ALGORITHMS: [Algorithm; 9] = [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA];

/// A header of another algorithm than the library knows, such as `none`, is told as that.
fn unreadable(token: &str) -> JwtFault {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let header = token.split('.').next().and_then(|head| BASE64_URL_SAFE_NO_PAD.decode(head).ok());
    let header: Option<serde_json::Value> = header.and_then(|header| serde_json::from_slice(&header).ok());
    match header {
        Some(header) if header["alg"].is_string() => JwtFault::Algorithm,
        _ => JwtFault::Malformed,
    }
}

/// A signed token of a workload, and nothing that only looks like one: an access token, a token within a token, one
/// that demands to be understood (`crit`). Where a token says its key is (`jku`, `jwk`, `x5u`, `x5c`), nobody looks.
fn plain(header: &Header) -> bool {
    let kind = header.typ.as_deref();
    kind.is_none_or(|kind| kind.eq_ignore_ascii_case("JWT") || kind.eq_ignore_ascii_case("JOSE"))
        && header.crit.is_none()
        && header.cty.is_none()
        && header.enc.is_none()
        && header.zip.is_none()
}

/// Signature first, then what it says. The time is the broker's, not the computer's.
pub(super) fn check(
    token: &str,
    head: &Head,
    key: &DecodingKey,
    name: &IssuerName,
    settings: &IssuerSettings,
    now: SystemTime,
) -> Result<Vouched, JwtFault> {
    let mut validation = Validation::new(head.algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&settings.audiences);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = decode::<Claims>(token, key, &validation).map_err(|error| fault(&error))?.claims;

    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let leeway = LEEWAY.as_secs_f64();
    if claims.exp + leeway <= now {
        return Err(JwtFault::Expired);
    }
    if claims.nbf.is_some_and(|begin| begin > now + leeway) || claims.iat.is_some_and(|made| made > now + leeway) {
        return Err(JwtFault::NotYet);
    }
    let Claims { sub, exp, iat, jti, .. } = claims;
    Ok(Vouched { issuer: name.clone(), subject: sub, id: jti, expires: exp, issued: iat })
}

fn fault(error: &Error) -> JwtFault {
    match error.kind() {
        ErrorKind::InvalidSignature => JwtFault::Signature,
        ErrorKind::InvalidAudience => JwtFault::Audience,
        ErrorKind::InvalidIssuer => JwtFault::Issuer,
        ErrorKind::InvalidAlgorithm => JwtFault::Algorithm,
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => JwtFault::Audience,
        _ => JwtFault::Malformed,
    }
}
