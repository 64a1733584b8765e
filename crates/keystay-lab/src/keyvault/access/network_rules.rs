//! From where a vault may be called: its firewall, its private endpoints.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::authorize::described;
use crate::{
    bearer::Caller,
    keyvault::{
        vault::{Bypass, DefaultAction, NetworkAcls, PrivateLinkStatus, PublicNetworkAccess, VaultProperties},
        wire::{VaultError, Visit},
    },
};

/// Where the programs that use a lab seem to come from. Every one of them comes from there.
///
/// The default is a public address of the range kept for documentation (RFC 5737), over the internet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClientNetwork {
    /// The address a vault sees.
    #[schema(value_type = String)]
    pub address: IpAddr,
    /// The resource id of the subnet whose service endpoint the call takes, if any.
    pub subnet: Option<String>,
    /// Whether the call takes the vault's private endpoint. Without an approved one, it finds no way.
    pub private_endpoint: bool,
    /// Whether the caller is a trusted service of Azure.
    pub trusted_service: bool,
}

impl Default for ClientNetwork {
    fn default() -> Self {
        Self { address: IpAddr::from([203, 0, 113, 10]), subnet: None, private_endpoint: false, trusted_service: false }
    }
}

/// Lets a call in or refuses it. Runs after the token is checked: the refusals name the caller.
pub(in crate::keyvault) fn admit(visit: &Visit, caller: &Caller, client: &ClientNetwork) -> Result<(), VaultError> {
    let properties = &visit.resource.properties;
    let names = || (described(caller), visit.resource.described(&visit.vault.host));
    if client.private_endpoint && has_approved_endpoint(properties) {
        return Ok(());
    }
    let bypass = properties.network_acls.as_ref().map_or(Bypass::AzureServices, |acls| acls.bypass);
    if client.trusted_service && bypass == Bypass::AzureServices {
        return Ok(());
    }
    if properties.public_network_access != PublicNetworkAccess::Enabled {
        let (caller, vault) = names();
        return Err(no_public_side(&caller, &vault, bypass));
    }
    if properties.network_acls.as_ref().is_none_or(|acls| admits(acls, client)) {
        return Ok(());
    }
    let (caller, vault) = names();
    Err(VaultError::forbidden(
        "ForbiddenByFirewall",
        format!(
            "Client address is not authorized and caller is not a trusted service.\r\n\
             Client address: {}\r\n\
             Caller: {caller}\r\n\
             Vault: {vault}\r\n",
            client.address,
        ),
    ))
}

fn admits(acls: &NetworkAcls, client: &ClientNetwork) -> bool {
    acls.default_action == DefaultAction::Allow
        || acls.ip_rules.iter().filter_map(|rule| range(&rule.value)).any(|range| range.contains(&client.address))
        || client
            .subnet
            .as_ref()
            .is_some_and(|subnet| acls.virtual_network_rules.iter().any(|rule| rule.id.eq_ignore_ascii_case(subnet)))
}

/// An address or a CIDR range.
pub(crate) fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn has_approved_endpoint(properties: &VaultProperties) -> bool {
    properties.private_endpoint_connections.iter().any(|connection| {
        connection.properties.private_link_service_connection_state.status == PrivateLinkStatus::Approved
    })
}

fn no_public_side(caller: &str, vault: &str, bypass: Bypass) -> VaultError {
    let text = match bypass {
        Bypass::AzureServices => format!(
            "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\n\
             Caller: {caller}\r\n\
             Vault: {vault}\r\n"
        ),
        Bypass::None => format!(
            "Connection is not an approved private link and caller was ignored because bypass is not set to 'AzureServices' and \
             PublicNetworkAccess is set to 'Disabled'.\r\nVault: {vault}\r\n"
        ),
    };
    VaultError::forbidden("ForbiddenByConnection", text)
}
