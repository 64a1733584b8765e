//! A posture as a folder of documents, and the recommended one.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay_posture::{
    Report, ReportOptions,
    facts::{Document, Facts, Thumbprint},
};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

pub(crate) const SUBSCRIPTION: &str = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001";
pub(crate) const VAULT: &str = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/\
    Microsoft.KeyVault/vaults/harbor-prod";
pub(crate) const APP_HOST: &str = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/\
    Microsoft.Web/sites/harbor-app";
pub(crate) const SIGNER_HOST: &str = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/\
    Microsoft.Web/sites/harbor-signer";
pub(crate) const SIGNER_IDENTITY: &str = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/harbor/providers/\
    Microsoft.ManagedIdentity/userAssignedIdentities/harbor-signer";
pub(crate) const WORKSPACE: &str = "/subscriptions/5b0c1c6e-0000-4000-8000-000000000001/resourceGroups/logs/providers/\
    Microsoft.OperationalInsights/workspaces/security";

pub(crate) const APP: &str = "a11ce000-0000-4000-8000-000000000001";
pub(crate) const SIGNER: &str = "51670000-0000-4000-8000-000000000001";
pub(crate) const APP_IDENTITY: &str = "a9900000-0000-4000-8000-000000000001";
pub(crate) const PIPELINE: &str = "d0000000-0000-4000-8000-000000000001";
pub(crate) const ADMIN: &str = "ad000000-0000-4000-8000-000000000001";
pub(crate) const READER: &str = "bead0000-0000-4000-8000-000000000001";
pub(crate) const ADMINS: &str = "66000000-0000-4000-8000-000000000001";

pub(crate) const KEY_SIGNER: &str = "c0570000-0000-4000-8000-000000000001";
pub(crate) const KEY_VAULT_ADMINISTRATOR: &str = "00482a5a-887f-4fb3-b363-3b7fe8e74483";
pub(crate) const CRYPTO_OFFICER: &str = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603";
pub(crate) const CRYPTO_USER: &str = "12338af0-0e69-4776-bea7-57ae8d297424";
pub(crate) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const READER_ROLE: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const WEBSITE_CONTRIBUTOR: &str = "de139f84-1756-47ae-9be6-808fbbe84772";

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
pub(crate) const USER_READ_BASIC: &str = "97235f07-e226-4f63-ace3-39588e11d3a1";

/// A certificate of a life around [`NOW`].
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) der: Vec<u8>,
    pub(crate) begins: OffsetDateTime,
    pub(crate) ends: OffsetDateTime,
}

impl Certificate {
    pub(crate) fn living(begins: Duration, ends: Duration) -> Self {
        let (begins, ends) = (NOW + begins, NOW + ends);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        (params.not_before, params.not_after) = (begins, ends);
        let key = KeyPair::generate().unwrap();
        Self { der: params.self_signed(&key).unwrap().der().to_vec(), begins, ends }
    }

    pub(crate) fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.der)
    }

    pub(crate) fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.der)
    }

    fn sha1(&self) -> Vec<u8> {
        let hex = self.thumbprint().to_string();
        (0..20).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
    }

    /// As Graph shows it among the credentials of an app.
    pub(crate) fn credential(&self, key_id: &str) -> Value {
        json!({
            "customKeyIdentifier": BASE64_STANDARD.encode(self.sha1()),
            "displayName": "CN=harbor",
            "startDateTime": self.begins.format(&Rfc3339).unwrap(),
            "endDateTime": self.ends.format(&Rfc3339).unwrap(),
            "key": self.base64(),
            "keyId": key_id,
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
        })
    }

    /// As the vault shows it.
    pub(crate) fn version(&self, version: &str, enabled: bool) -> Value {
        json!({
            "id": format!("https://harbor-prod.vault.azure.net/certificates/harbor-signer/{version}"),
            "kid": format!("https://harbor-prod.vault.azure.net/keys/harbor-signer/{version}"),
            "sid": format!("https://harbor-prod.vault.azure.net/secrets/harbor-signer/{version}"),
            "x5t": BASE64_STANDARD.encode(self.sha1()).replace('+', "-").replace('/', "_").trim_end_matches('='),
            "cer": self.base64(),
            "attributes": {
                "enabled": enabled,
                "nbf": self.begins.unix_timestamp(),
                "exp": self.ends.unix_timestamp(),
                "created": self.begins.unix_timestamp(),
                "updated": self.begins.unix_timestamp(),
            },
        })
    }
}

pub(crate) fn key_version(version: &str, enabled: bool, exportable: bool) -> Value {
    json!({
        "key": {
            "kid": format!("https://harbor-prod.vault.azure.net/keys/harbor-signer/{version}"),
            "kty": "RSA-HSM",
            "key_ops": ["sign", "verify"],
            "n": "AQAB",
            "e": "AQAB",
        },
        "attributes": { "enabled": enabled, "exportable": exportable, "exp": (NOW + Duration::days(20)).unix_timestamp() },
        "managed": true,
    })
}

pub(crate) fn assignment(principal: &str, kind: &str, role: &str, scope: &str, age_days: i64) -> Value {
    let name = format!("{:0>8}-0000-4000-8000-{:0>12}", &role[..4], &principal[..8]);
    json!({
        "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", scope.trim_end_matches('/')),
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "principalId": principal,
            "principalType": kind,
            "roleDefinitionId": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            "scope": scope,
            "condition": null,
            "createdOn": (NOW - Duration::days(age_days)).format(&Rfc3339).unwrap(),
        },
    })
}

/// A folder of documents.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) documents: BTreeMap<Document, Value>,
}

impl World {
    /// The recommended posture, in the spelling of the services.
    pub(crate) fn recommended() -> Self {
        let old = Certificate::living(Duration::days(-25), Duration::days(5));
        let current = Certificate::living(Duration::days(-10), Duration::days(20));
        let mut certificate = current.version("v2", true);
        certificate["policy"] = json!({
            "key_props": { "exportable": false, "kty": "RSA-HSM", "key_size": 2048, "reuse_key": false },
            "secret_props": { "contentType": "application/x-pkcs12" },
            "x509_props": { "subject": "CN=harbor", "key_usage": ["digitalSignature"], "validity_months": 1 },
            "lifetime_actions": [
                { "trigger": { "lifetime_percentage": 50 }, "action": { "action_type": "EmailContacts" } },
            ],
            "issuer": { "name": "Self" },
        });
        let key_scope = format!("{VAULT}/keys/harbor-signer");
        let days_ago = |days: i64| (NOW - Duration::days(days)).format(&Rfc3339).unwrap();
        let documents = [
            (
                Document::Vault,
                json!({
                    "id": VAULT,
                    "name": "harbor-prod",
                    "location": "westeurope",
                    "properties": {
                        "vaultUri": "https://harbor-prod.vault.azure.net/",
                        "sku": { "family": "A", "name": "premium" },
                        "enableRbacAuthorization": true,
                        "enableSoftDelete": true,
                        "enablePurgeProtection": true,
                        "publicNetworkAccess": "Disabled",
                        "networkAcls": { "bypass": "None", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": [] },
                        "privateEndpointConnections": [{
                            "id": format!("{VAULT}/privateEndpointConnections/one"),
                            "properties": { "privateLinkServiceConnectionState": { "status": "Approved" } },
                        }],
                        "accessPolicies": [],
                    },
                }),
            ),
            (Document::Certificate, certificate),
            (Document::CertificateVersions, json!([old.version("v1", false), current.version("v2", true)])),
            (Document::KeyVersions, json!([key_version("v1", false, false), key_version("v2", true, false)])),
            (
                Document::VaultKeys,
                json!({ "value": [
                { "kid": "https://harbor-prod.vault.azure.net/keys/harbor-signer", "managed": true },
            ], "nextLink": null }),
            ),
            (
                Document::VaultSecrets,
                json!({ "value": [
                { "id": "https://harbor-prod.vault.azure.net/secrets/harbor-signer", "managed": true },
            ], "nextLink": null }),
            ),
            (
                Document::RoleAssignments,
                json!({ "value": [
                assignment(SIGNER, "ServicePrincipal", KEY_SIGNER, &key_scope, 200),
                assignment(READER, "User", READER_ROLE, SUBSCRIPTION, 400),
            ], "nextLink": null }),
            ),
            (
                Document::RoleDefinitions,
                json!({ "value": [
                role_definition(KEY_SIGNER, "Key Signer", &[
                    "Microsoft.KeyVault/vaults/keys/read",
                    "Microsoft.KeyVault/vaults/keys/sign/action",
                    "Microsoft.KeyVault/vaults/certificates/read",
                ]),
            ] }),
            ),
            (
                Document::EligibilitySchedules,
                json!({ "value": [
                assignment(ADMINS, "Group", KEY_VAULT_ADMINISTRATOR, VAULT, 300),
            ] }),
            ),
            (
                Document::GroupMembers,
                json!({ ADMINS: { "value": [
                { "@odata.type": "#microsoft.graph.user", "id": ADMIN, "displayName": "Kim Berg (admin)" },
            ] } }),
            ),
            (
                Document::AccessReviews,
                json!({ "value": [{
                "name": "keys",
                "properties": {
                    "displayName": "Who may touch keys",
                    "status": "InProgress",
                    "instances": [{ "properties": { "status": "Applied", "endDateTime": days_ago(20) } }],
                },
            }] }),
            ),
            (
                Document::DiagnosticSettings,
                json!({ "value": [{
                "name": "audit",
                "properties": {
                    "workspaceId": WORKSPACE,
                    "logs": [{ "category": null, "categoryGroup": "audit", "enabled": true }],
                },
            }] }),
            ),
            (
                Document::LogWorkspaces,
                json!({ "value": [
                { "id": WORKSPACE, "name": "security", "properties": { "retentionInDays": 180 } },
            ] }),
            ),
            (
                Document::AlertRules,
                json!({ "value": [{
                "name": "keystay-key-use",
                "properties": {
                    "enabled": true,
                    "scopes": [WORKSPACE],
                    "criteria": { "allOf": [{ "query": "AZKVAuditLogs | where OperationName in \
                        ('KeySign', 'KeyUpdate', 'CertificateCreate', 'SecretGet')" }] },
                    "actions": { "actionGroups": [format!("{SUBSCRIPTION}/resourceGroups/logs/actionGroups/security")] },
                },
            }] }),
            ),
            (Document::DefenderPricing, json!({ "name": "KeyVaults", "properties": { "pricingTier": "Standard" } })),
            (
                Document::Hosts,
                json!([
                    { "id": APP_HOST, "name": "harbor-app", "identity": { "type": "SystemAssigned", "principalId": APP_IDENTITY } },
                    { "id": SIGNER_HOST, "name": "harbor-signer", "identity": {
                        "type": "UserAssigned",
                        "principalId": null,
                        "userAssignedIdentities": { SIGNER_IDENTITY: { "principalId": SIGNER, "clientId": SIGNER } },
                    } },
                ]),
            ),
            (
                Document::HostRoleAssignments,
                json!([{ "value": [
                assignment(PIPELINE, "ServicePrincipal", WEBSITE_CONTRIBUTOR, SIGNER_HOST, 100),
            ] }]),
            ),
            (
                Document::PublishingPolicies,
                json!([
                    { "value": [publishing(APP_HOST, "ftp"), publishing(APP_HOST, "scm")] },
                    { "value": [publishing(SIGNER_HOST, "ftp"), publishing(SIGNER_HOST, "scm")] },
                ]),
            ),
            (
                Document::Application,
                json!({
                    "id": "0b1ec700-0000-4000-8000-000000000001",
                    "appId": APP,
                    "displayName": "Harbor",
                    "createdDateTime": "2024-05-01T09:00:00Z",
                    "signInAudience": "AzureADMultipleOrgs",
                    "keyCredentials": [current.credential("1e700000-0000-4000-8000-000000000002")],
                    "passwordCredentials": [],
                    "requiredResourceAccess": [
                        { "resourceAppId": GRAPH, "resourceAccess": [{ "id": USER_READ_BASIC, "type": "Role" }] },
                    ],
                    "web": { "redirectUris": ["https://harbor.example/consent"] },
                    "spa": { "redirectUris": [] },
                    "publicClient": { "redirectUris": [] },
                    "servicePrincipalLockConfiguration": { "isEnabled": true, "allProperties": true },
                    "verifiedPublisher": { "displayName": "Harbor", "verifiedPublisherId": "1234567" },
                }),
            ),
            (
                Document::ResourceRoles,
                json!({ "appId": GRAPH, "appRoles": [
                { "id": USER_READ_BASIC, "value": "User.ReadBasic.All" },
                { "id": "19dbc75e-c2e2-444c-a770-ec69d8559fc7", "value": "Directory.ReadWrite.All" },
            ] }),
            ),
            (
                Document::Owners,
                json!({ "value": [{
                "@odata.type": "#microsoft.graph.user",
                "id": ADMIN,
                "displayName": "Kim Berg (admin)",
                "userPrincipalName": "kim.admin@harbor.example",
                "userType": "Member",
            }] }),
            ),
            (Document::FederatedCredentials, json!({ "value": [] })),
            (
                Document::HomePrincipal,
                json!({ "value": [{
                "id": "5e000000-0000-4000-8000-000000000001",
                "appId": APP,
                "accountEnabled": false,
                "keyCredentials": [],
                "passwordCredentials": [],
            }] }),
            ),
            (
                Document::AuthorizationPolicy,
                json!({
                    "id": "authorizationPolicy",
                    "defaultUserRolePermissions": { "allowedToCreateApps": false },
                }),
            ),
            (
                Document::DefaultAppManagementPolicy,
                json!({
                    "isEnabled": true,
                    "applicationRestrictions": {
                        "passwordCredentials": [{ "restrictionType": "passwordAddition", "state": "enabled", "maxLifetime": null,
                            "restrictForAppsCreatedAfterDateTime": "2019-10-19T10:37:00Z" }],
                        "keyCredentials": [{ "restrictionType": "asymmetricKeyLifetime", "state": "enabled",
                            "maxLifetime": "P90D", "restrictForAppsCreatedAfterDateTime": null }],
                    },
                }),
            ),
            (Document::AppManagementPolicies, json!({ "value": [] })),
            (
                Document::DirectoryAudits,
                json!({ "value": [{
                "activityDateTime": days_ago(10),
                "activityDisplayName": "Update application",
                "initiatedBy": { "app": { "displayName": "Harbor rotation" } },
                "targetResources": [{ "modifiedProperties": [{ "displayName": "KeyDescription" }] }],
            }] }),
            ),
            (
                Document::SignerSettings,
                json!({
                    "credential": "vault-key",
                    "gives_out": "tokens",
                    "key_version": "v2",
                    "sign_in": "managed-identity",
                    "app_host": APP_HOST,
                    "signer_host": SIGNER_HOST,
                    "signer_principal": SIGNER,
                    "assertion": {
                        "lifetime_seconds": 300,
                        "unique_id": true,
                        "audience_per_tenant": true,
                        "algorithm": "PS256",
                        "thumbprint_header": "x5t#S256",
                    },
                    "registers_new_versions": true,
                    "expected_principals": [
                        { "id": ADMIN, "name": "Kim Berg, break-glass" },
                        { "id": PIPELINE, "name": "deployment pipeline" },
                    ],
                    "used_permissions": ["User.ReadBasic.All"],
                }),
            ),
            (
                Document::BreachDrill,
                json!({
                    "at": days_ago(30), "succeeded": true, "principal": ADMIN, "seconds": 420,
                }),
            ),
            (Document::TenantTokens, json!([token("north"), token("south")])),
        ];
        Self { documents: documents.into() }
    }

    pub(crate) fn of(&mut self, document: Document) -> &mut Value {
        self.documents.get_mut(&document).unwrap()
    }

    pub(crate) fn without(mut self, document: Document) -> Self {
        self.documents.remove(&document);
        self
    }

    /// Registers another certificate in the place of the current one, in vault and app.
    pub(crate) fn replace_certificate(&mut self, certificate: &Certificate) {
        self.of(Document::CertificateVersions)[1] = certificate.version("v2", true);
        self.of(Document::Application)["keyCredentials"] =
            json!([certificate.credential("1e700000-0000-4000-8000-000000000002")]);
    }

    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for (document, value) in &self.documents {
            facts.add(*document, &serde_json::to_vec(value).unwrap());
        }
        facts
    }

    pub(crate) fn report(&self) -> Report {
        Report::new(&self.facts(), &ReportOptions::default(), NOW)
    }

    /// Writes the documents as a folder of files.
    pub(crate) fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for (document, value) in &self.documents {
            let text = serde_json::to_string_pretty(value).unwrap();
            std::fs::write(folder.join(document.file_name()), text).unwrap();
        }
    }
}

pub(crate) fn role_definition(id: &str, name: &str, data_actions: &[&str]) -> Value {
    json!({
        "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{id}"),
        "name": id,
        "properties": {
            "roleName": name,
            "type": "CustomRole",
            "permissions": [{ "actions": [], "notActions": [], "dataActions": data_actions, "notDataActions": [] }],
        },
    })
}

fn publishing(host: &str, protocol: &str) -> Value {
    json!({
        "id": format!("{host}/basicPublishingCredentialsPolicies/{protocol}"),
        "name": protocol,
        "properties": { "allow": false },
    })
}

fn token(tenant: &str) -> Value {
    json!({ "tenant": tenant, "resource": GRAPH, "roles": ["User.ReadBasic.All"], "lifetime_seconds": 4500 })
}
