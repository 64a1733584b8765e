//! Certificates and signing requests on P-256K, which the certificate builder does not know: it makes them for a stand-in on
//! P-256, whose public key is then exchanged for the real one, and the real key signs.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{ECDSA_P256K1_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use der::{
    AnyRef, Decode as _, Encode as _, Reader as _, SliceReader, Tag,
    asn1::{Any, BitString},
};

use crate::keyvault::{crypto::KeyMaterial, wire::VaultError};

/// `signed` is a certificate or a signing request in DER: content, algorithm and signature. Both curves are used with SHA-256,
/// so the algorithm stays. `stand_in` is the `SubjectPublicKeyInfo` in it.
pub(super) fn exchange(signed: &[u8], stand_in: &[u8], key: &KeyMaterial) -> Result<Vec<u8>, VaultError> {
    let failed = || VaultError::internal("the certificate could not be signed");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256K1_SHA256_ASN1_SIGNING, key.pkcs8()).map_err(|_| failed())?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| failed())?;
    resign(signed, stand_in, public.as_ref(), |content| {
        let signature = pair.sign(&SystemRandom::new(), content).ok()?;
        Some(signature.as_ref().to_vec())
    })
    .ok_or_else(failed)
}

fn resign(
    signed: &[u8],
    stand_in: &[u8],
    public: &[u8],
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let [content, algorithm, _] = <[Vec<u8>; 3]>::try_from(members(signed).ok()?).ok()?;
    let mut parts = members(&content).ok()?;
    *parts.iter_mut().find(|part| part.as_slice() == stand_in)? = public.to_vec();
    let content = sequence(&parts).ok()?;
    let signature = BitString::from_bytes(&sign(&content)?).and_then(|bits| bits.to_der()).ok()?;
    sequence(&[content, algorithm, signature]).ok()
}

/// The members of a SEQUENCE, each in DER.
fn members(der: &[u8]) -> der::Result<Vec<Vec<u8>>> {
    let mut reader = SliceReader::new(AnyRef::from_der(der)?.value())?;
    let mut members = Vec::new();
    while !reader.is_finished() {
        members.push(AnyRef::decode(&mut reader)?.to_der()?);
    }
    Ok(members)
}

fn sequence(members: &[Vec<u8>]) -> der::Result<Vec<u8>> {
    Any::new(Tag::Sequence, members.concat())?.to_der()
}
