//! Credentials added and removed.

use azure_core::http::Method;
use keystay::Certificate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Graph, KeyCredential, KeyProof, key_credential::request};
use crate::call::{CallError, CallErrorKind};

/// How often a list is written again when somebody changed it in between.
const ROUNDS: u32 = 3;

/// A federated credential: whose tokens are taken as the app's assertions.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FederatedCredential {
    /// The object id.
    pub id: String,
    /// Its name, unique on the app.
    #[serde(default)]
    pub name: String,
    /// Who issues the tokens.
    #[serde(default)]
    pub issuer: String,
    /// Whom they are about.
    #[serde(default)]
    pub subject: String,
    /// What they are for.
    #[serde(default)]
    pub audiences: Vec<String>,
}

impl Graph {
    /// Registers a certificate, with a proof by a key that is registered and valid (`addKey`).
    ///
    /// **Rights:** none beyond the proof when the app itself asks; else Application.ReadWrite.OwnedBy.
    /// Graph shows the certificate at once; the token service learns of it within seconds to minutes.
    pub async fn add_key(
        &self,
        application: Uuid,
        certificate: &Certificate,
        proof: &KeyProof,
    ) -> Result<KeyCredential, CallError> {
        let thumbprint = certificate.thumbprint();
        let doing = format!("registering certificate {thumbprint} on application `{application}`");
        let body = json!({
            "keyCredential": request(certificate, None),
            "passwordCredential": null,
            "proof": proof.jwt(),
        });
        let path = format!("/applications/{application}/addKey");
        let added = self.service.send(Method::Post, &path, Some(&body), &doing).await.map_err(of_proof)?;
        self.service.typed(added, &doing)
    }

    /// Takes a certificate off the app, with a proof by another one (`removeKey`). One that is not there any more is fine.
    pub async fn remove_key(&self, application: Uuid, key_id: Uuid, proof: &KeyProof) -> Result<(), CallError> {
        let doing = format!("removing certificate `{key_id}` from application `{application}`");
        let body = json!({ "keyId": key_id, "proof": proof.jwt() });
        let path = format!("/applications/{application}/removeKey");
        match self.service.send(Method::Post, &path, Some(&body), &doing).await {
            Err(error) if error.kind() == CallErrorKind::Invalid && says_it_is_gone(&error) => Ok(()),
            Err(error) => Err(of_proof(error)),
            Ok(_) => Ok(()),
        }
    }

    /// Changes the whole list of certificates by PATCH: the way without a proof, for an owner.
    ///
    /// PATCH replaces the list, so it is read, changed, read again right before it is written, and read once more
    /// afterwards; when somebody else changed it meanwhile, all of it is done again. Returns the list as it is now.
    ///
    /// # Errors
    /// [`CallErrorKind::Changed`] when somebody else keeps changing it. The service has no conditional write for this
    /// list: a change within the milliseconds between the second reading and the write is noticed only if it added a
    /// certificate or if a later one did.
    pub async fn change_key_credentials(
        &self,
        application: Uuid,
        change: impl Fn(&[KeyCredential]) -> Vec<KeyCredential> + Send + Sync,
    ) -> Result<Vec<KeyCredential>, CallError> {
        let doing = format!("changing the certificates of application `{application}`");
        for _ in 0..ROUNDS {
            let before = self.key_credentials(application, &doing).await?;
            let wanted = change(&before);
            if ids(&wanted) == ids(&before) {
                return Ok(before);
            }
            if self.key_credentials(application, &doing).await? != before {
                continue;
            }
            let body = json!({ "keyCredentials": wanted });
            self.service.send(Method::Patch, &format!("/applications/{application}"), Some(&body), &doing).await?;
            let after = self.key_credentials(application, &doing).await?;
            if ids(&after) == ids(&wanted) {
                return Ok(after);
            }
        }
        Err(self.service.error(&doing, CallErrorKind::Changed))
    }

    async fn key_credentials(&self, application: Uuid, doing: &str) -> Result<Vec<KeyCredential>, CallError> {
        let path = format!("/applications/{application}?$select=id,keyCredentials");
        let mut found = self.service.get(&path, doing).await?;
        let list = found.get_mut("keyCredentials").map_or(Value::Array(Vec::new()), Value::take);
        self.service.typed(list, doing)
    }

    /// Takes a client secret off the app. One that is not there any more is fine.
    pub async fn remove_password(&self, application: Uuid, key_id: Uuid) -> Result<(), CallError> {
        let doing = format!("removing client secret `{key_id}` from application `{application}`");
        let body = json!({ "keyId": key_id });
        let path = format!("/applications/{application}/removePassword");
        match self.service.send(Method::Post, &path, Some(&body), &doing).await {
            Err(error) if error.kind() == CallErrorKind::Invalid && says_it_is_gone(&error) => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// The app's federated credentials.
    pub async fn federated_credentials(&self, application: Uuid) -> Result<Vec<FederatedCredential>, CallError> {
        let doing = format!("reading the federated credentials of application `{application}`");
        let found =
            self.service.list(&format!("/applications/{application}/federatedIdentityCredentials"), &doing).await?;
        self.service.typed(Value::Array(found), &doing)
    }

    /// Takes a federated credential off the app. One that is not there any more is fine.
    pub async fn remove_federated_credential(&self, application: Uuid, id: &str) -> Result<(), CallError> {
        let doing = format!("removing federated credential `{id}` from application `{application}`");
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let path = format!("/applications/{application}/federatedIdentityCredentials/{id}");
        match self.service.send(Method::Delete, &path, None, &doing).await {
            Err(error) if error.kind() == CallErrorKind::NotFound => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

fn ids(list: &[KeyCredential]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = list.iter().map(KeyCredential::id).collect();
    ids.sort_unstable();
    ids
}

/// Graph answers a wrong proof as if the token were missing (microsoft-graph-docs #14626).
fn of_proof(error: CallError) -> CallError {
    let proof = error.status() == Some(401) && error.service_code() == Some("Authentication_MissingOrMalformed");
    if proof { error.read_as(CallErrorKind::Proof) } else { error }
}

/// "No credentials found to be removed", "No password credential found with keyId".
fn says_it_is_gone(error: &CallError) -> bool {
    let words = error.to_string();
    words.contains("No credentials found") || words.contains("No password credential found")
}
