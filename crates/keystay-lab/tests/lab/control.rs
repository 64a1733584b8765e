//! The control API.

use keystay_lab::{Fault, Kind, Lab, LabOptions, LabState};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, GRAPH};

#[tokio::test]
async fn web_pages_of_other_sites_are_refused() {
    let bench = Bench::start(LabOptions::new()).await;
    let url = format!("{}/lab/clock", bench.lab.control_url());
    let status =
        async |name: &str, value: &str| Client::new().get(&url).header(name, value).send().await.unwrap().status();
    assert_eq!(status("origin", "https://evil.example").await, StatusCode::FORBIDDEN);
    assert_eq!(status("origin", "null").await, StatusCode::FORBIDDEN);
    assert_eq!(status("host", "evil.example").await, StatusCode::FORBIDDEN);
    assert_eq!(status("sec-fetch-site", "cross-site").await, StatusCode::FORBIDDEN);
    assert_eq!(status("origin", &bench.lab.control_url()).await, StatusCode::OK);
    assert_eq!(status("accept", "*/*").await, StatusCode::OK);
}

#[tokio::test]
async fn the_clock_is_moved_from_outside() {
    let bench = Bench::start(LabOptions::new()).await;
    let url = format!("{}/lab/clock", bench.lab.control_url());
    let before = bench.now();
    let change = async |body: Value| bench.http.post(&url).json(&body).send().await.unwrap();
    assert_eq!(change(json!({ "advance_seconds": 3600 })).await.status(), StatusCode::OK);
    assert!((3600..3605).contains(&(bench.now() - before)));
    let answer: Value = change(json!({ "set": "2030-05-01T12:00:00Z" })).await.json().await.unwrap();
    assert!(answer["now"].as_str().unwrap().starts_with("2030-05-01T12:00:0"), "{answer}");
    assert_eq!(change(json!({ "set": "tomorrow" })).await.status(), StatusCode::BAD_REQUEST);
    let date = bench.http.get(&url).send().await.unwrap().headers()["date"].to_str().unwrap().to_owned();
    assert!(date.starts_with("Wed, 01 May 2030 12:00:0") && date.ends_with(" GMT"), "{date}");
}

#[tokio::test]
async fn faults_and_the_journal_are_reached_from_outside() {
    let bench = Bench::start(LabOptions::new()).await;
    let control = bench.lab.control_url();
    let fault =
        json!({ "host": "graph.microsoft.com", "action": { "status": { "code": 503, "body": "down" } }, "times": 1 });
    let added = bench.http.post(format!("{control}/lab/faults")).json(&fault).send().await.unwrap();
    assert_eq!(added.status(), StatusCode::CREATED);
    assert_eq!(bench.get("https://graph.microsoft.com/v1.0/users", "x").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let journal = bench.get(&format!("{control}/lab/journal"), "").await.body;
    assert_eq!(journal["counts"]["graph_users"], 1);
    assert_eq!(journal["entries"][0]["status"], 503);
    bench.http.delete(format!("{control}/lab/journal")).send().await.unwrap();
    assert_eq!(bench.lab.journal().count(Kind::GraphUsers), 0);
    for wrong in [json!({ "action": "explode" }), json!({ "action": "reset", "probability": 2 })] {
        let answer = bench.http.post(format!("{control}/lab/faults")).json(&wrong).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{wrong}");
    }
}

#[tokio::test]
async fn a_fault_is_found_counted_and_mended_by_its_id() {
    let bench = Bench::start(LabOptions::new()).await;
    let faults = format!("{}/lab/faults", bench.lab.control_url());
    let add = async |fault: Value| Answer::read(bench.http.post(&faults).json(&fault).send().await.unwrap()).await.body;
    let teapot =
        add(json!({ "path_contains": "/users", "method": "GET", "times": 3, "action": { "status": { "code": 418 } } }))
            .await;
    let other = add(json!({ "host": "login.microsoftonline.com", "action": "reset" })).await;
    let users = "https://graph.microsoft.com/v1.0/users";
    assert_eq!(bench.get(users, "x").await.status, StatusCode::IM_A_TEAPOT);
    let one = format!("{faults}/{}", teapot["id"]);
    let shown = bench.get(&one, "").await.body;
    assert_eq!((&shown["hits"], &shown["times"]), (&json!(1), &json!(2)), "{shown}");
    assert_eq!(bench.http.delete(&one).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(bench.get(users, "x").await.status, StatusCode::UNAUTHORIZED);
    let gone = bench.get(&one, "").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.body["hint"].as_str().unwrap().contains("/lab/faults"), "{}", gone.body);
    assert_eq!(bench.get(&faults, "").await.body, json!([other]));
}

#[tokio::test]
async fn the_journal_is_followed_and_filtered() {
    let bench = Bench::start(LabOptions::new()).await;
    let journal = format!("{}/lab/journal", bench.lab.control_url());
    let read = async |query: &str| bench.get(&format!("{journal}{query}"), "").await.body;
    assert_eq!(read("").await["last"], 0);
    for url in [
        "https://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com/v1.0/x",
        "https://management.azure.com/",
    ] {
        bench.get(url, "x").await;
    }
    let paths = |answer: &Value| -> Vec<String> {
        answer["entries"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(paths(&read("?host=graph.microsoft.com").await), ["/v1.0/users", "/v1.0/x"]);
    assert_eq!(paths(&read("?kind=graph_users").await), ["/v1.0/users"]);
    assert_eq!(paths(&read("?limit=2").await), ["/v1.0/x", "/"]);
    let answer = read("?since=2").await;
    assert_eq!((paths(&answer), &answer["last"]), (vec!["/".to_owned()], &json!(3)));
    bench.http.delete(&journal).send().await.unwrap();
    assert_eq!(read("").await["last"], 3, "a number is given once");
    let wrong = read("?kind=tokens").await;
    assert!(wrong["error"].as_str().unwrap().contains("tokens"), "{wrong}");
}

#[tokio::test]
async fn what_the_framework_refuses_is_json_that_says_what_to_do() {
    let bench = Bench::start(LabOptions::new()).await;
    let address = |path: &str| format!("{}{path}", bench.lab.control_url());
    let send = async |request: reqwest::RequestBuilder| Answer::read(request.send().await.unwrap()).await;
    let cases = [
        (send(bench.http.get(address("/lab/nothing"))).await, StatusCode::NOT_FOUND, "no such address"),
        (send(bench.http.post(address("/lab/latency"))).await, StatusCode::METHOD_NOT_ALLOWED, "Allow header"),
        (
            send(bench.http.post(address("/lab/clock")).json(&json!({ "back": 1 }))).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "back",
        ),
        (
            send(bench.http.post(address("/lab/clock")).body("{}")).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "application/json",
        ),
        (send(bench.http.get(address("/lab/faults/first"))).await, StatusCode::BAD_REQUEST, "first"),
    ];
    for (answer, status, words) in cases {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body["error"].as_str().is_some_and(|error| error.contains(words)), "{}", answer.body);
        assert!(answer.body["hint"].is_string(), "{}", answer.body);
    }
}

#[tokio::test]
async fn errors_of_entra_are_ordered_by_their_number() {
    let bench = Bench::ready().await;
    let control = bench.lab.control_url();
    let fault = json!({ "host": "login.microsoftonline.com", "action": { "aadsts": { "code": 90055 } }, "times": 1 });
    let added = bench.http.post(format!("{control}/lab/faults")).json(&fault).send().await.unwrap();
    assert_eq!(added.status(), StatusCode::CREATED);
    let throttled = bench.app_token(bench.juniper()).await;
    assert_eq!((throttled.aadsts(), throttled.status), (90_055, StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(throttled.headers["retry-after"], "60");
    for (code, status, error) in [
        (50_196, StatusCode::BAD_REQUEST, "invalid_grant"),
        (90_033, StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        (53_003, StatusCode::BAD_REQUEST, "access_denied"),
        (7_000_214, StatusCode::UNAUTHORIZED, "invalid_client"),
    ] {
        bench.lab.faults().add(Fault::aadsts(code).times(1));
        let answer = bench.app_token(bench.juniper()).await;
        assert_eq!((answer.aadsts(), answer.status, &answer.body["error"]), (code.into(), status, &json!(error)));
    }
    bench.app_token(bench.juniper()).await.token();
}

#[tokio::test]
async fn the_summary_names_everything_and_shows_no_secret() {
    let bench = Bench::ready().await;
    let secret = bench.lab.directory().add_secret(bench.app(), "s", std::time::Duration::from_secs(60)).unwrap();
    let answer = bench.get(&format!("{}/lab/state-summary", bench.lab.control_url()), "").await;
    assert_eq!(answer.body["seed"]["vault_host"], "harborvault.vault.azure.net");
    assert_eq!(answer.body["apps"][0]["app_id"], json!(bench.app()));
    let identity_secret = bench.lab.environment().into_iter().find(|(name, _)| name == "IDENTITY_HEADER").unwrap().1;
    let text = answer.body.to_string();
    assert!(!text.contains(&secret) && !text.contains(&identity_secret));
    assert!(!format!("{:?}", bench.lab).contains(&identity_secret));
    let page = bench.get(&bench.lab.control_url(), "").await;
    assert!(page.body.as_str().unwrap().starts_with("keystay lab"));
}

#[tokio::test]
async fn a_saved_world_starts_again_and_knows_its_tokens() {
    let bench = Bench::ready().await;
    let token = bench.app_token(bench.juniper()).await.token().to_owned();
    let newcomer = bench.lab.directory().create_tenant("newcomer");
    let url = format!("{}/lab/state", bench.lab.control_url());
    let saved = bench.http.get(&url).send().await.unwrap().bytes().await.unwrap();

    let state = LabState::from_json(&saved).unwrap();
    let again = Bench::start(LabOptions::new().with_state(state)).await;
    assert!(again.lab.directory().tenant(newcomer).is_some());
    assert_eq!(again.get("https://graph.microsoft.com/v1.0/users", &token).await.status, StatusCode::OK);
    let home = &again.lab.seed().home;
    assert_eq!(again.sign_in(&home.admin, home.password).await.status, StatusCode::OK, "domains are found, {GRAPH}");

    bench.lab.directory().delete_tenant(newcomer).unwrap();
    let put = bench.http.put(&url).body(saved.clone()).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::NO_CONTENT);
    assert!(bench.lab.directory().tenant(newcomer).is_some());
    assert_eq!(bench.http.put(&url).body("{}").send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn two_labs_run_side_by_side_and_a_taken_port_is_reported() {
    let bench = Bench::start(LabOptions::new()).await;
    let port = bench.lab.proxy_url().rsplit(':').next().unwrap().parse().unwrap();
    let error = Lab::start(LabOptions::new().with_port(port)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not listen on 127.0.0.1:{port}"));
    Lab::start(LabOptions::new()).await.unwrap();
}
