//! What the app must be told, checked as a whole before it starts.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::bail;
use keystay::{ClientId, Tenant, VaultCredential, VaultUrl};

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
        Self::check(|name| std::env::var(name).ok())
    }

    /// Azure Functions forwards to loopback.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    fn check(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut settings = Reader { variable, mistakes: Vec::new() };
        let read = (
            settings.read("CLIENT_ID", None, "the app's application (client) id"),
            settings.read("KEY_VAULT_URI", None, "https://{name}.vault.azure.net"),
            settings.read("CLIENT_CERTIFICATE_NAME", None, "the exportable certificate's name"),
            settings.read("CLIENT_CERTIFICATE_NAME_NO_KEY", None, "the non-exportable certificate's name"),
            settings.read("TENANT_ID", None, "the tenant to ask when a request names none"),
            settings.read("VAULT_CREDENTIAL", Some("managed-identity"), ""),
            settings.read("SHOW_THEFT", Some("false"), ""),
            settings.read("FUNCTIONS_CUSTOMHANDLER_PORT", Some("8080"), ""),
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
        ) = read
        else {
            bail!("the settings cannot be used:\n  - {}", settings.mistakes.join("\n  - "));
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

struct Reader<F> {
    variable: F,
    mistakes: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn read<T>(&mut self, name: &str, default: Option<&str>, expected: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let set = (self.variable)(name).filter(|text| !text.is_empty());
        let Some(text) = set.or_else(|| default.map(str::to_owned)) else {
            self.mistakes.push(format!("{name} is not set; expected {expected}"));
            return None;
        };
        text.parse().map_err(|error| self.mistakes.push(format!("{name}: {error}"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_at_once() {
        let wrong = |name: &str| {
            let text = match name {
                "CLIENT_ID" => "not-a-guid",
                "KEY_VAULT_URI" => "http://evil.example",
                "CLIENT_CERTIFICATE_NAME" => return None,
                "TENANT_ID" => "common",
                "SHOW_THEFT" => "perhaps",
                "FUNCTIONS_CUSTOMHANDLER_PORT" => "99999",
                _ => "signer",
            };
            Some(text.to_owned())
        };
        let message = Settings::check(wrong).unwrap_err().to_string();
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
