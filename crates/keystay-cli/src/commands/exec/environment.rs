//! What the program inherits, and what it gets.

use std::ffi::{OsStr, OsString};

use anyhow::Context;
use keystay::Secret;
use tokio::process::Command;
use url::Url;

use super::{LEASE, lease::Lease};
use crate::diagnostics::Failure;

/// Variables by which Azure's SDKs and tools find somebody else's identity, and keystay's own secrets.
const FOREIGN: [&str; 7] =
    ["ARM_", "AZURE_", "IDENTITY_", "IMDS_", "KEYSTAY_KEY_", "MSI_", "DEFAULT_IDENTITY_CLIENT_ID"];

/// Takes away what would lead the program to another identity than the one it is meant to have.
pub(super) fn scrub(command: &mut Command, inherited: impl Iterator<Item = (OsString, OsString)>, keep: &[String]) {
    for (name, _) in inherited {
        if is_foreign(&name) && !keep.iter().any(|kept| name == kept.as_str()) {
            command.env_remove(name);
        }
    }
}

/// A name that is no text is compared by what of it is.
fn is_foreign(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    FOREIGN.iter().any(|foreign| name.starts_with(foreign))
}

/// The managed identity of App Service, as the SDKs look for it.
pub(super) fn equip(command: &mut Command, lease: &Lease, secret: &Secret) -> Result<(), Failure> {
    let terms = &lease.terms;
    let endpoint = Url::parse(&terms.endpoint).context("the broker's address makes no sense")?;
    let host = endpoint.host_str().context("the broker's address has no host")?;
    command
        .env("IDENTITY_ENDPOINT", &terms.endpoint)
        .env("IDENTITY_HEADER", secret.expose())
        // DefaultAzureCredential tries nothing else
        .env("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        .env(LEASE, &terms.lease);
    // a proxy would read the secret
    for name in ["NO_PROXY", "no_proxy"] {
        let inherited = std::env::var("no_proxy").or_else(|_| std::env::var("NO_PROXY")).unwrap_or_default();
        command.env(name, without_proxy(&inherited, host));
    }
    Ok(())
}

fn without_proxy(inherited: &str, host: &str) -> String {
    let mut hosts: Vec<&str> = inherited.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
    if !hosts.contains(&host) {
        hosts.push(host);
    }
    hosts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_identities_are_not_inherited() {
        for name in [
            "AZURE_CLIENT_SECRET",
            "AZURE_FEDERATED_TOKEN_FILE",
            "ARM_CLIENT_SECRET",
            "IDENTITY_HEADER",
            "IDENTITY_SERVER_THUMBPRINT",
            "MSI_SECRET",
            "IMDS_ENDPOINT",
            "azure_client_id",
            "KEYSTAY_KEY_PFX_PASSWORD",
        ] {
            assert!(is_foreign(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "HOME", "KEYSTAY_LAB", "ARMOUR", "HTTPS_PROXY"] {
            assert!(!is_foreign(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn the_broker_is_never_asked_through_a_proxy() {
        assert_eq!(without_proxy("", "127.0.0.1"), "127.0.0.1");
        assert_eq!(without_proxy("example.com, 127.0.0.1", "127.0.0.1"), "example.com,127.0.0.1");
        assert_eq!(without_proxy("example.com", "127.0.0.1"), "example.com,127.0.0.1");
    }
}
