//! The catalogue of documents: what each is called in a folder, and how to get it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Names, names::encode};

/// `key` of a key credential comes only when `keyCredentials` is asked for by name, of one app.
macro_rules! application_fields {
    () => {
        "?$select=id,appId,displayName,createdDateTime,signInAudience,keyCredentials,passwordCredentials,\
         requiredResourceAccess,web,spa,publicClient,servicePrincipalLockConfiguration,verifiedPublisher"
    };
}

/// A document about one app and its vault key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Document {
    /// The vault as a resource.
    Vault,
    /// The certificate and its policy.
    Certificate,
    /// Each version of the certificate, with its public half.
    CertificateVersions,
    /// Each version of the key.
    KeyVersions,
    /// All keys of the vault, those of certificates included.
    VaultKeys,
    /// All secrets of the vault by name, those of certificates included. No value.
    VaultSecrets,
    /// Role assignments at, above and below the vault.
    RoleAssignments,
    /// What the roles allow.
    RoleDefinitions,
    /// Who may activate a role.
    EligibilitySchedules,
    /// Members of the groups that have roles.
    GroupMembers,
    /// Reviews of who has access.
    AccessReviews,
    /// Where the vault's log goes.
    DiagnosticSettings,
    /// How long the workspaces keep it.
    LogWorkspaces,
    /// Alerts on the log.
    AlertRules,
    /// Whether Defender watches vaults.
    DefenderPricing,
    /// The hosts of the app and of the signer, with their identities; deployment slots are hosts too.
    Hosts,
    /// Role assignments at and above the hosts.
    HostRoleAssignments,
    /// Whether the hosts take code for a user name and a password.
    PublishingPolicies,
    /// The app registration.
    Application,
    /// What the ids of permissions stand for.
    ResourceRoles,
    /// Owners of the app registration.
    Owners,
    /// Federated credentials of the app registration.
    FederatedCredentials,
    /// The app's service principal in its home tenant.
    HomePrincipal,
    /// What people without an admin role may do in the home tenant.
    AuthorizationPolicy,
    /// Which credentials apps of the home tenant may have.
    DefaultAppManagementPolicy,
    /// Policies that hold for this app instead.
    AppManagementPolicies,
    /// Changes of the app registration.
    DirectoryAudits,
    /// How the signer is set up. Written by keystay: see [`SignerSettings`](super::SignerSettings).
    SignerSettings,
    /// The last rehearsal of a breach. Written by keystay: see [`BreachDrill`](super::BreachDrill).
    BreachDrill,
    /// What the newest token of each tenant says, without the token. Written by keystay: see
    /// [`TenantToken`](super::TenantToken).
    TenantTokens,
}

/// How a document is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// One answer of one call.
    Once,
    /// One call for each version of the certificate; the document is the list of the answers.
    EachVersion,
    /// One call for each host; the document is the list of the answers.
    EachHost,
    /// One call for each group that has a role; the document is an object of the answers by the group's id.
    EachGroup,
    /// keystay writes it itself.
    Keystay,
}

impl Document {
    /// All, in the order in which they are best collected.
    pub const ALL: [Self; 30] = [
        Self::Vault,
        Self::Certificate,
        Self::CertificateVersions,
        Self::KeyVersions,
        Self::VaultKeys,
        Self::VaultSecrets,
        Self::RoleAssignments,
        Self::RoleDefinitions,
        Self::EligibilitySchedules,
        Self::GroupMembers,
        Self::AccessReviews,
        Self::DiagnosticSettings,
        Self::LogWorkspaces,
        Self::AlertRules,
        Self::DefenderPricing,
        Self::Hosts,
        Self::HostRoleAssignments,
        Self::PublishingPolicies,
        Self::Application,
        Self::ResourceRoles,
        Self::Owners,
        Self::FederatedCredentials,
        Self::HomePrincipal,
        Self::AuthorizationPolicy,
        Self::DefaultAppManagementPolicy,
        Self::AppManagementPolicies,
        Self::DirectoryAudits,
        Self::SignerSettings,
        Self::BreachDrill,
        Self::TenantTokens,
    ];

    /// Its name in a folder of exported documents.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Vault => "vault.json",
            Self::Certificate => "certificate.json",
            Self::CertificateVersions => "certificate-versions.json",
            Self::KeyVersions => "key-versions.json",
            Self::VaultKeys => "vault-keys.json",
            Self::VaultSecrets => "vault-secrets.json",
            Self::RoleAssignments => "role-assignments.json",
            Self::RoleDefinitions => "role-definitions.json",
            Self::EligibilitySchedules => "eligibility-schedules.json",
            Self::GroupMembers => "group-members.json",
            Self::AccessReviews => "access-reviews.json",
            Self::DiagnosticSettings => "diagnostic-settings.json",
            Self::LogWorkspaces => "log-workspaces.json",
            Self::AlertRules => "alert-rules.json",
            Self::DefenderPricing => "defender-pricing.json",
            Self::Hosts => "hosts.json",
            Self::HostRoleAssignments => "host-role-assignments.json",
            Self::PublishingPolicies => "publishing-policies.json",
            Self::Application => "application.json",
            Self::ResourceRoles => "resource-roles.json",
            Self::Owners => "owners.json",
            Self::FederatedCredentials => "federated-credentials.json",
            Self::HomePrincipal => "home-principal.json",
            Self::AuthorizationPolicy => "authorization-policy.json",
            Self::DefaultAppManagementPolicy => "default-app-management-policy.json",
            Self::AppManagementPolicies => "app-management-policies.json",
            Self::DirectoryAudits => "directory-audits.json",
            Self::SignerSettings => "signer-settings.json",
            Self::BreachDrill => "breach-drill.json",
            Self::TenantTokens => "tenant-tokens.json",
        }
    }

    /// The document of this file name.
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.file_name() == name)
    }

    /// How it is put together.
    pub fn repeat(self) -> Repeat {
        match self {
            Self::CertificateVersions | Self::KeyVersions => Repeat::EachVersion,
            Self::Hosts | Self::HostRoleAssignments | Self::PublishingPolicies => Repeat::EachHost,
            Self::GroupMembers => Repeat::EachGroup,
            Self::SignerSettings | Self::BreachDrill | Self::TenantTokens => Repeat::Keystay,
            _ => Repeat::Once,
        }
    }

    /// The call that reads it, with braces for what differs. Read rights suffice for each. The live collection makes
    /// just these calls.
    pub fn live_call(self) -> &'static str {
        match self {
            Self::Vault => "GET {arm}{vault}?api-version=2023-07-01",
            Self::Certificate => "GET {vault-uri}/certificates/{certificate}?api-version=7.4",
            Self::CertificateVersions => "GET {vault-uri}/certificates/{certificate}/{version}?api-version=7.4",
            Self::KeyVersions => "GET {vault-uri}/keys/{certificate}/{version}?api-version=7.4",
            Self::VaultKeys => "GET {vault-uri}/keys?api-version=7.4",
            Self::VaultSecrets => "GET {vault-uri}/secrets?api-version=7.4",
            Self::RoleAssignments => {
                "GET {arm}{vault}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
            }
            Self::RoleDefinitions => {
                "GET {arm}{vault}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01"
            }
            Self::EligibilitySchedules => {
                "GET {arm}{vault}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01"
            }
            Self::GroupMembers => "GET {graph}/v1.0/groups/{group}/transitiveMembers?$select=id,displayName&$top=999",
            Self::AccessReviews => {
                "GET {arm}/subscriptions/{subscription}/providers/Microsoft.Authorization/accessReviewScheduleDefinitions?api-version=2021-12-01-preview"
            }
            Self::DiagnosticSettings => {
                "GET {arm}{vault}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview"
            }
            Self::LogWorkspaces => {
                "GET {arm}/subscriptions/{subscription}/providers/Microsoft.OperationalInsights/workspaces?api-version=2022-10-01"
            }
            Self::AlertRules => {
                "GET {arm}/subscriptions/{subscription}/providers/Microsoft.Insights/scheduledQueryRules?api-version=2021-08-01"
            }
            Self::DefenderPricing => {
                "GET {arm}/subscriptions/{subscription}/providers/Microsoft.Security/pricings/KeyVaults?api-version=2024-01-01"
            }
            Self::Hosts => "GET {arm}{host}?api-version={host-version}",
            Self::HostRoleAssignments => {
                "GET {arm}{host}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
            }
            Self::PublishingPolicies => "GET {arm}{host}/basicPublishingCredentialsPolicies?api-version=2023-12-01",
            Self::Application => concat!("GET {graph}/v1.0/applications(appId='{app}')", application_fields!()),
            Self::ResourceRoles => {
                "GET {graph}/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=appId,appRoles"
            }
            Self::Owners => "GET {graph}/v1.0/applications(appId='{app}')/owners",
            Self::FederatedCredentials => "GET {graph}/v1.0/applications(appId='{app}')/federatedIdentityCredentials",
            Self::HomePrincipal => "GET {graph}/v1.0/servicePrincipals?$filter=appId eq '{app}'",
            Self::AuthorizationPolicy => "GET {graph}/v1.0/policies/authorizationPolicy",
            Self::DefaultAppManagementPolicy => "GET {graph}/v1.0/policies/defaultAppManagementPolicy",
            Self::AppManagementPolicies => "GET {graph}/v1.0/applications(appId='{app}')/appManagementPolicies",
            Self::DirectoryAudits => {
                "GET {graph}/v1.0/auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq '{app-object}')"
            }
            Self::SignerSettings | Self::BreachDrill | Self::TenantTokens => "written by keystay",
        }
    }

    /// The exact `az` command that prints it, for a POSIX shell; none for what keystay writes itself. Of a document with
    /// a [`Repeat`], the command for one part, with a shell variable for what differs: `"$VERSION"`, `"$HOST"`, `"$GROUP"`.
    pub fn command(self, names: &Names) -> Option<String> {
        let (vault, certificate) = (names.vault(), names.certificate());
        let at_vault = |rest: &str| format!("az rest --url {}", Names::arm(names.vault_id.as_deref(), rest));
        let at_subscription = |rest: &str| {
            let scope = names.subscription().map(|id| format!("/subscriptions/{id}"));
            format!("az rest --url {}", Names::arm(scope.as_deref(), rest))
        };
        let at_host = |rest: &str| format!("az rest --url \"https://management.azure.com${{HOST}}{rest}\"");
        let of_app = |rest: &str| format!("az rest --url {}", names.graph_app(rest));
        let policy = |name: &str| format!("az rest --url https://graph.microsoft.com/v1.0/policies/{name}");
        let authorization = "/providers/Microsoft.Authorization";
        Some(match self {
            Self::Vault => format!("az keyvault show -n {vault} -o json"),
            Self::Certificate => format!("az keyvault certificate show --vault-name {vault} -n {certificate} -o json"),
            Self::CertificateVersions => {
                format!(
                    "az keyvault certificate show --vault-name {vault} -n {certificate} --version \"$VERSION\" -o json"
                )
            }
            Self::KeyVersions => {
                format!("az keyvault key show --vault-name {vault} -n {certificate} --version \"$VERSION\" -o json")
            }
            Self::VaultKeys => format!("az keyvault key list --vault-name {vault} --include-managed true -o json"),
            Self::VaultSecrets => {
                format!("az keyvault secret list --vault-name {vault} --include-managed true -o json")
            }
            // the list of `az role assignment` leaves out what is assigned at a single key
            Self::RoleAssignments => at_vault(&format!("{authorization}/roleAssignments?api-version=2022-04-01")),
            Self::RoleDefinitions => format!("az role definition list --scope {} -o json", names.vault_id()),
            Self::EligibilitySchedules => {
                at_vault(&format!("{authorization}/roleEligibilityScheduleInstances?api-version=2020-10-01"))
            }
            Self::GroupMembers => "az rest --url \"https://graph.microsoft.com/v1.0/groups/${GROUP}/transitiveMembers?\\$select=id,displayName&\\$top=999\"".to_owned(),
            Self::AccessReviews => at_subscription(&format!(
                "{authorization}/accessReviewScheduleDefinitions?api-version=2021-12-01-preview"
            )),
            Self::DiagnosticSettings => {
                format!("az monitor diagnostic-settings list --resource {} -o json", names.vault_id())
            }
            Self::LogWorkspaces => "az monitor log-analytics workspace list -o json".to_owned(),
            Self::AlertRules => "az monitor scheduled-query list -o json".to_owned(),
            Self::DefenderPricing => "az security pricing show -n KeyVaults -o json".to_owned(),
            Self::Hosts => "az resource show --ids \"$HOST\" -o json".to_owned(),
            Self::HostRoleAssignments => at_host(&format!("{authorization}/roleAssignments?api-version=2022-04-01")),
            Self::PublishingPolicies => at_host("/basicPublishingCredentialsPolicies?api-version=2023-12-01"),
            Self::Application => of_app(application_fields!()),
            Self::ResourceRoles => format!(
                "az rest --url \"https://graph.microsoft.com/v1.0/servicePrincipals(appId='{GRAPH}')?\\$select=appId,appRoles\""
            ),
            Self::Owners => of_app("/owners?$select=id,displayName,userPrincipalName,userType"),
            Self::FederatedCredentials => of_app("/federatedIdentityCredentials"),
            Self::HomePrincipal => {
                let app = names.app.as_deref().unwrap_or("<client id>");
                let url = format!("https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId eq '{}'", encode(app));
                format!("az rest --url {}", super::names::quote(&url))
            }
            Self::AuthorizationPolicy => policy("authorizationPolicy"),
            Self::DefaultAppManagementPolicy => policy("defaultAppManagementPolicy"),
            Self::AppManagementPolicies => of_app("/appManagementPolicies"),
            Self::DirectoryAudits => {
                let app = names.app_object.as_deref().unwrap_or("<object id>");
                let url = format!(
                    "https://graph.microsoft.com/v1.0/auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq '{}')",
                    encode(app)
                );
                format!("az rest --url {}", super::names::quote(&url))
            }
            Self::SignerSettings | Self::BreachDrill | Self::TenantTokens => return None,
        })
    }

    /// The command that lists what a [`Repeat`] document is made of, one id a line, for the shell variable of
    /// [`command`](Self::command).
    pub fn parts_command(self, names: &Names) -> Option<String> {
        let (vault, certificate) = (names.vault(), names.certificate());
        match self.repeat() {
            // the version is the last part of its id
            Repeat::EachVersion => Some(format!(
                "az keyvault certificate list-versions --vault-name {vault} -n {certificate} --query '[].id' -o tsv \
                 | sed 's|.*/||'"
            )),
            Repeat::EachGroup => Some(format!(
                "az rest --url {} --query 'value[?properties.principalType==`Group`].properties.principalId' -o tsv",
                Names::arm(
                    names.vault_id.as_deref(),
                    "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
                )
            )),
            Repeat::Once | Repeat::EachHost | Repeat::Keystay => None,
        }
    }
}

/// Microsoft Graph's client id.
pub(crate) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file_name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_document_has_a_file_of_its_own() {
        let files: BTreeSet<_> = Document::ALL.iter().map(|document| document.file_name()).collect();
        assert_eq!(files.len(), Document::ALL.len());
        for document in Document::ALL {
            assert_eq!(Document::of_file(document.file_name()), Some(document));
        }
    }

    #[test]
    fn every_command_is_one_a_shell_can_read_whatever_the_names_are() {
        let hostile = Names {
            vault: Some("v'; touch /tmp/x; '".to_owned()),
            vault_id: Some("/subscriptions/a b/$(id)".to_owned()),
            certificate: Some("`id`".to_owned()),
            app: Some("a' or '1".to_owned()),
            ..Names::default()
        };
        for document in Document::ALL {
            let command = document.command(&hostile);
            assert_eq!(command.is_none(), document.repeat() == Repeat::Keystay, "{document}");
            let Some(command) = command else { continue };
            let words = shlex::split(&command).unwrap_or_else(|| panic!("{command}"));
            assert_eq!(words[0], "az", "{command}");
            assert!(words.iter().all(|word| word != ";" && word != "touch"), "{command}");
        }
    }
}
