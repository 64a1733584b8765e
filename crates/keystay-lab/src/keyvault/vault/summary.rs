//! What is in the vaults and who may do what, for whoever looks at the lab from outside. No value, no private key.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    properties::VaultProperties,
    vaults::{Vault, Vaults},
};
use crate::{
    authorization::{Assignment, ResourceScope},
    keyvault::{
        access::Scope,
        certificates::CertificateObject,
        objects::{Attributes, Objects, Versions},
    },
};

/// A vault.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VaultSummary {
    host: String,
    /// How it is set up, as Resource Manager shows it: its tenant, network rules, access policies and the like.
    #[schema(value_type = Object)]
    properties: VaultProperties,
    /// How long issuing a certificate takes.
    issuance_delay_seconds: i64,
    certificates: Vec<ObjectSummary>,
    /// Keys of their own, without those of certificates.
    keys: Vec<ObjectSummary>,
    /// Secrets of their own, without those of certificates.
    secrets: Vec<ObjectSummary>,
    /// Names of objects that can be recovered.
    deleted: Vec<String>,
    roles: Vec<AssignmentSummary>,
}

/// A named object; the attributes are those of its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectSummary {
    name: String,
    /// How many versions there are; none for a certificate that is being issued.
    versions: usize,
    /// The newest version's id.
    newest: Option<String>,
    enabled: bool,
    /// Unix seconds.
    expires: Option<i64>,
    /// Whether the private key may leave the vault; absent for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    exportable: Option<bool>,
}

/// A role that somebody has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignmentSummary {
    /// The object id of a person, service principal or group.
    principal: Uuid,
    /// The role's display name.
    role: String,
    /// `vault`, one object of it such as `keys/harbor-signer`, or the path of a place above it.
    scope: String,
}

impl Vaults {
    /// All vaults, by host.
    pub(crate) fn summaries(&self) -> Vec<VaultSummary> {
        let mut vaults: Vec<_> = self.by_host.read().values().cloned().collect();
        vaults.sort_by(|one, other| one.host.cmp(&other.host));
        vaults.iter().map(|vault| self.summarize(vault)).collect()
    }

    /// The vault of a host, if there is one.
    pub(crate) fn summary(&self, host: &str) -> Option<VaultSummary> {
        self.vault(host).ok().map(|vault| self.summarize(&vault))
    }

    fn summarize(&self, vault: &Vault) -> VaultSummary {
        vault.settle(self.clock.unix());
        let resource = vault.resource();
        let place = Scope::Vault.resolve(&resource, &vault.host);
        let holds = |one: &Assignment| one.scope.contains(&place) || place.contains(&one.scope);
        let roles = self.authorization.assignments(holds).into_iter().map(|assignment| AssignmentSummary {
            principal: assignment.principal,
            role: self.authorization.definition(assignment.role).map_or_else(String::new, |role| role.name),
            scope: within(&place, &assignment.scope),
        });
        let roles = roles.collect();
        let objects = vault.objects.read();
        VaultSummary {
            host: vault.host.clone(),
            properties: resource.properties.clone(),
            issuance_delay_seconds: *vault.issuance_secs.read(),
            certificates: certificates(&objects),
            keys: objects
                .keys
                .iter()
                .filter(|(name, _)| !objects.certificates.contains_key(*name))
                .map(|(name, versions)| {
                    let exportable = versions.find("").map(|newest| newest.item.exportable);
                    ObjectSummary::new(name, versions, |item| &item.attributes, exportable)
                })
                .collect(),
            secrets: objects
                .secrets
                .iter()
                .filter(|(name, _)| !objects.certificates.contains_key(*name))
                .map(|(name, versions)| ObjectSummary::new(name, versions, |item| &item.attributes, None))
                .collect(),
            deleted: objects
                .deleted_certificates
                .keys()
                .map(|name| format!("certificates/{name}"))
                .chain(objects.deleted_keys.keys().map(|name| format!("keys/{name}")))
                .chain(objects.deleted_secrets.keys().map(|name| format!("secrets/{name}")))
                .collect(),
            roles,
        }
    }
}

/// A place as it is called from a vault.
fn within(vault: &ResourceScope, place: &ResourceScope) -> String {
    match place.path().get(vault.path().len()..) {
        Some("") => "vault".to_owned(),
        Some(object) => object.trim_start_matches('/').to_owned(),
        None => place.path().to_owned(),
    }
}

fn certificates(objects: &Objects) -> Vec<ObjectSummary> {
    let summary = |(name, object): (&String, &CertificateObject)| {
        let newest = objects.keys.get(name).and_then(|versions| versions.find(""));
        let exportable = newest.map(|key| key.item.exportable);
        ObjectSummary::new(name, &object.versions, |item| &item.attributes, exportable)
    };
    objects.certificates.iter().map(summary).collect()
}

impl ObjectSummary {
    fn new<T>(
        name: &str,
        versions: &Versions<T>,
        attributes: impl Fn(&T) -> &Attributes,
        exportable: Option<bool>,
    ) -> Self {
        let newest = versions.find("");
        let attributes = newest.map(|version| attributes(&version.item));
        Self {
            name: name.to_owned(),
            versions: versions.iter().count(),
            newest: newest.map(|version| version.id.clone()),
            enabled: attributes.is_some_and(|attributes| attributes.enabled),
            expires: attributes.and_then(|attributes| attributes.exp),
            exportable,
        }
    }
}
