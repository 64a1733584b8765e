//! Client assertions: short-lived JWTs by which the app proves itself to a tenant (RFC 7523, RFC 7521).

mod proof;
mod store;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    authority::ClientId,
    clock::{from_unix_seconds, unix_seconds},
    key::{Algorithm, Digest, KeyError, KeyErrorKind, KeyKind, SigningKey, sign_verified},
    secret::Secret,
};

pub(crate) use proof::Proof;
pub(crate) use store::{AssertionStore, SMALLEST_SKEW};

/// How long an assertion lives unless told otherwise. Entra sets no limit, so this is the only bound on a stolen one.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
/// The shortest lifetime that is accepted: one is signed in half a minute at the worst and sent with a minute left.
pub const MIN_LIFETIME: Duration = Duration::from_secs(120);
/// The longest lifetime that is accepted: the upper end of Microsoft's advice.
pub const MAX_LIFETIME: Duration = Duration::from_secs(600);

/// Makes client assertions with a key, for use with a [`Client`](crate::Client) or alone.
///
/// PS256 with `x5t#S256` unless changed. Each assertion costs one signature; nothing is cached here.
///
/// ```no_run
/// # use std::{sync::Arc, time::SystemTime};
/// # use keystay::{AssertionGenerator, SigningKey};
/// # async fn example(key: Arc<dyn SigningKey>) -> Result<(), Box<dyn std::error::Error>> {
/// let generator = AssertionGenerator::new("6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".parse()?, key)?;
/// let endpoint = "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token";
/// let assertion = generator.generate(endpoint, SystemTime::now()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AssertionGenerator {
    app: ClientId,
    key: Arc<dyn SigningKey>,
    algorithm: Algorithm,
    chain: bool,
    lifetime: Duration,
    claims: Map<String, Value>,
    header: Arc<str>,
}

/// A signed assertion: a credential for one tenant until it expires, replayable the whole time.
#[derive(Clone, Debug)]
pub struct Assertion {
    jwt: Secret,
    id: Uuid,
    expires_on: SystemTime,
    /// Entra's time less the time that has passed, in seconds, as it was believed when this was dated; none where
    /// somebody else dated it.
    dating: Option<i64>,
    /// How often the key had been replaced when it was made.
    epoch: u64,
}

impl Assertion {
    /// The JWT in compact form.
    pub fn jwt(&self) -> &Secret {
        &self.jwt
    }

    /// Its `jti`, which is also the `correlationId` of the signature in Key Vault's audit log.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// When Entra will no longer take it.
    pub fn expires_on(&self) -> SystemTime {
        self.expires_on
    }
}

/// RFC 7515 section 4.1; exactly one thumbprint, the one that fits the algorithm, as Entra expects it.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    x5t_s256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5t: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5c: Option<[String; 1]>,
}

/// RFC 7523 section 3. All times are whole seconds.
#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: ClientIdText,
    sub: ClientIdText,
    jti: Uuid,
    nbf: u64,
    iat: u64,
    exp: u64,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

struct ClientIdText(ClientId);

impl Serialize for ClientIdText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Claims that are the generator's own.
const OWN_CLAIMS: &[&str] = &["aud", "iss", "sub", "jti", "nbf", "iat", "exp"];

impl AssertionGenerator {
    /// Assertions of `app`, signed by `key` with PS256.
    ///
    /// # Errors
    /// [`KeyErrorKind::Algorithm`] when the key is not RSA: Entra takes no other for certificate credentials.
    pub fn new(app: ClientId, key: Arc<dyn SigningKey>) -> Result<Self, KeyError> {
        if !matches!(key.certificate().key_kind(), KeyKind::Rsa { .. }) {
            return Err(KeyError::new(key.id(), KeyErrorKind::Algorithm)
                .with_detail(format!("it is {}, Entra takes RSA", key.certificate().key_kind())));
        }
        let mut generator = Self {
            app,
            key,
            algorithm: Algorithm::Ps256,
            chain: false,
            lifetime: DEFAULT_LIFETIME,
            claims: Map::new(),
            header: Arc::from(""),
        };
        generator.header = generator.encode_header();
        Ok(generator)
    }

    /// Signs with RS256 and sends `x5t` (SHA-1) instead, for AD FS and services that know no PSS.
    #[must_use]
    pub fn with_rs256(mut self) -> Self {
        self.algorithm = Algorithm::Rs256;
        self.header = self.encode_header();
        self
    }

    /// Sends the certificate along as `x5c`, for apps that trust a subject name and issuer.
    #[must_use]
    pub fn with_certificate_in_header(mut self) -> Self {
        self.chain = true;
        self.header = self.encode_header();
        self
    }

    /// Lets assertions live `lifetime` instead of 5 minutes; cut to between 2 and 10 minutes.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.clamp(MIN_LIFETIME, MAX_LIFETIME);
        self
    }

    /// Adds a claim of your own. The registered claims the generator sets itself cannot be replaced.
    ///
    /// # Errors
    /// [`KeyErrorKind::Invalid`] for `aud`, `iss`, `sub`, `jti`, `nbf`, `iat` and `exp`.
    pub fn with_claim(mut self, name: &str, value: Value) -> Result<Self, KeyError> {
        if OWN_CLAIMS.contains(&name) {
            return Err(KeyError::new(self.key.id(), KeyErrorKind::Invalid)
                .with_detail(format!("the claim `{name}` is set by the generator")));
        }
        self.claims.insert(name.to_owned(), value);
        Ok(self)
    }

    /// The key that signs.
    pub fn key(&self) -> &Arc<dyn SigningKey> {
        &self.key
    }

    /// The app in `iss` and `sub`.
    pub fn app(&self) -> ClientId {
        self.app
    }

    /// Signs an assertion for `audience` (a tenant's token endpoint) that is valid from `now` on.
    ///
    /// The signature is verified against the certificate before it is returned.
    pub async fn generate(&self, audience: &str, now: SystemTime) -> Result<Assertion, KeyError> {
        let issued = unix_seconds(now);
        let expires = issued + self.lifetime.as_secs();
        let id = Uuid::new_v4();
        let claims = Claims {
            aud: audience,
            iss: ClientIdText(self.app),
            sub: ClientIdText(self.app),
            jti: id,
            nbf: issued,
            iat: issued,
            exp: expires,
            more: &self.claims,
        };
        let claims = serde_json::to_vec(&claims)
            .map_err(|error| KeyError::new(self.key.id(), KeyErrorKind::Invalid).with_detail(error.to_string()))?;
        let mut jwt = String::with_capacity(self.header.len() + claims.len() * 4 / 3 + 352);
        jwt.push_str(&self.header);
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(&claims, &mut jwt);
        let signature = sign_verified(self.key.as_ref(), &Digest::of(self.algorithm, jwt.as_bytes()), id).await?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_bytes(), &mut jwt);
        Ok(Assertion { jwt: Secret::new(jwt), id, expires_on: from_unix_seconds(expires), dating: None, epoch: 0 })
    }

    fn encode_header(&self) -> Arc<str> {
        let certificate = self.key.certificate();
        let modern = self.algorithm == Algorithm::Ps256;
        let header = Header {
            alg: self.algorithm.name(),
            typ: "JWT",
            x5t_s256: modern.then(|| certificate.x5t_s256()),
            x5t: (!modern).then(|| certificate.x5t()),
            // RFC 7515 section 4.1.6: standard base64 of the DER, unlike everything else in a JWT
            x5c: self.chain.then(|| [STANDARD.encode(certificate.der())]),
        };
        // plain strings always serialise
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap_or_default()).into()
    }
}

impl fmt::Debug for AssertionGenerator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AssertionGenerator")
            .field("app", &self.app)
            .field("key", &self.key.id())
            .field("algorithm", &self.algorithm)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}
