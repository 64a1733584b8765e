//! The public keys of an issuer.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

/// Keys that verify signatures, each for the algorithms that fit it: a token cannot choose another one.
#[derive(Clone)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    verifier: DecodingKey,
}

/// What an issuer published is no set of keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum KeySetError {
    #[error("it is no JSON Web Key Set")]
    Malformed,
    #[error("it holds more than {MOST_KEYS} keys")]
    TooMany,
    #[error("it holds no public key that verifies signatures")]
    NoneUsable,
}

/// Issuers have a handful.
const MOST_KEYS: usize = 64;
/// A set of that many keys fits.
pub(super) const LARGEST_SET: usize = 256 * 1024;

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JSON Web Key Set. Keys that are of no use here are passed over, as RFC 7517 section 5 asks.
    pub(super) fn read(document: &[u8]) -> Result<Self, KeySetError> {
        if document.len() > LARGEST_SET {
            return Err(KeySetError::TooMany);
        }
        let Document { keys } = serde_json::from_slice(document).map_err(|_| KeySetError::Malformed)?;
        if keys.len() > MOST_KEYS {
            return Err(KeySetError::TooMany);
        }
        let keys: Vec<Key> = keys.into_iter().filter_map(|key| Key::read(&serde_json::from_value(key).ok()?)).collect();
        if keys.is_empty() { Err(KeySetError::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// The key a token names, if it may be used with the token's algorithm. A token that names none means the only one.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let named = |key: &&Key| match id {
            Some(id) => key.id.as_deref() == Some(id),
            None => self.0.len() == 1,
        };
        self.0.iter().filter(named).find(|key| key.algorithms.contains(&algorithm)).map(|key| &key.verifier)
    }
}

impl Key {
    fn read(jwk: &Jwk) -> Option<Self> {
        // SPIFFE marks its keys with a use of its own (SPIFFE Trust Domain and Bundle, section 4.2.2)
        let verifies = match &jwk.common.public_key_use {
            None | Some(PublicKeyUse::Signature) => true,
            Some(PublicKeyUse::Other(other)) => other == "jwt-svid",
            Some(PublicKeyUse::Encryption) => false,
        };
        let mut algorithms = algorithms(&jwk.algorithm);
        if let Some(only) = jwk.common.key_algorithm {
            let only: Option<Algorithm> = only.to_string().parse().ok();
            algorithms.retain(|algorithm| Some(*algorithm) == only);
        }
        if !verifies || algorithms.is_empty() {
            return None;
        }
        Some(Self { id: jwk.common.key_id.clone(), algorithms, verifier: DecodingKey::from_jwk(jwk).ok()? })
    }
}

/// The algorithms a key is good for. None for a secret: whoever can verify with it could sign with it, too.
fn algorithms(key: &AlgorithmParameters) -> Vec<Algorithm> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match key {
        AlgorithmParameters::RSA(_) => vec![RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![ES256],
            EllipticCurve::P384 => vec![ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![EdDSA],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ed25519() -> Value {
        // RFC 8037 appendix A.2
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    #[test]
    fn a_key_is_found_by_its_id_and_for_its_algorithm_only() {
        let set = KeySet::read(json!({ "keys": [ed25519()] }).to_string().as_bytes()).unwrap();
        assert!(set.find(Some("a"), Algorithm::EdDSA).is_some());
        assert!(set.find(None, Algorithm::EdDSA).is_some(), "the only one");
        assert!(set.find(Some("b"), Algorithm::EdDSA).is_none());
        for other in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256] {
            assert!(set.find(Some("a"), other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_set_without_a_public_key_for_signatures_is_refused() {
        let with = |name: &str, value: &str| {
            let mut key = ed25519();
            key[name] = value.into();
            json!({ "keys": [key] }).to_string()
        };
        for set in [
            json!({ "keys": [] }).to_string(),
            json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] }).to_string(),
            with("use", "enc"),
            with("alg", "RS256"),
            with("alg", "none"),
        ] {
            assert_eq!(KeySet::read(set.as_bytes()).err(), Some(KeySetError::NoneUsable), "{set}");
        }
        assert_eq!(KeySet::read(b"{}").err(), Some(KeySetError::Malformed));
        let many = json!({ "keys": vec![ed25519(); MOST_KEYS + 1] }).to_string();
        assert_eq!(KeySet::read(many.as_bytes()).err(), Some(KeySetError::TooMany));
        assert!(KeySet::read(with("use", "jwt-svid").as_bytes()).is_ok());
    }

    #[test]
    fn a_key_nobody_knows_does_not_hide_the_others() {
        let set = json!({ "keys": [{ "kty": "new" }, 5, ed25519()] }).to_string();
        assert!(KeySet::read(set.as_bytes()).unwrap().find(Some("a"), Algorithm::EdDSA).is_some());
    }
}
