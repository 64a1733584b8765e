//! From what there is to what is still to be done. Pure: the same observation gives the same plan.

use std::fmt;

use serde::Serialize;

use super::{Observed, Obstacle, SIGNER_ACTIONS, SetupSettings};
use crate::{
    graph::{Application, RequiredPermission, RequiredResource},
    resource_manager::RoleDefinition,
    vault::Creation,
};

/// One thing to do.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// Have the vault make the certificate.
    CreateCertificate {
        /// Its name.
        name: String,
    },
    /// Wait for the certificate the vault is making.
    AwaitCertificate {
        /// Its name.
        name: String,
    },
    /// Register the app.
    CreateApp {
        /// Its display name.
        name: String,
    },
    /// Turn the instance lock on.
    LockInstances,
    /// Add permissions to what the app asks for.
    AskFor {
        /// Which.
        permissions: Vec<String>,
    },
    /// Make the app's principal at home.
    CreatePrincipal {
        /// Whether it gets tokens there.
        enabled: bool,
    },
    /// Register the public half on the app.
    Register {
        /// Which version; none while there is none.
        version: Option<String>,
    },
    /// Make the custom role.
    CreateRole {
        /// Its name.
        name: String,
    },
    /// Give the role to the signer at one place.
    GiveRole {
        /// The key, or the certificate.
        place: String,
    },
    /// Send the audit log to the workspace.
    SendLog {
        /// The name of the setting.
        name: String,
    },
}

/// What is to be done, in order; nothing when all is as it should be.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// What is as it should be, in words.
    pub ready: Vec<String>,
    /// The steps.
    pub steps: Vec<Step>,
    /// What has the place of something to be made, and is left alone: nothing is done while there is any.
    pub in_the_way: Vec<Obstacle>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Plan {
    /// What is still to be done, by what was observed.
    pub fn of(observed: &Observed, settings: &SetupSettings) -> Self {
        let mut plan = Self::default();
        match &observed.signer {
            None => plan.in_the_way.push(Obstacle::NoSuchSigner { id: settings.signer.to_string() }),
            Some(signer) if !signer.is_managed_identity() => plan.notes.push(format!(
                "the signer, {}, is no managed identity: what it signs in with can be copied",
                signer.display_name.as_deref().unwrap_or("without a name")
            )),
            Some(_) => {}
        }
        plan.certificate(observed, settings);
        plan.app(observed, settings);
        plan.registration(observed, settings);
        plan.role(observed, settings);
        plan.log(observed, settings);
        plan
    }

    fn certificate(&mut self, observed: &Observed, settings: &SetupSettings) {
        let name = settings.certificate.name.clone();
        let Some(policy) = &observed.policy else {
            self.steps.push(Step::CreateCertificate { name });
            return;
        };
        let mut faults: Vec<String> = policy.faults().into_iter().map(|fault| fault.words().to_owned()).collect();
        if !policy.is_rsa() {
            faults.push("its key is not RSA of at least 2048 bits, which is what Entra takes".to_owned());
        }
        if !policy.signs_only() {
            faults.push("its key is not for digital signatures alone (`key_usage`)".to_owned());
        }
        if !faults.is_empty() {
            self.in_the_way.push(Obstacle::Certificate { name, faults });
            return;
        }
        match (&observed.creation, observed.signing()) {
            (_, Some(version)) => self.ready.push(format!("certificate `{name}`, version {}", version.version)),
            (Creation::InProgress, None) => self.steps.push(Step::AwaitCertificate { name }),
            // what is left of a creation that failed is no version
            (_, None) if observed.versions.is_empty() => self.steps.push(Step::CreateCertificate { name }),
            (_, None) => self.in_the_way.push(Obstacle::NoUsableVersion { name }),
        }
    }

    fn app(&mut self, observed: &Observed, settings: &SetupSettings) {
        let name = settings.app.name.clone();
        for (permission, _) in observed.permissions.iter().filter(|(_, id)| id.is_none()) {
            self.in_the_way.push(Obstacle::NoSuchPermission { name: permission.to_string() });
        }
        if observed.apps.len() > 1 {
            let apps = observed.apps.iter().map(ToString::to_string).collect();
            self.in_the_way.push(Obstacle::SeveralApps { name, apps });
            return;
        }
        let Some(app) = &observed.application else {
            self.steps.push(Step::CreateApp { name });
            self.steps.push(Step::CreatePrincipal { enabled: settings.app.works_at_home });
            return;
        };
        let audience = app.sign_in_audience.as_deref().unwrap_or_default();
        if audience != "AzureADMultipleOrgs" {
            self.in_the_way.push(Obstacle::Audience { name, audience: audience.to_owned() });
            return;
        }
        self.ready.push(format!("app `{name}`, client id {}", app.app_id));
        if app.instance_lock.is_none_or(|lock| !lock.is_enabled || lock.all_properties != Some(true)) {
            self.steps.push(Step::LockInstances);
        }
        let lacking = observed.permissions.iter().filter(|(_, id)| id.is_some_and(|id| !asks_for(app, id)));
        let permissions: Vec<String> = lacking.map(|(permission, _)| permission.to_string()).collect();
        if !permissions.is_empty() {
            self.steps.push(Step::AskFor { permissions });
        }
        if app.is_disabled == Some(true) {
            self.notes.push(format!("app {} is disabled: no tenant gives it a token", app.app_id));
        }
        for secret in &app.password_credentials {
            self.notes
                .push(format!("the app also has a client secret, {}: remove it once nothing uses it", secret.key_id));
        }
        self.principal(observed, settings);
    }

    fn principal(&mut self, observed: &Observed, settings: &SetupSettings) {
        let wanted = settings.app.works_at_home;
        match observed.principal.as_ref().map(|principal| principal.account_enabled != Some(false)) {
            None => self.steps.push(Step::CreatePrincipal { enabled: wanted }),
            Some(enabled) => {
                self.ready.push("its service principal at home".to_owned());
                if enabled != wanted {
                    let (is, asked) = if enabled { ("enabled", "does not work") } else { ("disabled", "works") };
                    self.notes.push(format!("its principal at home is {is}, though it {asked} there; it is left so"));
                }
            }
        }
    }

    fn registration(&mut self, observed: &Observed, settings: &SetupSettings) {
        let certificate = &settings.certificate.name;
        match observed.signing() {
            Some(version) if observed.is_registered(version) => {
                self.ready.push(format!("version {} is registered on the app", version.version));
            }
            version => self.steps.push(Step::Register { version: version.map(|version| version.version.clone()) }),
        }
        let credentials = observed.application.iter().flat_map(|app| &app.key_credentials);
        for credential in credentials {
            let x5t = credential.x5t();
            if !observed.versions.iter().any(|version| Some(&version.x5t) == x5t.as_ref()) {
                let id = credential.id();
                self.notes
                    .push(format!("certificate {id} on the app is no version of `{certificate}`: it is left alone"));
            }
        }
    }

    fn role(&mut self, observed: &Observed, settings: &SetupSettings) {
        let name = settings.role.name.clone();
        match &observed.role {
            None => self.steps.push(Step::CreateRole { name }),
            Some(role) if is_exact(&role.properties) => self.ready.push(format!("role `{name}`")),
            Some(role) => {
                self.in_the_way.push(Obstacle::Role { name, id: role.id.clone() });
                return;
            }
        }
        for place in [settings.key_scope(), settings.certificate_scope()] {
            if observed.is_given(&place) {
                self.ready.push(format!("the signer has it at {}", below(&place)));
            } else {
                self.steps.push(Step::GiveRole { place });
            }
        }
    }

    fn log(&mut self, observed: &Observed, settings: &SetupSettings) {
        let Some(log) = &settings.log else {
            self.notes.push("nothing is said about the vault's log: name a workspace with --workspace".to_owned());
            return;
        };
        let name = log.name.clone();
        if observed.log.iter().any(|setting| setting.sends_audit_to(&log.workspace)) {
            self.ready.push("the vault's audit log goes to the workspace".to_owned());
        } else if observed.log.iter().any(|setting| setting.name.eq_ignore_ascii_case(&name)) {
            self.in_the_way.push(Obstacle::Log { name });
        } else {
            self.steps.push(Step::SendLog { name });
        }
    }
}

/// What the app is to ask for: what it asks for now, and these.
pub(super) fn asking_for(app: &Application, roles: impl Iterator<Item = uuid::Uuid>) -> Vec<RequiredResource> {
    let mut all = app.required_resource_access.clone();
    let lacking: Vec<_> = roles.filter(|id| !asks_for(app, *id)).collect();
    match all.iter_mut().find(|resource| resource.is_graph()) {
        Some(graph) => graph.resource_access.extend(lacking.into_iter().map(RequiredPermission::role)),
        None => all.push(RequiredResource::of_graph(lacking)),
    }
    all
}

fn asks_for(app: &Application, role: uuid::Uuid) -> bool {
    let graph = app.required_resource_access.iter().filter(|resource| resource.is_graph());
    graph.flat_map(|resource| &resource.resource_access).any(|one| one.id == role && one.kind == "Role")
}

/// Whether a role allows what a signer needs and nothing beside it.
fn is_exact(role: &RoleDefinition) -> bool {
    let [permissions] = role.permissions.as_slice() else { return false };
    let allowed: Vec<String> = permissions.data_actions.iter().map(|action| action.to_ascii_lowercase()).collect();
    permissions.actions.is_empty()
        && permissions.not_data_actions.is_empty()
        && allowed.len() == SIGNER_ACTIONS.len()
        && SIGNER_ACTIONS.iter().all(|action| allowed.contains(&action.to_ascii_lowercase()))
}

/// The part of a place below its vault: `keys/NAME`.
fn below(place: &str) -> &str {
    place.rsplitn(3, '/').nth(2).map_or(place, |vault| place[vault.len()..].trim_start_matches('/'))
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateCertificate { name } => write!(
                formatter,
                "create certificate `{name}`: non-exportable, for signing only, a new key each time, an e-mail before it ends"
            ),
            Self::AwaitCertificate { name } => {
                write!(formatter, "wait for certificate `{name}`, which the vault is making")
            }
            Self::CreateApp { name } => {
                write!(
                    formatter,
                    "register app `{name}` for the tenants of all organisations, with the instance lock on"
                )
            }
            Self::LockInstances => formatter.write_str("turn the app's instance lock on, for all properties"),
            Self::AskFor { permissions } => {
                write!(formatter, "add to what the app asks for: {}", permissions.join(", "))
            }
            Self::CreatePrincipal { enabled: true } => formatter.write_str("make its service principal at home"),
            Self::CreatePrincipal { enabled: false } => {
                formatter.write_str("make its service principal at home, disabled: it gets no tokens of this tenant")
            }
            Self::Register { version: Some(version) } => write!(formatter, "register version {version} on the app"),
            Self::Register { version: None } => formatter.write_str("register the certificate on the app"),
            Self::CreateRole { name } => {
                write!(formatter, "make role `{name}`: read a key, sign with it, read its certificate")
            }
            Self::GiveRole { place } => write!(formatter, "give the role to the signer at {}", below(place)),
            Self::SendLog { name } => write!(formatter, "send the vault's audit log to the workspace (`{name}`)"),
        }
    }
}
