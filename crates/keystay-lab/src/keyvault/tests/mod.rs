//! The data plane over HTTP, with a fake Entra.

mod access;
mod access_policies;
mod audit;
mod authentication;
mod backup;
mod certificates;
mod certificates_lifecycle;
mod claims_challenge;
mod deleted;
mod encryption;
mod imports;
mod issuers;
mod keys;
mod lists;
mod network_rules;
mod openssl;
mod renewal;
mod rotation;
mod secrets;
mod snapshot;
mod throttling;

use std::sync::Arc;

use aws_lc_rs::digest;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use openssl::OpensslFiles;

use super::{Scope, VaultProperties, VaultResource, Vaults, wire::BASE64URL};
use crate::{
    LabClock,
    authorization::{Authorization, PrincipalType, Role},
    bearer::{Caller, Principal, TokenCheck, TokenFault},
    ids::Ids,
    request_host::RequestHost,
};

const HOST: &str = "harborvault.vault.azure.net";
const TENANT: Uuid = Uuid::from_u128(0x1111);
const OWNER: Uuid = Uuid::from_u128(0xaaaa);
const GUEST: Uuid = Uuid::from_u128(0xbbbb);
const CREW: Uuid = Uuid::from_u128(0xcccc);

/// Takes the bearer text for the name of somebody or of a fault.
struct FakeEntra;

impl TokenCheck for FakeEntra {
    fn check(&self, bearer: &str, audience: &[&str]) -> Result<Caller, TokenFault> {
        assert!(audience.iter().any(|one| one.starts_with("https://")), "{audience:?}");
        let caller = |tenant_id, object_id| Caller {
            tenant_id,
            object_id,
            app_id: Some(Uuid::from_u128(0xdddd)),
            groups: vec![CREW],
        };
        match bearer {
            "owner" => Ok(Caller { groups: Vec::new(), ..caller(TENANT, OWNER) }),
            "guest" => Ok(caller(TENANT, GUEST)),
            "foreigner" => Ok(caller(Uuid::from_u128(0x2222), OWNER)),
            "wrong-audience" => Err(TokenFault::WrongAudience),
            "expired" => Err(TokenFault::Expired),
            _ => Err(TokenFault::Malformed),
        }
    }

    fn principal(&self, _tenant: Uuid, id: Uuid) -> Option<Principal> {
        (id == OWNER)
            .then(|| Principal { kind: PrincipalType::User, user_principal_name: Some("owner@harbor.test".into()) })
    }
}

/// A vault whose owner may do everything and whose guest may do nothing.
struct Bench {
    vaults: Arc<Vaults>,
    clock: LabClock,
    router: Router,
    host: &'static str,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Bench {
    fn new() -> Self {
        Self::at(HOST)
    }

    fn at(host: &'static str) -> Self {
        let clock = LabClock::new();
        let vaults = Vaults::new(clock.clone(), Ids::new(None), Arc::new(FakeEntra), Authorization::new(clock.clone()));
        vaults.create_vault(host, VaultResource::new(VaultProperties::new(TENANT)));
        vaults.assign_role(host, OWNER, &Role::Administrator, &Scope::Vault);
        Self { router: vaults.router(), vaults, clock, host }
    }

    /// Sends a request as somebody; `path` carries its own query.
    async fn send(&self, who: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let authorization = (!who.is_empty()).then(|| format!("Bearer {who}"));
        self.send_with(authorization, method, path, body).await
    }

    async fn send_with(&self, authorization: Option<String>, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("https://{}{path}", self.host));
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request = request.header("x-ms-client-request-id", "my-own-id").extension(RequestHost(self.host.into()));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("owner", "GET", &versioned(path), None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("owner", "POST", &versioned(path), Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("owner", "PUT", &versioned(path), Some(body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("owner", "PATCH", &versioned(path), Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send("owner", "DELETE", &versioned(path), None).await
    }

    /// Issues a certificate with these key properties and this content type, and returns its bundle.
    async fn certificate(&self, name: &str, key_props: Value, content_type: &str) -> Value {
        let created = self.post(&format!("/certificates/{name}/create"), order(key_props, content_type)).await;
        assert_eq!(created.status, StatusCode::ACCEPTED, "{}", created.body);
        let bundle = self.get(&format!("/certificates/{name}")).await;
        assert_eq!(bundle.status, StatusCode::OK, "{}", bundle.body);
        bundle.body
    }

    /// Makes a key; EC is quick.
    async fn key(&self, name: &str, request: Value) -> Value {
        let answer = self.post(&format!("/keys/{name}/create"), request).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    /// The attributes of all versions of an object, oldest first.
    async fn versions(&self, path: &str) -> Vec<Value> {
        let listed = self.get(&format!("/{path}/versions")).await;
        listed.body["value"].as_array().unwrap().iter().map(|version| version["attributes"].clone()).collect()
    }

    /// Asks a key to do something.
    async fn operate(&self, key: &str, operation: &str, request: Value) -> Answer {
        self.post(&format!("/keys/{key}/{operation}"), request).await
    }

    async fn sign(&self, key: &str, alg: &str, digest: &[u8]) -> Answer {
        self.operate(key, "sign", json!({ "alg": alg, "value": BASE64URL.encode(digest) })).await
    }
}

impl Answer {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    fn inner(&self) -> &str {
        self.body["error"]["innererror"]["code"].as_str().unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

fn versioned(path: &str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}api-version=2025-07-01")
}

fn order(key_props: impl Into<Value>, content_type: &str) -> Value {
    json!({ "policy": {
        "key_props": key_props.into(),
        "secret_props": { "contentType": content_type },
        "x509_props": { "subject": "CN=harbor" },
        "issuer": { "name": "Self" },
    } })
}

fn version_of(id: &Value) -> String {
    id.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn der_of(bundle: &Value) -> Vec<u8> {
    STANDARD.decode(bundle["cer"].as_str().unwrap()).unwrap()
}

/// The content of the certificate's public key BIT STRING.
fn public_key_of(der: &[u8]) -> Vec<u8> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).unwrap();
    certificate.public_key().subject_public_key.data.to_vec()
}

fn sha256(message: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, message).as_ref().to_vec()
}

const PFX: &str = "application/x-pkcs12";
const PEM: &str = "application/x-pem-file";
