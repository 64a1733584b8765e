//! An issuer of tokens with keys of its own.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://issuer.test";
pub const AUDIENCE: &str = "keystay";
pub const SUBJECT: &str = "system:serviceaccount:apps:reports";

/// A key and what it is called.
pub struct Mint {
    pub id: String,
    pub algorithm: Algorithm,
    pub key: EncodingKey,
}

impl Mint {
    /// A new key.
    pub fn new(id: &str, algorithm: Algorithm) -> Self {
        let ec = |kind| EncodingKey::from_ec_der(EcdsaKeyPair::generate(kind).unwrap().to_pkcs8v1().unwrap().as_ref());
        let key = match algorithm {
            Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::EdDSA => {
                EncodingKey::from_ed_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref())
            }
            _ => {
                let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
                let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
                let text = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref().to_vec()));
                EncodingKey::from_rsa_pem(text.as_bytes()).unwrap()
            }
        };
        Self { id: id.to_owned(), algorithm, key }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(self.id);
        jwk
    }

    pub fn header(&self) -> Header {
        Header { kid: Some(self.id.clone()), ..Header::new(self.algorithm) }
    }

    /// A good token, but for what `change` does to its claims.
    pub fn token(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = claims();
        change(&mut claims);
        self.sign(&self.header(), &claims)
    }

    pub fn sign(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).unwrap()
    }
}

/// Writes a set of keys.
pub fn publish(path: &Path, keys: &[&Mint]) {
    let keys: Vec<Value> = keys.iter().map(|mint| mint.jwk()).collect();
    std::fs::write(path, json!({ "keys": keys }).to_string()).unwrap();
}

/// What a good token says.
pub fn claims() -> Value {
    let now = now();
    json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": [AUDIENCE],
        "iat": now, "nbf": now, "exp": now + 600, "jti": uuid::Uuid::new_v4(),
    })
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
