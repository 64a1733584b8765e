//! What Entra publishes: OpenID metadata, keys, the list of clouds, and whose account a name is.

use axum::{
    Extension, Json,
    extract::{OriginalUri, Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use url::Url;

use super::{
    Entra,
    authority::{self, Authority},
    refusal::{Refusal, correlation},
    request::Fields,
};
use crate::{directory::TokenKey, network::Cloud, request_host::RequestHost};

/// Stands for the tenant in metadata that is not one tenant's.
const ANY_TENANT: &str = "{tenantid}";
/// The tenant of all personal accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The tenant that metadata is about, by id, and the name to ask its endpoints by.
struct Named {
    id: String,
    segment: String,
}

impl Named {
    fn find(entra: &Entra, tenant: &str, cloud: Cloud) -> Result<Self, Refusal> {
        let shared = |id: &str, segment: &str| Ok(Self { id: id.to_owned(), segment: segment.to_owned() });
        match Authority::parse(tenant) {
            Authority::Common => shared(ANY_TENANT, "common"),
            Authority::Organizations => shared(ANY_TENANT, "organizations"),
            Authority::Consumers => shared(CONSUMERS, "consumers"),
            Authority::Tenant(name) => {
                let found = authority::find(&entra.directory.read(), name, cloud);
                let found = found.map_err(|refusal| Refusal { error: "invalid_tenant", ..refusal })?;
                Ok(Self { id: found.to_string(), segment: found.to_string() })
            }
        }
    }
}

/// `/{tenant}/v2.0/.well-known/openid-configuration`, and the older one without `v2.0`.
pub(super) async fn openid_configuration(
    State(entra): State<Entra>,
    Extension(RequestHost(host)): Extension<RequestHost>,
    Path(tenant): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let cloud = Cloud::of(&host).unwrap_or(Cloud::Public);
    match Named::find(&entra, &tenant, cloud) {
        Ok(named) => Json(document(&named, cloud, uri.path().contains("/v2.0/"))).into_response(),
        Err(refusal) => refusal.answer(correlation(&headers, &Fields::default()), entra.clock.now().into()),
    }
}

fn document(named: &Named, cloud: Cloud, v2: bool) -> Value {
    let Named { id, segment } = named;
    let (host, mtls_host) = (cloud.login_host(), cloud.mtls_host());
    let base = format!("https://{host}/{segment}");
    let (oauth2, keys) = if v2 { ("oauth2/v2.0", "discovery/v2.0/keys") } else { ("oauth2", "discovery/keys") };
    let issuer = if v2 { format!("https://{host}/{id}/v2.0") } else { format!("https://sts.windows.net/{id}/") };
    let userinfo =
        if v2 { "https://graph.microsoft.com/oidc/userinfo".to_owned() } else { format!("{base}/openid/userinfo") };
    let mut document = json!({
        "issuer": issuer,
        "token_endpoint": format!("{base}/{oauth2}/token"),
        "authorization_endpoint": format!("{base}/{oauth2}/authorize"),
        "device_authorization_endpoint": format!("{base}/{oauth2}/devicecode"),
        "end_session_endpoint": format!("{base}/{oauth2}/logout"),
        "userinfo_endpoint": userinfo,
        "jwks_uri": format!("{base}/{keys}"),
        "kerberos_endpoint": format!("{base}/kerberos"),
        "mtls_endpoint_aliases": { "token_endpoint": format!("https://{mtls_host}/{segment}/{oauth2}/token") },
        "tls_client_certificate_bound_access_tokens": true,
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [
            "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud",
            "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash",
            "email",
        ],
        "request_uri_parameter_supported": false,
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "tenant_region_scope": if id == ANY_TENANT { Value::Null } else { "EU".into() },
        "cloud_instance_name": cloud.instance_name(),
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    });
    if !v2 {
        document["microsoft_multi_refresh_token"] = true.into();
        document["check_session_iframe"] = format!("{base}/oauth2/checksession").into();
    }
    document
}

/// `/{tenant}/discovery/v2.0/keys`, and the older one, which does not say whose a key is.
pub(super) async fn keys(
    State(entra): State<Entra>,
    Extension(RequestHost(host)): Extension<RequestHost>,
    Path(tenant): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let cloud = Cloud::of(&host).unwrap_or(Cloud::Public);
    let named = match Named::find(&entra, &tenant, cloud) {
        Ok(named) => named,
        Err(refusal) => return refusal.answer(correlation(&headers, &Fields::default()), entra.clock.now().into()),
    };
    let Ok(mut key) = entra.key.get().map(TokenKey::jwk) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if uri.path().contains("/v2.0/") {
        key["issuer"] = format!("https://{}/{}/v2.0", cloud.login_host(), named.id).into();
    }
    Json(json!({ "keys": [key] })).into_response()
}

/// `/common/discovery/instance`: which login hosts belong together. Libraries ask about a host they do not know.
pub(super) async fn instance(State(entra): State<Entra>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    match discover(&query) {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.answer(correlation(&headers, &query), entra.clock.now().into()),
    }
}

fn discover(query: &Fields) -> Result<Value, Refusal> {
    let unknown =
        || Refusal { error: "invalid_instance", ..Refusal::bad_request(50_049, "Unknown or invalid instance.") };
    let asked = Url::parse(query.require("authorization_endpoint")?).map_err(|_| unknown())?;
    let host = asked.host_str().unwrap_or_default();
    if asked.scheme() != "https" || Cloud::of(host).is_none() {
        return Err(unknown());
    }
    let tenant = asked.path_segments().and_then(|mut segments| segments.next()).unwrap_or("common");
    let version = if asked.path().contains("/v2.0/") { "/v2.0" } else { "" };
    let endpoint = format!("https://{host}/{tenant}{version}/.well-known/openid-configuration");
    let mut body = json!({ "tenant_discovery_endpoint": endpoint, "api-version": "1.0" });
    if query.get("api-version") != Some("1.0") {
        body["api-version"] = "1.1".into();
        body["metadata"] = Cloud::ALL
            .into_iter()
            .map(|cloud| {
                json!({
                    "preferred_network": cloud.login_host(),
                    "preferred_cache": cloud.cache_host(),
                    "aliases": cloud.login_hosts(),
                })
            })
            .collect();
    }
    Ok(body)
}

/// `/common/userrealm/{user}`: whether a password is checked here or by a federation. Here, for every domain there is.
pub(super) async fn user_realm(State(entra): State<Entra>, Path(user): Path<String>) -> Response {
    let domain = user.rsplit_once('@').map_or("", |(_, domain)| domain);
    if entra.directory.read().find_tenant(domain).is_none() {
        return Json(json!({ "ver": "1.0", "account_type": "Unknown" })).into_response();
    }
    Json(json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": domain,
        "cloud_instance_name": Cloud::Public.instance_name(),
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }))
    .into_response()
}
