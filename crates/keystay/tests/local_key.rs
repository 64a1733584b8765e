//! Keys from files.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::Arc;

use keystay::{AssertionGenerator, Client, Exportability, KeyErrorKind, KeyKind, LocalKey, Secret, SigningKey};
use support::{APP, SIGNER_PEM, SIGNER_PFX, conformance::conforms};

const EC_PEM: &str = include_str!("data/ec.pem");

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn a_pem_file_with_an_rsa_key_conforms() {
    conforms(&LocalKey::from_pem("signer.pem", &secret(SIGNER_PEM)).await.unwrap()).await;
}

#[tokio::test]
async fn a_pem_file_with_an_ec_key_conforms_but_entra_would_not_take_it() {
    let key = LocalKey::from_pem("ec.pem", &secret(EC_PEM)).await.unwrap();
    conforms(&key).await;
    assert_eq!(key.certificate().key_kind(), KeyKind::P256);
    let error = AssertionGenerator::new(APP.parse().unwrap(), Arc::new(key)).unwrap_err();
    assert!(error.to_string().contains("Entra takes RSA"), "{error}");
}

#[tokio::test]
async fn a_pkcs12_file_made_by_openssl_conforms() {
    let key = LocalKey::from_pkcs12("signer.pfx", SIGNER_PFX, &secret("opensesame")).await.unwrap();
    conforms(&key).await;
    assert_eq!(key.exportability(), Exportability::Exportable);
}

#[tokio::test]
async fn unusable_files_are_refused_with_the_reason() {
    let certificate_only = SIGNER_PEM.split("-----BEGIN PRIVATE KEY").next().unwrap();
    let private_key_only = &SIGNER_PEM[certificate_only.len()..];
    let cases = [
        ("nothing", "", "not an X.509 certificate"),
        ("certificate only", certificate_only, "no private key"),
        ("private key only", private_key_only, "no `CERTIFICATE` block"),
        ("a foreign key", include_str!("data/mismatched.pem"), "not the certificate's"),
    ];
    for (name, pem, reason) in cases {
        let error = LocalKey::from_pem(name, &secret(pem)).await.unwrap_err();
        assert_eq!(*error.kind(), KeyErrorKind::Invalid);
        assert!(error.to_string().contains(reason) || name == "nothing", "{name}: {error}");
    }
    let wrong_password = LocalKey::from_pkcs12("signer.pfx", SIGNER_PFX, &secret("hunter2")).await.unwrap_err();
    assert!(wrong_password.to_string().contains("password is wrong"), "{wrong_password}");
    let no_key = LocalKey::from_pkcs12("c.pfx", include_bytes!("data/certificate-only.pfx"), &secret("")).await;
    assert!(no_key.unwrap_err().to_string().contains("no private key"));
}

#[tokio::test]
async fn a_client_that_refuses_exportable_keys_refuses_a_file_and_names_every_mistake() {
    let key = Arc::new(LocalKey::from_pem("signer.pem", &secret(SIGNER_PEM)).await.unwrap());
    let error =
        Client::builder(APP.parse().unwrap()).key(key).refuse_exportable_keys().capacity(0).build().unwrap_err();
    assert_eq!(error.mistakes().len(), 2, "{error}");
    assert!(error.to_string().contains("`signer.pem` is exportable"), "{error}");
}

#[tokio::test]
async fn a_client_without_a_proof_or_with_an_expired_certificate_is_refused() {
    assert!(Client::builder(APP.parse().unwrap()).build().unwrap_err().to_string().contains("cannot prove itself"));
    let key = Arc::new(LocalKey::from_pem("signer.pem", &secret(SIGNER_PEM)).await.unwrap());
    let far = std::time::UNIX_EPOCH + std::time::Duration::from_secs(9_000_000_000);
    let clock = Arc::new(keystay::ManualClock::new(far));
    let error = Client::builder(APP.parse().unwrap()).key(key).clock(clock).build().unwrap_err();
    assert!(error.to_string().contains("has expired"), "{error}");
}
