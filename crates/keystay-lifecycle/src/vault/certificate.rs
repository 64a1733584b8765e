//! A certificate of a vault: its versions, made and disabled.

use std::time::{Duration, SystemTime};

use azure_security_keyvault_certificates::models::{
    CertificateAttributes, CertificateClientUpdateCertificatePropertiesOptions, CertificateOperation,
    CertificateProperties, CreateCertificateParameters, UpdateCertificatePropertiesParameters,
};
use azure_security_keyvault_keys::models::{
    KeyAttributes, KeyClientGetKeyOptions, KeyClientUpdateKeyPropertiesOptions, UpdateKeyPropertiesParameters,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures::{
    TryStreamExt,
    future::{Either, select},
};
use keystay::{KeyError, KeyErrorKind, ObjectId, ObjectKind, Vault, VaultKey};
use time::OffsetDateTime;

use super::SigningPolicy;

/// How often a vault is asked whether it has begun to make a version.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// A certificate by its name, of which the versions come and go.
#[derive(Clone, Debug)]
pub struct SigningCertificate {
    vault: Vault,
    id: ObjectId,
}

/// A version as the vault lists it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CertificateVersion {
    /// Names it; the same for certificate, key and secret.
    pub version: String,
    /// The SHA-1 thumbprint in base64url.
    pub x5t: String,
    /// Whether the vault lets it be used.
    pub enabled: bool,
    /// When it was made.
    pub created: SystemTime,
    /// From when on it is valid.
    pub not_before: SystemTime,
    /// Until when it is valid.
    pub expires: SystemTime,
}

impl CertificateVersion {
    /// Whether it can sign at this moment.
    pub fn is_usable(&self, now: SystemTime) -> bool {
        self.enabled && self.not_before <= now && now < self.expires
    }

    /// Its whole life.
    pub fn life(&self) -> Duration {
        self.expires.duration_since(self.not_before).unwrap_or_default()
    }
}

/// How far the making of a version is.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Creation {
    /// None is being made.
    None,
    /// One is being made.
    InProgress,
    /// The last one failed or was cancelled.
    Failed {
        /// What the vault said.
        detail: String,
    },
}

impl SigningCertificate {
    /// The certificate called `name`. Asks nobody.
    ///
    /// # Errors
    /// [`KeyErrorKind::Invalid`] for a name no certificate can have.
    pub fn new(vault: Vault, name: &str) -> Result<Self, KeyError> {
        let id = ObjectId::new(vault.url(), ObjectKind::Certificate, name)
            .map_err(|error| KeyError::new(name, KeyErrorKind::Invalid).with_detail(error.to_string()))?;
        Ok(Self { vault, id })
    }

    /// Its id, without a version.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The vault it is in.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// All versions, oldest first. **Rights:** `certificates/read`.
    pub async fn versions(&self) -> Result<Vec<CertificateVersion>, KeyError> {
        let listed: Vec<CertificateProperties> = self
            .vault
            .call(&self.id.to_string(), || async {
                let pages = self.vault.certificates().list_certificate_properties_versions(&self.id.name, None)?;
                pages.try_collect().await
            })
            .await?;
        let mut versions: Vec<CertificateVersion> = listed.into_iter().filter_map(listed_version).collect();
        // two of one second: their names give an order that stays
        versions.sort_by(|one, other| (one.created, &one.version).cmp(&(other.created, &other.version)));
        Ok(versions)
    }

    /// The key of one version, pinned to it, with its certificate. **Rights:** `certificates/read`.
    pub async fn key(&self, version: &str) -> Result<VaultKey, KeyError> {
        VaultKey::from_certificate_id(&self.vault, &self.at(version)).await
    }

    /// Whether the key of a version may sign, as its own switch says. **Rights:** `keys/read`.
    pub async fn key_is_enabled(&self, version: &str) -> Result<bool, KeyError> {
        let id = self.key_id(version);
        let key = self
            .vault
            .call(&id.to_string(), || async {
                let options = KeyClientGetKeyOptions { key_version: id.version.clone(), ..Default::default() };
                self.vault.keys().get_key(&id.name, Some(options)).await?.into_model()
            })
            .await?;
        Ok(key.attributes.and_then(|attributes| attributes.enabled).unwrap_or(true))
    }

    /// The policy by which the next version is made.
    pub async fn policy(&self) -> Result<SigningPolicy, KeyError> {
        let policy = self
            .vault
            .call(&self.id.to_string(), || async {
                self.vault.certificates().get_certificate_policy(&self.id.name, None).await?.into_model()
            })
            .await?;
        Ok(SigningPolicy::of(policy))
    }

    /// Has the vault make a new version, and the policy the one of versions to come. Nobody uses the version yet.
    ///
    /// Returns when the vault has begun; it is ready some seconds later: see [`creation`](Self::creation).
    /// **Rights:** `certificates/create`. **Cancellation:** the version may be in the making.
    pub async fn create_version(&self, policy: SigningPolicy) -> Result<(), KeyError> {
        let policy = policy.into_model();
        let before = self.operation().await?.and_then(|operation| operation.request_id);
        self.vault
            .call(&self.id.to_string(), || async {
                let parameters = CreateCertificateParameters {
                    certificate_policy: Some(policy.clone()),
                    ..CreateCertificateParameters::default()
                };
                // the SDK's poller holds the first answer back for as long as its `Retry-After` says, by the computer's
                // clock; the operation shows sooner that the vault has begun
                let mut started =
                    self.vault.certificates().begin_create_certificate(&self.id.name, parameters.try_into()?, None)?;
                let begun = std::pin::pin!(self.begun(before.as_deref()));
                match select(started.try_next(), begun).await {
                    Either::Left((answer, _)) => answer.map(drop),
                    Either::Right(((), _)) => Ok(()),
                }
            })
            .await
    }

    /// Whether a version is in the making.
    pub async fn creation(&self) -> Result<Creation, KeyError> {
        let Some(operation) = self.operation().await? else { return Ok(Creation::None) };
        Ok(match operation.status.as_deref() {
            Some("inProgress") => Creation::InProgress,
            Some("failed" | "cancelled") => Creation::Failed {
                detail: operation
                    .error
                    .and_then(|error| error.message)
                    .unwrap_or_else(|| "it was cancelled".to_owned()),
            },
            _ => Creation::None,
        })
    }

    /// Completes when the vault shows another operation than `before`.
    async fn begun(&self, before: Option<&str>) {
        loop {
            self.vault.clock().sleep(LOOK_AGAIN).await;
            let now = self.operation().await.ok().flatten().and_then(|operation| operation.request_id);
            if now.is_some() && now.as_deref() != before {
                return;
            }
        }
    }

    /// The last operation that made a version, while the vault remembers it.
    async fn operation(&self) -> Result<Option<CertificateOperation>, KeyError> {
        let asked = self
            .vault
            .call(&self.id.to_string(), || async {
                self.vault.certificates().get_certificate_operation(&self.id.name, None).await?.into_model()
            })
            .await;
        match asked {
            Err(error) if *error.kind() == KeyErrorKind::NotFound => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    /// Takes a version out of use: its key first, so that nothing is signed from then on, then the certificate with its
    /// secret. It can be enabled again.
    ///
    /// Assertions signed before go on working until the certificate is removed from the app. **Rights:** `keys/update`,
    /// `certificates/update`.
    pub async fn disable(&self, version: &str) -> Result<(), KeyError> {
        self.set_key_enabled(version, false).await?;
        self.set_certificate_enabled(version, false).await
    }

    /// Switches the key of a version off or on.
    pub async fn set_key_enabled(&self, version: &str, enabled: bool) -> Result<(), KeyError> {
        let id = self.key_id(version);
        self.vault
            .call(&id.to_string(), || async {
                let parameters = UpdateKeyPropertiesParameters {
                    key_attributes: Some(KeyAttributes { enabled: Some(enabled), ..KeyAttributes::default() }),
                    ..UpdateKeyPropertiesParameters::default()
                };
                let options =
                    KeyClientUpdateKeyPropertiesOptions { key_version: id.version.clone(), ..Default::default() };
                self.vault.keys().update_key_properties(&id.name, parameters.try_into()?, Some(options)).await.map(drop)
            })
            .await
    }

    /// Switches a version of the certificate off or on, and with it, as the service mirrors it, its secret.
    pub async fn set_certificate_enabled(&self, version: &str, enabled: bool) -> Result<(), KeyError> {
        let id = self.at(version);
        self.vault
            .call(&id.to_string(), || async {
                let parameters = UpdateCertificatePropertiesParameters {
                    certificate_attributes: Some(CertificateAttributes {
                        enabled: Some(enabled),
                        ..CertificateAttributes::default()
                    }),
                    ..UpdateCertificatePropertiesParameters::default()
                };
                let options = CertificateClientUpdateCertificatePropertiesOptions {
                    certificate_version: id.version.clone(),
                    ..Default::default()
                };
                self.vault
                    .certificates()
                    .update_certificate_properties(&id.name, parameters.try_into()?, Some(options))
                    .await
                    .map(drop)
            })
            .await
    }

    fn at(&self, version: &str) -> ObjectId {
        ObjectId { version: Some(version.to_owned()), ..self.id.clone() }
    }

    /// The id of a version's key.
    pub fn key_id(&self, version: &str) -> ObjectId {
        ObjectId { kind: ObjectKind::Key, ..self.at(version) }
    }
}

fn listed_version(listed: CertificateProperties) -> Option<CertificateVersion> {
    let id: ObjectId = listed.id?.parse().ok()?;
    let attributes = listed.attributes.unwrap_or_default();
    let moment = |time: Option<OffsetDateTime>| time.map_or(SystemTime::UNIX_EPOCH, SystemTime::from);
    Some(CertificateVersion {
        version: id.version?,
        x5t: BASE64_URL_SAFE_NO_PAD.encode(listed.x509_thumbprint?),
        enabled: attributes.enabled.unwrap_or(false),
        created: moment(attributes.created),
        not_before: moment(attributes.not_before),
        expires: moment(attributes.expires),
    })
}
