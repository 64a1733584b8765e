//! Every route refuses strangers, also those that do not exist yet: who adds one has to say here how it is asked.

use keystay_broker::{Route, routes};
use reqwest::{Method, RequestBuilder, StatusCode};

use crate::support::{House, SECRET};

/// What the suite puts in for the parameters of a path.
const PARAMETERS: [(&str, &str); 7] = [
    ("{identity}", "graph"),
    // of a managed identity: a secret, which is wrong, and what it is asked for
    ("{*place}", "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2/graph/juniper.example"),
    // of a request for az-kv-proxy
    ("{tenant}", "4a8b0000-0000-4000-8000-000000000001"),
    ("{client_id}", "4a8b0000-0000-4000-8000-00000000a002"),
    ("{vault}", "harborvault"),
    ("{certificate}", "harbor-signer"),
    ("{thumbprint}", "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2"),
];

/// The headers an answer may have. Anything else tells a stranger something, or lets a page read it.
const HEADERS: [&str; 10] = [
    "allow",
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-resource-policy",
    "date",
    "www-authenticate",
    "x-content-type-options",
];

fn path_of(route: &Route) -> String {
    let path = PARAMETERS.iter().fold(route.path.to_owned(), |path, (name, value)| path.replace(name, value));
    assert!(!path.contains(['{', '}']), "{route:?}: say in PARAMETERS what stands for its parameters");
    path
}

/// Every way in which somebody asks who may not.
fn strangers(house: &House, route: &Route) -> Vec<(&'static str, RequestBuilder)> {
    let client = reqwest::Client::new();
    let ask = || client.request(route.method.clone(), house.url(&path_of(route)));
    let wrong = "x".repeat(43);
    vec![
        ("no secret", ask()),
        ("a wrong secret", ask().bearer_auth(&wrong)),
        ("a wrong secret as App Service has it", ask().header("x-identity-header", &wrong)),
        ("a wrong secret as Azure ML has it", ask().header("secret", &wrong)),
        ("another site's page", ask().bearer_auth(SECRET).header("origin", "https://evil.example")),
        ("another site's image", ask().bearer_auth(SECRET).header("sec-fetch-site", "cross-site")),
        ("another host", ask().bearer_auth(SECRET).header("host", "evil.example")),
        ("a proxy", ask().bearer_auth(SECRET).header("x-forwarded-for", "127.0.0.1")),
    ]
}

#[tokio::test]
async fn every_route_refuses_every_stranger_and_says_nothing_more() {
    let house = House::start().await;
    let routes = routes();
    assert!(routes.len() >= 6);
    for route in &routes {
        for (name, request) in strangers(&house, route) {
            let answer = request.send().await.unwrap();
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status());
            assert!(refused, "{route:?} answers {} to {name}", answer.status());
            assert_sealed(&answer, &format!("{route:?}, {name}"));
        }
    }
    crate::raw::assert_nothing_left(&house);
    assert!(!house.events("turned-away").is_empty());
}

#[tokio::test]
async fn answers_to_callers_are_sealed_too_and_pages_of_others_are_never_let_in() {
    let house = House::start().await;
    let client = reqwest::Client::new();
    let query = [("identity", "graph"), ("tenant", &house.customer())];
    for (method, path) in [
        (Method::GET, "/v1/token"),
        (Method::POST, "/v1/token"),
        (Method::GET, "/nowhere"),
        (Method::DELETE, "/v1/token"),
        (Method::HEAD, "/v1/token"),
        (Method::OPTIONS, "/v1/token"),
    ] {
        let request = client.request(method.clone(), house.url(path)).bearer_auth(SECRET).query(&query);
        assert_sealed(&request.send().await.unwrap(), &format!("{method} {path}"));
    }
    // what a browser asks before a page may read an answer
    let preflight = client
        .request(Method::OPTIONS, house.url("/v1/token"))
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization")
        .header("access-control-request-private-network", "true");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_sealed(&answer, "preflight");
}

fn assert_sealed(answer: &reqwest::Response, what: &str) {
    let headers = answer.headers();
    assert_eq!(headers["cache-control"], "no-store", "{what}");
    assert_eq!(headers["x-content-type-options"], "nosniff", "{what}");
    for name in headers.keys() {
        assert!(HEADERS.contains(&name.as_str()), "{what}: `{name}` is not on the list");
    }
}
