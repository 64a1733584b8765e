//! Federated identity credentials: the token of a managed identity in place of a certificate.

use uuid::Uuid;

use super::{Entra, Verified, refusal::Refusal};
use crate::bearer::TokenFault;

const TOKEN_EXCHANGE: &str = "api://AzureADTokenExchange";

/// Checks that `assertion` is a token of a managed identity that `app` trusts.
pub(super) fn verify(entra: &Entra, app: Uuid, assertion: &str) -> Result<(), Refusal> {
    let token = entra.verify(assertion, &[TOKEN_EXCHANGE, "fb60f99c-7a34-4190-8149-302f77469936"]);
    let token = token.map_err(|fault| match fault {
        TokenFault::Expired => Refusal::bad_client(700_024, "Client assertion is not within its valid time range."),
        TokenFault::BadSignature => {
            Refusal::bad_client(50_013, "Assertion failed signature validation. [Reason - The key was not found.]")
        }
        TokenFault::WrongAudience => Refusal::bad_client(
            700_212,
            "No matching federated identity record found for presented assertion audience.",
        ),
        TokenFault::WrongIssuer => {
            Refusal::bad_client(700_211, "No matching federated identity record found for presented assertion issuer.")
        }
        TokenFault::Malformed => {
            Refusal::malformed_assertion("It is neither signed by a certificate nor a token of a trusted issuer.")
        }
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
            "Microsoft Entra tokens issued by another tenant may not be used for federated identity credential flows.",
        ));
    }
    let subject = caller.object_id.to_string();
    let credentials = &application.federated_credentials;
    if credentials.iter().any(|one| one.issuer == *issuer && one.subject == subject && one.audience == TOKEN_EXCHANGE) {
        return Ok(());
    }
    let (code, what, value) = if credentials.iter().any(|one| one.subject == subject && one.issuer == *issuer) {
        (700_212, "audience", TOKEN_EXCHANGE)
    } else if credentials.iter().any(|one| one.subject == subject) {
        (700_211, "issuer", issuer.as_str())
    } else {
        (700_213, "subject", subject.as_str())
    };
    Err(Refusal::bad_client(
        code,
        format!(
            "No matching federated identity record found for presented assertion {what} '{value}'. \
                Please note that the matching is done using a case-sensitive comparison. Check your \
                federated identity credential Subject, Audience and Issuer against the presented \
                assertion."
        ),
    ))
}
