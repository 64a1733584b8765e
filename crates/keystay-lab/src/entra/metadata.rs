//! What Entra publishes: OpenID metadata, keys, and the list of clouds.

use axum::{
    Extension, Json,
    extract::{OriginalUri, Path, State},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    Entra,
    authority::{self, Authority},
};
use crate::{ids::passing_id, network::Cloud, request_host::RequestHost};

/// `/{tenant}/v2.0/.well-known/openid-configuration`, and the older one without `v2.0`.
pub(super) async fn openid_configuration(
    State(entra): State<Entra>,
    Extension(RequestHost(host)): Extension<RequestHost>,
    Path(tenant): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let cloud = Cloud::of(&host).unwrap_or(Cloud::Public);
    let name = match Authority::parse(&tenant) {
        Authority::Tenant(name) => match authority::find(&entra.directory.read(), name, cloud) {
            Ok(id) => id.to_string(),
            Err(refusal) => return refusal.answer(passing_id(), entra.clock.now().into()),
        },
        // Metadata that is not one tenant's has a place for the tenant instead of its id.
        _ => "{tenantid}".to_owned(),
    };
    let host = cloud.login_host();
    let v2 = uri.path().contains("/v2.0/");
    let (segment, keys) = if v2 { ("oauth2/v2.0", "discovery/v2.0/keys") } else { ("oauth2", "discovery/keys") };
    let issuer = if v2 { format!("https://{host}/{name}/v2.0") } else { format!("https://sts.windows.net/{name}/") };
    let base = format!("https://{host}/{tenant}");
    Json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{base}/{segment}/token"),
        "authorization_endpoint": format!("{base}/{segment}/authorize"),
        "device_authorization_endpoint": format!("{base}/{segment}/devicecode"),
        "end_session_endpoint": format!("{base}/{segment}/logout"),
        "jwks_uri": format!("{base}/{keys}"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "oid", "ver"],
        "request_uri_parameter_supported": false,
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    }))
    .into_response()
}

/// `/{tenant}/discovery/v2.0/keys`.
pub(super) async fn keys(State(entra): State<Entra>) -> Response {
    Json(json!({ "keys": [entra.key.jwk()] })).into_response()
}

/// `/common/discovery/instance`: which login hosts belong together.
pub(super) async fn instance() -> Response {
    Json(json!({
        "tenant_discovery_endpoint": "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [
            {
                "preferred_network": "login.microsoftonline.com",
                "preferred_cache": "login.windows.net",
                "aliases": ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
            },
            {
                "preferred_network": "login.partner.microsoftonline.cn",
                "preferred_cache": "login.partner.microsoftonline.cn",
                "aliases": ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
            },
            {
                "preferred_network": "login.microsoftonline.us",
                "preferred_cache": "login.microsoftonline.us",
                "aliases": ["login.microsoftonline.us", "login.usgovcloudapi.net"],
            },
        ],
    }))
    .into_response()
}
