//! Admin consent, as a browser goes through it.

use std::collections::HashMap;

use keystay_lab::{NewApp, graph_role};
use reqwest::{StatusCode, Url};
use uuid::Uuid;

use crate::support::{Answer, Bench};

const RETURN: &str = "http://localhost:8400/consented?from=lab";

struct Story {
    bench: Bench,
    app: Uuid,
    customer: Uuid,
}

impl Story {
    async fn begin() -> Self {
        let bench = Bench::ready().await;
        let directory = bench.lab.directory();
        let app = NewApp {
            display_name: "Reports <for> you".to_owned(),
            multi_tenant: true,
            graph_roles: vec![graph_role::USER_READ_BASIC_ALL],
            redirect_uris: vec![RETURN.to_owned()],
            ..NewApp::default()
        };
        let app = directory.create_app(app).unwrap().app_id;
        let customer = directory.create_tenant("wharf");
        Self { bench, app, customer }
    }

    fn link(&self, tenant: &str, redirect_uri: &str) -> Url {
        let mut url = Url::parse(&format!("https://login.microsoftonline.com/{tenant}/v2.0/adminconsent")).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", &self.app.to_string())
            .append_pair("scope", "https://graph.microsoft.com/.default")
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", "s&1");
        url
    }

    async fn decide(&self, link: Url, user: &str, decision: &str) -> Answer {
        let password = self.bench.lab.seed().home.password;
        let form = [("username", user), ("password", password), ("decision", decision)];
        self.bench.post(link.as_str(), &form).await
    }

    fn consented(&self) -> bool {
        self.bench.lab.directory().principal(self.app, self.customer).is_some()
    }
}

fn returned(answer: &Answer) -> HashMap<String, String> {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.body);
    let location = Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
    assert!(location.as_str().starts_with(RETURN), "{location}");
    location.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn the_page_names_the_app_and_its_permissions_and_escapes_both() {
    let story = Story::begin().await;
    let answer = story.bench.get(story.link("organizations", RETURN).as_str(), "").await;
    let page = answer.body.as_str().unwrap();
    assert!(page.contains("Reports &lt;for&gt; you") && page.contains("User.ReadBasic.All"), "{page}");
    assert!(page.contains("<label for=\"username\">") && !page.contains("<script"), "{page}");
    assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
}

#[tokio::test]
async fn an_admin_who_accepts_lets_the_app_in_and_returns_with_the_tenant() {
    let story = Story::begin().await;
    let answer = story.decide(story.link("organizations", RETURN), "admin@wharf.onmicrosoft.com", "accept").await;
    let query = returned(&answer);
    assert_eq!(query["admin_consent"], "True");
    assert_eq!(query["tenant"], story.customer.to_string());
    assert_eq!((query["state"].as_str(), query["scope"].as_str()), ("s&1", "https://graph.microsoft.com/.default"));
    let principal = story.bench.lab.directory().principal(story.app, story.customer).unwrap();
    assert_eq!(principal.app_role_assignments[0].role_id, graph_role::USER_READ_BASIC_ALL);
}

/// The same link to the older page, which knows no scope.
fn older(link: &Url) -> Url {
    Url::parse(&link.as_str().replace("/v2.0/", "/")).unwrap()
}

#[tokio::test]
async fn the_older_page_works_as_well_and_makes_the_same_checks() {
    let story = Story::begin().await;
    let link = older(&story.link("wharf.onmicrosoft.com", RETURN));
    let declined = returned(&story.decide(link.clone(), "", "decline").await);
    assert_eq!((declined["error"].as_str(), declined["admin_consent"].as_str()), ("access_denied", "True"));
    assert_eq!(declined["state"], "s&1");
    let ordinary = story.decide(link.clone(), "mila.novak@wharf.onmicrosoft.com", "accept").await;
    assert_eq!(ordinary.status, StatusCode::FORBIDDEN);
    let foreign = older(&story.link("wharf.onmicrosoft.com", "https://evil.example/"));
    assert_eq!(story.decide(foreign, "admin@wharf.onmicrosoft.com", "accept").await.status, StatusCode::BAD_REQUEST);
    assert!(!story.consented());

    let query = returned(&story.decide(link, "admin@wharf.onmicrosoft.com", "accept").await);
    assert_eq!((query["admin_consent"].as_str(), query.get("scope")), ("True", None));
    assert_eq!((query["state"].as_str(), query["tenant"].as_str()), ("s&1", story.customer.to_string().as_str()));
    assert!(story.consented());
}

#[tokio::test]
async fn a_consent_is_in_the_audit_log_of_the_tenant() {
    let story = Story::begin().await;
    story.decide(story.link("organizations", RETURN), "admin@wharf.onmicrosoft.com", "accept").await;
    let password = story.bench.lab.seed().home.password;
    let token = story.bench.sign_in("admin@wharf.onmicrosoft.com", password).await.token().to_owned();
    let log = story.bench.get("https://graph.microsoft.com/v1.0/auditLogs/directoryAudits", &token).await;
    let record = &log.body["value"][0];
    assert_eq!(record["activityDisplayName"], "Consent to application", "{}", log.body);
    assert_eq!(record["initiatedBy"]["user"]["userPrincipalName"], "admin@wharf.onmicrosoft.com");
    assert_eq!(record["targetResources"][0]["displayName"], "Reports <for> you");
}

#[tokio::test]
async fn an_admin_who_declines_returns_with_an_error_and_nothing_changed() {
    let story = Story::begin().await;
    let query = returned(&story.decide(story.link("organizations", RETURN), "", "decline").await);
    assert_eq!((query["error"].as_str(), query["error_subcode"].as_str()), ("access_denied", "cancel"));
    assert_eq!(query["admin_consent"], "True", "errors carry it as well");
    assert!(query["error_description"].starts_with("AADSTS65004"));
    assert!(!story.consented());
}

#[tokio::test]
async fn nobody_but_an_admin_of_the_tenant_may_consent() {
    let story = Story::begin().await;
    let customer = story.customer.to_string();
    let cases = [
        ("mila.novak@wharf.onmicrosoft.com", StatusCode::FORBIDDEN, "AADSTS90094"),
        ("admin@juniper.onmicrosoft.com", StatusCode::FORBIDDEN, "AADSTS50020"),
        ("nobody@wharf.onmicrosoft.com", StatusCode::UNAUTHORIZED, "AADSTS50126"),
    ];
    for (user, status, code) in cases {
        let answer = story.decide(story.link(&customer, RETURN), user, "accept").await;
        assert_eq!(answer.status, status, "{user}");
        assert!(answer.body.as_str().unwrap().contains(code), "{user}: {}", answer.body);
    }
    // An Application Administrator may not consent to permissions of Microsoft Graph.
    let home = story.bench.lab.seed().home.admin.clone();
    let answer = story.decide(story.link("organizations", RETURN), &home, "accept").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!story.consented());
}

#[tokio::test]
async fn a_link_with_a_foreign_return_address_leads_nowhere() {
    let story = Story::begin().await;
    for redirect in
        ["https://evil.example/", "http://localhost:8400/consented", "http://localhost:8400/consented?from=lab&x=1"]
    {
        let answer = story.decide(story.link("organizations", redirect), "admin@wharf.onmicrosoft.com", "accept").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{redirect}");
        assert!(answer.body.as_str().unwrap().contains("AADSTS50011"), "{}", answer.body);
        assert!(!answer.headers.contains_key("location"));
    }
    assert!(!story.consented());
}

#[tokio::test]
async fn a_link_that_asks_for_something_unknown_leads_nowhere() {
    let story = Story::begin().await;
    for scope in ["https://unknown.example/.default", "https://graph.microsoft.com/", "Shoes.Read", "openid Shoes.Read"]
    {
        let mut link = story.link("organizations", RETURN);
        let others: Vec<_> = link.query_pairs().into_owned().filter(|(name, _)| name != "scope").collect();
        link.query_pairs_mut().clear().extend_pairs(others).append_pair("scope", scope);
        let answer = story.decide(link, "admin@wharf.onmicrosoft.com", "accept").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{scope}");
        assert!(answer.body.as_str().unwrap().contains("AADSTS70011"), "{scope}: {}", answer.body);
    }
    assert!(!story.consented());
}

#[tokio::test]
async fn another_web_site_cannot_press_the_button() {
    let story = Story::begin().await;
    let password = story.bench.lab.seed().home.password;
    let form = [("username", "admin@wharf.onmicrosoft.com"), ("password", password), ("decision", "accept")];
    let request = story.bench.http.post(story.link("organizations", RETURN)).form(&form);
    let answer = request.header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!story.consented());
}
