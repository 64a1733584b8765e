//! From what there is to what is to be cut. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CutSettings, Saved};
use crate::graph::KeyCredential;

/// Whose certificates on an app are.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Whose {
    /// None is a version of the signing certificate: somebody else's keys.
    Foreign,
    /// The vault could not be asked which versions there are, and nothing else tells.
    Unknown,
    /// Versions of the signing certificate.
    Own,
}

/// One step of a cut.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Take certificates off the app.
    RemoveCertificates {
        /// Their key ids.
        key_ids: Vec<Uuid>,
        /// Whose they are.
        whose: Whose,
    },
    /// Take a client secret off the app.
    RemoveSecret {
        /// Its key id.
        key_id: Uuid,
    },
    /// Take a federated credential off the app.
    RemoveFederated {
        /// Its id.
        id: String,
    },
    /// Disable a version of the key and its certificate.
    DisableVersion {
        /// Which one.
        version: String,
    },
    /// Take the right to sign from the identity.
    RemoveRole {
        /// The assignment.
        id: String,
    },
    /// Close the vault to public networks.
    CloseNetwork,
    /// Make somebody no owner of the app.
    RemoveOwner {
        /// Whom.
        id: Uuid,
    },
    /// Disable the app in every tenant.
    DisableApp,
}

/// The steps of a cut, in order.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct CutPlan {
    /// The steps.
    pub actions: Vec<Action>,
    /// What is there now.
    pub found: Saved,
}

impl CutPlan {
    /// What is to be cut of what was found.
    pub fn of(found: Saved, settings: &CutSettings) -> Self {
        let keeps = |id: &str| settings.keep.iter().any(|kept| kept.eq_ignore_ascii_case(id));
        let mut actions = Vec::new();
        let remove = |whose: Whose| {
            let going = found.certificates.iter().filter(|one| !keeps(&one.id().to_string()));
            let key_ids: Vec<Uuid> = going.filter(|one| found.whose(one) == whose).map(KeyCredential::id).collect();
            (!key_ids.is_empty()).then_some(Action::RemoveCertificates { key_ids, whose })
        };
        actions.extend(remove(Whose::Foreign));
        actions.extend(remove(Whose::Unknown));
        let secrets = found.secrets.iter().filter(|one| !keeps(&one.key_id.to_string()));
        actions.extend(secrets.map(|one| Action::RemoveSecret { key_id: one.key_id }));
        let federated = found.federated.iter().filter(|one| !keeps(&one.id));
        actions.extend(federated.map(|one| Action::RemoveFederated { id: one.id.clone() }));
        actions.extend(remove(Whose::Own));
        let kept: Vec<String> = found
            .certificates
            .iter()
            .filter(|one| keeps(&one.id().to_string()))
            .filter_map(KeyCredential::x5t)
            .collect();
        let versions = found.versions.iter().filter(|(_, x5t)| !kept.contains(x5t));
        actions.extend(versions.map(|(version, _)| Action::DisableVersion { version: version.clone() }));
        actions.extend(found.roles.iter().map(|role| Action::RemoveRole { id: role.id.clone() }));
        if settings.close_network && found.public_access == Some(true) {
            actions.push(Action::CloseNetwork);
        }
        if settings.disable_app && found.application.is_some() {
            // before the app: an owner could enable it again
            actions.extend(found.owners.iter().map(|owner| Action::RemoveOwner { id: owner.id }));
            if !found.disabled {
                actions.push(Action::DisableApp);
            }
        }
        Self { actions, found }
    }

    /// Whether a credential is left that is to go, or may be, as Graph did not tell: while one is, stolen ones may still
    /// get tokens.
    pub fn leaves_credentials(&self) -> bool {
        !self.knows_the_app() || self.takes_credentials()
    }

    /// Whether steps of this plan take credentials off the app.
    pub fn takes_credentials(&self) -> bool {
        self.actions.iter().any(|action| {
            matches!(
                action,
                Action::RemoveCertificates { .. } | Action::RemoveSecret { .. } | Action::RemoveFederated { .. }
            )
        })
    }

    /// Whether Graph told what is on the app.
    pub fn knows_the_app(&self) -> bool {
        self.found.application.is_some()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoveCertificates { key_ids, whose } => {
                let ids: Vec<String> = key_ids.iter().map(Uuid::to_string).collect();
                let whose = match whose {
                    Whose::Foreign => "that are no version of the signing certificate",
                    Whose::Unknown => "of unknown origin (the vault could not be asked whether they are its own)",
                    Whose::Own => "of the signing key",
                };
                write!(formatter, "remove the certificates {whose} from the app: {}", ids.join(", "))
            }
            Self::RemoveSecret { key_id } => write!(formatter, "remove client secret {key_id} from the app"),
            Self::RemoveFederated { id } => write!(formatter, "remove federated credential {id} from the app"),
            Self::DisableVersion { version } => write!(formatter, "disable version {version} in the vault"),
            Self::RemoveRole { id } => write!(formatter, "remove the role that allows to sign: {id}"),
            Self::CloseNetwork => formatter.write_str("close the vault to public networks"),
            Self::RemoveOwner { id } => write!(formatter, "remove owner {id} from the app"),
            Self::DisableApp => formatter.write_str("disable the app in every tenant"),
        }
    }
}
