//! A lab, a client that trusts it, and keys to sign assertions with.

use std::{collections::HashMap, sync::LazyLock, time::SystemTime};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use keystay_lab::{Lab, LabOptions};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use reqwest::{Certificate, Client, Proxy, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) const GRAPH: &str = "https://graph.microsoft.com/.default";

/// A key whose certificate can be registered on an application.
pub(crate) struct ClientKey {
    pub(crate) der: Vec<u8>,
    pub(crate) signing: EncodingKey,
    /// Certificate and key, for TLS.
    pub(crate) pem: String,
    pub(crate) x5t: String,
    pub(crate) x5t_s256: String,
}

/// Registered by [`Bench::ready`].
pub(crate) static KEY: LazyLock<ClientKey> = LazyLock::new(|| client_key(365));
/// Registered nowhere.
pub(crate) static OTHER_KEY: LazyLock<ClientKey> = LazyLock::new(|| client_key(365));

fn client_key(days: i64) -> ClientKey {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let mut params = CertificateParams::default();
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(days);
    let certificate = params.self_signed(&key).unwrap();
    let der = certificate.der().to_vec();
    ClientKey {
        pem: certificate.pem() + &key.serialize_pem(),
        x5t: BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der)),
        x5t_s256: BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &der)),
        signing: EncodingKey::from_rsa_pem(key.serialize_pem().as_bytes()).unwrap(),
        der,
    }
}

/// A lab and a client that meets it through its proxy.
pub(crate) struct Bench {
    pub(crate) lab: Lab,
    pub(crate) http: Client,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body =
            serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
        Self { status, headers, body }
    }

    /// The AADSTS code, after checking that the whole answer has the shape of a refusal.
    #[track_caller]
    pub(crate) fn aadsts(&self) -> u64 {
        let code = self.body["error_codes"][0].as_u64().unwrap_or_else(|| panic!("not a refusal: {self:?}"));
        let description = self.body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        assert!(
            description.contains("\r\nTrace ID: ") && description.contains("\r\nCorrelation ID: "),
            "{description}"
        );
        for field in ["error", "timestamp", "trace_id", "correlation_id"] {
            assert!(self.body[field].is_string(), "{field} is missing: {}", self.body);
        }
        code
    }

    #[track_caller]
    pub(crate) fn token(&self) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body["access_token"].as_str().unwrap()
    }

    /// The claims of the token, unchecked.
    #[track_caller]
    pub(crate) fn claims(&self) -> Value {
        jsonwebtoken::dangerous::insecure_decode::<Value>(self.token()).unwrap().claims
    }
}

/// A client with connections of its own.
pub(crate) fn client(lab: &Lab) -> Client {
    Client::builder()
        .proxy(Proxy::https(lab.proxy_url()).unwrap())
        .tls_certs_only([Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()])
        .redirect(Policy::none())
        .build()
        .unwrap()
}

impl Bench {
    pub(crate) async fn start(options: LabOptions) -> Self {
        let lab = Lab::start(options).await.unwrap();
        let http = client(&lab);
        Self { lab, http }
    }

    /// A lab whose ready application has [`KEY`] registered.
    pub(crate) async fn ready() -> Self {
        let bench = Self::start(LabOptions::new().with_ready_app(true)).await;
        bench.lab.directory().add_certificate(bench.app(), &KEY.der, "test").unwrap();
        bench
    }

    pub(crate) fn app(&self) -> Uuid {
        self.lab.seed().ready_app.unwrap()
    }

    /// The id under which [`KEY`] is registered; the certificates of the vault are registered beside it.
    pub(crate) fn key_id(&self) -> Uuid {
        let app = self.lab.directory().application(self.app()).unwrap();
        app.key_credentials.iter().find(|one| one.certificate.der() == KEY.der).unwrap().key_id
    }

    pub(crate) fn juniper(&self) -> Uuid {
        self.lab.seed().juniper.id
    }

    /// The lab's time.
    pub(crate) fn now(&self) -> i64 {
        let now = self.lab.clock().now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        i64::try_from(now.as_secs()).unwrap()
    }

    /// The claims of a good assertion for Juniper.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "aud": token_endpoint(&self.juniper()),
            "iss": self.app(),
            "sub": self.app(),
            "jti": Uuid::new_v4(),
            "nbf": self.now(),
            "exp": self.now() + 300,
        })
    }

    /// Asks Juniper's token endpoint with these assertion claims, signed as the product does it.
    pub(crate) async fn ask_with(&self, claims: &Value) -> Answer {
        self.ask(&self.juniper(), &ps256(&KEY, claims)).await
    }

    /// Asks for a Graph token with an assertion.
    pub(crate) async fn ask(&self, tenant: &impl ToString, assertion: &str) -> Answer {
        let fields = assertion_fields(self.app(), assertion);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.post(&token_endpoint(tenant), &fields).await
    }

    /// A token for the ready application at a tenant.
    pub(crate) async fn app_token(&self, tenant: Uuid) -> Answer {
        let mut claims = self.claims();
        claims["aud"] = token_endpoint(&tenant).into();
        self.ask(&tenant, &ps256(&KEY, &claims)).await
    }

    /// Signs a person in for Graph.
    pub(crate) async fn sign_in(&self, user: &str, password: &str) -> Answer {
        let fields = [
            ("grant_type", "password"),
            ("client_id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"),
            ("username", user),
            ("password", password),
            ("scope", GRAPH),
        ];
        self.post(&token_endpoint(&"organizations"), &fields).await
    }

    pub(crate) async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::read(self.http.post(url).form(fields).send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, url: &str, token: &str) -> Answer {
        Answer::read(self.http.get(url).bearer_auth(token).send().await.unwrap()).await
    }

    /// Calls Graph with a body.
    pub(crate) async fn graph(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let url = format!("https://graph.microsoft.com/v1.0/{path}");
        let request = self.http.request(method.parse().unwrap(), url).bearer_auth(token).json(body);
        Answer::read(request.send().await.unwrap()).await
    }
}

pub(crate) fn token_endpoint(tenant: &impl ToString) -> String {
    format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", tenant.to_string())
}

pub(crate) fn assertion_fields(app: Uuid, assertion: &str) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", app.to_string()),
        ("scope", GRAPH.to_owned()),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
        ("client_assertion", assertion.to_owned()),
    ]
}

/// PS256 with the SHA-256 thumbprint.
pub(crate) fn ps256(key: &ClientKey, claims: &Value) -> String {
    let header = Header { x5t_s256: Some(key.x5t_s256.clone()), ..Header::new(Algorithm::PS256) };
    encode(&header, claims, &key.signing).unwrap()
}

/// RS256 with the SHA-1 thumbprint.
pub(crate) fn rs256(key: &ClientKey, claims: &Value) -> String {
    let header = Header { x5t: Some(key.x5t.clone()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &key.signing).unwrap()
}

/// Asks the managed identity endpoint as a program of the host does; an empty secret means the right one.
pub(crate) async fn ask_managed_identity(bench: &Bench, secret: &str, query: &str) -> Answer {
    let environment: HashMap<_, _> = bench.lab.environment().into_iter().collect();
    let secret = if secret.is_empty() { &environment["IDENTITY_HEADER"] } else { secret };
    let url = format!("{}?{query}", environment["IDENTITY_ENDPOINT"]);
    Answer::read(bench.http.get(url).header("X-IDENTITY-HEADER", secret).send().await.unwrap()).await
}

/// A token of the host's own identity.
pub(crate) async fn managed_identity_token(bench: &Bench, resource: &str) -> String {
    let query = format!("api-version=2019-08-01&resource={resource}");
    ask_managed_identity(bench, "", &query).await.token().to_owned()
}
