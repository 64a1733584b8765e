//! Signatures by the vault, verified by the vault and by openssl.

use azure_security_keyvault_keys::{
    ResourceExt,
    models::{Key, KeyClientSignOptions, SignParameters, SignatureAlgorithm, VerifyParameters},
};
use openssl::{
    bn::BigNum,
    ec::{EcGroup, EcKey},
    ecdsa::EcdsaSig,
    hash::{MessageDigest, hash},
    nid::Nid,
    pkey::{PKey, Public},
    rsa::{Padding, Rsa},
    sign::{RsaPssSaltlen, Verifier},
};

use crate::{
    keys::{CURVES, RSA_SIZES, create, ec, rsa},
    lab::{Result, key_client},
    report::{Outcome, Report},
};

type Hash = fn() -> MessageDigest;

/// The algorithm, its hash, and whether it pads with PSS.
const RSA_ALGORITHMS: [(SignatureAlgorithm, Hash, bool); 6] = [
    (SignatureAlgorithm::Rs256, MessageDigest::sha256, false),
    (SignatureAlgorithm::Rs384, MessageDigest::sha384, false),
    (SignatureAlgorithm::Rs512, MessageDigest::sha512, false),
    (SignatureAlgorithm::Ps256, MessageDigest::sha256, true),
    (SignatureAlgorithm::Ps384, MessageDigest::sha384, true),
    (SignatureAlgorithm::Ps512, MessageDigest::sha512, true),
];
const EC_ALGORITHMS: [(&str, SignatureAlgorithm, Hash); 4] = [
    ("ES256", SignatureAlgorithm::Es256, MessageDigest::sha256),
    ("ES384", SignatureAlgorithm::Es384, MessageDigest::sha384),
    ("ES512", SignatureAlgorithm::Es512, MessageDigest::sha512),
    ("ES256K", SignatureAlgorithm::Es256K, MessageDigest::sha256),
];
const DATA: &[u8] = b"the data";

pub async fn run(report: &mut Report) {
    for size in RSA_SIZES {
        let name = format!("RSA {size}: RS256, RS384, RS512, PS256, PS384, PS512");
        report.case("signing", &name, sign_rsa(size)).await;
    }
    for (place, (curve, ..)) in CURVES.into_iter().enumerate() {
        report.case("signing", &format!("EC {curve}: {}", EC_ALGORITHMS[place].0), sign_ec(place)).await;
    }
}

/// Has the vault sign and verify, and returns the signature.
async fn sign_and_verify(key: &Key, algorithm: &SignatureAlgorithm, digest: MessageDigest) -> Result<Vec<u8>> {
    let (client, id) = (key_client().await, key.resource_id()?);
    let body = SignParameters { algorithm: Some(algorithm.clone()), value: Some(hash(digest, DATA)?.to_vec()) };
    let options = KeyClientSignOptions { key_version: id.version.clone(), ..Default::default() };
    let signed = client.sign(&id.name, body.try_into()?, Some(options)).await?.into_model()?;
    assert_eq!(signed.kid, key.key.as_ref().and_then(|key| key.kid.clone()), "the version that signed");
    let signature = signed.result.ok_or("no signature")?;
    for (data, valid) in [(DATA, true), (b"other data".as_slice(), false)] {
        let body = VerifyParameters {
            algorithm: Some(algorithm.clone()),
            digest: Some(hash(digest, data)?.to_vec()),
            signature: Some(signature.clone()),
        };
        let version = id.version.as_deref().unwrap_or_default();
        let told = client.verify(&id.name, version, body.try_into()?, None).await?.into_model()?;
        assert_eq!(told.value, Some(valid));
    }
    Ok(signature)
}

async fn sign_rsa(size: i32) -> Outcome {
    let key = create(rsa(size)).await?;
    for (algorithm, digest, pss) in RSA_ALGORITHMS {
        let signature = sign_and_verify(&key, &algorithm, digest()).await?;
        assert!(rsa_verifies(&key, digest(), pss, &signature)?, "{algorithm:?}");
    }
    Ok(())
}

fn rsa_verifies(key: &Key, digest: MessageDigest, pss: bool, signature: &[u8]) -> Result<bool> {
    let public = rsa_public(key)?;
    let mut verifier = Verifier::new(digest, &public)?;
    if pss {
        verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
    }
    Ok(verifier.verify_oneshot(signature, DATA)?)
}

/// The public half as openssl knows it.
pub fn rsa_public(key: &Key) -> Result<PKey<Public>> {
    let jwk = key.key.as_ref().ok_or("no key")?;
    let part = |part: &Option<Vec<u8>>| BigNum::from_slice(part.as_deref().unwrap_or_default());
    Ok(PKey::from_rsa(Rsa::from_public_components(part(&jwk.n)?, part(&jwk.e)?)?)?)
}

async fn sign_ec(place: usize) -> Outcome {
    let (_, curve, nid) = CURVES[place].clone();
    let (_, algorithm, digest) = EC_ALGORITHMS[place].clone();
    let key = create(ec(curve)).await?;
    let signature = sign_and_verify(&key, &algorithm, digest()).await?;
    assert!(ec_verifies(&key, nid, digest(), &signature)?);
    Ok(())
}

fn ec_verifies(key: &Key, nid: Nid, digest: MessageDigest, signature: &[u8]) -> Result<bool> {
    let jwk = key.key.as_ref().ok_or("no key")?;
    let part = |part: &Option<Vec<u8>>| BigNum::from_slice(part.as_deref().unwrap_or_default());
    let group = EcGroup::from_curve_name(nid)?;
    let (x, y) = (part(&jwk.x)?, part(&jwk.y)?);
    let public = EcKey::from_public_key_affine_coordinates(&group, &x, &y)?;
    let (r, s) = signature.split_at(signature.len() / 2);
    let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    Ok(signature.verify(&hash(digest, DATA)?, &public)?)
}
