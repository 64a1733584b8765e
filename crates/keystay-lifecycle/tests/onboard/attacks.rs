//! What somebody can try who is not the customer's administrator, or not in the right browser, or not in time.

use std::time::Duration;

use keystay_lab::Kind;
use keystay_lifecycle::tenants::TenantState;
use reqwest::Method;
use uuid::Uuid;

use crate::house::{CUSTOMER, House, parameter};

#[tokio::test]
async fn a_way_back_is_good_once() {
    let house = House::start().await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    house.outcome(&browser, &callback).await;
    let before = house.record(CUSTOMER);
    for query in ["", "&error=access_denied"] {
        let answer = browser.get(&format!("{callback}{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.title()), (400, "This answer was used before"));
    }
    assert_eq!(house.record(CUSTOMER), before);
}

#[tokio::test]
async fn a_way_back_in_another_browser_is_refused_and_stays_good_in_the_right_one() {
    let house = House::start().await;
    let (attacker, victim) = (house.browser(), house.browser());
    // the attacker begins for their own customer record, and has the victim's administrator open Entra's page
    let link = house.link("Attacker", None);
    let page = house.begin(&attacker, &link).await;
    let juniper = &house.lab.seed().juniper;
    let form = [("decision", "accept"), ("username", &juniper.admin), ("password", juniper.password)];
    let callback = victim.press(&page, &form).await.location();
    let answer = victim.get(&callback).await;
    assert_eq!((answer.status.as_u16(), answer.title()), (400, "This was begun in another browser"));
    let record = house.record("Attacker");
    assert_eq!((record.state, record.tenant, record.claimed), (TenantState::Invited, None, None));
    // a cookie of another attempt of the same browser is of no use either
    house.begin(&victim, &house.link("Victim", None)).await;
    assert_eq!(victim.get(&callback).await.title(), "This was begun in another browser");
    assert_eq!(house.lab.journal().count(Kind::Token), 0, "nobody was asked for a token");
    assert_eq!(attacker.get(&callback).await.status, 303, "nothing was spent");
}

#[tokio::test]
async fn a_tenant_that_consented_before_is_not_given_to_whoever_names_it() {
    let house = House::start().await;
    let attacker = house.browser();
    house.lab.directory().consent(house.app, house.juniper()).unwrap();
    let page = house.begin(&attacker, &house.link("Attacker", None)).await;
    let answer = house.outcome(&attacker, &house.accepted(&page, house.juniper())).await;
    assert_eq!(answer.title(), "Thank you: Harbor Reports has your consent");
    let record = house.record("Attacker");
    assert_eq!((record.state, record.tenant), (TenantState::Consented, None), "the operator has the word");
    // and the claim does not keep the real customer out
    let expected = house.juniper().into();
    let victim = house.browser();
    let callback = house.visit(&victim, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    house.outcome(&victim, &callback).await;
    assert_eq!(house.record(CUSTOMER).tenant, Some(house.juniper()));
    assert!(house.tenants.confirm("Attacker").is_err());
}

#[tokio::test]
async fn another_tenant_than_the_one_named_is_told_and_changes_nothing() {
    let house = House::start().await;
    let marlow = &house.lab.seed().marlow;
    house.lab.directory().consent(house.app, marlow.id).unwrap();
    house.lab.directory().consent(house.app, house.juniper()).unwrap();
    for expected in [house.juniper().into(), house.lab.seed().juniper.domain.parse().unwrap()] {
        let browser = house.browser();
        let page = house.begin(&browser, &house.link(CUSTOMER, Some(&expected))).await;
        let answer = house.outcome(&browser, &house.accepted(&page, marlow.id)).await;
        assert_eq!(answer.title(), "That was another organisation");
        let record = house.record(CUSTOMER);
        assert_eq!((record.state, record.tenant, record.claimed), (TenantState::Invited, None, None));
        let history = house.tenants.history(record.id).unwrap();
        assert!(history.iter().any(|line| line.words.contains(&format!("came back with tenant {}", marlow.id))));
    }
}

#[tokio::test]
async fn a_state_that_was_made_up_changed_or_taken_elsewhere_is_refused() {
    let house = House::start().await;
    let browser = house.browser();
    let page = house.begin(&browser, &house.link(CUSTOMER, None)).await;
    let state = parameter(&page, "state");
    let [attempt, record, expires, mac] = state.split('.').collect::<Vec<_>>()[..] else { panic!("{state}") };
    let other = house.tenants.invite("other", None, Duration::from_secs(60)).unwrap().record;
    assert_ne!(format!("{:?}", other.id), format!("RecordId({record})"));
    for forged in [
        format!("{attempt}.2.{expires}.{mac}"),
        format!("{attempt}.{record}.{expires}9.{mac}"),
        format!("{attempt}.{record}.{expires}."),
        format!("AAAAAAAAAAAAAAAAAAAAAA.{record}.{expires}.{mac}"),
        "x".to_owned(),
    ] {
        let callback = format!("{}/consented?admin_consent=True&tenant={}&state={forged}", house.url, house.juniper());
        let answer = browser.get(&callback).await;
        assert_eq!((answer.status.as_u16(), answer.title()), (400, "This answer does not belong here"), "{forged}");
    }
    assert_eq!(house.state(CUSTOMER), TenantState::Invited);
}

#[tokio::test]
async fn a_state_is_good_for_a_quarter_of_an_hour() {
    let house = House::start().await;
    let browser = house.browser();
    let link = house.link(CUSTOMER, None);
    let page = house.begin(&browser, &link).await;
    house.lab.clock().advance(Duration::from_secs(15 * 60));
    let answer = browser.get(&house.accepted(&page, house.juniper())).await;
    assert_eq!((answer.status.as_u16(), answer.title()), (400, "That took too long"));
    assert_eq!(house.state(CUSTOMER), TenantState::Invited);
    assert_eq!(house.lab.journal().count(Kind::Token), 0);
}

#[tokio::test]
async fn an_error_that_says_consent_is_no_consent() {
    let house = House::start().await;
    house.lab.directory().consent(house.app, house.juniper()).unwrap();
    let browser = house.browser();
    let expected = house.juniper().into();
    let link = house.link(CUSTOMER, Some(&expected));
    for (error, title) in [
        ("access_denied&error_subcode=cancel", "You did not connect Juniper &amp; &lt;Söhne&gt;"),
        ("server_error&error_description=AADSTS90033%3A%20sorry", "Microsoft could not finish this"),
    ] {
        let page = house.begin(&browser, &link).await;
        let callback = format!("{}&error={error}", house.accepted(&page, house.juniper()));
        assert_eq!(house.outcome(&browser, &callback).await.title(), title);
        assert_eq!(house.record(CUSTOMER).tenant, None);
    }
    assert_eq!(house.lab.journal().count(Kind::Token), 0, "nobody was asked for a token");
}

#[tokio::test]
async fn nothing_that_came_in_a_query_is_shown() {
    let house = House::start().await;
    let browser = house.browser();
    let canary = "%3Cscript%3Ecanary%3C/script%3E";
    let link = house.link(CUSTOMER, None);
    let page = house.begin(&browser, &link).await;
    let good = format!("{}/consented?state={}", house.url, parameter(&page, "state"));
    let done = house.outcome(&browser, &format!("{good}&error={canary}&error_description={canary}")).await;
    assert!(done.text.contains("<code>scriptcanaryscript</code>"), "{}", done.text);
    for address in [
        format!("{}/consented?state={canary}&error={canary}", house.url),
        format!("{}/consented?{canary}", house.url),
        format!("{}/done/{canary}?x={canary}", house.url),
        format!("{}/join/{canary}", house.url),
        format!("{}/{canary}", house.url),
    ] {
        let answer = browser.get(&address).await;
        assert!(!answer.text.contains("canary"), "{address}: {}", answer.text);
    }
}

#[tokio::test]
async fn every_answer_is_sealed_and_no_link_leads_anywhere_else() {
    let house = House::start().await;
    let browser = house.browser();
    let link = house.link(CUSTOMER, None);
    for address in [&link, &format!("{}/nowhere", house.url), &format!("{}/consented", house.url), &house.url] {
        let answer = browser.get(address).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self' https://login.microsoftonline.com",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert!(!answer.text.contains("href=\"http") && !answer.text.contains("<script"), "{}", answer.text);
    }
    let moved = browser.get(&format!("{}//evil.example/", house.url)).await;
    assert_eq!(moved.status, 404);
}

#[tokio::test]
async fn other_names_for_this_computer_and_other_sites_pages_are_refused() {
    let house = House::start().await;
    let browser = house.browser();
    let link = house.link(CUSTOMER, None);
    let send = async |method, headers: &[(&str, &str)]| browser.send(method, &link, headers, &[]).await.status.as_u16();
    assert_eq!(send(Method::GET, &[("host", "evil.example")]).await, 421);
    assert_eq!(send(Method::POST, &[("host", "localhost.evil.example")]).await, 421);
    let health = format!("{}/healthz", house.url);
    let of_proxy = browser.send(Method::GET, &health, &[("host", "10.0.0.7:8400")], &[]).await;
    assert_eq!((of_proxy.status.as_u16(), of_proxy.text.as_str()), (200, "ok\n"));
    assert_eq!(send(Method::GET, &[("sec-fetch-dest", "iframe")]).await, 403);
    assert_eq!(send(Method::POST, &[("origin", "https://evil.example")]).await, 403);
    assert_eq!(send(Method::POST, &[("origin", "null")]).await, 403);
    assert_eq!(send(Method::DELETE, &[]).await, 405);
    assert_eq!(send(Method::GET, &[("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")]).await, 200);
}

#[tokio::test]
async fn looking_at_a_link_spends_nothing_and_a_link_that_was_guessed_shows_nothing() {
    let house = House::start().await;
    let browser = house.browser();
    let link = house.link(CUSTOMER, None);
    for _ in 0..40 {
        assert_eq!(browser.get(&link).await.status, 200);
    }
    let guess = format!("{}/join/{}", house.url, Uuid::new_v4());
    for answer in [browser.get(&guess).await, browser.press(&guess, &[]).await] {
        assert_eq!((answer.status.as_u16(), answer.title()), (404, "This link does not work"));
    }
    for _ in 0..30 {
        house.begin(&browser, &link).await;
    }
    assert_eq!(browser.press(&link, &[]).await.title(), "That was too often");
}
