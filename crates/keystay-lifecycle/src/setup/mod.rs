//! Setting up an app whose key never leaves the vault: certificate, app registration, role and log.
//!
//! [`SetupSettings`] says what there is to be. [`Setup::run`] observes, plans, does the first step and looks again, so a run
//! that was broken off is simply run again. What is there and is otherwise is in the way: it is named, and never changed.
//! [`printed`] writes the same as an `az` script, Bicep or Terraform.

mod error;
mod observe;
mod perform;
mod plan;
pub mod printed;
mod settings;

pub use error::{Obstacle, SetupError};
pub use observe::Observed;
pub use perform::{Done, Ids, Setup};
pub use plan::{Plan, Step};
pub use settings::{
    AUDIT_CATEGORY, AppSettings, CertificateSettings, GraphPermission, LogSettings, RoleSettings, SIGNER_ACTIONS,
    SettingsError, SetupSettings,
};
