//! From an HTTP request to an operation and back, with the headers every answer has.

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};

use super::{
    api_version::ApiVersion,
    call::{Call, Query},
    error::VaultError,
    routes,
    vaults::Vaults,
};
use crate::{ids::passing_id, request_host::RequestHost, subscription::DEFAULT_LOCATION};

/// One handler for all paths: the service's paths have empty segments and trailing slashes a route table would not keep.
pub(super) fn router(vaults: Arc<Vaults>) -> Router {
    Router::new().fallback(answer).with_state(vaults)
}

async fn answer(State(vaults): State<Arc<Vaults>>, host: Option<Extension<RequestHost>>, request: Request) -> Response {
    let client_request_id = request.headers().get(CLIENT_REQUEST_ID).cloned();
    let host = host.map(|Extension(RequestHost(host))| host).unwrap_or_default();
    let mut response = match operate(vaults, &host, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    add_headers(response.headers_mut(), client_request_id);
    response
}

/// The order of the checks is the service's: vault, token, api-version, then the operation with its own right.
async fn operate(vaults: Arc<Vaults>, host: &str, request: Request) -> Result<Response, VaultError> {
    let vault = vaults.vault(host)?;
    let (parts, body) = request.into_parts();
    let caller = vaults.authenticate(&vault, &parts.headers)?;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let api_version = ApiVersion::parse(query.get("api-version"))?;
    let method = effective_method(&parts.method, &parts.headers)?;
    let path = parts.uri.path().to_owned();
    let now = vaults.clock.unix();
    let body = read(body).await?;
    let call = Call { vault, caller, api_version, query, body, now };

    if routes::is_slow(&call, &path) {
        // making a key takes up to seconds; other requests must not wait behind it
        return tokio::task::spawn_blocking(move || routes::dispatch(&call, &method, &path))
            .await
            .map_err(|_| VaultError::internal("the operation was aborted"))?;
    }
    routes::dispatch(&call, &method, &path)
}

async fn read(body: Body) -> Result<axum::body::Bytes, VaultError> {
    to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|_| VaultError::bad_parameter(format!("The request body is longer than {LARGEST_BODY} bytes.")))
}

/// A client behind a proxy that lets only GET and POST through names the real method in a header.
fn effective_method(method: &Method, headers: &HeaderMap) -> Result<Method, VaultError> {
    match headers.get(METHOD_OVERRIDE).filter(|_| method == Method::POST) {
        None => Ok(method.clone()),
        Some(name) => Method::from_bytes(name.as_bytes())
            .map_err(|_| VaultError::bad_parameter("The X-HTTP-METHOD header names no HTTP method.")),
    }
}

fn add_headers(headers: &mut HeaderMap, client_request_id: Option<HeaderValue>) {
    if let Ok(id) = HeaderValue::try_from(passing_id().to_string()) {
        headers.insert(HeaderName::from_static("x-ms-request-id"), id.clone());
        headers.insert(CLIENT_REQUEST_ID, client_request_id.unwrap_or(id));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-ms-keyvault-region"), HeaderValue::from_static(DEFAULT_LOCATION));
    headers.insert(HeaderName::from_static("x-ms-keyvault-service-version"), HeaderValue::from_static(SERVICE_VERSION));
    headers.insert(HeaderName::from_static("x-ms-keyvault-network-info"), HeaderValue::from_static(NETWORK_INFO));
}

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method");
const SERVICE_VERSION: &str = "1.9.0.0";
const NETWORK_INFO: &str = "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;";

/// A certificate import is the largest thing a vault takes: a few tens of kilobytes.
const LARGEST_BODY: usize = 1 << 20;
