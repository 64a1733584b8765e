//! All documents together.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    AccessReview, AlertRule, AppManagementPolicy, Application, AuthorizationPolicy, BreachDrill, CertificatePolicy,
    CertificateVersion, DiagnosticSetting, DirectoryAudit, Document, FederatedCredential, GroupMembers, HomePrincipal,
    Host, KeyVersion, Known, LogWorkspace, Missing, Names, Node, Owner, Place, PricingPlan, PublishingPolicy,
    ResourceRole, RoleAssignment, RoleDefinition, Seen, SignerSettings, TenantToken, Vault, VaultObject,
    bytes::{self, Top},
    listed::Listed,
};

/// What is known. Starts with nothing, so every fact is missing.
#[derive(Clone, Debug)]
pub struct Facts {
    vault: Single,
    certificate: Single,
    certificate_versions: Listed<CertificateVersion>,
    key_versions: Listed<KeyVersion>,
    vault_keys: Listed<VaultObject>,
    vault_secrets: Listed<VaultObject>,
    role_assignments: Listed<RoleAssignment>,
    role_definitions: Listed<RoleDefinition>,
    eligibility_schedules: Listed<RoleAssignment>,
    group_members: Listed<Vec<GroupMembers>>,
    access_reviews: Listed<Vec<AccessReview>>,
    diagnostic_settings: Listed<DiagnosticSetting>,
    log_workspaces: Listed<LogWorkspace>,
    alert_rules: Listed<AlertRule>,
    defender_pricing: Listed<PricingPlan>,
    hosts: Listed<Host>,
    host_role_assignments: Listed<RoleAssignment>,
    publishing_policies: Listed<PublishingPolicy>,
    application: Single,
    resource_roles: Listed<Vec<ResourceRole>>,
    owners: Listed<Owner>,
    federated_credentials: Listed<FederatedCredential>,
    home_principal: Single,
    authorization_policy: Single,
    default_app_management: Listed<AppManagementPolicy>,
    app_management: Listed<AppManagementPolicy>,
    directory_audits: Listed<DirectoryAudit>,
    signer_settings: Single,
    breach_drill: Single,
    tenant_tokens: Single,
}

impl Default for Facts {
    fn default() -> Self {
        use Document as D;
        Self {
            vault: Single::new(D::Vault),
            certificate: Single::new(D::Certificate),
            certificate_versions: Listed::new(D::CertificateVersions),
            key_versions: Listed::new(D::KeyVersions),
            vault_keys: Listed::new(D::VaultKeys),
            vault_secrets: Listed::new(D::VaultSecrets),
            role_assignments: Listed::new(D::RoleAssignments),
            role_definitions: Listed::new(D::RoleDefinitions),
            eligibility_schedules: Listed::new(D::EligibilitySchedules),
            group_members: Listed::new(D::GroupMembers),
            access_reviews: Listed::new(D::AccessReviews),
            diagnostic_settings: Listed::new(D::DiagnosticSettings),
            log_workspaces: Listed::new(D::LogWorkspaces),
            alert_rules: Listed::new(D::AlertRules),
            defender_pricing: Listed::new(D::DefenderPricing),
            hosts: Listed::new(D::Hosts),
            host_role_assignments: Listed::new(D::HostRoleAssignments),
            publishing_policies: Listed::new(D::PublishingPolicies),
            application: Single::new(D::Application),
            resource_roles: Listed::new(D::ResourceRoles),
            owners: Listed::new(D::Owners),
            federated_credentials: Listed::new(D::FederatedCredentials),
            home_principal: Single::new(D::HomePrincipal),
            authorization_policy: Single::new(D::AuthorizationPolicy),
            default_app_management: Listed::new(D::DefaultAppManagementPolicy),
            app_management: Listed::new(D::AppManagementPolicies),
            directory_audits: Listed::new(D::DirectoryAudits),
            signer_settings: Single::new(D::SignerSettings),
            breach_drill: Single::new(D::BreachDrill),
            tenant_tokens: Single::new(D::TenantTokens),
        }
    }
}

impl Facts {
    /// Reads a document from the bytes of its file. Of a list that comes in pages, each page is added in turn. Never
    /// fails: what cannot be read is missing, with its path.
    pub fn add(&mut self, document: Document, bytes: &[u8]) {
        use Document as D;
        match document {
            D::CertificateVersions => self.certificate_versions.add(bytes, CertificateVersion::read),
            D::KeyVersions => self.key_versions.add(bytes, KeyVersion::read),
            D::VaultKeys => self.vault_keys.add(bytes, VaultObject::read),
            D::VaultSecrets => self.vault_secrets.add(bytes, VaultObject::read),
            D::RoleAssignments => self.role_assignments.add(bytes, RoleAssignment::read),
            D::RoleDefinitions => self.role_definitions.add(bytes, RoleDefinition::read),
            D::EligibilitySchedules => self.eligibility_schedules.add(bytes, RoleAssignment::read),
            D::GroupMembers => self.group_members.add(bytes, GroupMembers::read_all),
            D::AccessReviews => self.access_reviews.add(bytes, AccessReview::read_all),
            D::DiagnosticSettings => self.diagnostic_settings.add(bytes, DiagnosticSetting::read),
            D::LogWorkspaces => self.log_workspaces.add(bytes, LogWorkspace::read),
            D::AlertRules => self.alert_rules.add(bytes, AlertRule::read),
            D::DefenderPricing => self.defender_pricing.add(bytes, PricingPlan::read),
            D::Hosts => self.hosts.add(bytes, Host::read),
            D::HostRoleAssignments => self.host_role_assignments.add(bytes, RoleAssignment::read),
            D::PublishingPolicies => self.publishing_policies.add(bytes, PublishingPolicy::read),
            D::ResourceRoles => self.resource_roles.add(bytes, ResourceRole::read_all),
            D::Owners => self.owners.add(bytes, Owner::read),
            D::FederatedCredentials => self.federated_credentials.add(bytes, FederatedCredential::read),
            D::DefaultAppManagementPolicy => self.default_app_management.add(bytes, AppManagementPolicy::read),
            D::AppManagementPolicies => self.app_management.add(bytes, AppManagementPolicy::read),
            D::DirectoryAudits => self.directory_audits.add(bytes, DirectoryAudit::read),
            _ => {
                if let Some(single) = self.single_mut(document) {
                    single.set(bytes);
                }
            }
        }
    }

    /// Notes that the service refused a document: with `code` the HTTP status or the service's word for it.
    pub fn refuse(&mut self, document: Document, code: impl Into<String>) {
        use Document as D;
        let code = code.into();
        match document {
            D::CertificateVersions => self.certificate_versions.refuse(code),
            D::KeyVersions => self.key_versions.refuse(code),
            D::VaultKeys => self.vault_keys.refuse(code),
            D::VaultSecrets => self.vault_secrets.refuse(code),
            D::RoleAssignments => self.role_assignments.refuse(code),
            D::RoleDefinitions => self.role_definitions.refuse(code),
            D::EligibilitySchedules => self.eligibility_schedules.refuse(code),
            D::GroupMembers => self.group_members.refuse(code),
            D::AccessReviews => self.access_reviews.refuse(code),
            D::DiagnosticSettings => self.diagnostic_settings.refuse(code),
            D::LogWorkspaces => self.log_workspaces.refuse(code),
            D::AlertRules => self.alert_rules.refuse(code),
            D::DefenderPricing => self.defender_pricing.refuse(code),
            D::Hosts => self.hosts.refuse(code),
            D::HostRoleAssignments => self.host_role_assignments.refuse(code),
            D::PublishingPolicies => self.publishing_policies.refuse(code),
            D::ResourceRoles => self.resource_roles.refuse(code),
            D::Owners => self.owners.refuse(code),
            D::FederatedCredentials => self.federated_credentials.refuse(code),
            D::DefaultAppManagementPolicy => self.default_app_management.refuse(code),
            D::AppManagementPolicies => self.app_management.refuse(code),
            D::DirectoryAudits => self.directory_audits.refuse(code),
            _ => {
                if let Some(single) = self.single_mut(document) {
                    single.content = Err(Missing::Refused { document, code });
                }
            }
        }
    }

    fn single_mut(&mut self, document: Document) -> Option<&mut Single> {
        use Document as D;
        Some(match document {
            D::Vault => &mut self.vault,
            D::Certificate => &mut self.certificate,
            D::Application => &mut self.application,
            D::HomePrincipal => &mut self.home_principal,
            D::AuthorizationPolicy => &mut self.authorization_policy,
            D::SignerSettings => &mut self.signer_settings,
            D::BreachDrill => &mut self.breach_drill,
            D::TenantTokens => &mut self.tenant_tokens,
            _ => return None,
        })
    }

    /// The vault.
    pub fn vault(&self) -> Vault<'_> {
        Vault::new(self.vault.root())
    }

    /// The certificate's policy.
    pub fn certificate(&self) -> CertificatePolicy<'_> {
        CertificatePolicy::new(self.certificate.root())
    }

    /// Each version of the certificate.
    pub fn certificate_versions(&self) -> Result<&[CertificateVersion], Missing> {
        self.certificate_versions.get()
    }

    /// Each version of the key.
    pub fn key_versions(&self) -> Result<&[KeyVersion], Missing> {
        self.key_versions.get()
    }

    /// The keys of the vault.
    pub fn vault_keys(&self) -> Result<&[VaultObject], Missing> {
        self.vault_keys.get()
    }

    /// The secrets of the vault.
    pub fn vault_secrets(&self) -> Result<&[VaultObject], Missing> {
        self.vault_secrets.get()
    }

    /// Role assignments at, above and below the vault.
    pub fn role_assignments(&self) -> Result<&[RoleAssignment], Missing> {
        self.role_assignments.get()
    }

    /// What roles allow, as far as the document says; Azure's own roles are known without it.
    pub fn role_definitions(&self) -> Result<&[RoleDefinition], Missing> {
        self.role_definitions.get()
    }

    /// Roles that may be activated.
    pub fn eligibility_schedules(&self) -> Result<&[RoleAssignment], Missing> {
        self.eligibility_schedules.get()
    }

    /// Members of groups.
    pub fn group_members(&self) -> Result<impl Iterator<Item = &GroupMembers>, Missing> {
        Ok(self.group_members.get()?.iter().flatten())
    }

    /// Finished reviews of who has access.
    pub fn access_reviews(&self) -> Result<impl Iterator<Item = &AccessReview>, Missing> {
        Ok(self.access_reviews.get()?.iter().flatten())
    }

    /// Where the vault's log goes.
    pub fn diagnostic_settings(&self) -> Result<&[DiagnosticSetting], Missing> {
        self.diagnostic_settings.get()
    }

    /// The log workspaces.
    pub fn log_workspaces(&self) -> Result<&[LogWorkspace], Missing> {
        self.log_workspaces.get()
    }

    /// The alerts.
    pub fn alert_rules(&self) -> Result<&[AlertRule], Missing> {
        self.alert_rules.get()
    }

    /// The plans of Defender for Cloud.
    pub fn defender_pricing(&self) -> Result<&[PricingPlan], Missing> {
        self.defender_pricing.get()
    }

    /// The hosts of app and signer.
    pub fn hosts(&self) -> Result<&[Host], Missing> {
        self.hosts.get()
    }

    /// Role assignments at and above the hosts.
    pub fn host_role_assignments(&self) -> Result<&[RoleAssignment], Missing> {
        self.host_role_assignments.get()
    }

    /// Whether the hosts take code for a password.
    pub fn publishing_policies(&self) -> Result<&[PublishingPolicy], Missing> {
        self.publishing_policies.get()
    }

    /// The app registration.
    pub fn application(&self) -> Application<'_> {
        Application::new(self.application.root())
    }

    /// What APIs call their application permissions.
    pub fn resource_roles(&self) -> Result<impl Iterator<Item = &ResourceRole>, Missing> {
        Ok(self.resource_roles.get()?.iter().flatten())
    }

    /// The owners of the app.
    pub fn owners(&self) -> Result<&[Owner], Missing> {
        self.owners.get()
    }

    /// The federated credentials of the app.
    pub fn federated_credentials(&self) -> Result<&[FederatedCredential], Missing> {
        self.federated_credentials.get()
    }

    /// The app's principal in its home tenant; none where the document says that there is none (null, or an empty list).
    pub fn home_principal(&self) -> Result<Option<HomePrincipal<'_>>, Missing> {
        Ok(self.home_principal.maybe()?.map(HomePrincipal::new))
    }

    /// What people without an admin role may do.
    pub fn authorization_policy(&self) -> AuthorizationPolicy<'_> {
        AuthorizationPolicy::new(self.authorization_policy.root())
    }

    /// Which credentials apps may have by default.
    pub fn default_app_management(&self) -> Result<&AppManagementPolicy, Missing> {
        let document = Document::DefaultAppManagementPolicy;
        self.default_app_management.get()?.first().ok_or(Missing::Absent { document, path: "$[0]".to_owned() })
    }

    /// The policies that hold for this app instead.
    pub fn app_management(&self) -> Result<&[AppManagementPolicy], Missing> {
        self.app_management.get()
    }

    /// Changes of the app registration.
    pub fn directory_audits(&self) -> Result<&[DirectoryAudit], Missing> {
        self.directory_audits.get()
    }

    /// How the signer is set up.
    pub fn signer_settings(&self) -> Known<SignerSettings> {
        self.signer_settings.typed()
    }

    /// The last rehearsal of a breach.
    pub fn breach_drill(&self) -> Known<BreachDrill> {
        self.breach_drill.typed()
    }

    /// What the newest token of each tenant says.
    pub fn tenant_tokens(&self) -> Known<Vec<TenantToken>> {
        self.tenant_tokens.typed()
    }

    /// The names for commands, as far as the documents have them.
    pub fn names(&self) -> Names {
        let value = |known: Known<String>| known.ok().map(|seen| seen.value);
        let settings = self.signer_settings().ok().map(|seen| seen.value);
        let mut settings_to = self.diagnostic_settings.get().unwrap_or_default().iter();
        Names {
            vault: value(self.vault().name()),
            vault_id: value(self.vault().id()),
            certificate: value(self.certificate().certificate_name()),
            app: value(self.application().app_id()),
            app_object: value(self.application().object_id()),
            host: settings.as_ref().and_then(|settings| settings.signer_host.clone()),
            workspace: settings_to.find_map(|setting| setting.workspace.clone()),
            signer: settings.and_then(|settings| settings.signer_principal),
        }
    }
}

/// A document that is one thing.
#[derive(Clone, Debug)]
struct Single {
    document: Document,
    content: Result<Value, Missing>,
    path: &'static str,
}

impl Single {
    fn new(document: Document) -> Self {
        Self { document, content: Err(Missing::NotCollected { document }), path: "$" }
    }

    fn set(&mut self, bytes: &[u8]) {
        let document = self.document;
        let listed = matches!(document, Document::TenantTokens);
        self.path = "$";
        self.content = bytes::text(document, bytes).and_then(|text| match bytes::top(document, &text)? {
            Top::Single(value) => Ok(value),
            Top::List { entries, .. } if listed => {
                let whole = |node: &Node<'_>| Ok(node.value().clone());
                let entries: Result<Vec<Value>, Missing> =
                    entries.iter().map(|entry| entry.read(document, whole)).collect();
                Ok(Value::Array(entries?))
            }
            // what a filter found: one, or none
            Top::List { mut entries, .. } => match (entries.pop(), entries.is_empty()) {
                (None, _) => Ok(Value::Null),
                (Some(entry), true) => {
                    self.path = if text.trim_start().starts_with('[') { "$[0]" } else { "$.value[0]" };
                    entry.read(document, |node| Ok(node.value().clone()))
                }
                (Some(_), false) => Err(Missing::Malformed {
                    document,
                    path: "$".to_owned(),
                    expected: "one object",
                    found: "several".to_owned(),
                }),
            },
        });
    }

    fn root(&self) -> Result<Node<'_>, Missing> {
        let value = self.content.as_ref().map_err(Clone::clone)?;
        Ok(Node::new(self.document, self.path, value))
    }

    /// None where the document says that there is no such thing.
    fn maybe(&self) -> Result<Option<Node<'_>>, Missing> {
        let node = self.root()?;
        Ok((!node.value().is_null()).then_some(node))
    }

    /// Read into a type of our own.
    fn typed<T: DeserializeOwned>(&self) -> Known<T> {
        let value = self.content.as_ref().map_err(Clone::clone)?;
        let place = Place { document: self.document, path: self.path.to_owned() };
        match serde_path_to_error::deserialize(value) {
            Ok(value) => Ok(Seen { value, place }),
            Err(error) => {
                let path = match error.path().to_string().as_str() {
                    "." => "$".to_owned(),
                    path if path.starts_with('[') => format!("${path}"),
                    path => format!("$.{path}"),
                };
                Err(Missing::Malformed {
                    document: self.document,
                    path,
                    expected: "what keystay writes there",
                    found: "something else".to_owned(),
                })
            }
        }
    }
}
