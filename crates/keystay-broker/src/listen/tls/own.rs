//! A certificate for this computer, made at the start by an authority that is then forgotten.

use std::{fmt, fs, io, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use super::TlsError;

/// A certificate for `localhost`, `127.0.0.1` and `::1`, with its key.
///
/// Its authority's key is thrown away, and its authority's certificate can vouch for these names only: a program that
/// trusts it trusts nobody else by it. It is not the certificate of the authority itself, which some clients refuse.
pub(super) struct OwnCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivatePkcs8KeyDer<'static>,
}

/// The longest a leaf may live for every platform.
const LIFE: Duration = Duration::days(825);

impl OwnCertificate {
    /// Makes it, and writes the certificate of its authority where programs read it.
    pub(super) fn make(ca_file: &Path) -> Result<Self, TlsError> {
        let authority = authority()?;
        let key = KeyPair::generate()?;
        let mut leaf = CertificateParams::new(["localhost", "127.0.0.1", "::1"].map(str::to_owned))?;
        leaf.distinguished_name = name("keystay broker on this computer");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python 3.13 and later refuse a leaf without it
        leaf.use_authority_key_identifier_extension = true;
        (leaf.not_before, leaf.not_after) = validity();
        let leaf = leaf.signed_by(&key, &authority)?;
        write(ca_file, &authority.pem()).map_err(|source| TlsError::Write { path: ca_file.to_owned(), source })?;
        Ok(Self { chain: vec![leaf.der().clone()], key: PrivatePkcs8KeyDer::from(key.serialize_der()) })
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.clone_key())
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("keystay broker CA (for this computer only)");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".into()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(std::net::Ipv6Addr::LOCALHOST.octets(), 128)),
        ],
        excluded_subtrees: Vec::new(),
    });
    (params.not_before, params.not_after) = validity();
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "keystay");
    name.push(DnType::CommonName, common);
    name
}

/// Programs judge certificates by the computer's clock. A day back for those that are behind.
fn validity() -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now - Duration::days(1), now + LIFE - Duration::days(2))
}

/// In one step: a program that reads the file meanwhile finds the old certificate or the new one.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut next = path.as_os_str().to_owned();
    next.push(".new");
    fs::write(&next, text)?;
    fs::rename(&next, path)
}

impl fmt::Debug for OwnCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OwnCertificate")
    }
}
