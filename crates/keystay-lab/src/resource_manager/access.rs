//! Who calls, and whether the subscription is theirs to be asked about.

use axum::http::{HeaderMap, header};
use uuid::Uuid;

use super::{address::Address, error::ArmError};
use crate::{
    bearer::{Caller, TokenFault},
    entra::Entra,
    subscription::subscription_of,
};

const AUDIENCE: [&str; 5] = [
    "https://management.azure.com/",
    "https://management.azure.com",
    "https://management.core.windows.net/",
    "https://management.core.windows.net",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
];

/// The bearer of a valid token.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) caller: Caller,
    /// The sign-in name of a user, the client id of an application.
    pub(super) name: String,
    pub(super) is_user: bool,
}

/// Reads and checks the bearer token.
pub(super) fn authenticate(entra: &Entra, headers: &HeaderMap, address: &Address) -> Result<Access, ArmError> {
    let authority = address.subscription().and_then(|id| tenant_of(entra, id)).map(|id| id.to_string());
    let authority = authority.unwrap_or_default();
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((_, token)) = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return Err(ArmError::unauthenticated(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
            &authority,
            "The authentication failed because of missing 'Authorization' header.",
        ));
    };
    let token = entra.verify(token.trim(), &AUDIENCE).map_err(|fault| {
        let (code, message) = match fault {
            TokenFault::Malformed => ("InvalidAuthenticationToken", "The access token is invalid."),
            TokenFault::BadSignature => {
                ("InvalidAuthenticationToken", "The access token validation failure: the signature is not valid.")
            }
            TokenFault::WrongAudience => (
                "InvalidAuthenticationTokenAudience",
                "The access token has been obtained for wrong audience or resource. It should exactly match with one of the \
                 allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net',\
                 'https://management.azure.com/','https://management.azure.com'.",
            ),
            TokenFault::WrongIssuer => ("InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer."),
            TokenFault::Expired => ("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."),
        };
        ArmError::unauthenticated(code, message, &authority, message)
    })?;
    let caller = token.caller.clone();
    let world = entra.directory.read();
    let user = world.tenants.get(&caller.tenant_id).and_then(|tenant| tenant.user(caller.object_id));
    let app = caller.app_id.unwrap_or(caller.object_id).to_string();
    let name = user.map_or(app, |user| user.user_principal_name.clone());
    Ok(Access { is_user: user.is_some(), name, caller })
}

/// Refuses a subscription that does not exist, and one of another tenant.
pub(super) fn check_subscription(entra: &Entra, access: &Access, address: &Address) -> Result<(), ArmError> {
    let Some(text) = address.subscription_text() else { return Ok(()) };
    let Some(id) = address.subscription() else {
        return Err(ArmError::bad_request(
            "InvalidSubscriptionId",
            format!("The provided subscription identifier '{text}' is malformed or invalid."),
        ));
    };
    let home = access.caller.tenant_id;
    if subscription_of(home) == id {
        return Ok(());
    }
    match tenant_of(entra, id) {
        None => {
            Err(ArmError::not_found("SubscriptionNotFound", format!("The subscription '{id}' could not be found.")))
        }
        Some(tenant) => {
            let message = format!(
                "The access token is from the wrong issuer 'https://sts.windows.net/{home}/'. It must match the tenant \
                 'https://sts.windows.net/{tenant}/' associated with this subscription. Please use the authority (URL) \
                 'https://login.windows.net/{tenant}' to get the token."
            );
            Err(ArmError::unauthenticated(
                "InvalidAuthenticationTokenTenant",
                message,
                &tenant.to_string(),
                "The access token is from the wrong issuer.",
            ))
        }
    }
}

/// The tenant a subscription belongs to.
fn tenant_of(entra: &Entra, subscription: Uuid) -> Option<Uuid> {
    entra.directory.read().tenants.keys().copied().find(|tenant| subscription_of(*tenant) == subscription)
}
