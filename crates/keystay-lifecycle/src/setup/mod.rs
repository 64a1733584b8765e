//! Setting up an app whose key never leaves the vault: certificate, app registration, role and log.
//!
//! [`SetupSettings`] says what there is to be. [`printed`] writes it as an `az` script, Bicep or Terraform.

pub mod printed;
mod settings;

pub use settings::{
    AUDIT_CATEGORY, AppSettings, CertificateSettings, GraphPermission, LogSettings, RoleSettings, SIGNER_ACTIONS,
    SettingsError, SetupSettings,
};
