//! Observe, plan, do the first step, look again.

use std::{sync::Arc, time::Duration};

use keystay::{ClientId, Clock};
use serde::Serialize;
use uuid::Uuid;

use super::{AUDIT_CATEGORY, Observed, Plan, SIGNER_ACTIONS, SetupError, SetupSettings, Step, plan::asking_for};
use crate::{
    call::{CallErrorKind, Remote},
    graph::{Graph, KeyCredential, RequiredResource},
    resource_manager::ResourceManager,
    vault::{Creation, SigningCertificate, SigningPolicy},
};

/// How often a certificate in the making is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Failures in a row that pass by themselves, before it is left to whoever runs this.
const FAILURES: u32 = 6;
/// The pause after the first of them; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Hears what is being done, in words.
type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// The setup of one app and its key.
#[derive(Debug)]
pub struct Setup {
    pub(super) settings: SetupSettings,
    pub(super) signer: SigningCertificate,
    pub(super) graph: Graph,
    pub(super) resource_manager: ResourceManager,
    pub(super) clock: Arc<dyn Clock>,
}

/// How a setup ended.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Done {
    /// What was done, in order; nothing when all was as it should be.
    pub steps: Vec<Step>,
    /// What somebody needs next.
    pub ids: Ids,
}

/// The names of what was set up.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Ids {
    /// The app's client id.
    pub client_id: Uuid,
    /// The app's object id.
    pub application_id: Uuid,
    /// The certificate's id with its version.
    pub certificate_id: String,
    /// The key's id with its version.
    pub key_id: String,
    /// The SHA-1 thumbprint of the registered certificate in base64url.
    pub x5t: String,
    /// The role's id.
    pub role_id: String,
    /// Who signs, as `vault_credential` names it; none for what is no managed identity.
    pub vault_credential: Option<String>,
}

/// What a run remembers of what it made, until the services tell it themselves.
struct Run {
    app: Option<ClientId>,
    /// One id for all tries, so that a second try makes no second role.
    role: Uuid,
    done: Vec<Step>,
}

impl Setup {
    /// A setup, with the certificate in `signer`; `remote` is how Graph and Resource Manager are asked.
    pub fn new(settings: SetupSettings, signer: SigningCertificate, remote: Remote) -> Self {
        let graph = Graph::new(&settings.cloud, remote.clone());
        let clock = remote.clock.clone();
        let resource_manager = ResourceManager::new(&settings.cloud, remote);
        Self { settings, signer, graph, resource_manager, clock }
    }

    /// What is there and what is to be done. Changes nothing, and read rights suffice.
    pub async fn plan(&self) -> Result<(Observed, Plan), SetupError> {
        let observed = self.observe().await?;
        let plan = Plan::of(&observed, &self.settings);
        Ok((observed, plan))
    }

    /// Does what is to be done, and after each step looks whether it is.
    ///
    /// **Cancellation and crashes:** at any point; run again, it goes on from what it finds. One exception: two apps of one
    /// name are there when it ended while the app was being registered and is run again before Graph finds that app by its
    /// name; the next run then says so. **Concurrency:** one at a time.
    pub async fn run(&self, progress: Progress<'_>) -> Result<Done, SetupError> {
        let mut run = Run { app: None, role: Uuid::new_v4(), done: Vec::new() };
        let (mut failures, mut pause) = (0, FIRST_PAUSE);
        loop {
            let error = match Box::pin(self.one_round(&mut run, progress)).await {
                Ok(Some(ids)) => return Ok(Done { steps: run.done, ids }),
                Ok(None) => {
                    (failures, pause) = (0, FIRST_PAUSE);
                    continue;
                }
                Err(error) => error,
            };
            let unseen = matches!(error, SetupError::NotSeen { .. });
            if failures == FAILURES || !(unseen || error.is_passing(!run.done.is_empty())) {
                return Err(error);
            }
            failures += 1;
            progress(&format!("{error}; again in {} s", pause.as_secs()));
            self.clock.sleep(pause).await;
            pause *= 2;
        }
    }

    /// One look and one step; the end when there was nothing to do.
    async fn one_round(&self, run: &mut Run, progress: Progress<'_>) -> Result<Option<Ids>, SetupError> {
        let observed = self.observe_with(run.app).await?;
        let plan = Plan::of(&observed, &self.settings);
        if !plan.in_the_way.is_empty() {
            return Err(SetupError::InTheWay(plan.in_the_way));
        }
        let Some(step) = plan.steps.into_iter().next() else {
            return self.ids(&observed).map(Some);
        };
        if run.done.last() == Some(&step) {
            return Err(SetupError::NotSeen { step });
        }
        progress(&step.to_string());
        self.perform(&step, &observed, run).await?;
        run.done.push(step);
        Ok(None)
    }

    async fn perform(&self, step: &Step, observed: &Observed, run: &mut Run) -> Result<(), SetupError> {
        let settings = &self.settings;
        let permissions = || observed.permissions.iter().filter_map(|(_, id)| *id);
        let application = observed.application.as_ref();
        match (step, application) {
            (Step::CreateCertificate { .. }, _) => {
                self.signer.create_version(self.policy()).await?;
                self.await_certificate().await
            }
            (Step::AwaitCertificate { .. }, _) => self.await_certificate().await,
            (Step::CreateApp { name }, _) => {
                let asks_for: Vec<_> = (!observed.permissions.is_empty())
                    .then(|| RequiredResource::of_graph(permissions()))
                    .into_iter()
                    .collect();
                run.app = Some(self.graph.create_application(name, &asks_for).await?.app_id.into());
                Ok(())
            }
            (Step::LockInstances, Some(app)) => Ok(self.graph.lock_instances(app.id).await?),
            (Step::AskFor { .. }, Some(app)) => Ok(self.graph.ask_for(app.id, &asking_for(app, permissions())).await?),
            (Step::CreatePrincipal { enabled }, Some(app)) => {
                Ok(self.graph.create_service_principal(app.app_id.into(), *enabled).await?)
            }
            (Step::Register { version: Some(version) }, Some(app)) => self.register(version, app.id).await,
            (Step::CreateRole { name }, _) => self.create_role(name, run.role).await,
            (Step::GiveRole { place }, _) => {
                let Some(role) = &observed.role else { return Ok(()) };
                Ok(self.resource_manager.give_role(place, &role.id, settings.signer).await?)
            }
            (Step::SendLog { name }, _) => {
                let Some(log) = &settings.log else { return Ok(()) };
                Ok(self.resource_manager.send_log(&settings.vault, name, AUDIT_CATEGORY, &log.workspace).await?)
            }
            // what has no name or no app yet exists only further down a plan
            _ => Ok(()),
        }
    }

    fn policy(&self) -> SigningPolicy {
        let wanted = &self.settings.certificate;
        SigningPolicy::new(&wanted.subject, wanted.months)
            .with_key(wanted.key_size, wanted.hardware)
            .with_email_at(wanted.notify_at)
    }

    async fn await_certificate(&self) -> Result<(), SetupError> {
        loop {
            match self.signer.creation().await? {
                Creation::InProgress => self.clock.sleep(LOOK_AGAIN).await,
                Creation::Failed { detail } => return Err(SetupError::Creation { detail }),
                Creation::None => return Ok(()),
            }
        }
    }

    /// By PATCH, as an owner: the first certificate of an app has no other that could sign a proof for it.
    async fn register(&self, version: &str, application: Uuid) -> Result<(), SetupError> {
        let certificate = keystay::SigningKey::certificate(&self.signer.key(version).await?).clone();
        let add = |list: &[KeyCredential]| {
            if list.iter().any(|one| one.is(&certificate)) {
                return list.to_vec();
            }
            [list, &[KeyCredential::of(&certificate, &self.signer.id().name)]].concat()
        };
        self.graph.change_key_credentials(application, add).await?;
        Ok(())
    }

    async fn create_role(&self, name: &str, id: Uuid) -> Result<(), SetupError> {
        let words = (name, self.settings.role.description.as_str());
        let made = self.resource_manager.put_role(&self.settings.assignable_scope(), id, words, &SIGNER_ACTIONS).await;
        made.map_err(|error| match error.kind() {
            CallErrorKind::Conflict => SetupError::RoleElsewhere { name: name.to_owned() },
            _ => error.into(),
        })
    }

    fn ids(&self, observed: &Observed) -> Result<Ids, SetupError> {
        let missing = || SetupError::NotSeen { step: Step::Register { version: None } };
        let (Some(version), Some(app), Some(role)) = (observed.signing(), &observed.application, &observed.role) else {
            return Err(missing());
        };
        let key = self.signer.key_id(&version.version);
        Ok(Ids {
            client_id: app.app_id,
            application_id: app.id,
            certificate_id: format!("{}/{}", self.signer.id(), version.version),
            key_id: key.to_string(),
            x5t: version.x5t.clone(),
            role_id: role.id.clone(),
            vault_credential: observed.signer.as_ref().filter(|signer| signer.is_managed_identity()).map(|signer| {
                let name = "managed-identity";
                if signer.is_user_assigned() { format!("{name}:{}", signer.app_id) } else { name.to_owned() }
            }),
        })
    }
}
