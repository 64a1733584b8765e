//! Which identity a request of az-kv-proxy means.

use std::fmt;

use keystay::{ClientId, ObjectId, ObjectKind, VaultUrl};

use crate::{
    caller::Caller,
    desk::Setup,
    identity::{Identity, Proof},
    name::shorten,
};

/// How a request names a key. It is compared with the configuration, and sent nowhere.
#[derive(Clone, Debug)]
pub(super) enum KeyName {
    /// A certificate in a vault, by the vault's address or its name alone.
    Certificate { vault: String, name: String },
    /// A key in a vault; without a version, whichever is configured.
    Key(ObjectId),
    /// A certificate and its key in a file, by the SHA-1 of the certificate.
    File { thumbprint: String },
}

/// The name of the identity of this app with this key, among those the caller may use. Where there is none, words that
/// are no identity's name: the desk says no and puts them on record.
pub(super) async fn meant(setup: &Setup, caller: &Caller, app: ClientId, key: &KeyName) -> String {
    for (name, identity) in &setup.identities {
        let is_of_app = identity.settings().client_id == app && setup.policy.may_use(&caller.name, name);
        if is_of_app && key.fits(identity).await {
            return name.to_string();
        }
    }
    format!("{app} {key}")
}

impl KeyName {
    async fn fits(&self, identity: &Identity) -> bool {
        match (self, &identity.settings().proof) {
            (Self::Certificate { vault, name }, Proof::Certificate { vault: known, name: known_name, .. }) => {
                is_vault(known, vault) && known_name.eq_ignore_ascii_case(name)
            }
            (Self::Certificate { vault, name }, Proof::CertificateId(id)) => {
                is_vault(&id.vault, vault) && id.name.eq_ignore_ascii_case(name)
            }
            (Self::Key(key), Proof::Certificate { vault, name, .. }) => {
                is_key(key, vault, name) && is_version(key, identity).await
            }
            (Self::Key(key), Proof::CertificateId(id) | Proof::KeyId { id, .. }) => {
                is_key(key, &id.vault, &id.name) && is_version(key, identity).await
            }
            (Self::File { thumbprint }, Proof::PemFile(_) | Proof::PfxFile { .. }) => {
                let connected = identity.connect().await.ok();
                let key = connected.and_then(|connected| connected.key());
                key.is_some_and(|key| key.certificate().thumbprint().eq_ignore_ascii_case(thumbprint))
            }
            _ => false,
        }
    }
}

/// Whether a request means this vault: by its address, or by the name alone.
fn is_vault(known: &VaultUrl, given: &str) -> bool {
    let host = known.as_str().trim_start_matches("https://");
    let name = host.split('.').next().unwrap_or(host);
    known.as_str().eq_ignore_ascii_case(given) || name.eq_ignore_ascii_case(given)
}

/// Whether a request means this key. That of a certificate has the certificate's name.
fn is_key(given: &ObjectId, vault: &VaultUrl, name: &str) -> bool {
    given.kind == ObjectKind::Key && given.vault == *vault && given.name.eq_ignore_ascii_case(name)
}

/// Whether the version is the one that signs, where one is given.
async fn is_version(given: &ObjectId, identity: &Identity) -> bool {
    let Some(version) = &given.version else { return true };
    let connected = identity.connect().await.ok();
    let key = connected.and_then(|connected| connected.key());
    key.is_some_and(|key| key.id().rsplit('/').next() == Some(version.as_str()))
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { vault, name } => write!(formatter, "{} {}", shorten(vault), shorten(name)),
            Self::Key(id) => id.fmt(formatter),
            Self::File { thumbprint } => formatter.write_str(&shorten(thumbprint)),
        }
    }
}
