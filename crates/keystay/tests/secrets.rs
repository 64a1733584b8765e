//! Nothing secret is ever shown: everything is logged at the finest level, and searched.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use keystay::{LocalKey, Scopes, Secret};
use support::{Answer, Bench, Log, SIGNER_PEM, tenant};

const PLANTED: &str =
    "PLANTED-eyJ0eXAiOiJKV1QifQ.TOKEN-SECRET-0123456789012345678901234567890123456789.SIGNATURE-SECRET";

#[tokio::test]
async fn no_token_assertion_signature_or_key_is_logged_shown_or_put_into_an_error() {
    let log = Log::collect();

    let bench = Bench::new().await;
    let mut shown = String::new();
    let mut show = |text: String| shown.push_str(&text);
    let padding = "x".repeat(500);
    bench.entra.will_answer([
        Answer::token(PLANTED, 3600),
        // hostile answers that echo what they were sent
        Answer::refusal(400, "invalid_client", 700_027, &format!("assertion {PLANTED}{padding} is bad")),
        Answer { status: 400, headers: vec![], body: format!("<html>{PLANTED}{padding}</html>") },
        Answer {
            status: 200,
            headers: vec![],
            body: format!(r#"{{"access_token":"{PLANTED}","expires_in":"{PLANTED}"}}"#),
        },
        Answer {
            status: 200,
            headers: vec![],
            body: format!(r#"{{"access_token":"{PLANTED}","token_type":"{PLANTED}","expires_in":1}}"#),
        },
    ]);
    let token = bench.client.token(&tenant(0), &Scopes::graph()).await.unwrap();
    assert_eq!(token.secret(), PLANTED);
    show(format!("{token:?} {:?} {:?}", bench.client, bench.client.for_tenant(tenant(0))));
    for number in 1..5 {
        let error = bench.client.token(&tenant(number), &Scopes::graph()).await.unwrap_err();
        show(format!("{error} {error:?} {error:#?} {}", error.hint()));
    }
    bench.entra.go_down(true);
    let error = bench.while_time_passes(bench.client.token(&tenant(9), &Scopes::graph())).await.unwrap_err();
    show(format!("{error} {error:?} {}", error.hint()));
    let unreadable = SIGNER_PEM.replace("BEGIN CERTIFICATE", "BEGIN NOTHING");
    show(format!("{:?}", LocalKey::from_pem("x", &Secret::new(unreadable)).await.unwrap_err()));

    let logged = log.text();
    assert!(logged.contains("got a token"), "the log is on: {logged}");
    let mut secrets = vec!["TOKEN-SECRET".to_owned(), "SIGNATURE-SECRET".to_owned()];
    for body in bench.entra.bodies.lock().unwrap().iter() {
        let assertion = body.split("client_assertion=").nth(1).unwrap();
        secrets.extend(assertion.split('.').map(str::to_owned));
    }
    secrets.extend(SIGNER_PEM.lines().filter(|line| line.len() == 64).map(str::to_owned));
    assert!(secrets.len() > 30);
    for secret in secrets {
        assert!(!logged.contains(&secret), "logged: {secret}");
        assert!(!shown.contains(&secret), "shown: {secret}\n{shown}");
    }
}
