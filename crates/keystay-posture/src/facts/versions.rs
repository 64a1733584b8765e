//! The versions of the certificate and of its key.

use time::OffsetDateTime;

use super::{Missing, Node, Place, Thumbprint, thumbprint::Certified};

/// A version of the certificate: <https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate>
#[derive(Clone, Debug)]
pub struct CertificateVersion {
    /// Where it was read.
    pub place: Place,
    /// Its version id; the key of the same version has the same.
    pub version: String,
    /// Whether the vault signs with it.
    pub enabled: bool,
    /// Its thumbprint.
    pub thumbprint: Thumbprint,
    /// When it begins, of the certificate itself.
    pub not_before: Option<OffsetDateTime>,
    /// When it ends, of the certificate itself; of its attributes where the certificate was not in the document.
    pub not_after: Option<OffsetDateTime>,
}

/// A version of the key: <https://learn.microsoft.com/rest/api/keyvault/keys/get-key>
#[derive(Clone, Debug)]
pub struct KeyVersion {
    /// Where it was read.
    pub place: Place,
    /// Its version id.
    pub version: String,
    /// Whether the vault signs with it.
    pub enabled: bool,
    /// Whether the private key can be taken out, where the vault says so.
    pub exportable: Option<bool>,
    /// `RSA`, `RSA-HSM`, `EC`, …
    pub kind: String,
    /// What the vault does with it: `sign`, `verify`, …
    pub operations: Vec<String>,
}

/// A key or a secret of the vault, by name.
#[derive(Clone, Debug)]
pub struct VaultObject {
    /// Where it was read.
    pub place: Place,
    /// Its name.
    pub name: String,
}

impl VaultObject {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        // https://{vault}/keys/{name}
        let id = node.field(&["id", "kid"])?;
        let name = id.text()?.split('/').nth(4).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| id.malformed("the id of an object in a vault"))?;
        Ok(Self { place: id.place(), name: name.to_owned() })
    }
}

impl CertificateVersion {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let attributes = node.find(&["attributes"]);
        let end = attributes.as_ref().map(|node| node.maybe_moment(&["exp", "expires"])).transpose()?.flatten();
        let begin = attributes.as_ref().map(|node| node.maybe_moment(&["nbf", "notBefore"])).transpose()?.flatten();
        let certified = match node.find(&["cer"]) {
            Some(cer) => Some(Certified::parse(cer.text()?).ok_or_else(|| cer.malformed("a certificate in base64"))?),
            None => None,
        };
        let thumbprint = if let Some(certified) = &certified {
            certified.thumbprint
        } else {
            let named = node.field(&["x5t", "x509ThumbprintHex", "x509Thumbprint"])?;
            Thumbprint::parse(named.text()?).ok_or_else(|| named.malformed("a SHA-1 thumbprint"))?
        };
        Ok(Self {
            place: node.place(),
            version: version(node, &["id"])?,
            enabled: enabled(attributes.as_ref())?,
            thumbprint,
            not_before: certified.map(|one| one.not_before).or(begin),
            not_after: certified.map(|one| one.not_after).or(end),
        })
    }
}

impl KeyVersion {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let attributes = node.find(&["attributes"]);
        let key = node.field(&["key"])?;
        Ok(Self {
            place: node.place(),
            version: version(&key, &["kid"])?,
            enabled: enabled(attributes.as_ref())?,
            exportable: attributes.as_ref().map(|node| node.maybe_flag(&["exportable"])).transpose()?.flatten(),
            kind: key.field(&["kty"])?.text()?.to_owned(),
            operations: key.texts(&["key_ops", "keyOps"])?,
        })
    }
}

/// The last part of an object's id.
fn version(node: &Node<'_>, names: &[&str]) -> Result<String, Missing> {
    let id = node.field(names)?;
    let version = id.text()?.rsplit('/').next().filter(|version| !version.is_empty());
    version.map(str::to_owned).ok_or_else(|| id.malformed("an id with a version"))
}

/// Azure documents that an object without the attribute is enabled.
fn enabled(attributes: Option<&Node<'_>>) -> Result<bool, Missing> {
    Ok(attributes.map(|node| node.maybe_flag(&["enabled"])).transpose()?.flatten().unwrap_or(true))
}
