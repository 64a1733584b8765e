//! What a client asks of Entra and of the key, and when.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::Duration;

use futures::future::join_all;
use keystay::{ErrorKind, RefusalKind, Scopes, Tenant};
use support::{Answer, Bench, tenant};

fn graph() -> Scopes {
    Scopes::graph()
}

fn not_consented() -> Answer {
    Answer::refusal(400, "unauthorized_client", 700_016, "Application was not found in the directory")
}

fn clock_skew() -> Answer {
    Answer::refusal(401, "invalid_client", 700_024, "Client assertion is not within its valid time range.")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_callers_of_a_cold_tenant_cost_one_sign_and_one_request() {
    let bench = Bench::new().await;
    let callers = (0..200).map(|_| {
        let client = bench.client.clone();
        tokio::spawn(async move { client.token(&tenant(1), &graph()).await.unwrap().secret().to_owned() })
    });
    let tokens = join_all(callers).await;
    assert!(tokens.into_iter().all(|token| token.unwrap() == "token-1"));
    assert_eq!((bench.key.signs(), bench.entra.requests()), (1, 1));
}

#[tokio::test]
async fn scopes_of_one_tenant_share_an_assertion_even_when_asked_at_once() {
    let bench = Bench::new().await;
    let vault: Scopes = "https://vault.azure.net/.default".parse().unwrap();
    let (tenant, graph) = (tenant(1), graph());
    let (first, second) = tokio::join!(bench.client.token(&tenant, &graph), bench.client.token(&tenant, &vault));
    assert_ne!(first.unwrap().secret(), second.unwrap().secret());
    assert_eq!((bench.key.signs(), bench.entra.requests()), (1, 2));
}

#[tokio::test]
async fn an_assertion_is_signed_again_when_less_than_a_minute_is_left() {
    let bench = Bench::new().await;
    let scopes = |name: &str| format!("api://{name}/.default").parse::<Scopes>().unwrap();
    bench.client.token(&tenant(1), &scopes("a")).await.unwrap();
    bench.advance(239);
    bench.client.token(&tenant(1), &scopes("b")).await.unwrap();
    assert_eq!(bench.key.signs(), 1);
    bench.advance(2);
    bench.client.token(&tenant(1), &scopes("c")).await.unwrap();
    assert_eq!(bench.key.signs(), 2);
}

#[tokio::test]
async fn a_cancelled_caller_cancels_nobody_else() {
    let bench = Bench::new().await;
    bench.entra.close();
    let first = tokio::spawn({
        let client = bench.client.clone();
        async move { client.token(&tenant(1), &graph()).await }
    });
    bench.entra.saw(1).await;
    let second = tokio::spawn({
        let client = bench.client.clone();
        async move { client.token(&tenant(1), &graph()).await }
    });
    tokio::task::yield_now().await;
    first.abort();
    bench.entra.open();
    assert_eq!(second.await.unwrap().unwrap().secret(), "token-1");
    assert_eq!(bench.entra.requests(), 1);
}

#[tokio::test]
async fn a_token_grown_old_is_handed_out_while_a_new_one_is_fetched_behind_the_scenes() {
    let bench = Bench::new().await;
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.advance(3200);
    bench.entra.close();
    for _ in 0..50 {
        assert_eq!(bench.client.token(&tenant(1), &graph()).await.unwrap().secret(), "token-1");
    }
    bench.entra.saw(2).await;
    bench.entra.open();
    loop {
        tokio::task::yield_now().await;
        if bench.client.token(&tenant(1), &graph()).await.unwrap().secret() == "token-2" {
            break;
        }
    }
    assert_eq!(bench.entra.requests(), 2);
}

#[tokio::test]
async fn refresh_in_is_honoured() {
    let bench = Bench::new().await;
    let body = r#"{"token_type":"Bearer","expires_in":"86399","refresh_in":"43200","access_token":"long"}"#;
    bench.entra.will_answer([Answer { body: body.into(), ..Answer::token("", 0) }]);
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.advance(38_000);
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(bench.entra.requests(), 1, "before 90 % of refresh_in");
    bench.advance(5_201);
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.entra.saw(2).await;
}

#[tokio::test]
async fn a_refresh_in_of_nothing_does_not_make_every_use_a_request() {
    let bench = Bench::new().await;
    let body = r#"{"token_type":"Bearer","expires_in":3600,"refresh_in":0,"access_token":"eager"}"#;
    bench.entra.will_answer(std::iter::repeat_n(Answer { body: body.into(), ..Answer::token("", 0) }, 100));
    for _ in 0..100 {
        bench.client.token(&tenant(1), &graph()).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.entra.requests(), 1);
}

#[tokio::test]
async fn a_failed_refresh_never_discards_a_valid_token() {
    let bench = Bench::new().await;
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.entra.go_down(true);
    // in the background, then with less than five minutes left, nearly to the last second
    for seconds in [3200, 200, 100, 70] {
        bench.advance(seconds);
        let token = bench.while_time_passes(bench.client.token(&tenant(1), &graph())).await;
        assert_eq!(token.unwrap().secret(), "token-1");
    }
    bench.advance(300);
    let error = bench.while_time_passes(bench.client.token(&tenant(1), &graph())).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable { .. }), "{error}");
    bench.entra.go_down(false);
    bench.advance(5);
    assert!(bench.client.token(&tenant(1), &graph()).await.is_ok());
}

#[tokio::test]
async fn with_less_than_five_minutes_left_a_new_token_is_fetched_first() {
    let bench = Bench::new().await;
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.advance(3301);
    assert_eq!(bench.client.token(&tenant(1), &graph()).await.unwrap().secret(), "token-2");
}

#[tokio::test]
async fn a_slow_service_does_not_keep_a_valid_token_back_for_long() {
    let bench = Bench::new().await;
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.advance(3400);
    bench.entra.close();
    let token = bench.while_time_passes(bench.client.token(&tenant(1), &graph())).await;
    assert_eq!(token.unwrap().secret(), "token-1");
}

#[tokio::test]
async fn a_token_that_dies_while_a_slow_service_is_waited_for_is_not_handed_out() {
    let bench = Bench::new().await;
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.advance(3595);
    bench.entra.close();
    let outcome = bench.while_time_passes(bench.client.token(&tenant(1), &graph())).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn tokens_that_live_only_minutes_are_cached_as_well() {
    let bench = Bench::new().await;
    *bench.entra.expires_in.lock().unwrap() = 240;
    for _ in 0..100 {
        bench.client.token(&tenant(1), &graph()).await.unwrap();
    }
    assert_eq!(bench.entra.requests(), 1);
}

#[tokio::test]
async fn a_refusal_is_remembered_for_seconds_because_consent_may_arrive() {
    let bench = Bench::new().await;
    bench.entra.will_answer([not_consented()]);
    for _ in 0..10 {
        let error = bench.client.token(&tenant(1), &graph()).await.unwrap_err();
        assert_eq!(error.refusal().unwrap().kind(), RefusalKind::NotConsented);
    }
    assert_eq!(bench.entra.requests(), 1);
    bench.advance(11);
    assert!(bench.client.token(&tenant(1), &graph()).await.is_ok());
}

#[tokio::test]
async fn invalidate_forgets_tokens_refusals_and_the_assertion_of_that_tenant_only() {
    let bench = Bench::new().await;
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.entra.will_answer([not_consented()]);
    bench.client.token(&tenant(2), &graph()).await.unwrap_err();
    bench.client.invalidate(&tenant(2));
    bench.client.token(&tenant(2), &graph()).await.unwrap();
    assert_eq!((bench.key.signs(), bench.entra.requests()), (3, 3));
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    assert_eq!(bench.entra.requests(), 3);
}

#[tokio::test]
async fn what_was_under_way_before_an_invalidation_is_not_cached() {
    let bench = Bench::new().await;
    bench.entra.close();
    let early = tokio::spawn({
        let client = bench.client.clone();
        async move { client.token(&tenant(1), &graph()).await }
    });
    bench.entra.saw(1).await;
    bench.client.invalidate(&tenant(1));
    bench.entra.open();
    assert_eq!(early.await.unwrap().unwrap().secret(), "token-1");
    assert_eq!(bench.client.token(&tenant(1), &graph()).await.unwrap().secret(), "token-2");
}

#[tokio::test]
async fn a_throttled_tenant_is_left_alone_as_long_as_entra_says() {
    let bench = Bench::new().await;
    let throttled = Answer { status: 429, body: "slow down".into(), headers: vec![("retry-after", "60".into())] };
    bench.entra.will_answer([throttled]);
    bench.client.token(&tenant(1), &graph()).await.unwrap_err();
    bench.advance(59);
    let error = bench.client.token(&tenant(1), &graph()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().kind(), RefusalKind::Throttled);
    assert_eq!(bench.entra.requests(), 1);
    bench.advance(2);
    assert!(bench.client.token(&tenant(1), &graph()).await.is_ok());
}

#[tokio::test]
async fn a_retry_after_of_a_day_silences_a_tenant_for_five_minutes_at_most() {
    let bench = Bench::new().await;
    let throttled = Answer { status: 429, body: String::new(), headers: vec![("retry-after", "86400".into())] };
    bench.entra.will_answer([throttled]);
    bench.client.token(&tenant(1), &graph()).await.unwrap_err();
    bench.advance(301);
    assert!(bench.client.token(&tenant(1), &graph()).await.is_ok());
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_with_the_same_assertion() {
    let bench = Bench::new().await;
    bench.entra.will_answer([Answer { status: 503, body: "<html>".into(), headers: vec![] }]);
    let token = bench.while_time_passes(bench.client.token(&tenant(1), &graph())).await;
    assert_eq!(token.unwrap().secret(), "token-2");
    assert_eq!((bench.key.signs(), bench.entra.requests()), (1, 2));
}

#[tokio::test]
async fn a_clock_an_hour_wrong_is_learned_from_entra_and_signed_again_once() {
    let bench = Bench::new().await;
    let entra_now = support::unix(&bench.clock) + 3600;
    let date = time::OffsetDateTime::from_unix_timestamp(i64::try_from(entra_now).unwrap()).unwrap();
    let date = date.format(&time::format_description::well_known::Rfc2822).unwrap().replace("+0000", "GMT");
    bench.entra.will_answer([clock_skew().with_header("date", date)]);
    assert_eq!(bench.client.token(&tenant(1), &graph()).await.unwrap().secret(), "token-2");
    assert_eq!((bench.key.signs(), bench.entra.requests()), (2, 2));
    // the next tenant's assertion is right from the start
    bench.client.token(&tenant(2), &graph()).await.unwrap();
    assert_eq!((bench.key.signs(), bench.entra.requests()), (3, 3));
}

#[tokio::test]
async fn a_clock_that_cannot_be_corrected_is_reported() {
    let bench = Bench::new().await;
    bench.entra.will_answer([clock_skew()]);
    let error = bench.client.token(&tenant(1), &graph()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().kind(), RefusalKind::ClockSkew);
    assert!(error.hint().contains("clock"), "{}", error.hint());
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let bench = Bench::with(|builder| builder.capacity(100)).await;
    for number in 0..1_000 {
        bench.client.token(&tenant(number), &graph()).await.unwrap();
    }
    assert!(bench.client.cached() <= 100, "{}", bench.client.cached());
    assert!(bench.client.cached() >= 50, "{}", bench.client.cached());
}

#[tokio::test]
async fn an_answer_that_is_no_bearer_token_is_not_taken_for_one() {
    let bench = Bench::new().await;
    for body in [
        "{}",
        "",
        r#"{"access_token":"x","expires_in":3600}"#,
        r#"{"access_token":"x","token_type":"pop","expires_in":3600}"#,
        r#"{"access_token":"","token_type":"Bearer","expires_in":3600}"#,
        r#"{"access_token":"x","token_type":"Bearer","expires_in":-1}"#,
        r#"{"access_token":"x","token_type":"Bearer","expires_in":1e300}"#,
        r#"{"access_token":"a\r\nb: c","token_type":"Bearer","expires_in":3600}"#,
    ] {
        bench.entra.will_answer([Answer { status: 200, body: body.into(), headers: vec![] }]);
        let error = bench.client.token(&tenant(1), &graph()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Answer { .. }), "{body}: {error}");
        bench.client.invalidate(&tenant(1));
    }
}

#[tokio::test]
async fn the_domain_of_a_tenant_is_asked_for_by_its_domain() {
    let bench = Bench::new().await;
    let domain: Tenant = "Contoso.COM".parse().unwrap();
    bench.client.token(&domain, &graph()).await.unwrap();
    assert_eq!(bench.client.token(&"contoso.com".parse().unwrap(), &graph()).await.unwrap().secret(), "token-1");
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_no_dead_token_alive() {
    let bench = Bench::new().await;
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.advance(3599);
    bench.clock.set_by(-7200);
    bench.advance(2);
    assert_eq!(bench.client.token(&tenant(1), &graph()).await.unwrap().secret(), "token-2");
}

#[tokio::test]
async fn a_clock_that_is_set_forward_takes_no_living_token_away() {
    let bench = Bench::new().await;
    let token = bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.clock.set_by(86_400);
    bench.advance(60);
    assert_eq!(bench.client.token(&tenant(1), &graph()).await.unwrap().secret(), "token-1");
    assert_eq!(bench.client.remaining(&token), Duration::from_secs(3540));
}

#[tokio::test]
async fn an_assertion_that_was_dated_by_a_wrong_clock_is_not_used_when_the_clock_was_set_right() {
    let bench = Bench::new().await;
    bench.clock.set_by(3600);
    bench.client.token(&tenant(1), &graph()).await.unwrap();
    bench.clock.set_by(-3600);
    let other: Scopes = "api://orders/.default".parse().unwrap();
    bench.client.token(&tenant(1), &other).await.unwrap();
    assert_eq!((bench.key.signs(), bench.entra.requests()), (2, 2));
}
