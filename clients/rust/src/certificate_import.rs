//! Certificates brought to the vault with their key.

use azure_core::base64;
use azure_security_keyvault_certificates::{
    ResourceExt,
    models::{Certificate, CertificatePolicy, ImportCertificateParameters, KeyProperties, SecretProperties},
};
use azure_security_keyvault_keys::models::{SignParameters, SignatureAlgorithm};
use openssl::{
    asn1::Asn1Time,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkcs12::Pkcs12,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509NameBuilder},
};

use crate::{
    certificates::{assert_vault_signs, x509},
    files::{Pair, secret_pfx},
    lab::{Result, certificate_client, fresh, key_client, secret_client},
    report::{Outcome, Report},
};

const PASSWORD: &str = "correct horse";

pub async fn run(report: &mut Report) {
    let area = "certificate import";
    report.case(area, "PFX with a password", pfx_password()).await;
    report.case(area, "brought key stays in the vault if the policy says so", key_stays()).await;
    report.case(area, "PFX as openssl's older profile writes it", pfx_older()).await;
    report.case(area, "PEM with key and certificate", pem()).await;
    report.case(area, "PEM with an EC key", pem_ec()).await;
}

fn pair(key: PKey<Private>) -> Result<Pair> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", "brought")?;
    let name = name.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_issuer_name(&name)?;
    builder.set_subject_name(&name)?;
    builder.set_pubkey(&key)?;
    builder.set_not_before(&*Asn1Time::days_from_now(0)?)?;
    builder.set_not_after(&*Asn1Time::days_from_now(90)?)?;
    builder.sign(&key, MessageDigest::sha256())?;
    Ok(Pair { certificate: builder.build(), key })
}

fn rsa_pair() -> Result<Pair> {
    pair(PKey::from_rsa(Rsa::generate(2048)?)?)
}

async fn import(value: String, policy: Option<CertificatePolicy>) -> Result<Certificate> {
    let body = ImportCertificateParameters {
        base64_encoded_certificate: Some(value),
        password: Some(PASSWORD.to_owned()),
        certificate_policy: policy,
        ..Default::default()
    };
    let client = certificate_client().await;
    Ok(client.import_certificate(&fresh("brought"), body.try_into()?, None).await?.into_model()?)
}

fn pem_policy() -> Option<CertificatePolicy> {
    let content = SecretProperties { content_type: Some("application/x-pem-file".to_owned()) };
    Some(CertificatePolicy { secret_properties: Some(content), ..Default::default() })
}

async fn pfx_password() -> Outcome {
    let mine = rsa_pair()?;
    let brought = import(base64::encode(mine.pfx(PASSWORD)?), None).await?;
    assert_eq!(x509(&brought)?.to_der()?, mine.certificate.to_der()?);
    assert_vault_signs(&brought).await
}

async fn key_stays() -> Outcome {
    let key = KeyProperties { exportable: Some(false), ..Default::default() };
    let policy = CertificatePolicy { key_properties: Some(key), ..Default::default() };
    let brought = import(base64::encode(rsa_pair()?.pfx(PASSWORD)?), Some(policy)).await?;
    let parsed = Pkcs12::from_der(&secret_pfx(&brought.resource_id()?.name).await?)?.parse2("")?;
    assert!(parsed.pkey.is_none());
    Ok(())
}

async fn pfx_older() -> Outcome {
    let pfx = {
        let mine = rsa_pair()?;
        let mut builder = Pkcs12::builder();
        builder.pkey(&mine.key).cert(&mine.certificate);
        builder.key_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
        builder.cert_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
        builder.mac_md(MessageDigest::sha1());
        builder.build2(PASSWORD)?.to_der()?
    };
    assert_vault_signs(&import(base64::encode(pfx), None).await?).await
}

async fn pem() -> Outcome {
    let brought = import(rsa_pair()?.pem()?, pem_policy()).await?;
    let name = brought.resource_id()?.name;
    let secret = secret_client().await.get_secret(&name, None).await?.into_model()?.value.unwrap_or_default();
    assert!(secret.contains("PRIVATE KEY"), "exportable unless the policy says otherwise");
    assert_vault_signs(&brought).await
}

async fn pem_ec() -> Outcome {
    let mine = pair(PKey::from_ec_key(EcKey::generate(&*EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?)?)?)?.pem()?;
    let name = import(mine, pem_policy()).await?.resource_id()?.name;
    let body = SignParameters { algorithm: Some(SignatureAlgorithm::Es256), value: Some(vec![7; 32]) };
    let signed = key_client().await.sign(&name, body.try_into()?, None).await?.into_model()?;
    assert_eq!(signed.result.map(|signature| signature.len()), Some(64), "r and s");
    Ok(())
}
