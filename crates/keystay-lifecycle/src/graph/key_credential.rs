//! A certificate as it is registered on an app.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use keystay::Certificate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// A `keyCredential` of an app or service principal. Holds the service's whole entry, so that it can be written back as it
/// was (a PATCH replaces the list).
#[derive(Clone, Debug, PartialEq)]
pub struct KeyCredential {
    id: Uuid,
    entry: Map<String, Value>,
}

impl KeyCredential {
    /// A new entry for `certificate`; the service gives it its dates from the certificate.
    pub fn of(certificate: &Certificate, display_name: &str) -> Self {
        let mut credential = Self { id: Uuid::new_v4(), entry: request(certificate, Some(display_name)) };
        credential.entry.insert("keyId".to_owned(), credential.id.to_string().into());
        credential
    }

    /// `keyId`: names it in `removeKey`.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What somebody called it.
    pub fn display_name(&self) -> Option<&str> {
        self.text("displayName")
    }

    /// From when on it works.
    pub fn start(&self) -> Option<OffsetDateTime> {
        self.time("startDateTime")
    }

    /// Until when it works.
    pub fn end(&self) -> Option<OffsetDateTime> {
        self.time("endDateTime")
    }

    /// The certificate, where the answer holds it and it can be read.
    pub fn certificate(&self) -> Option<Certificate> {
        Certificate::from_der(&BASE64_STANDARD.decode(self.text("key")?).ok()?).ok()
    }

    /// The SHA-1 thumbprint in base64url, as a vault lists it (`x5t`).
    ///
    /// Taken from the certificate; where that is missing, from `customKeyIdentifier`, which was seen as hexadecimal text
    /// and as base64.
    pub fn x5t(&self) -> Option<String> {
        if let Some(certificate) = self.certificate() {
            return Some(certificate.x5t());
        }
        let text = self.text("customKeyIdentifier")?;
        let bytes = if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            (0..20).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16)).collect::<Result<Vec<u8>, _>>().ok()?
        } else {
            BASE64_STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 20)?
        };
        Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Whether it is this certificate.
    pub fn is(&self, certificate: &Certificate) -> bool {
        match self.certificate() {
            Some(own) => own.der() == certificate.der(),
            None => self.x5t().is_some_and(|own| own == certificate.x5t()),
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.entry.get(field).and_then(Value::as_str)
    }

    fn time(&self, field: &str) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(self.text(field)?, &Rfc3339).ok()
    }
}

/// The entry of a certificate as `addKey` and a PATCH take it.
pub(super) fn request(certificate: &Certificate, display_name: Option<&str>) -> Map<String, Value> {
    let mut entry = Map::from_iter([
        ("type".to_owned(), "AsymmetricX509Cert".into()),
        ("usage".to_owned(), "Verify".into()),
        ("key".to_owned(), BASE64_STANDARD.encode(certificate.der()).into()),
    ]);
    if let Some(name) = display_name {
        entry.insert("displayName".to_owned(), name.into());
    }
    entry
}

impl<'de> Deserialize<'de> for KeyCredential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entry = Map::deserialize(deserializer)?;
        entry.retain(|name, _| !name.starts_with('@'));
        let id = entry.get("keyId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
        Ok(Self { id: id.ok_or_else(|| serde::de::Error::missing_field("keyId"))?, entry })
    }
}

impl Serialize for KeyCredential {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entry.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_thumbprint_is_read_as_hexadecimal_and_as_base64() {
        let of = |identifier: &str| {
            let entry = json!({ "keyId": Uuid::nil(), "customKeyIdentifier": identifier, "key": null });
            serde_json::from_value::<KeyCredential>(entry).unwrap().x5t()
        };
        let hexadecimal = of("52C3DE5FA96C4B6E2A04CB9EC4B46A4D1D4F7F68");
        assert_eq!(hexadecimal.as_deref(), Some("UsPeX6lsS24qBMuexLRqTR1Pf2g"));
        assert_eq!(of("UsPeX6lsS24qBMuexLRqTR1Pf2g="), hexadecimal);
        assert_eq!(of("something else"), None);
    }
}
