//! Azure Resource Manager: who has which role on a vault, from where it can be reached, and where its log goes.

mod diagnostics;
mod resource_id;
mod roles;
mod vault_network;

use keystay::Cloud;

use crate::call::{Remote, Service};

pub use diagnostics::DiagnosticSetting;
pub use resource_id::{ResourceId, ResourceIdError};
pub use roles::{NamedRole, Permissions, RoleAssignment, RoleDefinition};
pub use vault_network::VaultResource;

/// Resource Manager in the name of one caller. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ResourceManager {
    service: Service,
}

impl ResourceManager {
    /// The Resource Manager of a cloud.
    pub fn new(cloud: &Cloud, remote: Remote) -> Self {
        Self { service: Service::new("Azure Resource Manager", cloud.resource_manager(), "", remote) }
    }
}
