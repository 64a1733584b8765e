//! `PUT /keys/{name}`: a private key as a JWK (RFC 7518 section 6).

use std::sync::Arc;

use aws_lc_rs::{
    rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents},
    signature::EcdsaKeyPair,
};
use axum::response::Response;
use base64::Engine as _;
use serde::Deserialize;

use super::create::{Made, allowed_operations, refuse_release, store};
use crate::keyvault::{
    crypto::{Curve, KeyMaterial, KeyType, ecdsa_signing},
    objects::{AttributesPatch, ObjectKind, Tags},
    wire::{BASE64URL, Call, VaultError},
};

#[derive(Deserialize)]
struct Request {
    key: PrivateJwk,
    #[serde(rename = "Hsm", default)]
    hsm: bool,
    release_policy: Option<serde_json::Value>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    key_ops: Option<Vec<String>>,
    crv: Option<Curve>,
    n: Option<String>,
    e: Option<String>,
    d: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// Takes a key from outside.
pub(in crate::keyvault) fn import(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Key, name, "keys/import/action")?;
    let request: Request = call.json()?;
    let jwk = &request.key;
    let kty = KeyType::parse(&jwk.kty)?;
    let kty = kty.in_hsm(request.hsm || kty.is_hsm());
    call.vault.check_holds(kty)?;
    refuse_release(request.release_policy.as_ref(), &request.attributes)?;
    let key = if kty.is_rsa() { rsa(jwk)? } else { elliptic(jwk)? };
    let key_ops = allowed_operations(kty, request.key.key_ops)?;
    store(call, name, Made { kty, key: Arc::new(key), key_ops, attributes: request.attributes, tags: request.tags })
}

fn rsa(jwk: &PrivateJwk) -> Result<KeyMaterial, VaultError> {
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: member("n", jwk.n.as_ref())?, e: member("e", jwk.e.as_ref())? },
        d: member("d", jwk.d.as_ref())?,
        p: member("p", jwk.p.as_ref())?,
        q: member("q", jwk.q.as_ref())?,
        dP: member("dp", jwk.dp.as_ref())?,
        dQ: member("dq", jwk.dq.as_ref())?,
        qInv: member("qi", jwk.qi.as_ref())?,
    };
    let pair = RsaKeyPair::from_components(&components)
        .map_err(|reason| VaultError::bad_parameter(format!("The RSA key is not valid: {reason}.")))?;
    KeyMaterial::from_rsa(pair)
}

fn elliptic(jwk: &PrivateJwk) -> Result<KeyMaterial, VaultError> {
    let curve = jwk.crv.ok_or_else(|| missing("crv"))?;
    // the uncompressed point of SEC 1, 2.3.3: 0x04 and both coordinates
    let mut point = vec![4];
    point.extend(member("x", jwk.x.as_ref())?);
    point.extend(member("y", jwk.y.as_ref())?);
    let private = member("d", jwk.d.as_ref())?;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(ecdsa_signing(curve), &private, &point)
        .map_err(|reason| VaultError::bad_parameter(format!("The elliptic-curve key is not valid: {reason}.")))?;
    KeyMaterial::from_ec(curve, pair)
}

fn member(name: &str, text: Option<&String>) -> Result<Vec<u8>, VaultError> {
    BASE64URL.decode(text.ok_or_else(|| missing(name))?).map_err(|_| {
        VaultError::bad_parameter(format!("Property {name} has invalid value\r\n: it is not base64url encoded."))
    })
}

fn missing(name: &str) -> VaultError {
    VaultError::bad_parameter(format!("The key lacks its member '{name}'."))
}
