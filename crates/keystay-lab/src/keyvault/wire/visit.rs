//! One request to a vault, from its arrival to its record in the audit log.

use std::{sync::Arc, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, Method, StatusCode, header, request::Parts},
    response::Response,
};

use super::error::VaultError;
use crate::{
    bearer::Caller,
    keyvault::{
        access::Operation,
        audit::Event,
        vault::{Vault, VaultResource, Vaults},
    },
};

/// A request to a vault that exists, before it is known who asks.
pub(in crate::keyvault) struct Visit {
    pub(in crate::keyvault) vault: Arc<Vault>,
    /// How the vault was set up when the request came in.
    pub(in crate::keyvault) resource: Arc<VaultResource>,
    pub(in crate::keyvault) parts: Parts,
    /// The method it means.
    pub(in crate::keyvault) method: Result<Method, VaultError>,
    /// `None` for one the service does not have.
    pub(in crate::keyvault) operation: Option<Operation>,
}

impl Visit {
    pub(in crate::keyvault) fn new(vault: Arc<Vault>, parts: Parts) -> Self {
        let method = effective_method(&parts.method, &parts.headers);
        let operation = method.as_ref().ok().and_then(|method| Operation::of(method, parts.uri.path()));
        Self { resource: vault.resource(), vault, parts, method, operation }
    }

    fn header(&self, name: &HeaderName) -> Option<String> {
        let text = self.parts.headers.get(name)?.to_str().ok()?;
        Some(text.chars().take(LONGEST_TEXT).collect())
    }
}

impl Vaults {
    /// Writes down how a request ended. Where the token was missing or refused, the service calls it an authentication.
    pub(in crate::keyvault) fn record(
        &self,
        visit: &Visit,
        caller: Option<&Caller>,
        outcome: &Result<Response, VaultError>,
        request_id: &str,
        duration: Duration,
    ) {
        let (status, description) = match outcome {
            Ok(response) => (response.status(), String::new()),
            Err(error) => (error.status, error.message.clone()),
        };
        let named = visit.operation.map(|operation| operation.name);
        let Some(operation) = (if status == StatusCode::UNAUTHORIZED { Some("Authentication") } else { named }) else {
            return;
        };
        let uri = &visit.parts.uri;
        let query = uri.query().unwrap_or_default();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let version = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "api-version");
        let principal = caller.and_then(|caller| self.tokens.principal(caller.tenant_id, caller.object_id));
        self.audit.write(Event {
            at: self.clock.now().into(),
            host: &visit.vault.host,
            resource_id: visit.resource.id(&visit.vault.host),
            operation,
            operation_version: version.as_ref().map_or("", |(_, version)| version),
            status,
            description,
            duration,
            address: self.client_network.read().address,
            correlation_id: visit.header(&CLIENT_REQUEST_ID).unwrap_or_else(|| request_id.to_owned()),
            caller,
            user_principal_name: principal.and_then(|principal| principal.user_principal_name),
            client: visit.header(&header::USER_AGENT).unwrap_or_default(),
            uri: format!("https://{}{}", visit.vault.host, target).chars().take(LONGEST_TEXT).collect(),
            object: object(uri.path()).to_owned(),
        });
    }
}

/// The object a path is about: `keys/{name}/{version}` without the verb behind it.
fn object(path: &str) -> &str {
    let path = path.trim_matches('/');
    let is_id = |segment: &str| segment.len() == 32 && segment.bytes().all(|byte| byte.is_ascii_hexdigit());
    let versioned = path.split('/').nth(2).is_some_and(is_id);
    let wanted = if versioned { 3 } else { 2 };
    path.match_indices('/').nth(wanted - 1).map_or(path, |(end, _)| &path[..end])
}

/// A client behind a proxy that lets only GET and POST through names the real method in a header.
fn effective_method(method: &Method, headers: &HeaderMap) -> Result<Method, VaultError> {
    match headers.get(METHOD_OVERRIDE).filter(|_| method == Method::POST) {
        None => Ok(method.clone()),
        Some(name) => Method::from_bytes(name.as_bytes())
            .map_err(|_| VaultError::bad_parameter("The X-HTTP-METHOD header names no HTTP method.")),
    }
}

pub(super) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method");
/// What a caller writes is kept, but not without end.
const LONGEST_TEXT: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_of_a_path_leaves_the_verb_out() {
        let version = "0123456789abcdef0123456789abcdef";
        assert_eq!(object(&format!("/keys/harbor/{version}/sign")), format!("keys/harbor/{version}"));
        assert_eq!(object("/keys/harbor/sign"), "keys/harbor");
        assert_eq!(object("/keys/harbor/"), "keys/harbor");
        assert_eq!(object("/certificates"), "certificates");
        assert_eq!(object("/"), "");
    }
}
