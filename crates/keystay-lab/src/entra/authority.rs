//! The tenant a request is about: the first segment of the path, at a login host of one cloud.

use uuid::Uuid;

use super::{refusal::Refusal, request::TokenRequest};
use crate::{directory::World, network::Cloud};

/// The first segment of a path at a login host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority<'a> {
    /// `/common`: any account.
    Common,
    /// `/organizations`: any work account.
    Organizations,
    /// `/consumers`: personal accounts.
    Consumers,
    /// A tenant, by id or domain.
    Tenant(&'a str),
}

impl<'a> Authority<'a> {
    pub(super) fn parse(segment: &'a str) -> Self {
        match segment.to_ascii_lowercase().as_str() {
            "common" => Self::Common,
            "organizations" => Self::Organizations,
            "consumers" => Self::Consumers,
            _ => Self::Tenant(segment),
        }
    }
}

/// Finds a tenant by name. All tenants of the lab live in the public cloud.
pub(super) fn find(world: &World, name: &str, cloud: Cloud) -> Result<Uuid, Refusal> {
    let found = world.find_tenant(name).map(|tenant| tenant.id);
    match (found, cloud) {
        (Some(tenant), Cloud::Public) => Ok(tenant),
        (Some(_), _) => {
            Err(Refusal::bad_request(900_382, "Confidential Client is not supported in Cross Cloud request."))
        }
        (None, _) if Uuid::try_parse(name).is_err() && !name.contains('.') => Err(Refusal::bad_request(
            900_023,
            format!("Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."),
        )),
        (None, _) => Err(Refusal::tenant_not_found(name)),
    }
}

/// The token endpoint a request came to, and the tenant it is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endpoint<'a> {
    pub(super) at: Authority<'a>,
    pub(super) tenant: Uuid,
    pub(super) cloud: Cloud,
}

impl<'a> Endpoint<'a> {
    /// The endpoint of a request that turned out to be about `tenant`.
    pub(super) fn of(request: &TokenRequest<'a>, tenant: Uuid) -> Self {
        Self { at: request.at, tenant, cloud: request.cloud }
    }

    /// Whether the endpoint is the tenant's own or one that serves many.
    pub(super) fn serves_its_tenant(&self, world: &World) -> bool {
        match self.at {
            Authority::Tenant(name) => world.find_tenant(name).is_some_and(|named| named.id == self.tenant),
            Authority::Common | Authority::Organizations => true,
            Authority::Consumers => false,
        }
    }

    /// Whether `audience` is this endpoint: the tenant under its id or a verified domain, at any of the cloud's host
    /// names, in the v2.0 or the older form.
    pub(super) fn is_named_by(&self, world: &World, audience: &str) -> bool {
        let Some((host, path)) = audience.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else {
            return false;
        };
        let name = path.strip_suffix("/oauth2/v2.0/token").or_else(|| path.strip_suffix("/oauth2/token"));
        let Some(name) = name else { return false };
        Cloud::of(&host.to_ascii_lowercase()) == Some(self.cloud)
            && match Authority::parse(name) {
                Authority::Tenant(name) => world.find_tenant(name).is_some_and(|named| named.id == self.tenant),
                shared => shared == self.at,
            }
    }
}
