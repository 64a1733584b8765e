//! The keys that the lab takes a signature from: no fuzzer would guess one, and behind the check are parsers as well.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use pem::Pem;
use serde_json::Value;

use crate::{
    FederatedCredential, Lab, NewOidcToken, OidcIssuer,
    directory::{PendingKey, TokenKey},
};

const SUBJECT: &str = "repo:harbor/insights:ref:refs/heads/main";

/// The token service's key, one that is registered on the ready application, and one of an issuer that it trusts.
pub(super) struct Signers {
    lab: PendingKey,
    app: EncodingKey,
    header: Header,
    issuer: Arc<TokenKey>,
}

#[allow(clippy::expect_used, reason = "a panic is what fuzzing looks for")]
impl Signers {
    /// Makes the keys and has the ready application trust them.
    pub(super) fn new(lab: &Lab) -> Self {
        let app = lab.seed().ready_app.expect("a ready app");
        let directory = lab.directory();
        let key = TokenKey::generate().expect("a key");
        let certificate = key.jwk()["x5c"][0].as_str().map(|text| BASE64_STANDARD.decode(text));
        let certificate = certificate.and_then(Result::ok).expect("a certificate");
        directory.add_certificate(app, &certificate, "fuzz").expect("registered");
        directory.set_mtls(app, true).expect("switched on");
        let issuer = OidcIssuer::GitHubActions;
        lab.issue_oidc_token(&NewOidcToken::new(issuer, SUBJECT)).expect("a token");
        let trust = FederatedCredential::new("fuzz", issuer.url(), SUBJECT);
        directory.add_federated_credential(app, trust).expect("trusted");
        let pem = pem::encode(&Pem::new("PRIVATE KEY", key.pkcs8()));
        Self {
            lab: lab.entra.key.clone(),
            app: EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key"),
            header: Header { x5t: Some(key.kid().to_owned()), ..Header::new(Algorithm::RS256) },
            issuer: lab.entra.issuers.known_key(issuer).expect("a key"),
        }
    }

    /// Claims signed by the lab's own token service.
    pub(super) fn lab(&self, claims: &Value) -> String {
        self.lab.get().and_then(|key| key.sign(claims)).expect("a signature")
    }

    /// Claims signed by the application.
    pub(super) fn app(&self, claims: &Value) -> String {
        encode(&self.header, claims, &self.app).expect("a signature")
    }

    /// Claims signed by the issuer outside Microsoft.
    pub(super) fn issuer(&self, claims: &Value) -> String {
        self.issuer.sign(claims).expect("a signature")
    }
}
