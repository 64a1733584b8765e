//! The key that signs the tokens of the lab.

use std::fmt;

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, SerialNumber, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde::Serialize;
use serde_json::json;

/// An RSA key, parsed once. As in the real service, the tenants of a cloud share it.
pub(crate) struct TokenKey {
    pair: RsaKeyPair,
    pkcs8: Vec<u8>,
    public: DecodingKey,
    kid: String,
    /// The protected header of every token, encoded.
    header: String,
    modulus: String,
    exponent: String,
    /// A self-signed certificate of the key, in base64: metadata shows keys with one.
    certificate: String,
}

/// A key could not be made, read or used.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the RSA key of the token service is not usable")]
pub(crate) struct TokenKeyError;

impl TokenKey {
    /// Makes a key of 2048 bits. Takes some tenths of a second of work.
    pub(crate) fn generate() -> Result<Self, TokenKeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| TokenKeyError)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| TokenKeyError)?;
        Self::from_pkcs8(der.as_ref())
    }

    /// Reads a key in PKCS#8 form.
    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, TokenKeyError> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| TokenKeyError)?;
        let public = pair.public_key();
        let certificate = certificate(pkcs8)?;
        // As in the real service, a key is called by the thumbprint of its certificate.
        let kid = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate));
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": kid });
        Ok(Self {
            public: DecodingKey::from_rsa_der(public.as_ref()),
            header: BASE64_URL_SAFE_NO_PAD.encode(header.to_string()),
            modulus: BASE64_URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            exponent: BASE64_URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            pkcs8: pkcs8.to_vec(),
            certificate: BASE64_STANDARD.encode(certificate),
            kid,
            pair,
        })
    }

    /// Signs claims as a JWT. The crate `jsonwebtoken` would parse the private key again for every token.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> Result<String, TokenKeyError> {
        let claims = serde_json::to_vec(claims).map_err(|_| TokenKeyError)?;
        let mut token = format!("{}.{}", self.header, BASE64_URL_SAFE_NO_PAD.encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| TokenKeyError)?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn public(&self) -> &DecodingKey {
        &self.public
    }

    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half as a JSON Web Key (RFC 7517).
    pub(crate) fn jwk(&self) -> serde_json::Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": self.modulus,
            "e": self.exponent,
            "x5c": [self.certificate],
        })
    }
}

/// The certificate of a key: always the same one, so that a key keeps its name wherever it is loaded.
fn certificate(pkcs8: &[u8]) -> Result<Vec<u8>, TokenKeyError> {
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(pkcs8), &PKCS_RSA_SHA256);
    let key = key.map_err(|_| TokenKeyError)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "accounts.accesscontrol.windows.net");
    params.serial_number = Some(SerialNumber::from(1));
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2100, 1, 1);
    Ok(params.self_signed(&key).map_err(|_| TokenKeyError)?.der().to_vec())
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}
