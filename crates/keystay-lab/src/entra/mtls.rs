//! An application that proves itself by the TLS handshake (RFC 8705): no assertion, and, if it wants, a token that is worth
//! something only to who holds the same key.
//!
//! The service has this in a private preview: an application can use it only after Microsoft has enabled it.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Audience, Entra,
    assertion::{check_credential, key_refused},
    refusal::Refusal,
    request::TokenRequest,
};
use crate::directory::{RegisteredCertificate, VAULT_APP_ID};

/// The token type that a client asks for, and that a bound token has.
pub(super) const BOUND: &str = "mtls_pop";

/// How a request is to be proven, as far as TLS is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Not at all: the request holds another proof, or none.
    No,
    /// The certificate proves the application; its token is a bearer token.
    Bearer,
    /// The certificate proves the application and its token is bound to it.
    Bound,
}

impl Use {
    pub(super) fn of(request: &TokenRequest<'_>) -> Result<Self, Refusal> {
        let form = request.form;
        let proven_otherwise = form.get("client_assertion").is_some() || form.get("client_secret").is_some();
        match (form.get("token_type"), request.certificate) {
            (None, Some(_)) if !proven_otherwise => Ok(Self::Bearer),
            (None | Some("Bearer" | "bearer"), _) => Ok(Self::No),
            // not documented: the codes of the next three refusals
            (Some(BOUND), None) => Err(Refusal::bad_request(
                50_192,
                "No certificate was presented in the TLS handshake. Token type 'mtls_pop' needs the mtlsauth host and a client \
                    certificate.",
            )),
            (Some(BOUND), Some(_)) if proven_otherwise => Err(Refusal::bad_request(
                90_023,
                "Token type 'mtls_pop' is proven by the TLS handshake; neither 'client_assertion' nor 'client_secret' may be \
                    presented.",
            )),
            (Some(BOUND), Some(_)) => Ok(Self::Bound),
            (Some(other), _) => {
                Err(Refusal::bad_request(90_023, format!("The token type '{other}' is not supported.")))
            }
        }
    }
}

/// Checks that the certificate of the handshake proves the application, and returns its SHA-256 thumbprint.
pub(super) fn verify(entra: &Entra, app: Uuid, der: &[u8]) -> Result<String, Refusal> {
    let now = OffsetDateTime::from(entra.clock.now());
    let world = entra.directory.read();
    if !world.mtls_apps.contains(&app) {
        return Err(Refusal::bad_request(
            51_000,
            format!("A required feature is not enabled: mTLS client authentication for application '{app}'."),
        ));
    }
    let registered = world.propagated_credentials(app, now).keys.iter().find(|one| one.certificate.der() == der);
    let Some(credential) = registered else {
        let presented = RegisteredCertificate::parse(der).map(|one| one.thumbprint()).unwrap_or_default();
        return Err(key_refused("The key was not found.", app, &presented, None));
    };
    check_credential(credential, app, now)?;
    Ok(credential.certificate.x5t_s256().to_owned())
}

/// Makes sure that a resource knows what to do with a bound token.
pub(super) fn check_audience(audience: &Audience) -> Result<(), Refusal> {
    if audience.is_graph() || audience.app_id == VAULT_APP_ID {
        return Ok(());
    }
    Err(Refusal::bad_request(392_196, "The resource application does not support certificate-bound tokens."))
}
