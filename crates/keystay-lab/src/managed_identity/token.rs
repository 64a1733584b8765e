//! The token behind every door: which identity, and the same token for as long as it lives.

use std::collections::HashMap;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use serde_json::json;
use uuid::Uuid;

use super::ManagedIdentityDoors;
use crate::{
    directory::{ManagedIdentity, ManagedIdentityKind},
    entra::{Audience, Fields, Grant, Issued, Proof, Subject},
    journal::Attribution,
};

/// Tokens of managed identities live for a day.
const LIFETIME_SECS: u64 = 24 * 3600;
/// A token is handed out again until this little of its life is left: clients ask for a new one on every call below five
/// minutes. Not documented.
const LEAST_LEFT_SECS: i64 = 600;
/// A caller that spells a resource in ever new ways must not fill the memory.
const MOST_TOKENS: usize = 1024;

/// The tokens that were handed out. The platform keeps them, so a role that was given in the meantime is not in them, and
/// nobody can have one renewed early.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<HashMap<(Uuid, String), Issued>>);

/// Why there is no token. Each door has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoToken {
    /// No such identity is assigned to the host.
    NoIdentity,
    /// More than one way to name an identity was used.
    NamedTwice,
    /// The identity's service principal is disabled or gone.
    Disabled,
    /// The home tenant has no such resource.
    NoResource,
    /// The lab failed.
    Broken,
}

impl ManagedIdentityDoors {
    /// The answer with a token of the identity that `fields` name, or of the host's own. All doors give the same one, with
    /// numbers as texts: the Rust SDK refuses a number in `expires_on`.
    pub(super) fn answer(&self, resource: &str, fields: &Fields) -> Result<Response, NoToken> {
        let world = self.entra.directory.read();
        let identity = select(&world.managed_identities, fields)?;
        let (tenant, client_id) = (world.home, identity.client_id);
        let principal = world.tenants.get(&tenant).and_then(|home| home.principals.get(&client_id));
        let principal = principal.filter(|principal| principal.account_enabled).ok_or(NoToken::Disabled)?;
        let audience = Audience::find(&world, tenant, resource).ok_or(NoToken::NoResource)?;
        let subject = Subject::app(&world, principal, &audience, Proof::Key);
        drop(world);
        let issued = self.cached((client_id, resource.to_owned()), || {
            let grant = Grant::new(tenant, audience, subject, Some(LIFETIME_SECS));
            self.entra.issue(&grant).map_err(|_| NoToken::Broken)
        })?;
        let left = issued.expires_on() - self.entra.clock.unix();
        let mut answer = Json(json!({
            "access_token": issued.token,
            "token_type": "Bearer",
            "resource": resource,
            "expires_on": issued.expires_on().to_string(),
            "expires_in": left.to_string(),
            "ext_expires_in": left.to_string(),
            "not_before": issued.from.to_string(),
            "client_id": client_id,
        }))
        .into_response();
        answer.extensions_mut().insert(Attribution { tenant: Some(tenant), client_app: Some(client_id) });
        Ok(answer)
    }

    fn cached(&self, key: (Uuid, String), issue: impl FnOnce() -> Result<Issued, NoToken>) -> Result<Issued, NoToken> {
        let now = self.entra.clock.unix();
        let mut tokens = self.cache.0.lock();
        // The clock of a lab can go back: a token from the future is none.
        if let Some(known) = tokens.get(&key)
            && known.from <= now
            && known.expires_on() - now >= LEAST_LEFT_SECS
        {
            return Ok(known.clone());
        }
        let issued = issue()?;
        if tokens.len() >= MOST_TOKENS {
            tokens.clear();
        }
        tokens.insert(key, issued.clone());
        Ok(issued)
    }
}

/// The identity a request names; the host's own when it names none.
fn select<'a>(identities: &'a [ManagedIdentity], fields: &Fields) -> Result<&'a ManagedIdentity, NoToken> {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| fields.get(name));
    let by_client = fields.get("client_id");
    let by_object = first(["object_id", "principal_id"]);
    let by_resource = first(["mi_res_id", "msi_res_id"]);
    let is = |id: Uuid, text: &str| Uuid::try_parse(text) == Ok(id);
    let found = match (by_client, by_object, by_resource) {
        (Some(text), None, None) => identities.iter().find(|identity| is(identity.client_id, text)),
        (None, Some(text), None) => identities.iter().find(|identity| is(identity.object_id, text)),
        (None, None, Some(text)) => identities.iter().find(|identity| identity.resource_id.eq_ignore_ascii_case(text)),
        (None, None, None) => identities.iter().find(|identity| identity.kind == ManagedIdentityKind::SystemAssigned),
        _ => return Err(NoToken::NamedTwice),
    };
    found.ok_or(NoToken::NoIdentity)
}
