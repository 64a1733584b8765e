//! Proof key for code exchange (RFC 7636): only who asked for a code can redeem it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{refusal::Refusal, request::Fields};

/// What a code verifier will be held against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Challenge {
    value: String,
    hashed: bool,
}

impl Challenge {
    /// The challenge of an authorization request, if it has one.
    pub(super) fn read(query: &Fields) -> Result<Option<Self>, Refusal> {
        let Some(value) = query.get("code_challenge") else { return Ok(None) };
        if !is_well_formed(value) {
            return Err(Refusal::bad_request(501_491, "Invalid size of Code_Challenge parameter."));
        }
        let hashed = match query.get("code_challenge_method") {
            Some("S256") => true,
            None | Some("plain") => false,
            Some(_) => {
                return Err(Refusal::bad_request(501_491, "The code_challenge_method must be 'S256' or 'plain'."));
            }
        };
        Ok(Some(Self { value: value.to_owned(), hashed }))
    }

    /// Whether this is the verifier the challenge was made from.
    pub(super) fn is_met_by(&self, verifier: &str) -> bool {
        let derived = if self.hashed {
            BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
        } else {
            verifier.to_owned()
        };
        is_well_formed(verifier) && derived == self.value
    }
}

/// 43 to 128 unreserved characters.
fn is_well_formed(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_holds() {
        // RFC 7636, appendix B
        let query =
            Fields::parse(b"code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
        let challenge = Challenge::read(&query).unwrap().unwrap();
        assert!(challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.is_met_by("short"));
    }
}
