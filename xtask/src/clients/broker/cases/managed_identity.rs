//! Programs that ask for the identity of their host.

use super::{NOT_ALLOWED, NOWHERE};
use crate::clients::broker::{
    case::{CLIENT_ID, Case, DEFAULT, World},
    door::Door,
    serve::IDENTITY,
};

const MANAGED: &str = "ManagedIdentityCredential";

pub(super) fn cases(door: Door, world: &World<'_>) -> Vec<Case> {
    let (juniper, marlow) = (world.text("/juniper/id"), world.text("/marlow/id"));
    let secret = &world.broker.secret;
    let case = |name, credential, tenant: &str| Case::new(door, name, credential, world, (tenant, secret));
    let mut cases = vec![
        case(MANAGED, MANAGED, &juniper),
        case(DEFAULT, DEFAULT, &juniper),
        case("DefaultAzureCredential that is told which credential to be", DEFAULT, &juniper)
            .set("AZURE_TOKEN_CREDENTIALS", MANAGED),
        case("AZURE_CLIENT_ID holds the app's id", DEFAULT, &juniper).set(CLIENT_ID, world.text("/ready_app")),
        case("another tenant by the path", MANAGED, &marlow),
        case("another tenant by `client_id`", MANAGED, &juniper)
            .with("client_id", format!("{IDENTITY}@{marlow}"))
            .of(&marlow),
        Case::new(door, "a wrong secret is refused, and not tried again", MANAGED, world, (&juniper, &"0".repeat(64)))
            .refused("wrong-secret", "the secret is not one of a caller"),
        case("a tenant no rule allows is refused, and not tried again", MANAGED, NOWHERE)
            .refused(NOT_ALLOWED.0, NOT_ALLOWED.1),
    ];
    // elsewhere an SDK that tries again waits in the same way
    if door == Door::AppService {
        let name = "an outage of Entra that outlasts the broker's patience is waited out";
        cases.push(case(name, MANAGED, &juniper).in_an_outage());
    }
    cases
}
