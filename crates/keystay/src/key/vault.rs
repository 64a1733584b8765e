//! Keys in Azure Key Vault and Managed HSM.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use azure_core::{
    credentials::TokenCredential,
    http::{ClientMethodOptions, ClientOptions, RetryOptions, Transport, request::options::ClientRequestId},
};
use azure_security_keyvault_certificates::{
    CertificateClient, CertificateClientOptions, models::CertificateClientGetCertificateOptions,
};
use azure_security_keyvault_keys::{
    KeyClient, KeyClientOptions,
    models::{KeyClientGetKeyOptions, KeyClientSignOptions, SignParameters, SignatureAlgorithm},
};
use uuid::Uuid;

use super::{
    Algorithm, Certificate, Digest, Exportability, Keeper, KeyError, KeyErrorKind, ObjectId, ObjectKind, Signature,
    SigningKey, VaultUrl,
};
use crate::{
    clock::{Clock, SystemClock, within},
    error::Retry,
};

/// One try against the vault. Signing takes some 15 ms; this is for a vault that hangs.
const TRY_LIMIT: Duration = Duration::from_secs(10);
/// Tries of one call: the first and two more, so a call ends within 10 + 0.5 + 10 + 1 + 10 = 31.5 s at the worst.
const TRIES: u32 = 3;
/// The pause before the second try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A vault that asks for more patience than this is reported as throttled instead of waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A vault or Managed HSM and the identity that may use it.
///
/// Cheap to clone; clones share connections and the vault token. Holds the official SDK's clients, which take the
/// vault's authentication challenge only when it names the vault's own domain.
#[derive(Clone)]
pub struct Vault {
    url: VaultUrl,
    clients: Arc<Clients>,
    clock: Arc<dyn Clock>,
}

struct Clients {
    certificates: CertificateClient,
    keys: KeyClient,
}

impl Vault {
    /// A vault reached with `credential` (any `TokenCredential`: managed identity, workload identity, Azure CLI, …)
    /// over `transport`. Share one transport among everything: each new one loads the root certificates again.
    ///
    /// # Errors
    /// [`KeyErrorKind::Invalid`] when the SDK refuses the address.
    pub fn new(url: &VaultUrl, credential: Arc<dyn TokenCredential>, transport: Transport) -> Result<Self, KeyError> {
        // retries are ours: the SDK's wait as long as a Retry-After says, and it may say hours
        let client_options =
            ClientOptions { transport: Some(transport), retry: RetryOptions::none(), ..ClientOptions::default() };
        let invalid = |error: &azure_core::Error| KeyError::from_azure(url.as_str(), error);
        let certificates = CertificateClient::new(
            url.as_str(),
            credential.clone(),
            Some(CertificateClientOptions { client_options: client_options.clone(), ..Default::default() }),
        )
        .map_err(|error| invalid(&error))?;
        let keys = KeyClient::new(
            url.as_str(),
            credential,
            Some(KeyClientOptions { client_options, ..KeyClientOptions::default() }),
        )
        .map_err(|error| invalid(&error))?;
        Ok(Self { url: url.clone(), clients: Arc::new(Clients { certificates, keys }), clock: Arc::new(SystemClock) })
    }

    /// The same vault, with another clock for limits and pauses.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The vault's address.
    pub fn url(&self) -> &VaultUrl {
        &self.url
    }

    /// The clock of its limits and pauses.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The official client for the vault's certificates, for what this type has no method for. Run its calls through
    /// [`call`](Self::call): the client itself tries nothing again.
    pub fn certificates(&self) -> &CertificateClient {
        &self.clients.certificates
    }

    /// The official client for the vault's keys; as [`certificates`](Self::certificates).
    pub fn keys(&self) -> &KeyClient {
        &self.clients.keys
    }

    /// Runs a call with a limit per try, and again when trying again can help. `object` is what errors call its target.
    ///
    /// A try that timed out may have had its effect, so `attempt` must be one that can be repeated.
    pub async fn call<T, F>(&self, object: &str, attempt: impl Fn() -> F) -> Result<T, KeyError>
    where
        F: Future<Output = azure_core::Result<T>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match within(self.clock.as_ref(), TRY_LIMIT, attempt()).await {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(error)) => KeyError::from_azure(object, &error),
                None => KeyError::new(object, KeyErrorKind::TimedOut),
            };
            let wait = match error.retry() {
                Retry::After(wait) => wait,
                Retry::Backoff => pause,
                Retry::Never => return Err(error),
            };
            if tries == TRIES || wait > LONGEST_PAUSE {
                return Err(error);
            }
            tracing::debug!(object, tries, code = error.code(), "the vault did not answer as hoped, trying again");
            self.clock.sleep(wait).await;
            pause *= 2;
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Vault({})", self.url)
    }
}

/// A key in Key Vault or Managed HSM, pinned to one version, with its certificate.
///
/// Finding the key costs one read; afterwards the vault is asked for signatures only. The version is pinned then and
/// there: a certificate renewed in the vault has a version that is not yet registered on the app, and "the newest" would
/// fail with AADSTS700027.
///
/// **Rights needed:** `keys/sign/action` on this key, and `certificates/read` or `keys/read` to find it.
pub struct VaultKey {
    vault: Vault,
    id: String,
    name: String,
    version: String,
    certificate: Certificate,
    exportability: Exportability,
    keeper: Keeper,
}

impl VaultKey {
    /// The key of the certificate called `name`, in its newest version of this moment.
    pub async fn from_certificate_name(vault: &Vault, name: &str) -> Result<Self, KeyError> {
        let id = ObjectId::new(&vault.url, ObjectKind::Certificate, name)
            .map_err(|error| invalid(name, &error.to_string()))?;
        Self::from_certificate_id(vault, &id).await
    }

    /// The key of a certificate given by its id, with or without a version.
    ///
    /// Reads the certificate once. Exportability is read from the certificate's policy, which is the newest version's:
    /// for an older version it is told only where the policy says `exportable`.
    pub async fn from_certificate_id(vault: &Vault, id: &ObjectId) -> Result<Self, KeyError> {
        let object = id.to_string();
        check_kind(vault, id, ObjectKind::Certificate)?;
        if vault.url.is_managed_hsm() {
            return Err(invalid(
                &object,
                "a Managed HSM keeps no certificates; use a key id and the certificate's file",
            ));
        }
        let found = vault
            .call(&object, || async {
                let options = CertificateClientGetCertificateOptions {
                    certificate_version: id.version.clone(),
                    ..CertificateClientGetCertificateOptions::default()
                };
                vault.clients.certificates.get_certificate(&id.name, Some(options)).await?.into_model()
            })
            .await?;
        let unusable = |detail: &str| KeyError::new(&object, KeyErrorKind::Answer).with_detail(detail);
        let der = found.cer.ok_or_else(|| unusable("the certificate has no content yet: is its creation complete?"))?;
        let certificate = Certificate::from_der(&der).map_err(|error| invalid(&object, &error.to_string()))?;
        let kid: ObjectId = found
            .kid
            .as_deref()
            .and_then(|kid| kid.parse().ok())
            .ok_or_else(|| unusable("the certificate names no key of this vault"))?;
        let properties = found.policy.and_then(|policy| policy.key_properties);
        let exportable = properties.as_ref().and_then(|properties| properties.exportable);
        // the policy is the newest version's: of an older one it does not tell
        let key_type = properties.and_then(|properties| properties.key_type).filter(|_| id.version.is_none());
        let keeper = key_type.map_or(Keeper::Unknown, |key_type| keeper(&vault.url, key_type.as_ref()));
        let exportability = match (exportable, &id.version) {
            (Some(true), _) => Exportability::Exportable,
            (Some(false), None) => Exportability::NonExportable,
            (Some(false), Some(_)) | (None, _) => Exportability::Unknown,
        };
        Self::pin(vault, &kid, certificate, exportability, keeper)
    }

    /// A key given by its id with version, and the certificate that was issued for it elsewhere.
    ///
    /// The way for Managed HSM and for identities without `certificates/read`. Reads the key once, for its exportability.
    /// That key and certificate fit shows at the first signature, before it is used.
    pub async fn from_key_id(vault: &Vault, id: &ObjectId, certificate: Certificate) -> Result<Self, KeyError> {
        let object = id.to_string();
        check_kind(vault, id, ObjectKind::Key)?;
        if id.version.is_none() {
            return Err(invalid(&object, "a key id must name a version: …/keys/{name}/{version}"));
        }
        let found = vault
            .call(&object, || async {
                let options = KeyClientGetKeyOptions { key_version: id.version.clone(), ..Default::default() };
                vault.clients.keys.get_key(&id.name, Some(options)).await?.into_model()
            })
            .await?;
        // a certificate's key may also lie in the secret of that name, which only the certificate's policy tells
        let exportability = match (found.attributes.and_then(|attributes| attributes.exportable), found.managed) {
            (Some(true), _) => Exportability::Exportable,
            (_, Some(true)) => Exportability::Unknown,
            (_, _) => Exportability::NonExportable,
        };
        let key_type = found.key.and_then(|key| key.kty);
        let keeper = key_type.map_or(Keeper::Unknown, |key_type| keeper(&vault.url, key_type.as_ref()));
        Self::pin(vault, id, certificate, exportability, keeper)
    }

    /// The same key, of which somebody knows whether it can leave the vault.
    pub(crate) fn known_as(mut self, exportability: Exportability) -> Self {
        self.exportability = exportability;
        self
    }

    fn pin(
        vault: &Vault,
        kid: &ObjectId,
        certificate: Certificate,
        exportability: Exportability,
        keeper: Keeper,
    ) -> Result<Self, KeyError> {
        check_kind(vault, kid, ObjectKind::Key)?;
        let version = kid.version.clone().ok_or_else(|| invalid(&kid.to_string(), "the key id names no version"))?;
        Ok(Self {
            vault: vault.clone(),
            id: kid.to_string(),
            name: kid.name.clone(),
            version,
            certificate,
            exportability,
            keeper,
        })
    }
}

#[async_trait]
impl SigningKey for VaultKey {
    fn id(&self) -> &str {
        &self.id
    }

    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn exportability(&self) -> Exportability {
        self.exportability
    }

    fn keeper(&self) -> Keeper {
        self.keeper
    }

    async fn sign(&self, digest: &Digest, request: Uuid) -> Result<Signature, KeyError> {
        if !self.certificate.key_kind().algorithms().contains(&digest.algorithm()) {
            return Err(KeyError::new(&self.id, KeyErrorKind::Algorithm).with_detail(digest.algorithm().name()));
        }
        let answer = self
            .vault
            .call(&self.id, || async {
                let parameters = SignParameters {
                    algorithm: Some(vault_name(digest.algorithm())),
                    value: Some(digest.as_bytes().to_vec()),
                };
                let mut method_options = ClientMethodOptions::default();
                method_options.context.insert(ClientRequestId::new(request.to_string()));
                let options = KeyClientSignOptions { key_version: Some(self.version.clone()), method_options };
                self.vault.clients.keys.sign(&self.name, parameters.try_into()?, Some(options)).await?.into_model()
            })
            .await?;
        // names and hosts are not case-sensitive, and an id from a configuration may be spelled otherwise
        if !answer.kid.as_deref().is_some_and(|kid| kid.eq_ignore_ascii_case(&self.id)) {
            return Err(KeyError::new(&self.id, KeyErrorKind::WrongSignature)
                .with_detail(format!("the vault signed with {}", answer.kid.as_deref().unwrap_or("an unnamed key"))));
        }
        let bytes = answer.result.ok_or_else(|| {
            KeyError::new(&self.id, KeyErrorKind::Answer).with_detail("the answer holds no signature")
        })?;
        Ok(Signature::new(bytes))
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VaultKey")
            .field("id", &self.id)
            .field("certificate", &self.certificate)
            .field("exportability", &self.exportability)
            .finish_non_exhaustive()
    }
}

fn check_kind(vault: &Vault, id: &ObjectId, expected: ObjectKind) -> Result<(), KeyError> {
    if id.vault != vault.url {
        return Err(invalid(&id.to_string(), &format!("it is not in the vault {}", vault.url)));
    }
    if id.kind != expected {
        return Err(invalid(&id.to_string(), "a certificate's id has /certificates/, a key's id has /keys/"));
    }
    Ok(())
}

/// By the type of the key (RFC 7517 `kty`, as Key Vault extends it: "About keys").
fn keeper(vault: &VaultUrl, key_type: &str) -> Keeper {
    if vault.is_managed_hsm() {
        Keeper::ManagedHsm
    } else if key_type.ends_with("-HSM") {
        Keeper::VaultHsm
    } else {
        Keeper::Software
    }
}

fn invalid(object: &str, detail: &str) -> KeyError {
    KeyError::new(object, KeyErrorKind::Invalid).with_detail(detail)
}

fn vault_name(algorithm: Algorithm) -> SignatureAlgorithm {
    match algorithm {
        Algorithm::Es256 => SignatureAlgorithm::Es256,
        Algorithm::Es384 => SignatureAlgorithm::Es384,
        Algorithm::Es512 => SignatureAlgorithm::Es512,
        Algorithm::Ps256 => SignatureAlgorithm::Ps256,
        Algorithm::Ps384 => SignatureAlgorithm::Ps384,
        Algorithm::Ps512 => SignatureAlgorithm::Ps512,
        Algorithm::Rs256 => SignatureAlgorithm::Rs256,
        Algorithm::Rs384 => SignatureAlgorithm::Rs384,
        Algorithm::Rs512 => SignatureAlgorithm::Rs512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_type_tells_what_keeps_it() {
        let of = |vault: &str, key_type| keeper(&format!("https://{vault}.azure.net").parse().unwrap(), key_type);
        assert_eq!([of("alpha.vault", "RSA"), of("alpha.vault", "EC")], [Keeper::Software; 2]);
        assert_eq!([of("alpha.vault", "RSA-HSM"), of("alpha.vault", "EC-HSM")], [Keeper::VaultHsm; 2]);
        assert_eq!(of("alpha.managedhsm", "RSA-HSM"), Keeper::ManagedHsm);
    }
}
