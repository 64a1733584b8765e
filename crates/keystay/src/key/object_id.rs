//! Addresses in Key Vault: vaults, certificates and keys.

use std::{fmt, str::FromStr, sync::Arc};

use url::Url;

/// The https address of a vault or Managed HSM, checked against the known host names.
///
/// A token for the vault is sent there, so a host outside Azure's own names is refused here, before the SDK's own
/// check of the authentication challenge. Comes from configuration, never from a request.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct VaultUrl(Arc<str>);

/// Vault and Managed HSM hosts of the public, US Government and China clouds (Key Vault documentation, "DNS suffixes").
const HOST_SUFFIXES: &[&str] = &[
    ".vault.azure.net",
    ".vault.usgovcloudapi.net",
    ".vault.azure.cn",
    ".managedhsm.azure.net",
    ".managedhsm.usgovcloudapi.net",
    ".managedhsm.azure.cn",
];

impl VaultUrl {
    /// `https://{name}.vault.azure.net`, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The vault's own name, such as `contoso`.
    pub fn name(&self) -> &str {
        let host = self.0.strip_prefix("https://").unwrap_or(&self.0);
        host.split_once('.').map_or(host, |(name, _)| name)
    }

    /// The host all vaults of this kind and cloud have in common, such as `vault.azure.net`: whom tokens for it are for
    /// (Key Vault, "Authentication, requests and responses").
    pub fn resource_host(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, host)| host.trim_end_matches('/'))
    }

    /// Whether this is a Managed HSM, which keeps keys but no certificates.
    pub fn is_managed_hsm(&self) -> bool {
        self.0.contains(".managedhsm.")
    }
}

impl FromStr for VaultUrl {
    type Err = ObjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (vault, path) = split(text)?;
        if path.is_empty() { Ok(vault) } else { Err(ObjectIdError::new(text, "a vault's address has no path")) }
    }
}

impl fmt::Display for VaultUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for VaultUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VaultUrl({})", self.0)
    }
}

/// Which collection of a vault an object is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ObjectKind {
    /// `/certificates/…`
    Certificate,
    /// `/keys/…`
    Key,
}

impl ObjectKind {
    fn collection(self) -> &'static str {
        match self {
            Self::Certificate => "certificates",
            Self::Key => "keys",
        }
    }
}

/// The id of a certificate or key: `https://{vault}/{certificates|keys}/{name}[/{version}]`.
///
/// Names and versions hold only what the service allows: the SDK puts them into a URL as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ObjectId {
    /// The vault.
    pub vault: VaultUrl,
    /// Certificate or key.
    pub kind: ObjectKind,
    /// The object's name.
    pub name: String,
    /// The version, when the id is pinned to one.
    pub version: Option<String>,
}

impl ObjectId {
    /// The id of the newest version of an object.
    pub fn new(vault: &VaultUrl, kind: ObjectKind, name: &str) -> Result<Self, ObjectIdError> {
        check_segment(name, "name", |c| c.is_ascii_alphanumeric() || c == '-')?;
        Ok(Self { vault: vault.clone(), kind, name: name.to_owned(), version: None })
    }
}

impl FromStr for ObjectId {
    type Err = ObjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (vault, path) = split(text)?;
        let segments: Vec<&str> = path.split('/').collect();
        let (kind, name, version) = match segments.as_slice() {
            ["certificates", name] => (ObjectKind::Certificate, *name, None),
            ["certificates", name, version] => (ObjectKind::Certificate, *name, Some(*version)),
            ["keys", name] => (ObjectKind::Key, *name, None),
            ["keys", name, version] => (ObjectKind::Key, *name, Some(*version)),
            _ => {
                return Err(ObjectIdError::new(
                    text,
                    "expected /certificates/{name}/{version} or /keys/{name}/{version}",
                ));
            }
        };
        if let Some(version) = version {
            check_segment(version, "version", |c| c.is_ascii_alphanumeric())?;
        }
        Ok(Self { version: version.map(str::to_owned), ..Self::new(&vault, kind, name)? })
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.vault, self.kind.collection(), self.name)?;
        self.version.as_ref().map_or(Ok(()), |version| write!(formatter, "/{version}"))
    }
}

/// Text that is no address in Key Vault.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{given}` is not an address in Key Vault: {reason}")]
pub struct ObjectIdError {
    given: String,
    reason: &'static str,
}

impl ObjectIdError {
    fn new(given: &str, reason: &'static str) -> Self {
        Self { given: given.chars().filter(|c| !c.is_control()).take(120).collect(), reason }
    }
}

/// The vault of an address and the rest without slashes at its ends.
fn split(text: &str) -> Result<(VaultUrl, String), ObjectIdError> {
    let wrong = |reason| ObjectIdError::new(text, reason);
    let url = Url::parse(text.trim()).map_err(|_| wrong("it is not a URL such as https://contoso.vault.azure.net"))?;
    if url.scheme() != "https" {
        return Err(wrong("it must start with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it must not hold a user name, a query or a fragment"));
    }
    if url.port().is_some() {
        return Err(wrong("Key Vault has no other port than 443"));
    }
    let host = url.host_str().unwrap_or_default();
    let known = HOST_SUFFIXES.iter().any(|suffix| host.strip_suffix(suffix).is_some_and(is_vault_name));
    if !known {
        return Err(wrong(
            "the host is not {name}.vault.azure.net, {name}.managedhsm.azure.net or a sovereign cloud's",
        ));
    }
    Ok((VaultUrl(format!("https://{host}").into()), url.path().trim_matches('/').to_owned()))
}

fn is_vault_name(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn check_segment(text: &str, what: &'static str, allowed: fn(char) -> bool) -> Result<(), ObjectIdError> {
    if (1..=127).contains(&text.len()) && text.chars().all(allowed) {
        return Ok(());
    }
    Err(ObjectIdError::new(
        text,
        if what == "name" {
            "a name has 1 to 127 letters, digits and hyphens"
        } else {
            "a version has letters and digits only"
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_printed_alike() {
        for id in [
            "https://contoso.vault.azure.net/certificates/signer",
            "https://contoso.vault.azure.net/keys/signer/0123456789abcdef0123456789abcdef",
            "https://contoso-hsm.managedhsm.azure.net/keys/signer/0123456789abcdef0123456789abcdef",
            "https://contoso.vault.usgovcloudapi.net/keys/signer",
        ] {
            assert_eq!(id.parse::<ObjectId>().unwrap().to_string(), id);
        }
    }

    #[test]
    fn an_address_that_is_not_azures_gets_no_token_of_ours() {
        for address in [
            "https://evil.example",
            "https://vault.azure.net",
            "https://evil.example/.vault.azure.net",
            "https://contoso.vault.azure.net.evil.example",
            "https://evil.example#.vault.azure.net",
            "https://user@contoso.vault.azure.net",
            "https://contoso.vault.azure.net:8443",
            "http://contoso.vault.azure.net",
            "https://a.b.vault.azure.net",
        ] {
            assert!(address.parse::<VaultUrl>().is_err(), "{address}");
        }
    }

    #[test]
    fn a_name_cannot_move_the_path() {
        let vault: VaultUrl = "https://contoso.vault.azure.net/".parse().unwrap();
        for name in ["", "a/b", "..", "a?b", "a%2fb", "a#b"] {
            assert!(ObjectId::new(&vault, ObjectKind::Key, name).is_err(), "{name}");
        }
        assert!("https://contoso.vault.azure.net/secrets/signer".parse::<ObjectId>().is_err());
    }
}
