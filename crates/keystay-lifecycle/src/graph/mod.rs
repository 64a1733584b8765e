//! Microsoft Graph: an app registration, its credentials and its owners.
//!
//! Thin calls over `/v1.0`, one per request of the service, with typed answers. Facts: Microsoft Graph, "application
//! resource type", "Rolling application keys".

mod application;
mod credentials;
mod key_credential;
mod owners;
mod proof;

use keystay::Cloud;

use crate::call::{Remote, Service};

pub use application::{
    Application, InstanceLock, PasswordCredential, Principal, RequiredPermission, RequiredResource, ServicePrincipal,
};
pub use credentials::FederatedCredential;
pub use key_credential::KeyCredential;
pub use owners::Owner;
pub use proof::KeyProof;

/// Microsoft Graph in the name of one caller, in that caller's tenant. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Graph {
    service: Service,
}

impl Graph {
    /// The Graph of a cloud.
    pub fn new(cloud: &Cloud, remote: Remote) -> Self {
        Self { service: Service::new(crate::call::GRAPH, cloud.graph(), "/v1.0", remote) }
    }
}
