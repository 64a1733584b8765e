//! Why a setup stopped, and what it does not touch.

use std::fmt;

use keystay::{KeyError, Retry};
use serde::Serialize;

use super::Step;
use crate::call::{CallError, CallErrorKind};

/// Something that is there already and is not as it should be. It may be in use, so it is left alone.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "obstacle", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Obstacle {
    /// Access policies decide in the vault, which hold for all keys at once.
    AccessPolicies {
        /// The vault.
        vault: String,
    },
    /// An app of this name is for others than the tenants of organisations.
    Audience {
        /// Its name.
        name: String,
        /// Whom it is for.
        audience: String,
    },
    /// A certificate of this name is made otherwise.
    Certificate {
        /// Its name.
        name: String,
        /// What is wrong with it.
        faults: Vec<String>,
    },
    /// A diagnostic setting of this name does something else.
    Log {
        /// Its name.
        name: String,
    },
    /// Microsoft Graph offers no such application permission.
    NoSuchPermission {
        /// Its name.
        name: String,
    },
    /// No service principal has the signer's object id.
    NoSuchSigner {
        /// The id.
        id: String,
    },
    /// The certificate is there, and none of its versions can sign.
    NoUsableVersion {
        /// The certificate.
        name: String,
    },
    /// A role of this name allows something else.
    Role {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// Several apps have this name.
    SeveralApps {
        /// The name.
        name: String,
        /// Their client ids.
        apps: Vec<String>,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessPolicies { vault } => write!(formatter, "access policies decide in vault `{vault}`, not roles"),
            Self::Audience { name, audience } => {
                write!(formatter, "app `{name}` is there and for `{audience}`, not for `AzureADMultipleOrgs`")
            }
            Self::Certificate { name, faults } => {
                write!(formatter, "certificate `{name}` is there and made otherwise: {}", faults.join("; "))
            }
            Self::Log { name } => write!(formatter, "diagnostic setting `{name}` is there and sends something else"),
            Self::NoSuchPermission { name } => {
                write!(formatter, "Microsoft Graph offers no application permission `{name}`")
            }
            Self::NoSuchSigner { id } => {
                write!(formatter, "no service principal of this tenant has the object id {id}")
            }
            Self::NoUsableVersion { name } => {
                write!(formatter, "certificate `{name}` is there, and every version of it is disabled or over")
            }
            Self::Role { name, id } => write!(formatter, "role `{name}` is there and allows something else ({id})"),
            Self::SeveralApps { name, apps } => {
                write!(formatter, "several apps are called `{name}`: {}", apps.join(", "))
            }
        }
    }
}

impl Obstacle {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::AccessPolicies { .. } => {
                "give each identity that uses the vault its role, then `az keyvault update --enable-rbac-authorization true`"
            }
            Self::Audience { .. } => "choose another name with --app-name, or change that app's audience yourself",
            Self::Certificate { .. } => {
                "choose another name with --certificate: a key that could be copied once stays worth what the copy is worth"
            }
            Self::Log { .. } => "choose another name with --log-name, or remove that setting",
            Self::NoSuchPermission { .. } => "look up its name; delegated permissions are of no use without a user",
            Self::NoSuchSigner { .. } => {
                "give the object (principal) id with --signer, not the client id: `az identity show --query principalId`"
            }
            Self::NoUsableVersion { .. } => {
                "make a version with `keystay rotate`, or choose another name with --certificate"
            }
            Self::Role { .. } => "choose another name with --role-name: whoever has that role would get other rights",
            Self::SeveralApps { .. } => {
                "rename or delete all but the one that is meant, or choose another name with --app-name"
            }
        }
    }
}

/// Why a setup stopped. Nothing is lost: run again, it goes on from what it finds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Graph or Resource Manager did not do it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The vault could not make the certificate.
    #[error("the vault could not make the certificate: {detail}")]
    Creation {
        /// What it said.
        detail: String,
    },
    /// Something is there already and is not as it should be.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    InTheWay(Vec<Obstacle>),
    /// The vault did not do it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A step was done, and what it makes cannot be seen.
    #[error("it was done, but is not to be seen: {step}")]
    NotSeen {
        /// The step.
        step: Step,
    },
    /// A role of this name can be given elsewhere in the tenant, and not at this vault.
    #[error("a role `{name}` is in this tenant, and cannot be given at this vault")]
    RoleElsewhere {
        /// Its name.
        name: String,
    },
}

impl SetupError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Call(error) => error.code(),
            Self::Creation { .. } => "creation-failed",
            Self::InTheWay(_) => "in-the-way",
            Self::Key(error) => error.code(),
            Self::NotSeen { .. } => "not-seen",
            Self::RoleElsewhere { .. } => "role-elsewhere",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Call(error) if error.kind() == CallErrorKind::Denied => RIGHTS.to_owned(),
            Self::Call(error) => error.hint().to_owned(),
            Self::Creation { .. } => {
                "look at the certificate's pending operation in the vault, delete it, and run this again".to_owned()
            }
            Self::InTheWay(obstacles) => obstacles.first().map_or(String::new(), |first| first.hint().to_owned()),
            Self::Key(error) => error.hint().to_owned(),
            Self::NotSeen { .. } => "the services need a minute at times: run this again".to_owned(),
            Self::RoleElsewhere { .. } => {
                "add this resource group to that role's assignable scopes, or choose another name with --role-name"
                    .to_owned()
            }
        }
    }

    /// Whether it passes by itself. What was just made is not known everywhere at once: then it looks missing, or wrong.
    pub(super) fn is_passing(&self, made_something: bool) -> bool {
        match self {
            Self::Call(error) => {
                let young = matches!(error.kind(), CallErrorKind::NotFound | CallErrorKind::Invalid);
                error.is_passing() || (made_something && young)
            }
            Self::Key(error) => error.retry() != Retry::Never,
            _ => false,
        }
    }
}

const RIGHTS: &str = "whoever sets up needs Owner or User Access Administrator on the vault's resource group, Key Vault \
                      Certificates Officer in the vault, Monitoring Contributor for the log, and in Graph the right to \
                      register apps (Application.ReadWrite.OwnedBy)";
