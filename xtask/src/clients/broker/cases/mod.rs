//! What is asked of every SDK at every door. The programs are `clients/*/ask`; another kind of credential is a word
//! there, a door a variant in `door.rs`.

mod command_line;
mod managed_identity;
mod token_endpoint;

use super::{
    case::{Case, World},
    door::Door,
};

/// A tenant no rule names, and what the broker says about it.
const NOWHERE: &str = "4a8b0000-0000-4000-8000-0000000000ff";
const NOT_ALLOWED: (&str, &str) = ("tenant-not-allowed", "no rule gives this caller this identity in this tenant");

/// All of them.
pub(super) fn cases(world: &World<'_>) -> Vec<Case> {
    let at = |door| match door {
        Door::AppService | Door::AzureMl | Door::CloudShell | Door::InstanceMetadata => {
            managed_identity::cases(door, world)
        }
        Door::TokenEndpoint | Door::TokenProxy => token_endpoint::cases(door, world),
        Door::CommandLine => command_line::cases(world),
    };
    Door::ALL.into_iter().flat_map(at).collect()
}
