//! Where the resources of a tenant are: every tenant of the lab has one subscription.

use uuid::{Uuid, uuid};

use crate::directory::derived_id;

/// The subscription of the vendor's tenant, the same in every lab.
pub(crate) const HOME_SUBSCRIPTION: Uuid = uuid!("5a17c0de-0000-4000-8000-00000000a001");

/// The subscription of a tenant.
pub(crate) fn subscription_of(tenant: Uuid) -> Uuid {
    if tenant == crate::seed::HOME { HOME_SUBSCRIPTION } else { derived_id(&[b"subscription", tenant.as_bytes()]) }
}

/// The resource group of whatever was made without naming one.
pub(crate) const DEFAULT_RESOURCE_GROUP: &str = "harbor";

/// The region of whatever was made without naming one.
pub(crate) const DEFAULT_LOCATION: &str = "westeurope";
