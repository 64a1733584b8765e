//! Paths that try to be something else.

use crate::target::{ENTRA, GRAPH, Target, VAULT, statuses};

/// Endings that mean to leave the place they are put in, or to confuse who reads them.
fn tricks() -> Vec<String> {
    let mut tricks: Vec<String> = [
        "/",
        "//",
        "///",
        "/.",
        "/..",
        "/../..",
        "/../../lab/state",
        "/%2e%2e",
        "/%2e%2e%2f",
        "/..%2f..%2flab%2fstate",
        "/%2f",
        "/%5c..",
        "/\\..",
        "/%00",
        "/%0d%0aX-Injected:%201",
        "/%",
        "/%2",
        "/%zz",
        "/%ff%fe",
        "/%c0%ae%c0%ae",
        "/%u002e",
        "/;a=b",
        "/a;b",
        "/a:b",
        "/*",
        "/(x)",
        "/('",
        "/''",
        "/$value",
        "/$ref",
        "?",
        "??",
        "?a=b?c",
        "?%00",
        "?%ff",
        "?=",
        "?&&&&",
        "?api-version",
        "?api-version=7.6&api-version=1",
        "?$filter=",
        "?$skiptoken=%ff",
        "/%F0%9F%92%A5",
        "/%e2%80%ae",
        "/CON",
        "/~root",
        "/'%20or%201=1--",
        "/<script>",
        "/%3Cscript%3E",
    ]
    .map(str::to_owned)
    .to_vec();
    tricks.push("/a".repeat(10_000));
    tricks.push("/".repeat(30_000));
    tricks.push(format!("/{}", "a".repeat(30_000)));
    tricks.push(format!("/{}", "%41".repeat(10_000)));
    tricks.push(format!("?{}", "a=b&".repeat(10_000)));
    tricks
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_where_it_should_not() {
    let target = Target::new().await;
    let address = target.address();
    let secret_of = |host: &str| if host == GRAPH { target.graph_token.clone() } else { target.vault_token.clone() };
    let mut all = String::new();
    for (host, bases) in [
        (
            VAULT,
            vec!["/keys", "/keys/k", "/secrets/s", "/certificates/c", "/deletedkeys/k", "/certificates/c/pending", ""],
        ),
        (GRAPH, vec!["/v1.0/users", "/v1.0/applications", "/v1.0/servicePrincipals", "/v1.0", "/beta/users", ""]),
        (ENTRA, vec!["/common", "/harbor.onmicrosoft.com/oauth2/v2.0/token", "/organizations/v2.0/adminconsent", ""]),
        (
            "management.azure.com",
            vec!["/subscriptions/x", "/subscriptions/x/resourceGroups/y/providers/Microsoft.KeyVault/vaults/z", ""],
        ),
        (address.as_str(), vec!["/lab", "/lab/clock", "/msi/token", ""]),
    ] {
        for base in bases {
            // one connection for all: a trick that closed it would be noticed
            let tricks = tricks();
            let fields = format!("HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\r\n", secret_of(host));
            let requests =
                tricks.iter().map(|trick| format!("GET {base}{trick} {fields}")).collect::<Vec<_>>().concat();
            let answers =
                if host == address { target.raw_outside(requests).await } else { target.raw(host, requests).await };
            let found = statuses(&answers);
            assert!(found.iter().all(|status| *status < 500), "{host}{base}: {found:?}");
            assert!(found.len() >= tricks.len().min(20), "{host}{base}: {found:?} of {}", tricks.len());
            assert!(!answers.to_ascii_lowercase().contains("\r\nx-injected"), "{host}{base}");
            if host != address {
                assert!(!answers.contains("token_key"), "{host}{base} shows the state of the lab");
            }
            all += &answers;
        }
    }
    target.is_well(&all).await;
}

#[tokio::test]
async fn an_absolute_target_inside_a_tunnel_must_name_the_tunnels_host() {
    let target = Target::new().await;
    let mut all = String::new();
    for (url, expected) in [
        ("https://harborvault.vault.azure.net/keys", 401),
        ("https://HARBORVAULT.vault.azure.net./keys", 401),
        ("https://harborvault.vault.azure.net:443/keys", 401),
        ("https://harborvault.vault.azure.net:8443/keys", 421),
        ("https://graph.microsoft.com/v1.0/users", 421),
        ("https://user@graph.microsoft.com/", 421),
        ("http://127.0.0.1/lab/state", 421),
        ("https://[::1]/lab/state", 421),
        ("https://localhost/lab/state", 421),
    ] {
        // the target stands above the field (RFC 9112, section 3.2.2)
        for host in [VAULT, "graph.microsoft.com", "localhost"] {
            let answer = target.raw(VAULT, format!("GET {url} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            assert_eq!(statuses(&answer), [expected], "{url} {host}: {answer}");
            all += &answer;
        }
    }
    target.is_well(&all).await;
}
