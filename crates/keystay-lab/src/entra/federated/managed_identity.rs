//! The token of a managed identity as the proof of an application.

use uuid::Uuid;

use super::{bad_signature, find, no_match};
use crate::{
    bearer::TokenFault,
    directory::FederatedCredential,
    entra::{Entra, Verified, refusal::Refusal},
};

const TOKEN_EXCHANGE: &str = "api://AzureADTokenExchange";
/// The same resource, as newer tokens name it.
const TOKEN_EXCHANGE_ID: &str = "fb60f99c-7a34-4190-8149-302f77469936";

pub(super) fn verify(
    entra: &Entra,
    app: Uuid,
    trusted: &[FederatedCredential],
    assertion: &str,
) -> Result<(), Refusal> {
    let token = entra.verify(assertion, &[TOKEN_EXCHANGE, TOKEN_EXCHANGE_ID]).map_err(|fault| match fault {
        TokenFault::Expired => Refusal::bad_client(700_024, "Client assertion is not within its valid time range."),
        TokenFault::BadSignature => bad_signature(),
        TokenFault::WrongAudience => no_match(700_212, "audience", ""),
        TokenFault::WrongIssuer => no_match(700_211, "issuer", ""),
        TokenFault::Malformed => Refusal::malformed_assertion("It is not a token of Microsoft Entra."),
    })?;
    let Verified { caller, issuer, .. } = &token;
    let world = entra.directory.read();
    let is_managed_identity = world.managed_identities.iter().any(|identity| identity.object_id == caller.object_id);
    if token.is_user() || !is_managed_identity {
        return Err(Refusal::bad_client(
            700_229,
            format!(
                "Only app-only tokens can be used as Federated Identity Credentials for AAD issuer. \
                    Application: '{app}'."
            ),
        ));
    }
    let application = world.application(app).map_err(|_| Refusal::broken())?;
    if application.home_tenant != caller.tenant_id {
        return Err(Refusal::bad_client(
            700_236,
            format!(
                "Entra ID tokens issued by issuer '{issuer}' may not be used for federated identity credential flows for \
                    applications or managed identities registered in this tenant."
            ),
        ));
    }
    let subject = caller.object_id.to_string();
    find(trusted, issuer, &subject, |audience| audience == TOKEN_EXCHANGE, TOKEN_EXCHANGE)
}
