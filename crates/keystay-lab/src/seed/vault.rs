//! The vendor's vault and who may do what in it.

use std::sync::Arc;

use crate::{
    authorization::Role,
    directory::Directory,
    error::LabError,
    keyvault::{KeyMaterial, Scope, VaultHandle},
    seed::Seed,
};

/// The certificates of a ready app, and whether their keys can be downloaded: one stays in the vault, one is the usual way.
pub(crate) const CERTIFICATES: [(&str, bool); 2] = [("harbor-signer", false), ("harbor-export", true)];

/// Makes the vault. The vendor's administrator and operations own the subscription and may do everything in the vault. The host may
/// sign and read public halves, and, as the usual sample code needs it, read secrets.
///
/// With a ready app, its certificates exist, with `keys`, and are registered on it.
pub(crate) fn furnish(
    vaults: &VaultHandle,
    seed: &Seed,
    directory: &Directory,
    keys: Vec<Arc<KeyMaterial>>,
) -> Result<(), LabError> {
    let host = seed.vault_host.as_str();
    vaults.create(host, seed.home.id);
    let users = directory.tenant(seed.home.id).map(|tenant| tenant.users).unwrap_or_default();
    if let Some(admin) = users.iter().find(|user| user.user_principal_name == seed.home.admin) {
        vaults.assign_role(host, admin.id, Role::Owner, Scope::Subscription);
        vaults.assign_role(host, admin.id, Role::Administrator, Scope::Vault);
    }
    let signer = Role::Custom {
        name: "Harbor signer".to_owned(),
        data_actions: ["certificates/read", "keys/read", "keys/sign/action"]
            .map(|action| format!("Microsoft.KeyVault/vaults/{action}"))
            .to_vec(),
    };
    vaults.assign_role(host, seed.host_identity.object_id, signer, Scope::Vault);
    vaults.assign_role(host, seed.host_identity.object_id, Role::CertificateUser, Scope::Vault);
    if let Some(operator) = seed.operator {
        vaults.assign_role(host, operator.object_id, Role::Owner, Scope::Subscription);
        vaults.assign_role(host, operator.object_id, Role::Administrator, Scope::Vault);
    }
    if let Some(app) = seed.ready_app {
        for ((name, exportable), key) in CERTIFICATES.into_iter().zip(keys) {
            let der = vaults.create_certificate_of(host, name, exportable, Some(key))?;
            directory.add_certificate(app, &der, name)?;
        }
    }
    Ok(())
}
