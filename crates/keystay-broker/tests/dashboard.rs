//! The dashboard, from outside. Its page in a real browser: `clients/browser/dashboard.js`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use keystay_broker::dashboard_routes;
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};
use support::{GRAPH, House, SECRET};

async fn house() -> House {
    House::with(|config| {
        let admin = config["listen"]["socket"].as_str().unwrap().replace("keystay.sock", "admin.sock");
        config["listen"]["admin"] = json!(admin);
        config["listen"]["dashboard"] = json!("127.0.0.1:0");
    })
    .await
}

fn browser() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl House {
    fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.broker.dashboard().unwrap())
    }

    async fn link(&self, query: &str) -> Value {
        let admin = Client::builder().unix_socket(self.folder.join("admin.sock")).build().unwrap();
        let url = format!("http://keystay/dashboard/link{query}");
        admin.post(url).send().await.unwrap().json().await.unwrap()
    }

    /// The cookie of a new session.
    async fn log_in(&self) -> String {
        let link = self.link("").await;
        let answer = browser().get(link["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], "/");
        cookie(&answer)
    }

    async fn ask(&self, tenant: &str) -> String {
        let asked = json!({ "identity": "graph", "tenant": tenant, "scope": GRAPH });
        let request = Client::new().post(self.url("/v1/token")).bearer_auth(SECRET).json(&asked);
        request.send().await.unwrap().text().await.unwrap()
    }

    async fn see(&self, cookie: &str) -> Value {
        let answer = browser().get(self.page("/status")).header(header::COOKIE, cookie).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }
}

fn cookie(answer: &Response) -> String {
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age=28800"] {
        assert!(set.contains(part), "{part} is missing in {set}");
    }
    set.split(';').next().unwrap().to_owned()
}

async fn status_of(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_link_opens_the_dashboard_once() {
    let house = house().await;
    let link = house.link("").await;
    let url = link["url"].as_str().unwrap();
    assert_eq!(link["user"], rustix::process::getuid().as_raw());
    let answer = browser().get(url).send().await.unwrap();
    let session = cookie(&answer);
    let page = browser().get(house.page("/")).header(header::COOKIE, &session).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("If somebody broke in now"));

    let again = browser().get(url).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    assert!(!again.headers().contains_key(header::SET_COOKIE));
    assert!(again.text().await.unwrap().contains("was used before"));
}

#[tokio::test]
async fn a_link_for_another_user_opens_nothing_here() {
    let house = house().await;
    let other = rustix::process::getuid().as_raw() + 4711;
    let link = house.link(&format!("?user={other}")).await;
    let answer = browser().get(link["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!answer.headers().contains_key(header::SET_COOKIE));
    assert!(answer.text().await.unwrap().contains(&format!("user {other}")));
}

#[tokio::test]
async fn strangers_are_refused_on_every_route_and_every_answer_is_sealed() {
    let house = house().await;
    let session = house.log_in().await;
    for route in dashboard_routes() {
        let stranger = || browser().request(route.method.clone(), house.page(route.path));
        let answers = [
            stranger().send().await.unwrap(),
            stranger().header(header::COOKIE, format!("{session}x")).send().await.unwrap(),
            stranger().bearer_auth(SECRET).send().await.unwrap(),
        ];
        for answer in answers {
            let expected = match route.path {
                "/login" => StatusCode::FORBIDDEN,
                "/style.css" => StatusCode::OK,
                _ => StatusCode::UNAUTHORIZED,
            };
            assert_eq!(answer.status(), expected, "{}", route.path);
            let headers = answer.headers();
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
            assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        }
        let member = status_of(stranger().header(header::COOKIE, house.log_in().await)).await;
        let expected = match route.path {
            "/login" => StatusCode::FORBIDDEN,
            "/logout" => StatusCode::NO_CONTENT,
            _ => StatusCode::OK,
        };
        assert_eq!(member, expected, "a listed route exists: {}", route.path);
    }
}

#[tokio::test]
async fn whoever_logs_out_is_out() {
    let house = house().await;
    let (session, other) = (house.log_in().await, house.log_in().await);
    let leave = browser().post(house.page("/logout")).header(header::COOKIE, &session);
    assert_eq!(status_of(leave).await, StatusCode::NO_CONTENT);
    let look = |cookie: &str| browser().get(house.page("/status")).header(header::COOKIE, cookie);
    assert_eq!(status_of(look(&session)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status_of(look(&other)).await, StatusCode::OK, "each session is its own");
}

#[tokio::test]
async fn other_names_other_sites_and_proxies_are_refused_with_a_session_and_without() {
    let house = house().await;
    let session = house.log_in().await;
    let port = house.broker.dashboard().unwrap().port();
    let link = house.link("").await["url"].as_str().unwrap().to_owned();
    let evil: &[(&str, &str)] = &[
        ("host", &format!("rebound.example:{port}")),
        ("host", "127.0.0.1"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
        ("via", "1.1 proxy"),
    ];
    for (name, value) in evil {
        for url in [house.page("/"), house.page("/status"), house.page("/style.css"), link.clone()] {
            let request = browser().get(&url).header(header::COOKIE, &session).header(*name, *value);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}: {value} at {url}");
            assert!(!answer.headers().contains_key(header::SET_COOKIE));
            assert!(!answer.headers().keys().any(|name| name.as_str().starts_with("access-control-")));
        }
    }
    assert_eq!(status_of(browser().get(&link)).await, StatusCode::SEE_OTHER, "nothing of that has spent the link");
    let own = format!("http://localhost:{port}");
    let own_page = browser()
        .get(format!("{own}/status"))
        .header(header::COOKIE, &session)
        .header("sec-fetch-site", "same-origin")
        .header(header::ORIGIN, &own);
    assert_eq!(status_of(own_page).await, StatusCode::OK);
}

#[tokio::test]
async fn it_shows_tenants_tokens_and_decisions_and_never_a_secret() {
    let house = house().await;
    let session = house.log_in().await;
    let stranger = house.lab.directory().create_tenant("Stranger").to_string();
    let mut told = Vec::new();
    for tenant in [&house.customer(), &house.customer(), &stranger] {
        told.push(house.ask(tenant).await);
    }
    Client::new().post(house.url("/v1/token")).bearer_auth("x".repeat(43)).send().await.unwrap();

    let status = house.see(&session).await;
    assert_eq!(status["tenant_standings"], json!({ "ok": 1, "not_consented": 1, "refused": 0, "failing": 0 }));
    let [trouble, good] = status["tenants"].as_array().unwrap().as_slice() else { panic!("{status:#}") };
    assert_eq!((&trouble["tenant"], &trouble["state"]), (&json!(stranger), &json!("not-consented")));
    assert_eq!((&trouble["token"], &trouble["refused"]), (&Value::Null, &json!(1)));
    assert!(trouble["trouble"]["hint"].as_str().unwrap().contains("adminconsent"), "{trouble:#}");
    assert_eq!((&good["state"], &good["granted"], &good["caller"]), (&json!("ok"), &json!(2), &json!("reports")));
    let moment = |value: &Value| {
        time::OffsetDateTime::parse(value.as_str().unwrap(), &time::format_description::well_known::Rfc3339).unwrap()
    };
    let life = moment(&good["token"]["expires"]) - moment(&good["token"]["since"]);
    assert!((59..=90).contains(&life.whole_minutes()), "{good:#}");
    // what is left of a token is told in whole seconds
    let apart = moment(&status["tokens_out_until"]) - moment(&good["token"]["expires"]);
    assert!(apart.abs() < time::Duration::seconds(2), "{status:#}");

    let decisions = status["decisions"].as_array().unwrap();
    let events: Vec<_> = decisions.iter().map(|one| (one["event"].as_str().unwrap(), one["count"].as_u64())).collect();
    assert_eq!(events, [("turned-away", Some(1)), ("failed", Some(1)), ("granted", Some(2))], "{decisions:#?}");

    let token: Value = serde_json::from_str(&told[0]).unwrap();
    let secrets = [token["access_token"].as_str().unwrap(), SECRET, session.split('=').nth(1).unwrap()];
    let text = status.to_string();
    for secret in secrets {
        assert!(secret.len() > 40 && !text.contains(secret));
    }
    assert!(!text.contains("eyJ"), "no token of any kind");
}

#[tokio::test]
async fn a_broker_without_a_dashboard_says_what_is_missing() {
    let house = House::with(|config| {
        let admin = config["listen"]["socket"].as_str().unwrap().replace("keystay.sock", "admin.sock");
        config["listen"]["admin"] = json!(admin);
    })
    .await;
    assert_eq!(house.broker.dashboard(), None);
    let told = house.link("").await;
    assert_eq!(told["code"], "no-dashboard");
    assert!(told["detail"].as_str().unwrap().contains("[listen] dashboard"), "{told:#}");
}
