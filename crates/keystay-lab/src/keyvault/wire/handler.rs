//! From an HTTP request to an operation and back, with the headers every answer has.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Extension, Router,
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use tokio::time::Instant;

use super::{
    api_version::ApiVersion,
    call::Call,
    error::VaultError,
    routes,
    visit::{CLIENT_REQUEST_ID, Visit},
};
use crate::{
    bearer::Caller,
    ids::passing_id,
    keyvault::{access, vault::Vaults},
    query::Query,
    request_host::RequestHost,
};

/// One handler for all paths: the service's paths have empty segments and trailing slashes a route table would not keep.
pub(in crate::keyvault) fn router(vaults: Arc<Vaults>) -> Router {
    Router::new().fallback(answer).with_state(vaults)
}

async fn answer(State(vaults): State<Arc<Vaults>>, host: Option<Extension<RequestHost>>, request: Request) -> Response {
    let arrival = Instant::now();
    let client_request_id = request.headers().get(CLIENT_REQUEST_ID).cloned();
    let request_id = passing_id().to_string();
    let host = host.map(|Extension(RequestHost(host))| host).unwrap_or_default();
    let mut location = None;
    let mut response = match vaults.vault(&host) {
        Err(error) => error.into_response(),
        Ok(vault) => {
            let (parts, body) = request.into_parts();
            let visit = Visit::new(vault, parts);
            location = HeaderValue::try_from(&visit.resource.location).ok();
            let entry = vaults.authenticate(&visit.vault, &visit.parts.headers);
            let (caller, outcome) = match entry {
                Ok(caller) => (Some(caller.clone()), operate(&vaults, &visit, caller, body).await),
                Err(error) => (None, Err(error)),
            };
            vaults.record(&visit, caller.as_ref(), &outcome, &request_id, arrival.elapsed());
            outcome.unwrap_or_else(IntoResponse::into_response)
        }
    };
    let address = vaults.client_network.read().address;
    add_headers(response.headers_mut(), &request_id, client_request_id, location, address);
    response
}

/// The order of the checks is the service's: vault, token, network, api-version, limits, then the operation with its own right.
async fn operate(vaults: &Vaults, visit: &Visit, caller: Caller, body: Body) -> Result<Response, VaultError> {
    access::admit(visit, &caller, &vaults.client_network.read())?;
    let query = Query::parse(visit.parts.uri.query().unwrap_or_default());
    let api_version = ApiVersion::parse(query.get("api-version"))?;
    let method = visit.method.clone()?;
    let path = visit.parts.uri.path();
    let now = vaults.clock.unix();
    let body = read(body).await?;
    let call = Call {
        vault: Arc::clone(&visit.vault),
        resource: Arc::clone(&visit.resource),
        authorization: vaults.authorization.clone(),
        operation: visit.operation,
        caller,
        api_version,
        query,
        body,
        now,
    };
    vaults.throttle.charge(&call, path, vaults.clock.now())?;

    if routes::is_slow(&call, path) {
        let aborted = || VaultError::internal("the operation was aborted");
        let place = Arc::clone(&vaults.workshop).acquire_owned().await.map_err(|_| aborted())?;
        let path = path.to_owned();
        // making a key takes up to seconds; other requests must not wait behind it
        let work = move || {
            // held by the work and not by the request: a caller who leaves does not make room for the next order
            let _place = place;
            routes::dispatch(&call, &method, &path)
        };
        return tokio::task::spawn_blocking(work).await.map_err(|_| aborted())?;
    }
    routes::dispatch(&call, &method, path)
}

async fn read(body: Body) -> Result<Bytes, VaultError> {
    let too_long = || VaultError::bad_parameter(format!("The request body is longer than {LARGEST_BODY} bytes."));
    // one that says so itself is not read to the limit
    if usize::try_from(body.size_hint().lower()).is_ok_and(|length| length <= LARGEST_BODY) {
        to_bytes(body, LARGEST_BODY).await.map_err(|_| too_long())
    } else {
        Err(too_long())
    }
}

fn add_headers(
    headers: &mut HeaderMap,
    request_id: &str,
    client_request_id: Option<HeaderValue>,
    location: Option<HeaderValue>,
    address: IpAddr,
) {
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(HeaderName::from_static("x-ms-request-id"), id.clone());
        headers.insert(CLIENT_REQUEST_ID, client_request_id.unwrap_or(id));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if let Some(location) = location {
        headers.insert(HeaderName::from_static("x-ms-keyvault-region"), location);
    }
    headers.insert(HeaderName::from_static("x-ms-keyvault-service-version"), HeaderValue::from_static(SERVICE_VERSION));
    let family = if address.is_ipv4() { ("Ipv4", "InterNetwork") } else { ("Ipv6", "InterNetworkV6") };
    let network = format!("conn_type={};addr={address};act_addr_fam={};", family.0, family.1);
    if let Ok(network) = HeaderValue::try_from(network) {
        headers.insert(HeaderName::from_static("x-ms-keyvault-network-info"), network);
    }
}

const SERVICE_VERSION: &str = "1.9.0.0";

/// A certificate import is the largest thing a vault takes: a few tens of kilobytes.
const LARGEST_BODY: usize = 1 << 20;
