//! What every signing key must do, whoever keeps it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use keystay::{Algorithm, Digest, KeyErrorKind, KeyKind, SigningKey, sign_verified};
use uuid::Uuid;

/// Runs the suite on one key.
pub async fn conforms(key: &dyn SigningKey) {
    signs_with_every_algorithm_of_its_kind(key).await;
    refuses_the_algorithms_of_other_kinds(key).await;
    signs_concurrently(key).await;
    shows_nothing_private(key);
}

async fn signs_with_every_algorithm_of_its_kind(key: &dyn SigningKey) {
    let (_, certificate) = x509_parser::parse_x509_certificate(key.certificate().der()).unwrap();
    for algorithm in key.certificate().key_kind().algorithms() {
        let signature = key.sign(&Digest::of(*algorithm, b"message"), Uuid::new_v4()).await.unwrap();
        // verified over the message, so the digest, the padding and the encoding are judged as well
        UnparsedPublicKey::new(verifier(*algorithm), certificate.public_key().raw)
            .verify(b"message", signature.as_bytes())
            .unwrap_or_else(|_| panic!("{} with {algorithm}", key.id()));
        assert!(!key.certificate().verifies(&Digest::of(*algorithm, b"another message"), &signature));
    }
}

async fn refuses_the_algorithms_of_other_kinds(key: &dyn SigningKey) {
    let other = match key.certificate().key_kind() {
        KeyKind::Rsa { .. } => Algorithm::Es256,
        _ => Algorithm::Ps256,
    };
    let error = key.sign(&Digest::of(other, b"message"), Uuid::new_v4()).await.unwrap_err();
    assert_eq!(*error.kind(), KeyErrorKind::Algorithm, "{error}");
}

async fn signs_concurrently(key: &dyn SigningKey) {
    let algorithm = key.certificate().key_kind().algorithms()[0];
    let digests: Vec<_> = (0..16_u8).map(|number| Digest::of(algorithm, &[number])).collect();
    let signatures = digests.iter().map(|digest| sign_verified(key, digest, Uuid::new_v4()));
    for signature in futures::future::join_all(signatures).await {
        signature.unwrap();
    }
}

fn shows_nothing_private(key: &dyn SigningKey) {
    let shown = format!("{key:?}");
    assert!(shown.contains(key.id()) && !shown.contains("PRIVATE"), "{shown}");
    assert!(shown.len() < 500, "{shown}");
}

fn verifier(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        other => panic!("no test key signs {other}"),
    }
}
