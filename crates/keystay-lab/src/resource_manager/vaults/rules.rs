//! What Resource Manager accepts of a vault's properties.

use crate::{
    keyvault::{NetworkAcls, VaultProperties, network_range},
    resource_manager::error::ArmError,
};

/// Checks the properties a vault is to have; `before` are those it has, when it exists. Writes addresses as the service does.
pub(super) fn check(wanted: &mut VaultProperties, before: Option<&VaultProperties>) -> Result<(), ArmError> {
    let refuse = |message: String| Err(ArmError::bad_request("BadRequest", message));
    let days = wanted.soft_delete_retention_in_days;
    if !(7..=90).contains(&days) {
        return refuse(format!(
            "The retention period must be between 7 and 90 days: \"softDeleteRetentionInDays\" cannot be {days}."
        ));
    }
    if before.is_some_and(|before| before.soft_delete_retention_in_days != days) {
        return refuse(
            "The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.".to_owned(),
        );
    }
    if wanted.enable_purge_protection == Some(false) {
        return refuse(
            "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an \
             irreversible action."
                .to_owned(),
        );
    }
    if !wanted.enable_soft_delete {
        return refuse("The property \"enableSoftDelete\" cannot be set to false.".to_owned());
    }
    if wanted.access_policies.len() > MOST_POLICIES {
        return refuse(format!("A vault cannot have more than {MOST_POLICIES} access policies."));
    }
    wanted.network_acls.as_mut().map_or(Ok(()), check_addresses)
}

fn check_addresses(acls: &mut NetworkAcls) -> Result<(), ArmError> {
    for rule in &mut acls.ip_rules {
        let range = network_range(&rule.value).ok_or_else(|| {
            ArmError::bad_request(
                "BadRequest",
                format!("The value '{}' is not a valid IP address or range of addresses in CIDR notation.", rule.value),
            )
        })?;
        rule.value = range.to_string();
    }
    Ok(())
}

const MOST_POLICIES: usize = 1024;
