//! The policy decides as it says.

use std::collections::{BTreeSet, HashSet};

use super::*;

const CUSTOMER: &str = "customer.example";
const HOME: &str = "vendor.example";
const GRAPH: &str = "https://graph.microsoft.com/.default";

fn names(names: &[&str]) -> Names {
    Names(names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>())
}

fn policy() -> Policy {
    let tenants = HashSet::from([CUSTOMER.parse().unwrap()]);
    Policy::new(vec![
        Rule {
            callers: names(&["reports"]),
            identities: names(&["graph"]),
            tenants: Allowed::These(tenants),
            scopes: Allowed::These(HashSet::from([Scopes::graph()])),
        },
        Rule {
            callers: names(&["sync", "reports"]),
            identities: names(&["mail"]),
            tenants: Allowed::Any,
            scopes: Allowed::Any,
        },
    ])
}

fn ask(caller: &str, identity: &str, tenant: &str, scope: &str) -> Decision {
    let (caller, identity) = (caller.parse().unwrap(), identity.parse().unwrap());
    let (tenant, scopes) = (tenant.parse().unwrap(), scope.parse().unwrap());
    let home = HOME.parse().unwrap();
    policy().decide(&Question { caller: &caller, identity: &identity, tenant: &tenant, scopes: &scopes }, Some(&home))
}

#[test]
fn the_first_rule_that_fits_allows() {
    assert_eq!(ask("reports", "graph", CUSTOMER, GRAPH), Decision::Allowed { rule: 1 });
    assert_eq!(ask("reports", "mail", "other.example", "api://x/.default"), Decision::Allowed { rule: 2 });
}

#[test]
fn what_no_rule_allows_is_denied_with_what_would_have_to_change() {
    let denied = |reason| Decision::Denied { reason };
    assert_eq!(ask("stranger", "graph", CUSTOMER, GRAPH), denied(Denial::Caller));
    assert_eq!(ask("sync", "graph", CUSTOMER, GRAPH), denied(Denial::Identity));
    assert_eq!(ask("reports", "graph", "other.example", GRAPH), denied(Denial::Tenant));
    assert_eq!(ask("reports", "graph", CUSTOMER, "api://x/.default"), denied(Denial::Scope));
}

#[test]
fn no_rule_allows_what_leads_to_the_apps_own_credentials() {
    for (tenant, scope, forbidden) in [
        (CUSTOMER, "https://graph.windows.net/.default", Forbidden::DirectoryApi),
        (CUSTOMER, "https://Graph.Windows.net//.default", Forbidden::DirectoryApi),
        (CUSTOMER, "00000002-0000-0000-c000-000000000000/.default", Forbidden::DirectoryApi),
        (CUSTOMER, "https://vault.azure.net/.default", Forbidden::Vault),
        (CUSTOMER, "https://signer.vault.azure.net:443/x/.default", Forbidden::Vault),
        (CUSTOMER, "cfa8b339-82a2-471a-a3c9-0fa0be7a4093/.default", Forbidden::Vault),
        (CUSTOMER, "https://managedhsm.azure.net/.default", Forbidden::Vault),
        (CUSTOMER, "api://AzureADTokenExchange/.default", Forbidden::TokenExchange),
        (CUSTOMER, "api://AzureADTokenExchangeUSGov/.default", Forbidden::TokenExchange),
        (HOME, GRAPH, Forbidden::GraphAtHome),
        (HOME, "00000003-0000-0000-c000-000000000000/.default", Forbidden::GraphAtHome),
    ] {
        let decision = ask("sync", "mail", tenant, scope);
        assert_eq!(decision, Decision::Denied { reason: Denial::Forbidden(forbidden) }, "{tenant} {scope}");
    }
    assert!(ask("sync", "mail", CUSTOMER, GRAPH).is_allowed());
    assert!(ask("sync", "mail", CUSTOMER, "https://notvault.azure.net.example/.default").is_allowed());
}
