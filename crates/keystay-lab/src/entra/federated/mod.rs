//! Federated identity credentials: a token of somebody the application trusts, in place of a certificate.

mod external;
mod managed_identity;

use uuid::Uuid;

use super::{Entra, claims, claims::Claims, refusal::Refusal};
use crate::directory::FederatedCredential;

/// Whether `claims` are those of a token somebody else issued. An own assertion names its application as the issuer.
pub(super) fn is_foreign(claims: &Claims) -> bool {
    claims::text(claims, "iss").is_some_and(|issuer| issuer.starts_with("https://"))
}

/// Checks that `assertion` is a token that `app` trusts; `claims` are what it says, not verified yet.
pub(super) fn verify(entra: &Entra, app: Uuid, assertion: &str, claims: &Claims) -> Result<(), Refusal> {
    let trusted = entra.directory.read().propagated_credentials(app, entra.clock.now().into()).federated.to_vec();
    if trusted.is_empty() {
        let text = format!("The client '{app}' has no configured federated identity credentials.");
        return Err(Refusal::bad_client(70_025, text));
    }
    let issuer = claims::text(claims, "iss").unwrap_or_default();
    if issuer.starts_with("https://login.microsoftonline.com/") || issuer.starts_with("https://sts.windows.net/") {
        managed_identity::verify(entra, app, &trusted, assertion)
    } else {
        external::verify(entra, &trusted, assertion, issuer, claims)
    }
}

/// Finds the credential a token belongs to, or says which of the three texts has no match. Case counts.
fn find(
    trusted: &[FederatedCredential],
    issuer: &str,
    subject: &str,
    is_audience: impl Fn(&str) -> bool,
    audience: &str,
) -> Result<(), Refusal> {
    let of_issuer = || trusted.iter().filter(|one| one.issuer == issuer);
    let mut of_subject = of_issuer().filter(|one| one.subject == subject).peekable();
    if of_issuer().next().is_none() {
        return Err(no_match(700_211, "issuer", issuer));
    }
    if of_subject.peek().is_none() {
        return Err(no_match(700_213, "subject", subject));
    }
    if of_subject.any(|one| is_audience(&one.audience)) { Ok(()) } else { Err(no_match(700_212, "audience", audience)) }
}

fn no_match(code: u32, what: &str, value: &str) -> Refusal {
    Refusal::bad_client(
        code,
        format!(
            "No matching federated identity record found for presented assertion {what} '{value}'. Check your federated \
                identity credential Subject, Audience and Issuer against the presented assertion. \
                https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
        ),
    )
}

fn bad_signature() -> Refusal {
    Refusal::bad_client(50_013, "Assertion failed signature validation. [Reason - The key was not found.]")
}
