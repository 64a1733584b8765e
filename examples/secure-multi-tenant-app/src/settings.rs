//! What the app must be told, checked as a whole before it starts.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, bail};
use figment::{Figment, providers::Env};
use keystay::{ClientId, Tenant, VaultCredential, VaultUrl};
use serde::Deserialize;

/// The environment, as text. Every one is an application setting in Azure.
#[derive(Deserialize)]
struct Raw {
    client_id: Option<String>,
    key_vault_uri: Option<String>,
    client_certificate_name: Option<String>,
    client_certificate_name_no_key: Option<String>,
    tenant_id: Option<String>,
    vault_credential: Option<String>,
    show_theft: Option<String>,
    functions_customhandler_port: Option<String>,
}

/// Settings that can be used.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) client_id: ClientId,
    pub(crate) vault: VaultUrl,
    /// A certificate whose key can be downloaded: the usual way.
    pub(crate) exportable_certificate: String,
    /// A certificate whose key cannot: the safe way.
    pub(crate) signing_certificate: String,
    /// The tenant that is asked when a request names none.
    pub(crate) tenant: Tenant,
    pub(crate) vault_credential: VaultCredential,
    /// Whether the two routes that give away a certificate and a token answer. Never in production.
    pub(crate) show_theft: bool,
    port: u16,
}

impl Settings {
    /// Reads the environment and names every mistake at once.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let raw: Raw = Figment::from(Env::raw()).extract().context("the environment cannot be read")?;
        Self::check(raw)
    }

    /// Azure Functions forwards to loopback.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    fn check(raw: Raw) -> anyhow::Result<Self> {
        let mut mistakes = Mistakes(Vec::new());
        let settings = (
            mistakes.parse("CLIENT_ID", raw.client_id, "the app's application (client) id"),
            mistakes.parse("KEY_VAULT_URI", raw.key_vault_uri, "https://{name}.vault.azure.net"),
            mistakes.parse("CLIENT_CERTIFICATE_NAME", raw.client_certificate_name, "the exportable certificate's name"),
            mistakes.parse(
                "CLIENT_CERTIFICATE_NAME_NO_KEY",
                raw.client_certificate_name_no_key,
                "the non-exportable certificate's name",
            ),
            mistakes.parse("TENANT_ID", raw.tenant_id, "the tenant to ask when a request names none"),
            mistakes.parse("VAULT_CREDENTIAL", raw.vault_credential.or(Some("managed-identity".into())), ""),
            mistakes.parse("SHOW_THEFT", raw.show_theft.or(Some("false".into())), "true or false"),
            mistakes.parse(
                "FUNCTIONS_CUSTOMHANDLER_PORT",
                raw.functions_customhandler_port.or(Some("8080".into())),
                "",
            ),
        );
        let (
            Some(client_id),
            Some(vault),
            Some(exportable_certificate),
            Some(signing_certificate),
            Some(tenant),
            Some(vault_credential),
            Some(show_theft),
            Some(port),
        ) = settings
        else {
            bail!("the settings cannot be used:\n  - {}", mistakes.0.join("\n  - "));
        };
        Ok(Self {
            client_id,
            vault,
            exportable_certificate,
            signing_certificate,
            tenant,
            vault_credential,
            show_theft,
            port,
        })
    }
}

struct Mistakes(Vec<String>);

impl Mistakes {
    fn parse<T>(&mut self, name: &str, text: Option<String>, expected: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            self.0.push(format!("{name} is not set; expected {expected}"));
            return None;
        };
        text.parse().map_err(|error| self.0.push(format!("{name}: {error}"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_at_once() {
        let raw = Raw {
            client_id: Some("not-a-guid".into()),
            key_vault_uri: Some("http://evil.example".into()),
            client_certificate_name: None,
            client_certificate_name_no_key: Some("signer".into()),
            tenant_id: Some("common".into()),
            vault_credential: Some("password".into()),
            show_theft: Some("perhaps".into()),
            functions_customhandler_port: Some("99999".into()),
        };
        let message = Settings::check(raw).unwrap_err().to_string();
        for name in [
            "CLIENT_ID",
            "KEY_VAULT_URI",
            "CLIENT_CERTIFICATE_NAME ",
            "TENANT_ID",
            "VAULT_CREDENTIAL",
            "SHOW_THEFT",
            "PORT",
        ] {
            assert!(message.contains(name), "{name} in {message}");
        }
    }
}
