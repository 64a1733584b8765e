//! What the configuration says about an identity.

use std::path::PathBuf;

use keystay::{ClientId, Cloud, ObjectId, ObjectKind, Secret, Tenant, VaultCredential, VaultUrl};

use crate::config::Section;

/// One app and the key that proves it. Every value is one that can work.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdentitySettings {
    /// The app.
    pub client_id: ClientId,
    /// The tenant the app is registered in, where known. The broker gives out no Graph token there.
    pub home_tenant: Option<Tenant>,
    /// The cloud all its tenants live in.
    pub cloud: Cloud,
    /// RS256 with `x5t` instead of PS256 with `x5t#S256`.
    pub rs256: bool,
    /// Refuse a key that could be copied away.
    pub refuse_exportable: bool,
    /// Who this program is for the vault.
    pub vault_credential: VaultCredential,
    /// How the app proves itself.
    pub proof: Proof,
}

/// How an app proves itself.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A certificate in a vault: its newest version, or the one a pin file names.
    Certificate {
        /// The vault.
        vault: VaultUrl,
        /// The certificate's name.
        name: String,
        /// The file that names the version that signs, instead of the newest one; followed while it runs.
        pin: Option<PathBuf>,
    },
    /// A certificate by its id, with or without version.
    CertificateId(ObjectId),
    /// A key version, and a certificate that was issued for it elsewhere.
    KeyId {
        /// The key.
        id: ObjectId,
        /// Its certificate, in PEM.
        certificate_file: PathBuf,
    },
    /// The insecure baseline: certificate and private key in a file.
    PemFile(PathBuf),
    /// The insecure baseline in PKCS#12.
    PfxFile {
        /// The file.
        path: PathBuf,
        /// What opens it.
        password: Secret,
    },
    /// No key: tokens of this identity for the token-exchange audience.
    FederatedIdentity(VaultCredential),
}

impl IdentitySettings {
    /// Reads them from a table. None when something is missing or wrong; the table has noted what.
    pub fn read(section: &mut Section<'_>) -> Option<Self> {
        let client_id = section.required("client_id", "the app's application (client) id, a GUID");
        let home_tenant = section.parsed("home_tenant");
        let cloud = section.parsed("cloud").unwrap_or_default();
        let rs256 = section.one_of("algorithm", &[("PS256", false), ("RS256", true)]).unwrap_or(false);
        let refuse_exportable = section.flag("refuse_exportable").unwrap_or(false);
        let vault_credential = section.parsed("vault_credential").unwrap_or_default();
        let proof = if section.has("key") {
            section.table("key").and_then(|mut key| {
                let proof = Proof::read(&mut key);
                key.end();
                proof
            })
        } else {
            section.ignore(&["key"]);
            let name = section.name("key");
            section.mistake(format!("`{name}` names no key; expected {SOURCES}"));
            None
        };
        Some(Self {
            client_id: client_id?,
            home_tenant,
            cloud,
            rs256,
            refuse_exportable,
            vault_credential,
            proof: proof?,
        })
    }
}

const SOURCES: &str = "`vault` and `certificate`, `certificate_id`, `key_id` and `certificate_file`, `federated_identity`, or (insecure) `pem_file` or `pfx_file`";

impl Proof {
    /// The vault that signs, where one does.
    pub fn vault(&self) -> Option<&VaultUrl> {
        match self {
            Self::Certificate { vault, .. } => Some(vault),
            Self::CertificateId(id) | Self::KeyId { id, .. } => Some(&id.vault),
            Self::PemFile(_) | Self::PfxFile { .. } | Self::FederatedIdentity(_) => None,
        }
    }

    fn read(key: &mut Section<'_>) -> Option<Self> {
        const KINDS: [&str; 6] =
            ["certificate", "certificate_id", "key_id", "pem_file", "pfx_file", "federated_identity"];
        let given: Vec<&'static str> = KINDS.into_iter().filter(|kind| key.has(kind)).collect();
        // what belongs to one of them is no foreign setting, even where another mistake hides it
        key.ignore(&KINDS);
        key.ignore(&["vault", "certificate_file", "pfx_password", "pin"]);
        if key.has("pin") && given != ["certificate"] {
            let setting = key.name("pin");
            key.mistake(format!("`{setting}` goes with `vault` and `certificate`: it names the version that signs"));
        }
        match given.as_slice() {
            ["certificate"] => {
                let vault = key.required("vault", "`https://{name}.vault.azure.net`, where the certificate lies");
                let (name, vault): (String, VaultUrl) = (key.text("certificate")?, vault?);
                // the file may come later: the first rotation makes it
                let pin = key.text("pin").map(PathBuf::from);
                match ObjectId::new(&vault, ObjectKind::Certificate, &name) {
                    Ok(_) => Some(Self::Certificate { vault, name, pin }),
                    Err(error) => {
                        let setting = key.name("certificate");
                        key.mistake(format!("`{setting}`: {error}"));
                        None
                    }
                }
            }
            ["certificate_id"] => key.parsed("certificate_id").map(Self::CertificateId),
            ["key_id"] => {
                let id = key.parsed("key_id");
                if !key.has("certificate_file") {
                    let setting = key.name("certificate_file");
                    key.mistake(format!(
                        "`{setting}` is missing; expected the certificate (PEM) that was issued for the key"
                    ));
                }
                let certificate_file = key.file("certificate_file");
                Some(Self::KeyId { id: id?, certificate_file: certificate_file? })
            }
            ["pem_file"] => key.file("pem_file").map(Self::PemFile),
            ["pfx_file"] => {
                let password = Secret::new(key.text("pfx_password").unwrap_or_default());
                key.file("pfx_file").map(|path| Self::PfxFile { path, password })
            }
            ["federated_identity"] => key.parsed("federated_identity").map(Self::FederatedIdentity),
            [] => {
                // the vault alone says where, not what; its address is checked all the same
                let _: Option<VaultUrl> = key.parsed("vault");
                let name = key.name("").trim_end_matches('.').to_owned();
                key.mistake(format!("`{name}` names no key; expected {SOURCES}"));
                None
            }
            several => {
                let names: Vec<String> = several.iter().map(|kind| format!("`{}`", key.name(kind))).collect();
                key.mistake(format!("{} are both given; expected one of {SOURCES}", names.join(" and ")));
                None
            }
        }
    }
}

/// Whether a reload has to connect anew. A password is compared by what it opens: its text never is.
impl PartialEq for Proof {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Certificate { vault, name, pin },
                Self::Certificate { vault: other_vault, name: other_name, pin: other_pin },
            ) => vault == other_vault && name == other_name && pin == other_pin,
            (Self::CertificateId(one), Self::CertificateId(other)) => one == other,
            (Self::KeyId { id, certificate_file }, Self::KeyId { id: other_id, certificate_file: other_file }) => {
                id == other_id && certificate_file == other_file
            }
            (Self::FederatedIdentity(one), Self::FederatedIdentity(other)) => one == other,
            // a file may hold another key by now
            _ => false,
        }
    }
}

impl Eq for Proof {}
