//! Who may enter a vault, and do what there: the token, the network it comes from, the role or the access policy.
//!
//! Not here: roles and their assignments, which vaults share with Resource Manager (`crate::authorization`).

mod access_policy;
mod authenticate;
mod authorize;
mod claims_challenge;
mod network_rules;
mod operation;

pub use access_policy::{AccessPolicy, Permissions};
pub use authorize::Scope;
pub(super) use authorize::{Target, authorize};
pub use claims_challenge::ClaimsChallenge;
pub(super) use claims_challenge::ClaimsChallenges;
pub use network_rules::ClientNetwork;
pub(super) use network_rules::admit;
pub(crate) use network_rules::range as network_range;
pub(super) use operation::Operation;
