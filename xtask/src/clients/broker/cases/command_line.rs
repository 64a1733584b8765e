//! Programs that run `az` or `azd` for a token. The kernel tells the broker which user that is.

use super::{NOT_ALLOWED, NOWHERE};
use crate::clients::broker::{
    case::{Case, DEFAULT, World},
    door::Door,
};

const AZ: &str = "AzureCliCredential";
const AZD: &str = "AzureDeveloperCliCredential";

pub(super) fn cases(world: &World<'_>) -> Vec<Case> {
    let (juniper, marlow) = (world.text("/juniper/id"), world.text("/marlow/id"));
    let case = |name, credential| Case::new(Door::CommandLine, name, credential, world, (&juniper, ""));
    let nowhere =
        |name, credential| case(name, credential).with("tenant_id", NOWHERE).refused(NOT_ALLOWED.0, NOT_ALLOWED.1);
    vec![
        case(AZ, AZ),
        case(AZD, AZD),
        case("DefaultAzureCredential that is told to be AzureCliCredential", DEFAULT)
            .set("AZURE_TOKEN_CREDENTIALS", AZ),
        case("DefaultAzureCredential that is told to be AzureDeveloperCliCredential", DEFAULT)
            .set("AZURE_TOKEN_CREDENTIALS", AZD),
        case("AzureCliCredential: another tenant, named with the credential", AZ)
            .with("tenant_id", &marlow)
            .of(&marlow),
        case("AzureCliCredential: another tenant, named with the request", AZ).with("tenant", &marlow).of(&marlow),
        case("AzureDeveloperCliCredential: another tenant, named with the credential", AZD)
            .with("tenant_id", &marlow)
            .of(&marlow),
        case("AzureDeveloperCliCredential: another tenant, named with the request", AZD)
            .with("tenant", &marlow)
            .of(&marlow),
        nowhere("AzureCliCredential: a tenant no rule allows is refused", AZ),
        nowhere("AzureDeveloperCliCredential: a tenant no rule allows is refused", AZD),
    ]
}
