//! Id tokens: what an application is told about the person who signed in (OpenID Connect Core 1.0, section 2).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use uuid::Uuid;

use super::{
    Entra, Grant,
    issue::{BACKDATED_SECS, LIFETIME_SECS, noise},
};
use crate::directory::{TokenKeyError, derived_id};

/// What a person who signed in is told about themselves.
#[derive(Debug)]
pub(crate) struct SignInProof {
    /// An OpenID Connect id token.
    pub(crate) id_token: String,
    /// The account, as MSAL wants to know it.
    pub(crate) client_info: String,
}

impl Entra {
    /// Signs the id token of a person; `None` for an application on its own behalf.
    pub(crate) fn issue_id_token(
        &self,
        grant: &Grant,
        nonce: Option<&str>,
    ) -> Result<Option<SignInProof>, TokenKeyError> {
        let Grant { tenant, subject, .. } = grant;
        let Some(user) = &subject.user else { return Ok(None) };
        let now = self.clock.unix();
        let mut claims = json!({
            "aud": subject.app_id,
            "iss": format!("https://login.microsoftonline.com/{tenant}/v2.0"),
            "iat": now - BACKDATED_SECS,
            "nbf": now - BACKDATED_SECS,
            "exp": now.saturating_add_unsigned(LIFETIME_SECS),
            "name": user.name,
            "oid": subject.object_id,
            "preferred_username": user.user_principal_name,
            "rh": noise(),
            "sub": pairwise(subject.app_id, subject.object_id),
            "tid": tenant,
            "uti": noise(),
            "ver": "2.0",
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        let id_token = self.key.get()?.sign(&claims)?;
        let account = json!({ "uid": subject.object_id, "utid": tenant }).to_string();
        Ok(Some(SignInProof { id_token, client_info: BASE64_URL_SAFE_NO_PAD.encode(account) }))
    }
}

/// The name under which an application knows a person: no other application knows it.
fn pairwise(app: Uuid, person: Uuid) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(derived_id(&[b"pairwise", app.as_bytes(), person.as_bytes()]).as_bytes())
}
