//! What a log may say about a token.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use uuid::Uuid;

/// Names a token without being of use to a thief.
///
/// Read from the token without verifying it: it came from Entra over TLS, and nothing but a record and a second look at
/// the tenant depends on it. Access tokens are opaque to clients ("Microsoft identity platform access tokens"), so a
/// resource may have tokens that are no JWT; then only the hash is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenId {
    /// The claim `uti`, which Entra's sign-in logs call "unique token identifier".
    pub uti: Option<String>,
    /// The claim `tid`: the tenant that issued it.
    pub tenant: Option<Uuid>,
    /// The first 16 hexadecimal digits of the token's SHA-256: tells whether a token found somewhere is this one.
    pub sha256: String,
}

#[derive(Default, Deserialize)]
struct Claims {
    uti: Option<String>,
    tid: Option<Uuid>,
}

impl TokenId {
    pub(super) fn of(token: &str) -> Self {
        let claims = token
            .split('.')
            .nth(1)
            .and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok())
            .and_then(|claims| serde_json::from_slice::<Claims>(&claims).ok())
            .unwrap_or_default();
        // what a log repeats is a short word, whatever the token says
        let uti = claims.uti.filter(|uti| uti.len() <= 64 && uti.bytes().all(|byte| byte.is_ascii_graphic()));
        let hash = digest(&SHA256, token.as_bytes());
        let start = hash.as_ref().iter().take(8).fold(0_u64, |start, byte| start << 8 | u64::from(*byte));
        let sha256 = format!("{start:016x}");
        Self { uti, tenant: claims.tid, sha256 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_is_known_by_its_claims_and_anything_by_its_hash() {
        let claims = r#"{"uti":"aBc-1","tid":"72f988bf-86f1-41af-91ab-2d7cd011db47","exp":1}"#;
        let id = TokenId::of(&format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims)));
        assert_eq!(id.uti.as_deref(), Some("aBc-1"));
        assert_eq!(id.tenant.unwrap().to_string(), "72f988bf-86f1-41af-91ab-2d7cd011db47");
        let opaque = TokenId::of("abc");
        // the first test vector of FIPS 180-2
        assert_eq!((opaque.uti, opaque.tenant, opaque.sha256.as_str()), (None, None, "ba7816bf8f01cfea"));
    }
}
