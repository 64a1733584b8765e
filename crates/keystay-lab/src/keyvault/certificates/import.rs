//! `POST /certificates/{name}/import`: a certificate with its private key from outside.

use std::sync::Arc;

use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use x509_parser::{certificate::X509Certificate, der_parser::Oid, parse_x509_certificate};

use super::{
    assemble::{Parts, assemble},
    info::public_key_bytes,
    object::CertificateObject,
    policy::{BasicConstraints, CertificatePolicy, UNKNOWN_ISSUER},
    policy_rules::{PEM, PKCS12, policy_id},
    wire::CertificateBundle,
};
use crate::keyvault::{
    attributes::{Attributes, AttributesPatch},
    call::{Call, ok},
    error::VaultError,
    key_material::KeyMaterial,
    key_spec::{KeySpec, KeyType},
    object_name::ObjectKind,
    objects::Tags,
    pem_file, pfx,
};

#[derive(Deserialize)]
struct Request {
    value: String,
    #[serde(default)]
    pwd: Option<String>,
    policy: Option<CertificatePolicy>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

/// Takes a PFX (base64) or PEM text. What the policy leaves out is read from the certificate.
pub(in super::super) fn import(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/import/action")?;
    let request: Request = call.json()?;
    let bytes = if is_pem_text(request.value.as_bytes()) {
        request.value.into_bytes()
    } else {
        STANDARD
            .decode(request.value.trim())
            .map_err(|_| VaultError::bad_parameter("The value is neither PEM text nor a base64 PKCS#12 file."))?
    };
    // the Python SDK encodes PEM text as well
    let is_pem = is_pem_text(&bytes);
    let (pkcs8, certificates) = if is_pem {
        pem_file::read(&String::from_utf8_lossy(&bytes))?
    } else {
        pfx::read(&bytes, request.pwd.as_deref().unwrap_or_default())?
    };
    let key = Arc::new(KeyMaterial::from_pkcs8(&pkcs8)?);
    let chain = leaf_first(certificates, &key)?;

    let policy = derived_policy(request.policy.unwrap_or_default(), &chain, &key, is_pem)?;
    let policy = policy.completed(policy_id(&call.vault, name), call.now)?;
    call.vault.check_holds(policy.kty())?;
    let mut attributes = Attributes::new(call.now);
    attributes.apply(&request.attributes, call.now);
    let version = call.vault.fresh_id();
    let parts = Parts { version, key, chain, enabled: attributes.enabled, tags: request.tags };
    let issued = assemble(&policy, parts, call.now)?;

    let mut objects = call.vault.objects.write();
    objects.check_free(ObjectKind::Certificate, name)?;
    objects.check_issuer(policy.issuer.name.as_deref())?;
    let object = objects.certificates.entry(name.to_owned()).or_insert_with(|| CertificateObject::new(policy.clone()));
    object.policy = policy;
    objects.publish(name, issued);
    Ok(ok(CertificateBundle::new(call, name, objects.certificate(name)?, "")?))
}

fn is_pem_text(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN")
}

/// Puts the certificate over the key first; the others keep their order.
fn leaf_first(mut certificates: Vec<Vec<u8>>, key: &KeyMaterial) -> Result<Vec<Vec<u8>>, VaultError> {
    let leaf = certificates
        .iter()
        .position(|der| public_key_bytes(der).is_ok_and(|public| public == key.public_bytes()))
        .ok_or_else(|| VaultError::bad_parameter("The private key belongs to none of the certificates."))?;
    certificates[..=leaf].rotate_right(1);
    Ok(certificates)
}

fn derived_policy(
    mut policy: CertificatePolicy,
    chain: &[Vec<u8>],
    key: &KeyMaterial,
    is_pem: bool,
) -> Result<CertificatePolicy, VaultError> {
    let der = chain.first().map(Vec::as_slice).unwrap_or_default();
    let (_, certificate) = parse_x509_certificate(der)
        .map_err(|_| VaultError::bad_parameter("The certificate is not a valid X.509 certificate."))?;
    let hsm = policy.key_props.kty.is_some_and(KeyType::is_hsm);
    match key.spec() {
        KeySpec::Rsa { bits } => {
            (policy.key_props.kty, policy.key_props.key_size) = (Some(KeyType::Rsa.in_hsm(hsm)), Some(bits));
        }
        KeySpec::Ec(curve) => {
            (policy.key_props.kty, policy.key_props.crv) = (Some(KeyType::Ec.in_hsm(hsm)), Some(curve));
        }
    }
    policy.secret_props.content_type.get_or_insert_with(|| if is_pem { PEM } else { PKCS12 }.to_owned());
    policy.issuer.name.get_or_insert_with(|| UNKNOWN_ISSUER.to_owned());
    let x509 = &mut policy.x509_props;
    x509.subject.get_or_insert_with(|| certificate.subject().to_string());
    x509.key_usage.get_or_insert_with(|| key_usages(&certificate));
    x509.ekus.get_or_insert_with(|| extended_usages(&certificate));
    x509.basic_constraints
        .get_or_insert_with(|| BasicConstraints { ca: certificate.is_ca(), path_len_constraint: None });
    Ok(policy)
}

fn key_usages(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(usage)) = certificate.key_usage() else {
        // without the extension a key may be used for anything (RFC 5280, section 4.2.1.3)
        return vec!["digitalSignature".into(), "keyEncipherment".into()];
    };
    let usage = usage.value;
    [
        ("digitalSignature", usage.digital_signature()),
        ("nonRepudiation", usage.non_repudiation()),
        ("keyEncipherment", usage.key_encipherment()),
        ("dataEncipherment", usage.data_encipherment()),
        ("keyAgreement", usage.key_agreement()),
        ("keyCertSign", usage.key_cert_sign()),
        ("cRLSign", usage.crl_sign()),
    ]
    .into_iter()
    .filter(|(_, set)| *set)
    .map(|(name, _)| name.to_owned())
    .collect()
}

fn extended_usages(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(usage)) = certificate.extended_key_usage() else {
        return Vec::new();
    };
    let usage = usage.value;
    let known = [("1.3.6.1.5.5.7.3.1", usage.server_auth), ("1.3.6.1.5.5.7.3.2", usage.client_auth)];
    known
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(oid, _)| oid.to_owned())
        .chain(usage.other.iter().map(Oid::to_id_string))
        .collect()
}
