//! A lab, and the requests that a thief and a defender make of it.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use keystay_lab::{Lab, LabOptions, LabState};
use reqwest::{Certificate, Client, ClientBuilder, Method, Proxy, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const GRAPH: &str = "https://graph.microsoft.com";
pub(crate) const VAULT: &str = "https://harborvault.vault.azure.net";
pub(crate) const MANAGEMENT: &str = "https://management.azure.com";
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        Self { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// The body of an answer that must be a good one.
    #[track_caller]
    pub(crate) fn good(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        self.body
    }

    pub(crate) fn text(&self, field: &str) -> Option<String> {
        self.body[field].as_str().map(str::to_owned)
    }
}

/// A private key with its certificate.
pub(crate) struct KeyPair {
    pub(crate) der: Vec<u8>,
    /// The private key, in PEM.
    pub(crate) pem: String,
}

impl KeyPair {
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { x5t_s256: Some(thumbprint(&self.der)), ..Header::new(Algorithm::PS256) };
        encode(&header, claims, &EncodingKey::from_rsa_pem(self.pem.as_bytes()).unwrap()).unwrap()
    }
}

/// `x5t#S256`
pub(crate) fn thumbprint(der: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, der))
}

/// The lab with a client that goes through its proxy.
pub(crate) struct Azure {
    pub(crate) lab: Lab,
    pub(crate) http: Client,
    pub(crate) app: Uuid,
    pub(crate) home: Uuid,
    pub(crate) customer: Uuid,
}

impl Azure {
    pub(crate) async fn start(state: Option<LabState>) -> Self {
        let options = LabOptions::new().with_ready_app(true);
        let options = match state {
            Some(state) => options.with_state(state),
            None => options,
        };
        let lab = Lab::start(options).await.unwrap();
        let http = client(&lab).build().unwrap();
        let (app, home) = (lab.seed().ready_app.unwrap(), lab.seed().home.id);
        let customer = lab.seed().juniper.id;
        Self { lab, http, app, home, customer }
    }

    /// The lab's present moment, in whole seconds since 1970.
    pub(crate) fn unix(&self) -> u64 {
        self.lab.clock().now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }

    /// Sets the clock, forward or back.
    pub(crate) fn set_unix(&self, seconds: u64) {
        self.lab.clock().set(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    }

    /// Asks Entra for a token of the app.
    pub(crate) async fn ask(&self, tenant: Uuid, scope: &str, proof: &[(&str, &str)]) -> Answer {
        let (app, scope) = (self.app.to_string(), format!("{scope}/.default"));
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", &app), ("scope", &scope)];
        form.extend_from_slice(proof);
        let url = token_endpoint(tenant);
        Answer::to(self.http.post(url).form(&form)).await
    }

    /// The claims of an assertion of the app for a tenant.
    pub(crate) fn claims(&self, tenant: Uuid, now: u64, ends: u64) -> Value {
        json!({
            "aud": token_endpoint(tenant), "iss": self.app, "sub": self.app, "jti": Uuid::new_v4(), "nbf": now, "exp": ends,
        })
    }

    /// Has the vault sign a JWT. The refusal comes back, if it does not.
    pub(crate) async fn vault_sign(&self, token: &str, key: &VaultKey, claims: &Value) -> Result<String, Answer> {
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(&key.der) });
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let value = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, signed.as_bytes()));
        let request = self.http.post(format!("{}/sign?api-version=7.6", key.kid)).bearer_auth(token);
        let answer = Answer::to(request.json(&json!({ "alg": "PS256", "value": value }))).await;
        match answer.text("value") {
            Some(signature) => Ok(format!("{signed}.{signature}")),
            None => Err(answer),
        }
    }

    pub(crate) async fn vault_get(&self, token: &str, path: &str) -> Answer {
        Answer::to(self.http.get(format!("{VAULT}/{path}?api-version=7.6")).bearer_auth(token)).await
    }

    /// A certificate's key in the vault.
    pub(crate) async fn vault_key(&self, token: &str, name: &str) -> VaultKey {
        let certificate = self.vault_get(token, &format!("certificates/{name}")).await.good();
        let text = |field: &str| certificate[field].as_str().unwrap().to_owned();
        VaultKey {
            kid: text("kid"),
            der: BASE64_STANDARD.decode(text("cer")).unwrap(),
            ends: certificate["attributes"]["exp"].as_u64().unwrap(),
        }
    }

    pub(crate) async fn call(&self, method: Method, url: &str, token: &str, body: &Value) -> Answer {
        let request = self.http.request(method, url).bearer_auth(token);
        Answer::to(if body.is_null() { request } else { request.json(body) }).await
    }

    /// A token of an identity of the host, as code on it gets one; the host's own without a client id.
    pub(crate) async fn identity_token(&self, resource: &str, client_id: Option<Uuid>) -> String {
        let environment: HashMap<_, _> = self.lab.environment().into_iter().collect();
        let mut query = vec![("api-version", "2019-08-01".to_owned()), ("resource", resource.to_owned())];
        query.extend(client_id.map(|id| ("client_id", id.to_string())));
        let request = Client::new().get(&environment["IDENTITY_ENDPOINT"]).query(&query);
        let answer = Answer::to(request.header("X-IDENTITY-HEADER", &environment["IDENTITY_HEADER"])).await;
        answer.good()["access_token"].as_str().unwrap().to_owned()
    }

    /// A token of the vendor's operations, who answer the theft.
    pub(crate) async fn operator_token(&self, resource: &str) -> String {
        let operator = self.lab.seed().operator.unwrap();
        let (client_id, scope) = (operator.client_id.to_string(), format!("{resource}/.default"));
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client_id),
            ("client_secret", operator.client_secret),
            ("scope", &scope),
        ];
        let answer = Answer::to(self.http.post(token_endpoint(self.home)).form(&form)).await;
        answer.good()["access_token"].as_str().unwrap().to_owned()
    }

    /// The app's registration in Graph.
    pub(crate) fn registration(&self) -> String {
        format!("{GRAPH}/v1.0/applications(appId='{}')", self.app)
    }
}

/// A key in the vault, with its certificate.
#[derive(Clone)]
pub(crate) struct VaultKey {
    /// With its version.
    pub(crate) kid: String,
    pub(crate) der: Vec<u8>,
    /// In seconds since 1970.
    pub(crate) ends: u64,
}

pub(crate) fn token_endpoint(tenant: Uuid) -> String {
    format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
}

/// A client of the lab that is not finished yet.
pub(crate) fn client(lab: &Lab) -> ClientBuilder {
    Client::builder()
        .proxy(Proxy::https(lab.proxy_url()).unwrap())
        .tls_certs_only([Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()])
}
