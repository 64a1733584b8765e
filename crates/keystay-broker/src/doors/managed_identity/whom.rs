//! Which identity, in which tenant.

use keystay::Tenant;
use uuid::Uuid;

use super::{place::Place, refusal::NoToken};
use crate::{caller::Caller, desk::Setup, name::IdentityName};

/// What `client_id` says goes before what the path says:
///
/// - `graph`, or the app's id: that identity, in the path's tenant
/// - `graph@contoso.com`: that identity in that tenant
///
/// So one program can have a credential for each tenant, and `AZURE_CLIENT_ID` can stay what it was. An app's id is
/// looked for among the identities the caller may use.
pub(crate) fn whom(
    setup: &Setup,
    caller: &Caller,
    place: &Place,
    client_id: Option<&str>,
) -> Result<(String, Tenant), NoToken> {
    if place.is_too_long {
        return Err(NoToken::malformed("the path goes on behind the tenant; expected `/msi/{identity}/{tenant}`"));
    }
    let (named, tenant) = match client_id.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => match text.split_once('@') {
            Some((identity, tenant)) => (Some(identity), Some(tenant)),
            None => (Some(text), None),
        },
        None => (None, None),
    };
    let Some(identity) = named.or(place.identity.as_deref()) else {
        return Err(NoToken::malformed(
            "no identity is named; put one into the path, `/msi/{identity}/{tenant}`, or ask with the client id `identity@tenant`",
        ));
    };
    let Some(tenant) = tenant.or(place.tenant.as_deref()) else {
        return Err(NoToken::malformed(
            "no tenant is named; put one into the path, `/msi/{identity}/{tenant}`, or ask with the client id `identity@tenant`",
        ));
    };
    let tenant = tenant.parse().map_err(|error: keystay::AuthorityError| NoToken::malformed(error.to_string()))?;
    let identity = identity_of(setup, caller, identity, place.identity.as_deref()).map_err(NoToken::ambiguous)?;
    Ok((identity, tenant))
}

/// The name of an identity that was named by its app's id. Anything else is left to the desk, which knows what to say
/// about a name that does not exist.
///
/// # Errors
/// With words, when the app is several identities.
pub(crate) fn identity_of(
    setup: &Setup,
    caller: &Caller,
    given: &str,
    in_path: Option<&str>,
) -> Result<String, String> {
    let given = given.to_ascii_lowercase();
    let Ok(app) = given.parse::<Uuid>() else { return Ok(given) };
    if setup.identities.contains_key(given.as_str()) {
        return Ok(given);
    }
    let of_app: Vec<&IdentityName> = setup
        .identities
        .iter()
        .filter(|(name, identity)| {
            identity.settings().client_id.as_uuid() == app && setup.policy.may_use(&caller.name, name)
        })
        .map(|(name, _)| name)
        .collect();
    match of_app.as_slice() {
        [] => Ok(given),
        [only] => Ok(only.to_string()),
        several if several.iter().any(|name| in_path == Some(name.as_str())) => Ok(in_path.unwrap_or_default().into()),
        several => {
            let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
            let names = names.join(", ");
            Err(format!("{names} are all the app {app}; ask for one of them by its name"))
        }
    }
}
