//! Where a document is read, from the catalogue's description of the call.

use keystay_posture::facts::Document;

use super::{Absence, Subject};
use crate::resource_manager::ResourceId;

/// A path at a service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Address {
    pub(super) service: At,
    /// Below the service, with a slash at the beginning.
    pub(super) path: String,
}

/// Which service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum At {
    Graph,
    ResourceManager,
    Vault,
}

/// What a document is put together of.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A version of the certificate and its key.
    Version(String),
    /// A host.
    Host(ResourceId),
    /// A group, by its object id.
    Group(String),
    /// The app's object.
    AppObject(String),
}

/// Kinds of hosts and a version of their API.
const HOST_VERSIONS: [(&str, &str); 4] = [
    ("microsoft.web/sites", "2023-12-01"),
    ("microsoft.app/containerapps", "2024-03-01"),
    ("microsoft.compute/virtualmachines", "2024-07-01"),
    ("microsoft.compute/virtualmachinescalesets", "2024-07-01"),
];

impl Address {
    pub(super) fn of(document: Document, subject: &Subject, part: Option<&Part>) -> Result<Self, Absence> {
        let (service, rest) = service(document).ok_or(Absence::Unsupported("there is no call for it"))?;
        let mut path = rest
            .replace("{vault}", subject.vault_id.as_str())
            .replace("{certificate}", &subject.certificate)
            .replace("{app}", &subject.app.to_string())
            .replace("{subscription}", subject.vault_id.subscription());
        match part {
            Some(Part::Version(version)) => path = path.replace("{version}", version),
            Some(Part::AppObject(id)) => path = path.replace("{app-object}", id),
            Some(Part::Group(group)) => path = path.replace("{group}", group),
            Some(Part::Host(host)) => {
                path = path.replace("{host}", host.as_str());
                if path.contains("{host-version}") {
                    path = path.replace("{host-version}", host_version(host)?);
                }
            }
            None => {}
        }
        if path.contains('{') {
            return Err(Absence::Unsupported("the call needs what is not known"));
        }
        // the catalogue is written for people; an address has no spaces
        Ok(Self { service, path: path.replace(' ', "%20") })
    }
}

/// The service a document is read from, and where there.
pub(super) fn service(document: Document) -> Option<(At, &'static str)> {
    let call = document.live_call().strip_prefix("GET ")?;
    [("{arm}", At::ResourceManager), ("{vault-uri}", At::Vault), ("{graph}", At::Graph)]
        .into_iter()
        .find_map(|(prefix, service)| call.strip_prefix(prefix).map(|rest| (service, rest)))
}

fn host_version(host: &ResourceId) -> Result<&'static str, Absence> {
    let kind = host.kind().to_ascii_lowercase();
    HOST_VERSIONS
        .iter()
        .find(|(known, _)| kind == *known || kind.starts_with(&format!("{known}/")))
        .map(|(_, version)| *version)
        .ok_or(Absence::Unsupported("hosts are read of App Service, Functions, Container Apps and virtual machines"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use keystay_posture::facts::Repeat;

    use super::*;

    const VAULT: &str = "/subscriptions/s-1/resourceGroups/harbor/providers/Microsoft.KeyVault/vaults/harborvault";
    const SITE: &str = "/subscriptions/s-1/resourceGroups/harbor/providers/Microsoft.Web/sites/web/slots/blue";

    fn subject() -> Subject {
        Subject {
            app: "6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".parse().unwrap(),
            vault: "https://harborvault.vault.azure.net".parse().unwrap(),
            vault_id: VAULT.parse().unwrap(),
            certificate: "signer".to_owned(),
            hosts: vec![SITE.parse().unwrap()],
        }
    }

    #[test]
    fn every_document_of_the_catalogue_has_an_address() {
        for document in Document::ALL {
            let part = match document.repeat() {
                Repeat::Once => Some(Part::AppObject("a-1".to_owned())),
                Repeat::EachVersion => Some(Part::Version("0123".to_owned())),
                Repeat::EachHost => Some(Part::Host(SITE.parse().unwrap())),
                Repeat::EachGroup => Some(Part::Group("g-1".to_owned())),
                Repeat::Keystay => continue,
            };
            let address = Address::of(document, &subject(), part.as_ref()).unwrap();
            assert!(address.path.starts_with('/'), "{document}: {}", address.path);
            assert!(!address.path.contains(['{', '}', ' ']), "{document}: {}", address.path);
        }
    }

    #[test]
    fn a_host_of_an_unknown_kind_is_not_guessed_at() {
        let host = "/subscriptions/s-1/resourceGroups/g/providers/Microsoft.Strange/things/t".parse().unwrap();
        let absence = Address::of(Document::Hosts, &subject(), Some(&Part::Host(host))).unwrap_err();
        assert!(matches!(absence, Absence::Unsupported(_)), "{absence:?}");
    }
}
