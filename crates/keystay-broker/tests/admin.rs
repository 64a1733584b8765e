//! The operator's socket, from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::Command,
};

use keystay_broker::{Broker, Config, METRICS, admin_routes};
use keystay_lab::{Kind, Lab, LabOptions};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{GRAPH, House, SECRET};

async fn house() -> House {
    House::with(|config| {
        let admin = config["listen"]["socket"].as_str().unwrap().replace("keystay.sock", "admin.sock");
        config["listen"]["admin"] = json!(admin);
    })
    .await
}

impl House {
    fn admin(&self) -> reqwest::Client {
        reqwest::Client::builder().unix_socket(self.folder.join("admin.sock")).build().unwrap()
    }

    async fn ask(&self, identity: &str, tenant: &str) -> StatusCode {
        let asked = json!({ "identity": identity, "tenant": tenant, "scope": GRAPH });
        let request = reqwest::Client::new().post(self.url("/v1/token")).bearer_auth(SECRET).json(&asked);
        request.send().await.unwrap().status()
    }

    async fn see(&self, path: &str) -> Value {
        self.admin().get(format!("http://keystay{path}")).send().await.unwrap().json().await.unwrap()
    }

    async fn numbers(&self) -> String {
        self.admin().get("http://keystay/metrics").send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn status_tells_what_the_broker_does_in_one_document() {
    let house = house().await;
    let before = house.see("/status").await;
    assert_eq!(before["identities"][0]["state"], "not-asked");
    assert_eq!(before["exposure"]["level"], Value::Null);

    assert_eq!(house.ask("graph", &house.customer()).await, StatusCode::OK);
    let stranger = house.lab.directory().create_tenant("Stranger").to_string();
    for _ in 0..2 {
        assert_eq!(house.ask("graph", &stranger).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(house.ask("mail", &house.customer()).await, StatusCode::FORBIDDEN);

    let status = house.see("/status").await;
    let identity = &status["identities"][0];
    assert_eq!((&identity["state"], &identity["cached"]), (&json!("connected"), &json!(2)), "{identity:#}");
    assert_eq!(identity["key"]["exportability"], "non-exportable");
    assert!(
        identity["key"]["id"].as_str().unwrap().starts_with("https://harborvault.vault.azure.net/keys/harbor-signer/")
    );
    assert!(identity["key"]["days_left"].as_u64().unwrap() > 30);
    // the test's own user is the broker's, so a thief there has the key sign
    assert_eq!((&status["exposure"]["level"], &identity["exposure"]["level"]), (&json!(2), &json!(2)));
    assert_eq!(status["exposure"]["after_cut"]["worst"]["length"], json!({ "state": "known", "seconds": 95 * 60 }));

    let refusal = &status["refusals"][0];
    assert_eq!((&refusal["tenant"], &refusal["code"]), (&json!(stranger), &json!("not-consented")));
    assert_eq!(refusal["count"], 2);
    assert!(refusal["hint"].as_str().unwrap().contains("adminconsent"), "{refusal:#}");
    let denial = &status["denials"][0];
    assert_eq!((&denial["caller"], &denial["code"]), (&json!("reports"), &json!("identity-not-allowed")));

    assert_eq!(status["callers"].as_array().unwrap().len(), 2);
    assert!(
        status["callers"][0]["notes"][0].as_str().unwrap().contains("no barrier"),
        "the test's own user is the broker's"
    );
    assert_eq!(status["vaults"][0]["vault"], "harborvault.vault.azure.net");
    assert_eq!(status["vaults"][0]["signs"], 2);
    assert!(status["listeners"].as_array().unwrap().iter().all(|listener| listener["open"] == true));
    assert_eq!(status["audit"]["lines_lost"], 0);
}

#[tokio::test]
async fn every_tenant_in_memory_is_shown_with_what_its_token_has_left_or_why_there_is_none() {
    let house = house().await;
    house.ask("graph", &house.customer()).await;
    let stranger = house.lab.directory().create_tenant("Stranger").to_string();
    house.ask("graph", &stranger).await;
    let told = house.see("/tenants").await;
    assert_eq!((&told["total"], &told["refused"]), (&json!(2), &json!(1)));
    let [refused, token] = [0, 1].map(|place| &told["tenants"][place]);
    assert_eq!((&refused["tenant"], &refused["code"]), (&json!(stranger), &json!("not-consented")));
    assert_eq!((&token["tenant"], &token["state"]), (&json!(house.customer()), &json!("token")));
    assert!((3000..6000).contains(&token["remaining_seconds"].as_u64().unwrap()), "{token:#}");
    let one = house.see(&format!("/tenants?tenant={stranger}&limit=0")).await;
    assert_eq!((&one["total"], one["tenants"].as_array().unwrap().len()), (&json!(1), 0));
    assert!(!told.to_string().contains("eyJ"), "no token's text");
}

#[tokio::test]
async fn numbers_are_counted_under_names_of_the_configuration_only() {
    let house = house().await;
    for _ in 0..3 {
        house.ask("graph", &house.customer()).await;
    }
    house.ask("planted-identity", "planted.example").await;
    reqwest::Client::new().post(house.url("/v1/token")).bearer_auth("x".repeat(43)).send().await.unwrap();
    let numbers = house.numbers().await;
    for line in [
        r#"keystay_requests_total{caller="reports",door="native",identity="graph",outcome="granted"} 3"#,
        r#"keystay_requests_total{caller="reports",door="native",identity="none",outcome="identity-not-allowed"} 1"#,
        r#"keystay_requests_turned_away_total{door="native",reason="wrong-secret"} 1"#,
        r#"keystay_signs_total{identity="graph",result="signed"} 1"#,
        r#"keystay_token_remaining_seconds_count{identity="graph"} 3"#,
        r#"keystay_cached_tokens{identity="graph"} 1"#,
        r#"keystay_identity_connected{identity="graph"} 1"#,
        r#"keystay_vault_signs{vault="harborvault.vault.azure.net"} 1"#,
        r#"keystay_vault_sign_limit{vault="harborvault.vault.azure.net"} 4000"#,
        "keystay_journal_lines_lost_total 0",
    ] {
        assert!(numbers.lines().any(|own| own == line), "{line} is missing in\n{numbers}");
    }
    assert!(!numbers.contains("planted"), "{numbers}");
    let days = numbers.lines().find(|line| line.starts_with("keystay_certificate_days_left")).unwrap();
    assert!(days.rsplit(' ').next().unwrap().parse::<f64>().unwrap() > 30.0, "{days}");
}

#[tokio::test]
async fn a_prometheus_of_this_computer_gets_the_numbers_and_no_page_or_proxy_does() {
    let house = House::with(|config| config["metrics"] = json!({ "listen": "127.0.0.1:0" })).await;
    house.ask("graph", &house.customer()).await;
    let address = house.broker.metrics().unwrap();
    let client = reqwest::Client::new();
    let get = |path: &str| client.get(format!("http://{address}{path}"));
    let scraped = get("/metrics").send().await.unwrap();
    assert_eq!(scraped.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let numbers = scraped.text().await.unwrap();
    assert!(numbers.contains(r#"identity="graph",outcome="granted"} 1"#), "{numbers}");
    for (header, value, reason) in [
        ("host", "rebound.example", "wrong-host"),
        ("origin", "https://evil.example", "cross-site"),
        ("sec-fetch-site", "cross-site", "cross-site"),
        ("x-forwarded-for", "192.0.2.1", "forwarded"),
    ] {
        let refused = get("/metrics").header(header, value).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{header}");
        assert!(!refused.text().await.unwrap().contains("keystay_"), "{header}");
        assert!(house.events("turned-away").iter().any(|line| line["reason"] == reason), "{header}");
    }
    for path in ["/v1/token?identity=graph&tenant=contoso.com", "/status", "/", "/livez"] {
        let status = get(path).bearer_auth(SECRET).send().await.unwrap().status();
        assert!(status.is_client_error(), "{path}: {status}");
    }
    let changed = client.post(format!("http://{address}/metrics")).send().await.unwrap();
    assert!(changed.status().is_client_error(), "{changed:?}");
}

#[tokio::test]
async fn every_number_is_in_the_users_page_and_the_page_has_no_other() {
    let house = house().await;
    house.ask("graph", &house.customer()).await;
    house.admin().post("http://keystay/reload").send().await.unwrap();
    reqwest::Client::new().post(house.url("/v1/token")).send().await.unwrap();
    let numbers = house.numbers().await;
    let page = include_str!("../../../docs/broker.md");
    for metric in METRICS {
        assert!(numbers.contains(&format!("# TYPE {} ", metric.name)), "{} is never counted", metric.name);
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let row = format!("| `{}` | {labels} | {} |", metric.name, metric.help);
        assert!(page.contains(&row), "docs/broker.md lacks\n{row}");
    }
    let told = page.lines().filter(|line| line.starts_with("| `keystay_")).count();
    assert_eq!(told, METRICS.len(), "docs/broker.md has rows for numbers that do not exist");
}

#[tokio::test]
async fn a_broker_is_ready_when_an_identity_can_be_had_and_says_what_else_is_wrong() {
    let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
    let folder = support::folder();
    let mut config = support::configuration(&lab, &folder);
    config["listen"]["admin"] = json!(folder.join("admin.sock"));
    config["identities"]["mail"] = config["identities"]["graph"].clone();
    config["identities"]["mail"]["key"]["certificate"] = json!("no-such-certificate");
    let good = config["identities"]["graph"]["key"]["certificate"].take();
    config["identities"]["graph"]["key"]["certificate"] = json!("neither");
    let start = async |config: &Value| {
        Broker::start(&Config::read(config).unwrap(), support::surroundings(&lab)).await.unwrap()
    };
    let ready = async || {
        let client = reqwest::Client::builder().unix_socket(folder.join("admin.sock")).build().unwrap();
        let answer = client.get("http://keystay/readyz").send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let broker = start(&config).await;
    let (status, told) = ready().await;
    assert_eq!((status, &told["ready"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(false)));
    assert_eq!(told["reasons"].as_array().unwrap().len(), 2, "{told:#}");
    broker.stop().await;

    config["identities"]["graph"]["key"]["certificate"] = good;
    let broker = start(&config).await;
    let (status, told) = ready().await;
    assert_eq!((status, &told["ready"]), (StatusCode::OK, &json!(true)));
    assert!(told["reasons"][0].as_str().unwrap().starts_with("identity `mail`: "), "{told:#}");
    broker.stop().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn cleared_tokens_are_fetched_again_and_others_stay() {
    let house = house().await;
    let marlow = house.lab.seed().marlow.id.to_string();
    let fetched = || house.lab.journal().count(Kind::Token);
    let clear = async |query: &str| {
        let url = format!("http://keystay/cache/clear{query}");
        let answer = house.admin().post(url).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    house.ask("graph", &house.customer()).await;
    house.ask("graph", &marlow).await;
    assert_eq!(fetched(), 2);

    let (_, told) = clear(&format!("?tenant={}", house.customer())).await;
    assert_eq!(told["forgotten"]["graph"], 1);
    house.ask("graph", &house.customer()).await;
    house.ask("graph", &marlow).await;
    assert_eq!(fetched(), 3);

    let (_, told) = clear("").await;
    assert_eq!(told["forgotten"]["graph"], 2);
    house.ask("graph", &marlow).await;
    assert_eq!(fetched(), 4);

    assert_eq!(clear("?tenant=common").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(clear("?tenants=x").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(clear("?identity=mail").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_broken_configuration_is_told_and_changes_nothing() {
    let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
    let folder = support::folder();
    let mut document = support::configuration(&lab, &folder);
    document["listen"]["admin"] = json!(folder.join("admin.sock"));
    let file = folder.join("keystay.toml");
    let write = |document: &Value| std::fs::write(&file, toml::to_string(document).unwrap()).unwrap();
    write(&document);
    let broker = Broker::start(&Config::load(&file).unwrap(), support::surroundings(&lab)).await.unwrap();
    let house = House { lab, broker, folder: folder.clone(), config: document.clone() };
    let reload = async || {
        let answer = house.admin().post("http://keystay/reload").send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };

    document["rules"][0]["callers"] = json!(["local", "nobody-we-know"]);
    write(&document);
    let (status, told) = reload().await;
    assert_eq!((status, &told["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("config-mistakes")));
    assert!(told["mistakes"][0].as_str().unwrap().contains("nobody-we-know"), "{told:#}");
    assert_eq!(house.ask("graph", &house.customer()).await, StatusCode::OK);
    assert_eq!(house.see("/status").await["config"]["last_reload"]["taken"], false);

    document["rules"][0]["callers"] = json!(["local"]);
    write(&document);
    assert_eq!(reload().await, (StatusCode::OK, json!({ "restart_needed": false })));
    assert_eq!(house.ask("graph", &house.customer()).await, StatusCode::FORBIDDEN);
    assert!(house.numbers().await.contains(r#"keystay_reloads_total{result="refused"} 1"#));
}

/// Needs root, to become somebody else; elsewhere the unit test of the rule has to do.
#[tokio::test]
async fn another_user_is_refused_on_every_route_even_where_the_socket_was_opened_to_all() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let house = house().await;
    let socket = house.folder.join("admin.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let place = socket.clone();
    let curl = move |user: u32, method: &str, path: &str| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--request", method]);
        curl.arg("--unix-socket").arg(&place).arg(format!("http://keystay{path}"));
        String::from_utf8(curl.uid(user).output().unwrap().stdout).unwrap()
    };
    let asked = tokio::task::spawn_blocking(move || {
        let closed = curl(65_534, "GET", "/status");
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).unwrap();
        let answers: Vec<_> = admin_routes()
            .into_iter()
            .map(|route| (curl(65_534, route.method.as_str(), route.path), curl(0, route.method.as_str(), route.path)))
            .collect();
        (closed, answers)
    });
    let (closed, answers) = asked.await.unwrap();
    assert_eq!(closed, "000", "the mode alone keeps others out");
    assert_eq!(answers.len(), 8);
    for (others, roots) in answers {
        assert_eq!(others, "403");
        assert_ne!(roots, "403");
        assert_ne!(roots, "404", "a listed route exists");
    }
}
