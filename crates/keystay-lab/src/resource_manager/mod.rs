//! Azure Resource Manager: who may do what with the vaults of a subscription, and how they are set up.
//!
//! It reads and writes the very records the vaults' own data plane goes by: a vault made here answers at its host name with the
//! next request, a role assigned here counts there.
//!
//! Not here: management groups, deny assignments, policies, locks, deployments, resource providers other than those named in
//! `api_version`, keys and secrets as resources (`Microsoft.KeyVault/vaults/keys`), and managed HSMs as resources.

mod access;
mod address;
mod alert_rules;
mod api_version;
mod call;
mod diagnostic_settings;
mod error;
mod filter;
mod paging;
mod pricings;
mod resources;
mod role_assignments;
mod role_definitions;
mod schedules;
mod subscriptions;
mod system_data;
mod vaults;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri},
    response::{IntoResponse, Response},
};

use self::{address::Address, api_version::ApiVersion, call::Call, error::ArmError};
use crate::{entra::Entra, ids::passing_id, journal::Attribution, keyvault::Vaults, query::Query};

pub(crate) use resources::Resources;
pub(crate) use system_data::SystemData;

/// Resource Manager itself. It trusts the tokens of the lab's Entra.
#[derive(Clone)]
pub(crate) struct ResourceManager {
    entra: Entra,
    vaults: Arc<Vaults>,
}

impl ResourceManager {
    pub(crate) fn new(entra: Entra, vaults: Arc<Vaults>) -> Self {
        Self { entra, vaults }
    }

    /// The routes of `management.azure.com`.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(handle).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(self)
    }

    /// The order of the checks is the service's: token, api-version, subscription, then the operation with its own right.
    fn answer(
        &self,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> (Option<Attribution>, Result<Response, ArmError>) {
        let address = Address::parse(uri.path());
        let access = match access::authenticate(&self.entra, headers, &address) {
            Ok(access) => access,
            Err(error) => return (None, Err(error)),
        };
        let attribution = Attribution { tenant: Some(access.caller.tenant_id), client_app: access.caller.app_id };
        let query = Query::parse(uri.query().unwrap_or_default());
        let outcome = ApiVersion::parse(&address, query.get("api-version")).and_then(|api_version| {
            access::check_subscription(&self.entra, &access, &address)?;
            let call = Call { manager: self, access, method, uri, headers, address, api_version, query, body };
            dispatch(&call)
        });
        (Some(attribution), outcome)
    }
}

fn dispatch(call: &Call<'_>) -> Result<Response, ArmError> {
    let rest = call.rest();
    match (call.address.namespace.as_deref(), rest.first().copied()) {
        (None, _) => subscriptions::dispatch(call),
        (Some("microsoft.keyvault"), _) => vaults::dispatch(call, &rest),
        (Some("microsoft.authorization"), Some("roleassignments")) => role_assignments::dispatch(call, &rest),
        (Some("microsoft.authorization"), Some("roledefinitions")) => role_definitions::dispatch(call, &rest),
        (Some("microsoft.authorization"), Some(kind)) => schedules::dispatch(call, kind, &rest),
        (Some("microsoft.insights"), Some("diagnosticsettings")) => diagnostic_settings::dispatch(call, &rest),
        (Some("microsoft.insights"), Some("scheduledqueryrules")) => alert_rules::dispatch(call, &rest),
        (Some("microsoft.security"), Some("pricings")) => pricings::dispatch(call, &rest),
        _ => Err(call.unknown()),
    }
}

async fn handle(
    State(manager): State<ResourceManager>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (attribution, outcome) = manager.answer(method, &uri, &headers, body);
    let mut answer = outcome.unwrap_or_else(IntoResponse::into_response);
    let id = passing_id().to_string();
    let own = answer.headers_mut();
    for (name, value) in [
        ("x-ms-request-id", id.clone()),
        ("x-ms-correlation-request-id", id.clone()),
        ("x-ms-routing-request-id", format!("WESTEUROPE:19700101T000000Z:{id}")),
        ("x-ms-ratelimit-remaining-subscription-reads", "1099".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            own.insert(HeaderName::from_static(name), value);
        }
    }
    own.insert("cache-control", HeaderValue::from_static("no-cache"));
    if let Some(client) = headers.get("x-ms-client-request-id") {
        own.insert("x-ms-client-request-id", client.clone());
    }
    if let Some(attribution) = attribution {
        answer.extensions_mut().insert(attribution);
    }
    answer
}

/// A vault with all the access policies it can have is far smaller.
const LARGEST_BODY: usize = 1 << 20;
