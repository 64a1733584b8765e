//! The X.509 side of a policy: a self-signed certificate or a signing request.

use std::net::IpAddr;

use aws_lc_rs::digest;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    OtherNameValue, PublicKeyData as _, SanType, SerialNumber, SignatureAlgorithm, string::Ia5String,
};
use uuid::Uuid;

use super::{foreign_curve, policy::CertificatePolicy, subject, validity};
use crate::keyvault::{
    crypto::{Curve, KeyMaterial, KeySpec},
    wire::VaultError,
};

/// A certificate that signs itself, in DER. For a completed policy.
pub(super) fn self_signed(
    policy: &CertificatePolicy,
    key: &KeyMaterial,
    id: Uuid,
    now: i64,
) -> Result<Vec<u8>, VaultError> {
    let mut params = params(policy, key)?;
    (params.not_before, params.not_after) = validity::window(now, policy.x509_props.validity_months.unwrap_or(12))?;
    params.serial_number = Some(serial_number(id));
    params.use_authority_key_identifier_extension = true;
    signed(key, |signer| Ok(params.self_signed(signer)?.der().to_vec()))
}

/// A signing request (RFC 2986), in DER. For a completed policy.
pub(super) fn signing_request(policy: &CertificatePolicy, key: &KeyMaterial) -> Result<Vec<u8>, VaultError> {
    let params = params(policy, key)?;
    signed(key, |signer| Ok(params.serialize_request(signer)?.der().to_vec()))
}

fn params(policy: &CertificatePolicy, key: &KeyMaterial) -> Result<CertificateParams, VaultError> {
    let x509 = &policy.x509_props;
    let mut params = CertificateParams::default();
    params.distinguished_name = subject::parse(x509.subject.as_deref().unwrap_or_default())?;
    params.subject_alt_names = alternative_names(policy)?;
    params.key_usages = x509.key_usage.iter().flatten().map(|usage| key_usage(usage)).collect::<Result<_, _>>()?;
    params.extended_key_usages = x509.ekus.iter().flatten().map(|oid| extended_usage(oid)).collect::<Result<_, _>>()?;
    params.is_ca = match &x509.basic_constraints {
        Some(constraints) if constraints.ca => IsCa::Ca(
            constraints.path_len_constraint.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained),
        ),
        _ => IsCa::ExplicitNoCa,
    };
    // RFC 5280 section 4.2.1.2, method 1: what the service writes, and what tools compute to compare
    let key_id = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key.public_bytes());
    params.key_identifier_method = KeyIdMethod::PreSpecified(key_id.as_ref().to_vec());
    Ok(params)
}

fn alternative_names(policy: &CertificatePolicy) -> Result<Vec<SanType>, VaultError> {
    let Some(sans) = &policy.x509_props.sans else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for name in &sans.dns_names {
        names.push(SanType::DnsName(ascii(name)?));
    }
    for email in &sans.emails {
        names.push(SanType::Rfc822Name(ascii(email)?));
    }
    for upn in &sans.upns {
        names.push(SanType::OtherName((USER_PRINCIPAL_NAME.to_vec(), OtherNameValue::Utf8String(upn.clone()))));
    }
    for uri in &sans.uris {
        names.push(SanType::URI(ascii(uri)?));
    }
    for address in &sans.ip_addresses {
        let address: IpAddr = address
            .parse()
            .map_err(|_| VaultError::bad_parameter(format!("'{address}' is not an internet address.")))?;
        names.push(SanType::IpAddress(address));
    }
    Ok(names)
}

fn ascii(text: &str) -> Result<Ia5String, VaultError> {
    text.try_into().map_err(|_| VaultError::bad_parameter(format!("The alternative name '{text}' is not ASCII.")))
}

fn key_usage(name: &str) -> Result<KeyUsagePurpose, VaultError> {
    Ok(match name {
        "digitalSignature" => KeyUsagePurpose::DigitalSignature,
        "nonRepudiation" => KeyUsagePurpose::ContentCommitment,
        "keyEncipherment" => KeyUsagePurpose::KeyEncipherment,
        "dataEncipherment" => KeyUsagePurpose::DataEncipherment,
        "keyAgreement" => KeyUsagePurpose::KeyAgreement,
        "keyCertSign" => KeyUsagePurpose::KeyCertSign,
        // the .NET client writes it the second way
        "cRLSign" | "crlSign" => KeyUsagePurpose::CrlSign,
        "encipherOnly" => KeyUsagePurpose::EncipherOnly,
        "decipherOnly" => KeyUsagePurpose::DecipherOnly,
        other => return Err(VaultError::bad_parameter(format!("The key usage '{other}' is not known."))),
    })
}

fn extended_usage(oid: &str) -> Result<ExtendedKeyUsagePurpose, VaultError> {
    oid.split('.')
        .map(str::parse)
        .collect::<Result<Vec<u64>, _>>()
        .ok()
        .filter(|arcs| is_object_identifier(arcs))
        .map(ExtendedKeyUsagePurpose::Other)
        .ok_or_else(|| {
            VaultError::bad_parameter(format!("The extended key usage '{oid}' is not an object identifier."))
        })
}

/// The first two arcs share one number, which limits both (X.690, section 8.19.4).
fn is_object_identifier(arcs: &[u64]) -> bool {
    match arcs {
        [0 | 1, second, ..] => *second < 40,
        [2, second, ..] => *second < u64::MAX - 80,
        _ => false,
    }
}

/// What `make` makes with the key as its signer, in DER. A certificate is made rarely: that the builder parses the key once more
/// does not matter.
fn signed(
    key: &KeyMaterial,
    make: impl FnOnce(&KeyPair) -> Result<Vec<u8>, rcgen::Error>,
) -> Result<Vec<u8>, VaultError> {
    let algorithm: &'static SignatureAlgorithm = match key.spec() {
        KeySpec::Rsa { .. } => &rcgen::PKCS_RSA_SHA256,
        KeySpec::Ec(Curve::P256) => &rcgen::PKCS_ECDSA_P256_SHA256,
        KeySpec::Ec(Curve::P256K) => {
            let stand_in = KeyPair::generate().map_err(|_| VaultError::internal("the key could not be generated"))?;
            let der = make(&stand_in).map_err(|error| refused(&error))?;
            return foreign_curve::exchange(&der, &stand_in.subject_public_key_info(), key);
        }
        KeySpec::Ec(Curve::P384) => &rcgen::PKCS_ECDSA_P384_SHA384,
        KeySpec::Ec(Curve::P521) => &rcgen::PKCS_ECDSA_P521_SHA512,
    };
    let signer = KeyPair::from_pkcs8_der_and_sign_algo(&key.pkcs8().into(), algorithm)
        .map_err(|_| VaultError::internal("the key cannot sign a certificate"))?;
    make(&signer).map_err(|error| refused(&error))
}

/// Positive and never zero. Two certificates of one reused key must differ.
fn serial_number(id: Uuid) -> SerialNumber {
    let mut bytes = id.into_bytes().to_vec();
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    SerialNumber::from(bytes)
}

fn refused(error: &rcgen::Error) -> VaultError {
    VaultError::bad_parameter(format!("The policy does not make a certificate: {error}."))
}

const USER_PRINCIPAL_NAME: [u64; 10] = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3];
