//! Client assertions (RFC 7523): made here, signed here or by the vault.

use std::fmt;

use azure_core::{base64, error::ErrorKind, http::ClientMethodOptions};
use azure_identity::ClientAssertion;
use azure_security_keyvault_keys::{
    KeyClient,
    models::{KeyClientSignOptions, SignParameters, SignatureAlgorithm},
};
use openssl::{
    hash::{MessageDigest, hash},
    rsa::Padding,
    sign::{RsaPssSaltlen, Signer},
};
use serde_json::{Value, json};

use crate::{
    files::Pair,
    lab::{Result, fresh},
};

/// The app that asserts who it is, and the tenant it asserts it to.
#[derive(Clone, Debug)]
pub struct Claims {
    pub app: String,
    pub tenant: String,
}

impl Claims {
    /// Header and claims, ready to be signed.
    fn unsigned(&self, certificate: &[u8]) -> Result<String> {
        let now = azure_core::time::OffsetDateTime::now_utc().unix_timestamp();
        let thumbprint = base64::encode_url_safe(hash(MessageDigest::sha256(), certificate)?);
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint });
        let body = json!({
            "aud": format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", self.tenant),
            "iss": self.app,
            "sub": self.app,
            "jti": fresh("jti"),
            "nbf": now,
            "exp": now + 300,
        });
        let encode = |part: &Value| base64::encode_url_safe(part.to_string());
        Ok(format!("{}.{}", encode(&header), encode(&body)))
    }
}

/// Signs with a key this program holds.
#[derive(Debug)]
pub struct SignedHere {
    pub claims: Claims,
    pub pair: Pair,
}

/// A token that somebody else signed.
#[derive(Debug)]
pub struct Ready(pub String);

/// Has the vault sign.
pub struct SignedByVault {
    pub claims: Claims,
    pub client: KeyClient,
    pub certificate: azure_security_keyvault_certificates::models::Certificate,
}

impl SignedHere {
    fn sign(&self) -> Result<String> {
        let unsigned = self.claims.unsigned(&self.pair.certificate.to_der()?)?;
        let mut signer = Signer::new(MessageDigest::sha256(), &self.pair.key)?;
        signer.set_rsa_padding(Padding::PKCS1_PSS)?;
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        let signature = signer.sign_oneshot_to_vec(unsigned.as_bytes())?;
        Ok(format!("{unsigned}.{}", base64::encode_url_safe(signature)))
    }
}

impl SignedByVault {
    async fn sign(&self) -> Result<String> {
        let der = self.certificate.cer.as_deref().ok_or("no certificate")?;
        let unsigned = self.claims.unsigned(der)?;
        let id = azure_security_keyvault_certificates::ResourceExt::resource_id(&self.certificate)?;
        let body = SignParameters {
            algorithm: Some(SignatureAlgorithm::Ps256),
            value: Some(hash(MessageDigest::sha256(), unsigned.as_bytes())?.to_vec()),
        };
        let options = KeyClientSignOptions { key_version: id.version, ..Default::default() };
        let signed = self.client.sign(&id.name, body.try_into()?, Some(options)).await?.into_model()?;
        Ok(format!("{unsigned}.{}", base64::encode_url_safe(signed.result.ok_or("no signature")?)))
    }
}

impl fmt::Debug for SignedByVault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignedByVault").field("claims", &self.claims).finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Ready {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.clone())
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> azure_core::Error {
    azure_core::Error::new(ErrorKind::Credential, error)
}

#[async_trait::async_trait]
impl ClientAssertion for SignedHere {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.sign().map_err(failed)
    }
}

#[async_trait::async_trait]
impl ClientAssertion for SignedByVault {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.sign().await.map_err(failed)
    }
}

/// What a token says of itself. Its signature is the resource's business.
pub fn claims(token: &str) -> Result<Value> {
    let body = token.split('.').nth(1).ok_or("not a JWT")?;
    Ok(serde_json::from_slice(&base64::decode_url_safe(body)?)?)
}
