//! Certificates: their key stays in the vault, or can be downloaded. The difference the whole project is about.

use std::{collections::HashMap, time::Duration};

use azure_security_keyvault_certificates::{
    ResourceExt,
    models::{
        Certificate, CertificateAttributes, CertificateOperation, CertificatePolicy, CreateCertificateParameters,
        CurveName, IssuerParameters, KeyProperties, KeyType, KeyUsageType, MergeCertificateParameters,
        SecretProperties, SubjectAlternativeNames, UpdateCertificateOperationParameter,
        UpdateCertificatePropertiesParameters, X509CertificateProperties,
    },
};
use azure_security_keyvault_keys::models::{KeyClientSignOptions, SignParameters, SignatureAlgorithm};
use futures::TryStreamExt;
use openssl::{
    asn1::Asn1Time,
    hash::{MessageDigest, hash},
    pkcs12::Pkcs12,
    pkey::PKey,
    rsa::{Padding, Rsa},
    sign::{RsaPssSaltlen, Verifier},
    x509::{X509, X509Name, X509NameBuilder, X509Req},
};

use crate::{
    files::secret_pfx,
    lab::{Result, certificate_client, fresh, key_client, secret_client},
    report::{Outcome, Report},
};

const DATA: &[u8] = b"the data";

pub async fn run(report: &mut Report) {
    let area = "certificates";
    report.case(area, "poller waits for the certificate", poller()).await;
    report.case(area, "not exportable: the PFX holds no key, and the vault signs with it", not_exportable()).await;
    report.case(area, "exportable: the PFX holds the very key the vault signs with", exportable()).await;
    report.case(area, "PEM: the key is there only if exportable", pem()).await;
    for (name, curve) in [("P-256", CurveName::P256), ("P-384", CurveName::P384), ("P-521", CurveName::P521)] {
        report.case(area, &format!("EC key on {name}"), elliptic(curve)).await;
    }
    report.case(area, "policy decides subject, names, usages and validity", policy_decides()).await;
    report.case(area, "renewal keeps the key only if the policy says so", renewal()).await;
    report.case(area, "request signed by another authority and merged", merge()).await;
    report.case(area, "update: tags, disabled, another policy", update()).await;
    report.case(area, "pending operation: cancelled and deleted", cancel()).await;
}

/// A policy for a certificate with this subject, signed by itself.
pub fn self_signed(subject: &str) -> CertificatePolicy {
    CertificatePolicy {
        issuer_parameters: Some(IssuerParameters { name: Some("Self".to_owned()), ..Default::default() }),
        x509_certificate_properties: Some(X509CertificateProperties {
            subject: Some(subject.to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub fn exportable_policy(exportable: bool) -> CertificatePolicy {
    CertificatePolicy {
        key_properties: Some(KeyProperties { exportable: Some(exportable), ..Default::default() }),
        ..self_signed("CN=clients.harbor.example")
    }
}

/// Begins to make a certificate and returns the operation that does.
///
/// The service says to ask again after 10 seconds, and the SDK's poller obeys. This program looks by itself meanwhile.
pub async fn begin(name: &str, policy: CertificatePolicy) -> Result<CertificateOperation> {
    let client = certificate_client().await;
    let current =
        async || Ok::<_, azure_core::Error>(client.get_certificate_operation(name, None).await?.into_model()?);
    let before = current().await.ok().and_then(|operation| operation.request_id);
    let body = CreateCertificateParameters { certificate_policy: Some(policy), ..Default::default() };
    let poller = client.begin_create_certificate(name, body.try_into()?, None)?;
    let mut making = tokio::spawn(async move { poller.await });
    loop {
        match current().await {
            Ok(operation) if operation.request_id != before => {
                making.abort();
                return Ok(operation);
            }
            _ if making.is_finished() => return Err((&mut making).await?.err().ok_or("it is done too soon")?.into()),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Makes a certificate.
pub async fn create(name: &str, policy: CertificatePolicy) -> Result<Certificate> {
    let operation = begin(name, policy).await?;
    assert_eq!(operation.status.as_deref(), Some("completed"));
    Ok(certificate_client().await.get_certificate(name, None).await?.into_model()?)
}

pub fn x509(certificate: &Certificate) -> Result<X509> {
    Ok(X509::from_der(certificate.cer.as_deref().ok_or("no certificate")?)?)
}

/// The vault signs, openssl verifies with the certificate.
pub async fn assert_vault_signs(certificate: &Certificate) -> Outcome {
    let id = certificate.resource_id()?;
    let body = SignParameters {
        algorithm: Some(SignatureAlgorithm::Ps256),
        value: Some(hash(MessageDigest::sha256(), DATA)?.to_vec()),
    };
    let options = KeyClientSignOptions { key_version: id.version, ..Default::default() };
    let signed = key_client().await.sign(&id.name, body.try_into()?, Some(options)).await?.into_model()?;
    let public = x509(certificate)?.public_key()?;
    let mut verifier = Verifier::new(MessageDigest::sha256(), &public)?;
    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
    assert!(verifier.verify_oneshot(&signed.result.unwrap_or_default(), DATA)?);
    Ok(())
}

async fn poller() -> Outcome {
    let name = fresh("polled");
    let body = CreateCertificateParameters { certificate_policy: Some(self_signed("CN=polled")), ..Default::default() };
    let client = certificate_client().await;
    let certificate = client.begin_create_certificate(&name, body.try_into()?, None)?.await?.into_model()?;
    assert_eq!(certificate.resource_id()?.name, name);
    Ok(())
}

async fn not_exportable() -> Outcome {
    let name = fresh("certificate");
    let certificate = create(&name, exportable_policy(false)).await?;
    {
        let parsed = Pkcs12::from_der(&secret_pfx(&name).await?)?.parse2("")?;
        assert!(parsed.pkey.is_none());
        let inside = parsed.ca.and_then(|others| others.into_iter().next()).or(parsed.cert).ok_or("no certificate")?;
        assert_eq!(inside.to_der()?, x509(&certificate)?.to_der()?);
    }
    assert_vault_signs(&certificate).await
}

async fn exportable() -> Outcome {
    let name = fresh("certificate");
    let certificate = create(&name, exportable_policy(true)).await?;
    {
        let parsed = Pkcs12::from_der(&secret_pfx(&name).await?)?.parse2("")?;
        assert!(parsed.pkey.ok_or("no key")?.public_eq(&*x509(&certificate)?.public_key()?));
    }
    assert_vault_signs(&certificate).await
}

async fn pem() -> Outcome {
    for exportable in [true, false] {
        let name = fresh("certificate");
        let content = SecretProperties { content_type: Some("application/x-pem-file".to_owned()) };
        create(&name, CertificatePolicy { secret_properties: Some(content), ..exportable_policy(exportable) }).await?;
        let secret = secret_client().await.get_secret(&name, None).await?.into_model()?.value.unwrap_or_default();
        assert!(secret.contains("BEGIN CERTIFICATE"));
        assert_eq!(secret.contains("PRIVATE KEY"), exportable);
    }
    Ok(())
}

async fn elliptic(curve: CurveName) -> Outcome {
    let name = fresh("certificate");
    let key =
        KeyProperties { exportable: Some(true), key_type: Some(KeyType::Ec), curve: Some(curve), ..Default::default() };
    let policy = CertificatePolicy { key_properties: Some(key), ..self_signed("CN=elliptic") };
    let certificate = create(&name, policy).await?;
    let parsed = Pkcs12::from_der(&secret_pfx(&name).await?)?.parse2("")?;
    assert!(parsed.pkey.ok_or("no key")?.public_eq(&*x509(&certificate)?.public_key()?));
    Ok(())
}

async fn policy_decides() -> Outcome {
    let names = vec!["policy.harbor.example".to_owned(), "other.harbor.example".to_owned()];
    let policy = CertificatePolicy {
        key_properties: Some(KeyProperties {
            key_type: Some(KeyType::Rsa),
            key_size: Some(3072),
            ..Default::default()
        }),
        x509_certificate_properties: Some(X509CertificateProperties {
            subject: Some("CN=policy.harbor.example".to_owned()),
            subject_alternative_names: Some(SubjectAlternativeNames {
                dns_names: Some(names.clone()),
                ..Default::default()
            }),
            enhanced_key_usage: Some(vec!["1.3.6.1.5.5.7.3.2".to_owned()]),
            key_usage: Some(vec![KeyUsageType::DigitalSignature]),
            validity_in_months: Some(6),
        }),
        ..self_signed("")
    };
    let name = fresh("policy");
    let made = x509(&create(&name, policy).await?)?;
    let found: Vec<String> = made
        .subject_alt_names()
        .ok_or("no names")?
        .iter()
        .filter_map(|name| name.dnsname().map(str::to_owned))
        .collect();
    assert_eq!(found, names);
    assert_eq!(made.public_key()?.bits(), 3072);
    let days = made.not_before().diff(made.not_after())?.days;
    assert!((180..186).contains(&days), "{days} days");
    let text = String::from_utf8(made.to_text()?)?;
    assert!(
        text.contains("TLS Web Client Authentication") && !text.contains("TLS Web Server Authentication"),
        "{text}"
    );
    let read = certificate_client().await.get_certificate_policy(&name, None).await?.into_model()?;
    assert_eq!(read.x509_certificate_properties.and_then(|properties| properties.validity_in_months), Some(6));
    Ok(())
}

async fn renewal() -> Outcome {
    for reuse in [true, false] {
        let key = KeyProperties { reuse_key: Some(reuse), ..Default::default() };
        let policy = CertificatePolicy { key_properties: Some(key), ..self_signed("CN=renewed") };
        let name = fresh("renewed");
        let first = x509(&create(&name, policy.clone()).await?)?.public_key()?;
        let second = x509(&create(&name, policy).await?)?.public_key()?;
        assert_eq!(first.public_eq(&second), reuse);
        let versions = certificate_client().await.list_certificate_properties_versions(&name, None)?;
        assert_eq!(versions.try_collect::<Vec<_>>().await?.len(), 2);
    }
    Ok(())
}

fn common_name(name: &str) -> Result<X509Name> {
    let mut builder = X509NameBuilder::new()?;
    builder.append_entry_by_text("CN", name)?;
    Ok(builder.build())
}

/// A certificate for a request, by an authority made for this.
fn sign_request(csr: &[u8]) -> Result<Vec<u8>> {
    let request = X509Req::from_der(csr)?;
    let public = request.public_key()?;
    assert!(request.verify(&public)?);
    let authority = PKey::from_rsa(Rsa::generate(2048)?)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_issuer_name(&*common_name("an authority")?)?;
    builder.set_subject_name(request.subject_name())?;
    builder.set_pubkey(&public)?;
    builder.set_not_before(&*Asn1Time::days_from_now(0)?)?;
    builder.set_not_after(&*Asn1Time::days_from_now(90)?)?;
    builder.sign(&authority, MessageDigest::sha256())?;
    Ok(builder.build().to_der()?)
}

/// Certificates whose signature somebody else brings.
async fn begin_unknown(name: &str) -> Result<CertificateOperation> {
    let issuer = IssuerParameters { name: Some("Unknown".to_owned()), ..Default::default() };
    begin(name, CertificatePolicy { issuer_parameters: Some(issuer), ..self_signed("CN=merged") }).await
}

async fn merge() -> Outcome {
    let (client, name) = (certificate_client().await, fresh("merged"));
    let operation = begin_unknown(&name).await?;
    assert_eq!(operation.status.as_deref(), Some("inProgress"));
    let issued = sign_request(&operation.csr.ok_or("no request")?)?;
    let body = MergeCertificateParameters { x509_certificates: Some(vec![issued.clone()]), ..Default::default() };
    let merged = client.merge_certificate(&name, body.try_into()?, None).await?.into_model()?;
    assert_eq!(merged.cer.as_ref(), Some(&issued));
    assert_vault_signs(&merged).await
}

async fn update() -> Outcome {
    let (client, name) = (certificate_client().await, fresh("updated"));
    create(&name, self_signed("CN=updated")).await?;
    let tags = HashMap::from([("team".to_owned(), "harbor".to_owned())]);
    let body = UpdateCertificatePropertiesParameters {
        certificate_attributes: Some(CertificateAttributes { enabled: Some(false), ..Default::default() }),
        tags: Some(tags.clone()),
        ..Default::default()
    };
    let changed = client.update_certificate_properties(&name, body.try_into()?, None).await?.into_model()?;
    assert_eq!(changed.tags, Some(tags));
    assert_eq!(changed.attributes.and_then(|attributes| attributes.enabled), Some(false));
    let mut policy = client.get_certificate_policy(&name, None).await?.into_model()?;
    if let Some(properties) = &mut policy.x509_certificate_properties {
        properties.validity_in_months = Some(3);
    }
    let policy = client.update_certificate_policy(&name, policy.try_into()?, None).await?.into_model()?;
    assert_eq!(policy.x509_certificate_properties.and_then(|properties| properties.validity_in_months), Some(3));
    Ok(())
}

async fn cancel() -> Outcome {
    let (client, name) = (certificate_client().await, fresh("cancelled"));
    begin_unknown(&name).await?;
    let body = UpdateCertificateOperationParameter { cancellation_requested: Some(true) };
    let cancelled = client.update_certificate_operation(&name, body.try_into()?, None).await?.into_model()?;
    assert_eq!(cancelled.cancellation_requested, Some(true));
    client.delete_certificate_operation(&name, None).await?;
    Ok(())
}
