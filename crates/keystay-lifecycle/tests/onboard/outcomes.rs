//! What an administrator can do at Entra, and what comes of it.

use std::time::Duration;

use keystay_lab::{Fault, FaultAction, Kind, Propagation};
use keystay_lifecycle::{onboard::Probe, tenants::TenantState};

use crate::house::{CUSTOMER, House, ROLE};

#[tokio::test]
async fn an_administrator_who_accepts_is_verified_by_a_token_of_the_tenant_that_was_named() {
    for by_domain in [false, true] {
        let house = House::start().await;
        let (browser, juniper) = (house.browser(), &house.lab.seed().juniper);
        let expected = if by_domain { juniper.domain.parse().unwrap() } else { juniper.id.into() };
        let link = house.link(CUSTOMER, Some(&expected));
        let page = browser.get(&link).await;
        assert_eq!(page.title(), "Connect Juniper &amp; &lt;Söhne&gt; to Harbor Reports");
        assert!(page.text.contains(ROLE) && page.text.contains(&expected.to_string()), "{}", page.text);
        let callback = house.visit(&browser, &link, "accept").await;
        let page = house.outcome(&browser, &callback).await;
        assert_eq!(page.title(), "Juniper &amp; &lt;Söhne&gt; is connected to Harbor Reports");
        let record = house.record(CUSTOMER);
        assert_eq!((record.state, record.tenant), (TenantState::Verified, Some(juniper.id)));
        assert_eq!((record.roles, record.missing, record.extra), (vec![ROLE.to_owned()], vec![], vec![]));
    }
}

#[tokio::test]
async fn a_tenant_that_was_not_named_is_consented_until_the_operator_confirms_it() {
    let house = House::start().await;
    let browser = house.browser();
    let link = house.link(CUSTOMER, None);
    let page = house.begin(&browser, &link).await;
    assert!(page.starts_with("https://login.microsoftonline.com/organizations/v2.0/adminconsent?"), "{page}");
    let callback = house.visit(&browser, &link, "accept").await;
    let page = house.outcome(&browser, &callback).await;
    assert_eq!(page.title(), "Thank you: Harbor Reports has your consent");
    let record = house.record(CUSTOMER);
    assert_eq!((record.state, record.tenant, record.claimed), (TenantState::Consented, None, Some(house.juniper())));
    house.tenants.confirm(CUSTOMER).unwrap();
    assert_eq!(house.record(CUSTOMER).tenant, Some(house.juniper()));
    assert_eq!(house.state(CUSTOMER), TenantState::Verified);
}

#[tokio::test]
async fn an_administrator_who_declines_is_on_record_as_such_and_may_come_again() {
    let house = House::start().await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let link = house.link(CUSTOMER, Some(&expected));
    let callback = house.visit(&browser, &link, "decline").await;
    assert!(callback.contains("error=access_denied") && callback.contains("admin_consent=True"), "{callback}");
    let page = house.outcome(&browser, &callback).await;
    assert_eq!(page.title(), "You did not connect Juniper &amp; &lt;Söhne&gt;");
    assert_eq!(house.state(CUSTOMER), TenantState::Declined);
    let callback = house.visit(&browser, &link, "accept").await;
    house.outcome(&browser, &callback).await;
    assert_eq!(house.state(CUSTOMER), TenantState::Verified);
    // and a second thought changes nothing in the tenant
    let callback = house.visit(&browser, &link, "decline").await;
    house.outcome(&browser, &callback).await;
    assert_eq!(house.state(CUSTOMER), TenantState::Verified);
}

#[tokio::test]
async fn a_consent_that_entra_does_not_know_yet_is_waited_for() {
    let house = House::start().await;
    house.lab.directory().set_propagation(Propagation { consent_seconds: 90, ..Propagation::default() });
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    let page = house.outcome(&browser, &callback).await;
    assert_eq!(page.title(), "Juniper &amp; &lt;Söhne&gt; is connected to Harbor Reports");
    let asked = house.lab.journal().count(Kind::Token);
    assert!((5..30).contains(&asked), "asked {asked} times in 90 s");
}

#[tokio::test]
async fn a_consent_that_never_was_is_told_after_the_patience_and_nobody_is_let_in() {
    let house = House::start().await;
    let browser = house.browser();
    let page = house.begin(&browser, &house.link(CUSTOMER, None)).await;
    let page = house.outcome(&browser, &house.accepted(&page, house.juniper())).await;
    assert_eq!(page.title(), "Microsoft does not know of your consent");
    let record = house.record(CUSTOMER);
    assert_eq!((record.state, record.tenant, record.claimed), (TenantState::Invited, None, None));
    let refusal = record.refusal.unwrap();
    assert_eq!(refusal.code, "not-consented");
    assert!(refusal.words.contains("AADSTS7000"), "{}", refusal.words);
}

#[tokio::test]
async fn permissions_that_are_missing_are_named() {
    let house = House::with(|settings| {
        settings.required.insert("Mail.Read".parse().unwrap());
    })
    .await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    let page = house.outcome(&browser, &callback).await;
    assert_eq!(page.title(), "Harbor Reports is missing permissions");
    assert!(page.text.contains("<code>Mail.Read</code>"), "{}", page.text);
    let record = house.record(CUSTOMER);
    assert_eq!((record.state, record.missing), (TenantState::MissingRoles, vec!["Mail.Read".to_owned()]));
}

#[tokio::test]
async fn permissions_beyond_what_is_needed_are_reported() {
    let house = House::with(|settings| settings.required.clear()).await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    let page = house.outcome(&browser, &callback).await;
    assert!(page.text.contains("It also has permissions it does not need"), "{}", page.text);
    assert_eq!(house.record(CUSTOMER).extra, [ROLE]);
}

#[tokio::test]
async fn refusals_have_a_page_in_words_for_the_administrator() {
    for (code, title) in [
        (7_000_112, "Harbor Reports is switched off"),
        (53_003, "A policy of your organisation blocks Harbor Reports"),
        (700_027, "We could not make sure of it yet"),
        (90_002, "We could not make sure of it yet"),
    ] {
        let house = House::start().await;
        let browser = house.browser();
        let expected = house.juniper().into();
        let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
        house.lab.faults().add(Fault::aadsts(code).on_path("/token"));
        let page = house.outcome(&browser, &callback).await;
        assert_eq!(page.title(), title);
        assert_eq!(house.state(CUSTOMER), TenantState::Invited);
        let words = house.record(CUSTOMER).refusal.unwrap().words;
        assert!(words.contains(&format!("AADSTS{code}")) && words.contains("; "), "{words}");
    }
}

#[tokio::test]
async fn a_permission_that_is_granted_and_does_not_work_is_found_by_trying_it() {
    for (path, works) in [("/users?$top=1", true), ("/groups?$top=1", false)] {
        let house = House::around(|settings, (transport, clock)| {
            settings.probe = Some(Probe::new(path.parse().unwrap(), transport, clock));
        })
        .await;
        let browser = house.browser();
        let expected = house.juniper().into();
        let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
        let page = house.outcome(&browser, &callback).await;
        let record = house.record(CUSTOMER);
        if works {
            assert_eq!(record.state, TenantState::Verified);
            assert_eq!(house.lab.journal().count(Kind::GraphUsers), 1);
        } else {
            assert_eq!(page.title(), "Harbor Reports is missing permissions");
            let refusal = record.refusal.unwrap();
            assert_eq!(refusal.code, "call-denied");
            assert!(refusal.words.contains("trying `/groups?$top=1` in tenant"), "{}", refusal.words);
        }
    }
}

#[tokio::test]
async fn a_service_that_stumbles_is_asked_again() {
    let house = House::start().await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    let throttled = FaultAction::Aadsts { code: 90_055, retry_after_seconds: Some(7) };
    house.lab.faults().add(Fault::new(throttled).on_path("/token").times(2));
    let before = house.lab.clock().now();
    let page = house.outcome(&browser, &callback).await;
    assert!(page.title().contains("is connected"), "{}", page.title());
    let waited = house.lab.clock().now().duration_since(before).unwrap();
    assert!(waited >= Duration::from_secs(14), "waited {waited:?}");
}

#[tokio::test]
async fn a_process_that_dies_after_the_way_back_goes_on_at_the_next_start() {
    let house = House::start().await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    // the process ended between spending the attempt and the first token: nothing was followed
    let attempt = crate::house::parameter(&callback, "state").split('.').next().unwrap().to_owned();
    let cookie = browser.cookie(&format!("keystay-{attempt}"));
    let id = house.record(CUSTOMER).id;
    house.tenants.spend(&attempt, id, &cookie, Some(house.juniper())).unwrap().unwrap();
    assert_eq!(house.state(CUSTOMER), TenantState::Invited);
    assert_eq!(house.onboarding.resume().await.unwrap(), 1);
    let page = house.finished(&browser, &format!("{}/done/{attempt}", house.url)).await;
    assert!(page.title().contains("is connected"), "{}", page.title());
    assert_eq!(house.onboarding.resume().await.unwrap(), 0);
}

#[tokio::test]
async fn a_tenant_of_another_customer_is_not_connected_a_second_time() {
    let house = House::start().await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    house.outcome(&browser, &callback).await;
    let callback = house.visit(&browser, &house.link("Somebody else", None), "accept").await;
    let page = house.outcome(&browser, &callback).await;
    assert_eq!(page.title(), "This organisation cannot be connected by this link");
    assert!(!page.text.contains("Juniper"), "whose it is is nobody's business: {}", page.text);
    let record = house.record("Somebody else");
    assert_eq!((record.state, record.tenant, record.claimed), (TenantState::Invited, None, None));
}

#[tokio::test]
async fn tokens_are_nowhere_in_the_database() {
    let house = House::start().await;
    let browser = house.browser();
    let expected = house.juniper().into();
    let callback = house.visit(&browser, &house.link(CUSTOMER, Some(&expected)), "accept").await;
    house.outcome(&browser, &callback).await;
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(ROLE) && !holds("eyJ"), "no token or assertion");
}
