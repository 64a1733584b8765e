//! The policy of an imported certificate: what the request leaves out is read from the certificate.

use std::net::IpAddr;

use x509_parser::{certificate::X509Certificate, der_parser::Oid, extensions::GeneralName, parse_x509_certificate};

use super::{
    policy::{BasicConstraints, CertificatePolicy, SubjectAlternativeNames, UNKNOWN_ISSUER},
    policy_rules::{PEM, PKCS12},
    subject, validity,
};
use crate::keyvault::{
    crypto::{KeyMaterial, KeySpec, KeyType},
    wire::VaultError,
};

impl CertificatePolicy {
    /// Fills in what the certificate says. Key type and size are always those of the key.
    pub(super) fn derived_from(mut self, der: &[u8], key: &KeyMaterial, is_pem: bool) -> Result<Self, VaultError> {
        let (_, certificate) = parse_x509_certificate(der)
            .map_err(|_| VaultError::bad_parameter("The certificate is not a valid X.509 certificate."))?;
        let hsm = self.key_props.kty.is_some_and(KeyType::is_hsm);
        match key.spec() {
            KeySpec::Rsa { bits } => {
                (self.key_props.kty, self.key_props.key_size) = (Some(KeyType::Rsa.in_hsm(hsm)), Some(bits));
            }
            KeySpec::Ec(curve) => {
                (self.key_props.kty, self.key_props.crv) = (Some(KeyType::Ec.in_hsm(hsm)), Some(curve));
            }
        }
        self.secret_props.content_type.get_or_insert_with(|| if is_pem { PEM } else { PKCS12 }.to_owned());
        self.issuer.name.get_or_insert_with(|| UNKNOWN_ISSUER.to_owned());
        let x509 = &mut self.x509_props;
        x509.subject.get_or_insert_with(|| subject::display(certificate.subject()));
        x509.sans = x509.sans.take().or_else(|| alternative_names(&certificate));
        x509.key_usage.get_or_insert_with(|| key_usages(&certificate));
        x509.ekus.get_or_insert_with(|| extended_usages(&certificate));
        let window = certificate.validity();
        x509.validity_months
            .get_or_insert_with(|| validity::months(window.not_before.to_datetime(), window.not_after.to_datetime()));
        x509.basic_constraints
            .get_or_insert_with(|| BasicConstraints { ca: certificate.is_ca(), path_len_constraint: None });
        Ok(self)
    }
}

fn alternative_names(certificate: &X509Certificate<'_>) -> Option<SubjectAlternativeNames> {
    let extension = certificate.subject_alternative_name().ok()??;
    let mut sans = SubjectAlternativeNames::default();
    for name in &extension.value.general_names {
        match name {
            GeneralName::DNSName(name) => sans.dns_names.push((*name).to_owned()),
            GeneralName::RFC822Name(email) => sans.emails.push((*email).to_owned()),
            GeneralName::URI(uri) => sans.uris.push((*uri).to_owned()),
            GeneralName::IPAddress(bytes) => sans.ip_addresses.extend(address(bytes)),
            // the service has no place for the others
            _ => {}
        }
    }
    Some(sans)
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let address = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
    Some(address.ok()?.to_string())
}

/// None without the extension: then the key may be used for anything (RFC 5280, section 4.2.1.3).
fn key_usages(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(usage)) = certificate.key_usage() else {
        return Vec::new();
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
    let known = [
        ("1.3.6.1.5.5.7.3.1", usage.server_auth),
        ("1.3.6.1.5.5.7.3.2", usage.client_auth),
        ("1.3.6.1.5.5.7.3.3", usage.code_signing),
        ("1.3.6.1.5.5.7.3.4", usage.email_protection),
        ("1.3.6.1.5.5.7.3.8", usage.time_stamping),
        ("1.3.6.1.5.5.7.3.9", usage.ocsp_signing),
    ];
    known
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(oid, _)| oid.to_owned())
        .chain(usage.other.iter().map(Oid::to_id_string))
        .collect()
}
