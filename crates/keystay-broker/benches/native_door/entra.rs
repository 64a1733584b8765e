//! A token endpoint that answers at once.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    http::{AsyncRawResponse, HttpClient, Request, StatusCode, headers::Headers},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// What an app-only token for Graph has.
pub(crate) const TOKEN_BYTES: usize = 1800;

/// Gives every tenant a token for ten hours.
#[derive(Debug, Default)]
pub(crate) struct Entra {
    issued: AtomicU64,
}

#[async_trait]
impl HttpClient for Entra {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let tenant = request.url().path().split('/').nth(1).unwrap();
        let claims = format!(r#"{{"tid":"{tenant}","uti":"{number}","filler":"{}"}}"#, "x".repeat(900));
        let mut token = format!("eyJhbGciOiJSUzI1NiJ9.{}.", BASE64_URL_SAFE_NO_PAD.encode(claims));
        token.extend(std::iter::repeat_n('s', TOKEN_BYTES - token.len()));
        let body = format!(r#"{{"token_type":"Bearer","expires_in":36000,"access_token":"{token}"}}"#);
        Ok(AsyncRawResponse::from_bytes(StatusCode::Ok, Headers::new(), body))
    }
}

/// An identity whose tokens prove the app: no signature is measured here.
#[derive(Debug)]
pub(crate) struct HostIdentity;

#[async_trait]
impl TokenCredential for HostIdentity {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("assertion", time::OffsetDateTime::now_utc() + time::Duration::days(1)))
    }
}
