//! What there is.

use std::time::SystemTime;

use keystay::{ClientId, KeyError, KeyErrorKind};
use uuid::Uuid;

use super::{GraphPermission, Obstacle, Setup, SetupError};
use crate::{
    call::{CallError, CallErrorKind},
    graph::{Application, Principal, ServicePrincipal},
    resource_manager::{DiagnosticSetting, NamedRole, RoleAssignment},
    vault::{CertificateVersion, Creation, SigningPolicy},
};

/// Everything a setup goes by, as it is at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Observed {
    /// When it was looked at.
    pub at: SystemTime,
    /// How versions of the certificate are made, where there is one of this name.
    pub policy: Option<SigningPolicy>,
    /// Its versions, oldest first.
    pub versions: Vec<CertificateVersion>,
    /// Whether the vault is making one.
    pub creation: Creation,
    /// The apps of this name: none, one, or several, of which nobody can say which is meant.
    pub apps: Vec<ClientId>,
    /// The app, where it is one.
    pub application: Option<Application>,
    /// Its principal at home.
    pub principal: Option<ServicePrincipal>,
    /// The permissions to ask for, with their ids; none where Graph offers no such permission.
    pub permissions: Vec<(GraphPermission, Option<Uuid>)>,
    /// The role of this name at the vault's resource group.
    pub role: Option<NamedRole>,
    /// Who signs; none where no service principal has that object id.
    pub signer: Option<Principal>,
    /// What the signer may do at the vault, above it and in it.
    pub assignments: Vec<RoleAssignment>,
    /// Where the vault's log goes.
    pub log: Vec<DiagnosticSetting>,
}

impl Observed {
    /// The version that signs: the newest usable one that is registered, else the newest usable one.
    pub fn signing(&self) -> Option<&CertificateVersion> {
        let mut usable = self.versions.iter().rev().filter(|version| version.is_usable(self.at));
        usable.clone().find(|version| self.is_registered(version)).or_else(|| usable.next())
    }

    /// Whether a version is registered on the app.
    pub fn is_registered(&self, version: &CertificateVersion) -> bool {
        let of = |app: &Application| app.key_credentials.iter().any(|one| one.x5t().as_deref() == Some(&version.x5t));
        self.application.as_ref().is_some_and(of)
    }

    /// Whether the signer has the role at a place itself, without a condition.
    pub fn is_given(&self, place: &str) -> bool {
        // the same role is named as seen from the subscription, or from the root
        let own = |id: &str| id.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let Some(role) = &self.role else { return false };
        self.assignments.iter().any(|assignment| {
            let said = &assignment.properties;
            said.scope.trim_end_matches('/').eq_ignore_ascii_case(place)
                && own(&said.role_definition_id) == own(&role.id)
                && said.condition.is_none()
        })
    }
}

impl Setup {
    /// Looks at vault, app, role and log. Changes nothing.
    ///
    /// **Rights:** Reader on the vault and Key Vault Reader in it, and in Graph Application.Read.All.
    pub async fn observe(&self) -> Result<Observed, SetupError> {
        self.observe_with(None).await
    }

    /// As [`observe`](Self::observe), with the app this run has made: Graph may need some seconds to find it by its name.
    pub(super) async fn observe_with(&self, made: Option<ClientId>) -> Result<Observed, SetupError> {
        let settings = &self.settings;
        let vault = self.resource_manager.vault(&settings.vault).await?;
        if !vault.uses_roles {
            // who may read in it is decided otherwise too, so there is no going on
            let vault = settings.vault_url.name().to_owned();
            return Err(SetupError::InTheWay(vec![Obstacle::AccessPolicies { vault }]));
        }
        let policy = none_if_missing(self.signer.policy().await)?;
        let versions = none_if_missing(self.signer.versions().await)?.unwrap_or_default();
        let creation = self.signer.creation().await?;
        let apps = match made {
            Some(app) => vec![app],
            None => self.graph.applications_named(&settings.app.name).await?,
        };
        let (mut application, mut principal) = (None, None);
        if let [app] = apps[..] {
            application = Some(self.graph.application(app).await?);
            principal = absent_if_missing(self.graph.service_principal(app).await)?;
        }
        let mut permissions = Vec::new();
        if !settings.app.permissions.is_empty() {
            let offered = self.graph.graph_permissions().await?;
            let id = |wanted: &GraphPermission| offered.iter().find(|(name, _)| name == wanted.as_str());
            permissions =
                settings.app.permissions.iter().map(|one| (one.clone(), id(one).map(|(_, id)| *id))).collect();
        }
        let roles = self.resource_manager.roles_named(&settings.assignable_scope(), &settings.role.name).await?;
        let signer = absent_if_missing(self.graph.principal(settings.signer).await)?;
        let assignments = self.resource_manager.role_assignments_of(&settings.vault, settings.signer).await?;
        let log = match &settings.log {
            Some(_) => self.resource_manager.diagnostic_settings(&settings.vault).await?,
            None => Vec::new(),
        };
        Ok(Observed {
            at: self.clock.now(),
            policy,
            versions,
            creation,
            apps,
            application,
            principal,
            permissions,
            role: roles.into_iter().next(),
            signer,
            assignments,
            log,
        })
    }
}

fn none_if_missing<T>(read: Result<T, KeyError>) -> Result<Option<T>, KeyError> {
    match read {
        Err(error) if *error.kind() == KeyErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

fn absent_if_missing<T>(read: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match read {
        Err(error) if error.kind() == CallErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}
