//! Where the app and the signer run.

use super::{Missing, Node, Place};

/// A host with its identities: an App Service site or slot, a function app, a container app.
#[derive(Clone, Debug)]
pub struct Host {
    /// Where it was read.
    pub place: Place,
    /// Resource Manager id, in lower case.
    pub id: String,
    /// Object ids of the managed identities whose tokens whatever runs there can get, in lower case.
    pub identities: Vec<String>,
    /// Resource Manager ids of those identities that exist without the host, in lower case, with their object ids.
    pub shared_identities: Vec<(String, String)>,
    /// Whether it is a deployment slot beside the site itself.
    pub slot: bool,
}

impl Host {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        let id = node.field(&["id"])?.text()?.to_ascii_lowercase();
        let (mut identities, mut shared_identities) = (Vec::new(), Vec::new());
        if let Some(identity) = node.find(&["identity"]) {
            identities.extend(identity.maybe_text(&["principalId"])?);
            if let Some(assigned) = identity.find(&["userAssignedIdentities"]) {
                for (resource, one) in assigned.entries()? {
                    let principal = one.field(&["principalId"])?.text()?.to_ascii_lowercase();
                    shared_identities.push((resource.to_ascii_lowercase(), principal.clone()));
                    identities.push(principal);
                }
            }
        }
        let identities = identities.iter().map(|identity: &String| identity.to_ascii_lowercase()).collect();
        Ok(Self { place: node.place(), slot: id.contains("/slots/"), id, identities, shared_identities })
    }
}

/// Whether a host takes code by one protocol for a user name and a password:
/// <https://learn.microsoft.com/azure/app-service/configure-basic-auth-disable>
#[derive(Clone, Debug)]
pub struct PublishingPolicy {
    /// Where it was read.
    pub place: Place,
    /// Resource Manager id of the policy.
    pub id: String,
    /// Whether it does.
    pub allowed: bool,
}

impl PublishingPolicy {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Missing> {
        Ok(Self {
            place: node.place(),
            id: node.field(&["id"])?.text()?.to_owned(),
            allowed: node.field(&["allow"])?.flag()?,
        })
    }
}
