//! Programs for which the broker is Entra. They prove themselves by a token of their cluster, in a file.

use super::{NOT_ALLOWED, NOWHERE};
use crate::clients::broker::{
    case::{CLIENT_ID, Case, DEFAULT, TOKEN_PROXY, World},
    door::Door,
};

const WORKLOAD: &str = "WorkloadIdentityCredential";

pub(super) fn cases(door: Door, world: &World<'_>) -> Vec<Case> {
    let (juniper, marlow) = (world.text("/juniper/id"), world.text("/marlow/id"));
    let (good, foreign, old) =
        (world.broker.file("token"), world.broker.file("foreign-token"), world.broker.file("old-token"));
    let case = |name, credential, tenant: &str| Case::new(door, name, credential, world, (tenant, &good));
    // not through DefaultAzureCredential: SDKs refuse a token proxy there
    let workload = if door == Door::TokenProxy { TOKEN_PROXY } else { WORKLOAD };
    let mut cases = vec![
        case(WORKLOAD, workload, &juniper),
        case("AZURE_CLIENT_ID holds the app's id", workload, &juniper).set(CLIENT_ID, world.text("/ready_app")),
        case("another tenant, named with the credential", workload, &juniper).with("tenant_id", &marlow).of(&marlow),
        case("another tenant, named with the request", workload, &juniper).with("tenant", &marlow).of(&marlow),
        Case::new(door, "a token for another audience is refused", workload, world, (&juniper, &foreign))
            .refused("jwt-audience", "the token is meant for another audience"),
        Case::new(door, "a token that has expired is refused", workload, world, (&juniper, &old))
            .refused("jwt-expired", "the token has expired"),
        case("a tenant no rule allows is refused, and not tried again", workload, NOWHERE)
            .refused(NOT_ALLOWED.0, NOT_ALLOWED.1),
    ];
    if door == Door::TokenEndpoint {
        let secret = |name| {
            let case = case(name, "ClientSecretCredential", &juniper);
            case.set("AZURE_CLIENT_SECRET", &world.broker.secret).by_caller("program")
        };
        cases.extend([
            case(DEFAULT, DEFAULT, &juniper),
            secret("ClientSecretCredential"),
            secret("a wrong secret is refused, and not tried again")
                .set("AZURE_CLIENT_SECRET", "0".repeat(64))
                .refused("wrong-secret", "the secret is not one of a caller"),
        ]);
    }
    cases
}
