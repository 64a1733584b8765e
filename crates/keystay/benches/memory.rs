//! What a cached token costs in memory, beside its own text: keystay and the official SDK in the same run.
//!
//! `cargo bench -p keystay --bench memory`

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    http::{AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, headers::Headers},
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use keystay::{Client, Scopes, Transport};
use uuid::Uuid;

const TENANTS: usize = 100_000;
const TOKEN_BYTES: usize = 1_600;
const APP: &str = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa";

/// A token endpoint that answers at once.
#[derive(Debug)]
struct Endpoint;

#[async_trait]
impl HttpClient for Endpoint {
    async fn execute_request(&self, _request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let token = "t".repeat(TOKEN_BYTES);
        let body = format!(r#"{{"token_type":"Bearer","expires_in":86399,"access_token":"{token}"}}"#);
        Ok(AsyncRawResponse::from_bytes(StatusCode::Ok, Headers::new(), body))
    }
}

/// An identity that always has an assertion.
#[derive(Debug)]
struct Identity;

#[async_trait]
impl TokenCredential for Identity {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
        Ok(AccessToken::new("assertion".to_owned(), expires.into()))
    }
}

fn tenant(number: usize) -> Uuid {
    Uuid::from_u128((number as u128) << 64 | 0x5eed)
}

/// Resident memory of this process in bytes (Linux, pages of 4 KiB).
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let transport = Transport::new(Arc::new(Endpoint));
    let client = Client::builder(APP.parse().unwrap())
        .federated_identity(Arc::new(Identity))
        .transport(transport.clone())
        .build()
        .unwrap();
    client.token(&tenant(TENANTS).into(), &Scopes::graph()).await.unwrap();
    let before = resident();
    for number in 0..TENANTS {
        client.token(&tenant(number).into(), &Scopes::graph()).await.unwrap();
    }
    report("keystay", resident() - before);
    assert_eq!(client.cached(), TENANTS + 1);

    let before = resident();
    let mut credentials = Vec::with_capacity(TENANTS);
    for number in 0..TENANTS {
        let client_options = ClientOptions { transport: Some(transport.clone()), ..ClientOptions::default() };
        let options = ClientSecretCredentialOptions { client_options };
        let (tenant, secret) = (tenant(number).to_string(), Secret::new("not a secret"));
        let credential = ClientSecretCredential::new(&tenant, APP.to_owned(), secret, Some(options)).unwrap();
        credential.get_token(&["https://graph.microsoft.com/.default"], None).await.unwrap();
        credentials.push(credential);
    }
    report("azure_identity, one credential per tenant, one transport", resident() - before);
}

fn report(name: &str, bytes: usize) {
    let each = bytes / TENANTS;
    println!("{name}: {each} bytes per tenant, {} beside the token's {TOKEN_BYTES}", each.saturating_sub(TOKEN_BYTES));
}
