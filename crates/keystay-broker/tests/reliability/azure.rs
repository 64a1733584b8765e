//! An Azure in memory: a vault that signs, an Entra that checks what was signed, and both fail when told.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use aws_lc_rs::{
    digest::{Digest, SHA256},
    rsa::KeyPair,
    signature::{RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, UnparsedPublicKey},
};
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
    http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode, headers::Headers},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::{
    time::ComputerClock,
    weather::{Trouble, Weather},
};

/// Certificate and key of the app.
const SIGNER: &str = include_str!("../../../keystay/tests/data/signer.pem");
pub const APP: &str = "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa";
pub const VAULT: &str = "https://signer.vault.azure.net";

/// A token that was sent, as the oracle remembers it.
#[derive(Clone, Debug)]
pub struct Issued {
    pub tenant: String,
    pub scope: String,
    /// Seconds since 1970, truly.
    pub expires: u64,
    /// The end as its receiver can know it: counted from the request, not from the answer.
    pub known_to_live_until: u64,
    /// How often the broker had been started when it was sent.
    pub life_of_broker: u32,
    pub sent_at: Duration,
}

/// Vault and Entra.
pub struct Azure {
    clock: ComputerClock,
    weather: Arc<Weather>,
    key: KeyPair,
    certificate: Vec<u8>,
    public_key: Vec<u8>,
    record: Mutex<Record>,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Record {
    pub issued: HashMap<String, Issued>,
    pub signs: usize,
    pub token_requests: usize,
    pub bad_assertions: usize,
    /// Assertions that were not what they must be; the clock's fault is no such thing.
    pub wrongs: Vec<String>,
}

impl Azure {
    pub fn new(clock: ComputerClock, weather: Arc<Weather>) -> Self {
        let files = pem::parse_many(SIGNER).unwrap();
        let of = |tag: &str| files.iter().find(|file| file.tag() == tag).unwrap().contents().to_vec();
        let certificate = of("CERTIFICATE");
        let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).unwrap();
        let public_key = parsed.public_key().raw.to_vec();
        let key = KeyPair::from_pkcs8(&of("PRIVATE KEY")).unwrap();
        Self { clock, weather, key, certificate, public_key, record: Mutex::default() }
    }

    /// A look at what happened, or a change of it.
    pub fn record<T>(&self, look: impl FnOnce(&mut Record) -> T) -> T {
        look(&mut self.record.lock().unwrap())
    }

    fn is(&self, trouble: Trouble) -> bool {
        self.weather.is(trouble, self.clock.of_day())
    }

    async fn vault(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if self.is(Trouble::VaultDown) {
            return Err(refused());
        }
        pass(if self.is(Trouble::VaultSlow) { 8_000 } else { 15 }).await;
        if self.is(Trouble::VaultThrottles) {
            return Ok(answer(429, &[], &json!({ "error": { "code": "Throttled", "message": "too many" } })));
        }
        if self.is(Trouble::VaultForbids) {
            let inner = json!({ "code": "ForbiddenByFirewall" });
            let error = json!({ "code": "Forbidden", "message": "not from here", "innererror": inner });
            return Ok(answer(403, &[], &json!({ "error": error })));
        }
        if request.headers().get_optional_str(&"authorization".into()).is_none() {
            let challenge = "Bearer authorization=\"https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47\", resource=\"https://vault.azure.net\"";
            return Ok(answer(401, &[("www-authenticate", challenge)], &json!({})));
        }
        let key_id = format!("{VAULT}/keys/signer/v1");
        if request.url().path().starts_with("/certificates/") {
            let policy = json!({ "key_props": { "exportable": false, "kty": "RSA" } });
            let certificate = json!({ "id": format!("{VAULT}/certificates/signer/v1"), "kid": key_id,
                "cer": BASE64_STANDARD.encode(&self.certificate), "policy": policy });
            return Ok(answer(200, &[], &certificate));
        }
        let asked: Value = serde_json::from_slice(&bytes(request)).unwrap();
        assert_eq!(asked["alg"], "PS256");
        let digest = BASE64_URL_SAFE_NO_PAD.decode(asked["value"].as_str().unwrap().trim_end_matches('=')).unwrap();
        let digest = Digest::import_less_safe(&digest, &SHA256).unwrap();
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign_digest(&RSA_PSS_SHA256, &digest, &mut signature).unwrap();
        self.record(|record| record.signs += 1);
        Ok(answer(200, &[], &json!({ "kid": key_id, "value": BASE64_URL_SAFE_NO_PAD.encode(signature) })))
    }

    async fn entra(&self, request: &Request, life_of_broker: u32) -> azure_core::Result<AsyncRawResponse> {
        let number = self.record(|record| {
            record.token_requests += 1;
            record.token_requests
        });
        if self.is(Trouble::EntraDown) {
            return Err(refused());
        }
        let arrived = self.clock.true_time();
        pass(if self.is(Trouble::EntraSlow) { 12_000 } else { 40 }).await;
        if self.is(Trouble::EntraBusy) {
            return Ok(answer(503, &[], &json!({ "error": "temporarily_unavailable" })));
        }
        if self.is(Trouble::EntraThrottles) {
            return Ok(answer(429, &[("retry-after", "20")], &json!({ "error": "throttled" })));
        }
        if self.is(Trouble::EntraLies) {
            return Ok(match number % 3 {
                0 => raw(200, &[], b"<html>Welcome to the hotel".to_vec()),
                1 => raw(200, &[], br#"{"token_type":"Bearer","expires_in":3600,"acc"#.to_vec()),
                _ => answer(200, &[], &json!({ "token_type": "Bearer", "expires_in": 0, "access_token": "dead" })),
            });
        }
        let form: HashMap<String, String> = url::form_urlencoded::parse(&bytes(request)).into_owned().collect();
        let tenant = request.url().path().split('/').nth(1).unwrap().to_owned();
        if !self.accepts(&form["client_assertion"], request.url().as_str()) {
            self.record(|record| record.bad_assertions += 1);
            let body = json!({ "error": "invalid_client", "error_codes": [700_024],
                "error_description": "AADSTS700024: Client assertion is not within its valid time range." });
            let date =
                time::OffsetDateTime::from_unix_timestamp(i64::try_from(self.clock.true_time()).unwrap()).unwrap();
            let date = date.format(&time::format_description::well_known::Rfc2822).unwrap();
            return Ok(answer(401, &[("date", &date)], &body));
        }
        // 60 to 90 minutes, as Entra does
        let life = 3600 + (number as u64 * 977) % 1800;
        let expires = self.clock.true_time() + life;
        let claims = json!({ "tid": tenant, "uti": format!("uti-{number}"), "exp": expires });
        let token = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
        let sent_at = self.clock.of_day();
        let scope = form["scope"].clone();
        self.record(|record| {
            let known_to_live_until = arrived + life;
            let issued = Issued { tenant, scope, expires, known_to_live_until, life_of_broker, sent_at };
            record.issued.insert(token.clone(), issued);
        });
        Ok(answer(200, &[], &json!({ "token_type": "Bearer", "expires_in": life, "access_token": token })))
    }

    /// Signature, audience and app must always be right; only the time may be wrong, where the computer's clock is.
    fn accepts(&self, assertion: &str, endpoint: &str) -> bool {
        let parts: Vec<&str> = assertion.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("no JWT") };
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
        let signed = format!("{header}.{claims}");
        let genuine = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &self.public_key)
            .verify(signed.as_bytes(), &decode(signature))
            .is_ok();
        let claims: Value = serde_json::from_slice(&decode(claims)).unwrap();
        if !genuine || claims["aud"] != endpoint || claims["iss"] != APP || claims["sub"] != APP {
            self.record(|record| record.wrongs.push("an assertion with a wrong signature, audience or app".into()));
        }
        let now = self.clock.true_time();
        claims["nbf"].as_u64().unwrap() <= now + 300 && claims["exp"].as_u64().unwrap() + 300 > now
    }
}

impl fmt::Debug for Azure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Azure")
    }
}

/// The connections of one broker, from its start until it is killed.
#[derive(Debug)]
pub struct Line {
    pub azure: Arc<Azure>,
    pub life_of_broker: u32,
}

#[async_trait]
impl HttpClient for Line {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if request.url().as_str().starts_with(VAULT) {
            self.azure.vault(request).await
        } else {
            self.azure.entra(request, self.life_of_broker).await
        }
    }
}

/// The broker's own identity towards the vault.
#[derive(Debug)]
pub struct HostIdentity;

#[async_trait]
impl TokenCredential for HostIdentity {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        // the SDK keeps it by the real clock
        Ok(AccessToken::new("vault-token", time::OffsetDateTime::now_utc() + time::Duration::days(365)))
    }
}

async fn pass(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

fn refused() -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Connection, "connection refused")
}

fn bytes(request: &Request) -> Vec<u8> {
    match request.body() {
        Body::Bytes(bytes) => bytes.to_vec(),
        Body::SeekableStream(_) => Vec::new(),
    }
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &Value) -> AsyncRawResponse {
    raw(status, headers, body.to_string().into_bytes())
}

fn raw(status: u16, headers: &[(&'static str, &str)], body: Vec<u8>) -> AsyncRawResponse {
    let mut all = Headers::new();
    all.insert("content-type", "application/json");
    for (name, value) in headers {
        all.insert(*name, (*value).to_owned());
    }
    AsyncRawResponse::from_bytes(StatusCode::from(status), all, body)
}
