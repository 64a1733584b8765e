//! The proof that whoever rolls a key has another one that is registered.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::{Algorithm, Digest, KeyError, KeyErrorKind, Secret, SigningKey, sign_verified};
use serde_json::json;
use uuid::Uuid;

/// The audience of every proof: the older directory service.
const AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";
/// The documented longest life is 10 minutes; half of it leaves room for clocks that differ.
const LIFE: Duration = Duration::from_secs(300);
/// How far back it begins, for a service whose clock is behind ours.
const MARGIN: Duration = Duration::from_secs(60);

/// A JWT by which a registered key lets another one be added or removed (Microsoft Graph, "Generate proof of possession
/// tokens for rolling keys").
///
/// It lives 5 minutes. **Whoever holds one and any Graph token of the app can register a certificate of their own**, so it
/// is made right before the call and kept nowhere.
#[derive(Clone, Debug)]
pub struct KeyProof(Secret);

impl KeyProof {
    /// Has `key` sign a proof for the application with this object id. Costs one signature.
    ///
    /// RS256 with `x5t`, as in the service's samples; whether it takes PS256 here is not documented.
    pub async fn sign(key: &dyn SigningKey, application: Uuid, now: SystemTime) -> Result<Self, KeyError> {
        let unix = |moment: SystemTime| moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let header = json!({ "alg": "RS256", "typ": "JWT", "x5t": key.certificate().x5t() });
        let claims = json!({
            "aud": AUDIENCE,
            "iss": application,
            "nbf": unix(now - MARGIN),
            "exp": unix(now + LIFE),
        });
        let encode = |part: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let mut jwt = format!("{}.{}", encode(&header), encode(&claims));
        if !key.certificate().key_kind().algorithms().contains(&Algorithm::Rs256) {
            return Err(KeyError::new(key.id(), KeyErrorKind::Algorithm).with_detail("a proof takes an RSA key"));
        }
        let digest = Digest::of(Algorithm::Rs256, jwt.as_bytes());
        let signature = sign_verified(key, &digest, Uuid::new_v4()).await?;
        jwt.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature.as_bytes(), &mut jwt);
        Ok(Self(Secret::new(jwt)))
    }

    pub(super) fn jwt(&self) -> &str {
        self.0.expose()
    }
}
