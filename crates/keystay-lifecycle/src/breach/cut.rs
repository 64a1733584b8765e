//! Save, then cut; a step that fails stops no other.

use std::{io, path::PathBuf, sync::Arc};

use keystay::{Clock, KeyError};

use super::{Action, CutPlan, CutRecord, CutSettings, Outcome, Saved};
use crate::{
    call::{CallError, CallErrorKind, Remote},
    files::replace,
    graph::{Graph, KeyCredential},
    resource_manager::ResourceManager,
    vault::SigningCertificate,
};

const SIGN: &str = "Microsoft.KeyVault/vaults/keys/sign/action";

/// The breach cut of one app.
#[derive(Debug)]
pub struct Cut {
    settings: CutSettings,
    signer: Option<SigningCertificate>,
    graph: Graph,
    resource_manager: ResourceManager,
    clock: Arc<dyn Clock>,
}

/// Why a cut could not even begin. Steps that fail are in the record instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// There is no such app, or nobody who may look at it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The record cannot be written; without it nothing is removed.
    #[error("the record `{}` cannot be read or written: {source}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Whether Graph is out of reach, or not this caller's to use, which says nothing of the vault. Anything else, such as an app
/// that is not there, is a mistake to be told before something of somebody else's is cut.
fn leaves_the_vault(kind: CallErrorKind) -> bool {
    use CallErrorKind::{Denied, Throttled, TimedOut, Unavailable, Unreachable};
    matches!(kind, Denied | Throttled { .. } | TimedOut | Unavailable | Unreachable)
}

/// Why one step failed, and what to do.
struct Failed(String, String);

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        Self(error.to_string(), error.hint().to_owned())
    }
}

impl From<KeyError> for Failed {
    fn from(error: KeyError) -> Self {
        Self(error.to_string(), error.hint().to_owned())
    }
}

impl Cut {
    /// A cut of the app in `settings`, whose key is in `signer` where it is in a vault. `remote` is how Graph and Resource
    /// Manager are asked, in the name of somebody who may change the app.
    pub fn new(settings: CutSettings, signer: Option<SigningCertificate>, remote: Remote) -> Self {
        let graph = Graph::new(&settings.cloud, remote.clone());
        let resource_manager = ResourceManager::new(&settings.cloud, remote.clone());
        Self { settings, signer, graph, resource_manager, clock: remote.clock }
    }

    /// What is there and what would be cut. Changes nothing. What cannot be read is told in
    /// [`Saved::unread`], and cut nowhere.
    pub async fn plan(&self) -> Result<CutPlan, CutError> {
        let earlier = self.earlier()?;
        let mut found = self.look(earlier.as_ref()).await?;
        found.own.extend(self.settings.own.iter().cloned());
        // a version that an earlier run disabled, or saw before the vault went out of reach, is no stranger's
        found.own.extend(earlier.into_iter().flat_map(|record| record.saved.own));
        found.own.sort();
        found.own.dedup();
        Ok(CutPlan::of(found, &self.settings))
    }

    /// Saves what is there and cuts it. A step that fails is on record, and the others are done all the same.
    ///
    /// **Cancellation and crashes:** at any point; run again, it does what is left, and the record keeps what was there
    /// before the first run.
    pub async fn run(&self, progress: crate::rotate::Progress<'_>) -> Result<CutRecord, CutError> {
        let plan = self.plan().await?;
        let mut record = self.begin(&plan)?;
        let application = plan.found.application.unwrap_or_default();
        for action in &plan.actions {
            progress(&action.to_string());
            let failed = self.perform(action, application).await.err();
            if let Some(Failed(words, _)) = &failed {
                progress(&format!("failed, going on: {words}"));
            }
            let (failure, hint) = failed.map_or((None, None), |Failed(words, hint)| (Some(words), Some(hint)));
            record.outcomes.push(Outcome { action: action.clone(), at: self.clock.now().into(), failure, hint });
            self.write(&record)?;
        }
        // only a second look proves that nothing is left
        let left = self.plan().await?;
        // what this run took off the app was good for tokens until now, whatever an earlier run had reckoned
        if !left.leaves_credentials() && (plan.leaves_credentials() || record.last_token_dies.is_none()) {
            let dies = self.clock.now() + self.settings.spread + self.settings.token_life;
            record.last_token_dies = Some(dies.into());
        }
        (record.left, record.unseen) = (left.actions, left.found.unread);
        self.write(&record)?;
        Ok(record)
    }

    /// The record of this cut: a new one with what was found, or the one of an earlier run.
    fn begin(&self, plan: &CutPlan) -> Result<CutRecord, CutError> {
        if let Some(mut record) = self.earlier()? {
            // what the vault could not say then, and says now
            if !record.saved.vault_told && plan.found.vault_told {
                record.saved.versions.clone_from(&plan.found.versions);
                record.saved.vault_told = true;
            }
            record.saved.own.clone_from(&plan.found.own);
            // and what Graph could not
            if record.saved.application.is_none() {
                let Saved { application, disabled, certificates, secrets, federated, owners, .. } = plan.found.clone();
                record.saved =
                    Saved { application, disabled, certificates, secrets, federated, owners, ..record.saved };
            }
            // before anything of it is removed
            self.write(&record)?;
            return Ok(record);
        }
        let record =
            CutRecord { app: self.settings.app.to_string(), saved: plan.found.clone(), ..CutRecord::default() };
        self.write(&record)?;
        Ok(record)
    }

    /// The record an earlier run left.
    fn earlier(&self) -> Result<Option<CutRecord>, CutError> {
        let path = &self.settings.record;
        let failed = |source| CutError::Record { path: path.clone(), source };
        let record: CutRecord = match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(error.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed(source)),
        };
        if record.app != self.settings.app.to_string() {
            return Err(failed(io::Error::other(format!("it is about app {}", record.app))));
        }
        Ok(Some(record))
    }

    fn write(&self, record: &CutRecord) -> Result<(), CutError> {
        let path = &self.settings.record;
        let failed = |source| CutError::Record { path: path.clone(), source };
        let text = serde_json::to_vec_pretty(record).map_err(|error| failed(error.into()))?;
        replace(path, &text).map_err(failed)
    }

    async fn look(&self, earlier: Option<&CutRecord>) -> Result<Saved, CutError> {
        let mut saved = Saved { at: Some(self.clock.now().into()), ..Saved::default() };
        self.look_at_the_app(&mut saved).await?;
        if let Some(signer) = &self.signer {
            match signer.versions().await {
                Ok(versions) => {
                    saved.vault_told = true;
                    saved.own = versions.iter().map(|version| version.x5t.clone()).collect();
                    let enabled = versions.into_iter().filter(|version| version.enabled);
                    saved.versions = enabled.map(|version| (version.version, version.x5t)).collect();
                }
                // the cut itself has closed it, to us as well
                Err(_) if earlier.is_some_and(CutRecord::vault_is_done) => saved.vault_told = true,
                Err(error) => saved.unread.push(error.to_string()),
            }
        }
        self.look_at_the_vault(&mut saved).await;
        Ok(saved)
    }

    async fn look_at_the_app(&self, saved: &mut Saved) -> Result<(), CutError> {
        let app = match self.graph.application(self.settings.app).await {
            Ok(app) => app,
            Err(error) if leaves_the_vault(error.kind()) => {
                saved.unread.push(error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        match self.graph.federated_credentials(app.id).await {
            Ok(found) => saved.federated = found,
            Err(error) => saved.unread.push(error.to_string()),
        }
        match self.graph.owners(app.id).await {
            Ok(found) => saved.owners = found,
            Err(error) => saved.unread.push(error.to_string()),
        }
        saved.application = Some(app.id);
        saved.disabled = app.is_disabled.unwrap_or(false);
        (saved.certificates, saved.secrets) = (app.key_credentials, app.password_credentials);
        Ok(())
    }

    async fn look_at_the_vault(&self, saved: &mut Saved) {
        let Some(vault) = &self.settings.vault else { return };
        match self.resource_manager.vault(vault).await {
            Ok(found) => (saved.public_access, saved.network_rules) = (Some(found.public_access), found.network_rules),
            Err(error) => saved.unread.push(error.to_string()),
        }
        let Some(identity) = self.settings.identity else { return };
        let assignments = match self.resource_manager.role_assignments_of(vault, identity).await {
            Ok(assignments) => assignments,
            Err(error) => return saved.unread.push(error.to_string()),
        };
        for assignment in assignments {
            match self.resource_manager.role_definition(&assignment.properties.role_definition_id).await {
                Ok(role) if !role.allows_data(SIGN) => {}
                Ok(_) => saved.roles.push(assignment),
                Err(error) => saved.unread.push(error.to_string()),
            }
        }
    }

    async fn perform(&self, action: &Action, application: uuid::Uuid) -> Result<(), Failed> {
        match action {
            Action::RemoveCertificates { key_ids, .. } => {
                let rest = |list: &[KeyCredential]| -> Vec<KeyCredential> {
                    list.iter().filter(|one| !key_ids.contains(&one.id())).cloned().collect()
                };
                self.graph.change_key_credentials(application, rest).await?;
            }
            Action::RemoveSecret { key_id } => self.graph.remove_password(application, *key_id).await?,
            Action::RemoveFederated { id } => self.graph.remove_federated_credential(application, id).await?,
            Action::DisableVersion { version } => {
                if let Some(signer) = &self.signer {
                    signer.disable(version).await?;
                }
            }
            Action::RemoveRole { id } => self.resource_manager.remove_role(id).await?,
            Action::CloseNetwork => {
                if let Some(vault) = &self.settings.vault {
                    self.resource_manager.set_public_access(vault, false).await?;
                }
            }
            Action::RemoveOwner { id } => self.graph.remove_owner(application, *id).await?,
            Action::DisableApp => self.graph.set_disabled(application, true).await?,
        }
        Ok(())
    }
}
