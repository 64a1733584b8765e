//! A person signs in at an application: the page, the code, and what the code is worth.

use std::{collections::HashMap, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay_lab::{LabOptions, LabState, NewApp};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Bench, KEY, ps256, token_endpoint};

const WEB: &str = "https://harbor.example/signed-in";
const DEVICE: &str = "http://localhost/done";
const VERIFIER: &str = "a-verifier-that-nobody-guesses-because-it-is-long";
const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const SCOPE: &str = "openid profile offline_access User.Read";

/// A lab with an application that people of any tenant can sign in at, in a browser and on a device.
struct Story {
    bench: Bench,
    app: Uuid,
    secret: String,
}

impl Story {
    async fn begin() -> Self {
        let bench = Bench::ready().await;
        let directory = bench.lab.directory();
        let app = NewApp {
            display_name: "Harbor <Admin>".to_owned(),
            multi_tenant: true,
            redirect_uris: vec![WEB.to_owned()],
            public_redirect_uris: vec![DEVICE.to_owned()],
            ..NewApp::default()
        };
        let app = directory.create_app(app).unwrap().app_id;
        let secret = directory.add_secret(app, "s", Duration::from_secs(3600)).unwrap();
        directory.add_certificate(app, &KEY.der, "test").unwrap();
        Self { bench, app, secret }
    }

    /// The address of the page, with `changes` to a good request; an empty value leaves a parameter out.
    fn link(&self, tenant: &str, changes: &[(&str, &str)]) -> Url {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let app = self.app.to_string();
        let mut fields = HashMap::from([
            ("client_id", app.as_str()),
            ("response_type", "code"),
            ("redirect_uri", WEB),
            ("scope", SCOPE),
            ("state", "s&1"),
            ("nonce", "n-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("client_info", "1"),
        ]);
        fields.extend(changes.iter().copied());
        fields.retain(|_, value| !value.is_empty());
        let base = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize");
        Url::parse_with_params(&base, fields).unwrap()
    }

    async fn press(&self, link: &Url, user: &str, button: &str) -> Answer {
        let password = self.bench.lab.seed().home.password;
        let form = [("username", user), ("password", password), ("decision", button)];
        self.bench.post(link.as_str(), &form).await
    }

    async fn code(&self, link: &Url, user: &str) -> String {
        returned(&self.press(link, user, "sign-in").await)["code"].clone()
    }

    /// Redeems a code at the web address, with `changes` to a good request.
    async fn redeem(&self, code: &str, changes: &[(&str, &str)]) -> Answer {
        let app = self.app.to_string();
        let mut fields = HashMap::from([
            ("grant_type", "authorization_code"),
            ("client_id", app.as_str()),
            ("client_secret", self.secret.as_str()),
            ("code", code),
            ("redirect_uri", WEB),
            ("code_verifier", VERIFIER),
        ]);
        fields.extend(changes.iter().copied());
        fields.retain(|_, value| !value.is_empty());
        let fields: Vec<_> = fields.into_iter().collect();
        self.bench.post(&token_endpoint(&"organizations"), &fields).await
    }

    fn admin(&self) -> &str {
        &self.bench.lab.seed().juniper.admin
    }

    fn user(&self) -> &str {
        &self.bench.lab.seed().juniper.user
    }
}

#[track_caller]
fn returned(answer: &Answer) -> HashMap<String, String> {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.body);
    let location = Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
    location.query_pairs().into_owned().collect()
}

fn id_token(answer: &Answer) -> Value {
    let token = answer.body["id_token"].as_str().unwrap_or_else(|| panic!("no id token: {}", answer.body));
    jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims
}

#[tokio::test]
async fn an_admin_signs_in_and_the_application_learns_who_and_from_where() {
    let story = Story::begin().await;
    let link = story.link("organizations", &[]);
    let page = story.bench.get(link.as_str(), "").await;
    let text = page.body.as_str().unwrap();
    assert!(text.contains("Harbor &lt;Admin&gt;") && text.contains("<label for=\"password\">"), "{text}");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.ends_with("form-action 'self' https://harbor.example"),
        "{policy}"
    );

    let back = returned(&story.press(&link, story.admin(), "sign-in").await);
    assert_eq!(back["state"], "s&1");
    let answer = story.redeem(&back["code"], &[]).await;
    let juniper = story.bench.lab.directory().tenant(story.bench.juniper()).unwrap();
    let admin = juniper.users.iter().find(|user| user.user_principal_name == story.admin()).unwrap();
    let claims = id_token(&answer);
    assert_eq!(claims["tid"], json!(juniper.id));
    assert_eq!(claims["oid"], json!(admin.id));
    assert_eq!(claims["aud"], json!(story.app));
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["preferred_username"], story.admin());
    assert_eq!(claims["iss"], format!("https://login.microsoftonline.com/{}/v2.0", juniper.id));
    assert_eq!(answer.claims()["scp"], "openid profile User.Read");
    assert_eq!(answer.claims()["appidacr"], "1");
    assert_eq!(answer.body["token_type"], "Bearer");
    let info = BASE64_URL_SAFE_NO_PAD.decode(&back["client_info"]).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&info).unwrap(), json!({ "uid": admin.id, "utid": juniper.id }));
    assert!(story.bench.lab.directory().principal(story.app, juniper.id).is_some(), "signing in lets the app in");
}

#[tokio::test]
async fn a_code_works_once_and_for_ten_minutes_also_in_a_saved_world() {
    let story = Story::begin().await;
    let link = story.link("organizations", &[]);
    let code = story.code(&link, story.user()).await;
    story.redeem(&code, &[]).await.token();
    let again = story.redeem(&code, &[]).await;
    assert_eq!((again.aadsts(), &again.body["error"]), (54_005, &json!("invalid_grant")));

    let saved = LabState::from_json(story.bench.lab.export().unwrap().to_json().unwrap().as_bytes()).unwrap();
    let bench = Bench::start(LabOptions::new().with_state(saved)).await;
    let other = Story { bench, app: story.app, secret: story.secret.clone() };
    assert_eq!(other.redeem(&code, &[]).await.aadsts(), 54_005);

    let code = story.code(&link, story.user()).await;
    story.bench.lab.clock().advance(Duration::from_secs(601));
    assert_eq!(story.redeem(&code, &[]).await.aadsts(), 70_008);
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_anybody_else() {
    let story = Story::begin().await;
    let code = story.code(&story.link("organizations", &[]), story.user()).await;
    let ready = story.bench.app().to_string();
    let cases = [
        ("a made-up code", vec![("code", "0.AXXX")], 9_002_313),
        ("another application", vec![("client_id", ready.as_str())], 70_000),
        ("another return address", vec![("redirect_uri", DEVICE)], 500_112),
        ("another verifier", vec![("code_verifier", "another-verifier-that-is-long-enough-to-be-one")], 501_481),
        ("no verifier", vec![("code_verifier", "")], 501_481),
        ("no secret", vec![("client_secret", "")], 7_000_218),
        ("another secret", vec![("client_secret", "wrong")], 7_000_215),
    ];
    for (what, changes, code_of) in cases {
        let answer = story.redeem(&code, &changes).await;
        assert_eq!(answer.aadsts(), code_of, "{what}: {}", answer.body);
    }
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &story.app.to_string()),
        ("client_secret", &story.secret),
        ("code", &code),
        ("redirect_uri", WEB),
        ("code_verifier", VERIFIER),
    ];
    let elsewhere = story.bench.post(&token_endpoint(&story.bench.lab.seed().marlow.id), &fields).await;
    assert_eq!(elsewhere.aadsts(), 700_005);
    story.redeem(&code, &[]).await.token();
}

#[tokio::test]
async fn an_application_may_prove_itself_with_its_certificate_at_the_shared_endpoint() {
    let story = Story::begin().await;
    let code = story.code(&story.link("common", &[]), story.user()).await;
    let mut claims = story.bench.claims();
    claims["iss"] = json!(story.app);
    claims["sub"] = json!(story.app);
    claims["aud"] = token_endpoint(&"organizations").into();
    let assertion = ps256(&KEY, &claims);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let changes = [("client_secret", ""), ("client_assertion", assertion.as_str()), ("client_assertion_type", kind)];
    let answer = story.redeem(&code, &changes).await;
    assert_eq!(answer.claims()["appidacr"], "2");
}

#[tokio::test]
async fn a_public_client_has_its_verifier_and_nothing_else_to_show() {
    let story = Story::begin().await;
    let at = "http://localhost:51234/done";
    let code = story.code(&story.link("organizations", &[("redirect_uri", at)]), story.user()).await;
    let with_secret = story.redeem(&code, &[("redirect_uri", at)]).await;
    assert_eq!(with_secret.aadsts(), 700_025);
    let answer = story.redeem(&code, &[("redirect_uri", at), ("client_secret", "")]).await;
    assert_eq!(answer.claims()["appidacr"], "0");

    // Microsoft's own command line comes with what it is trusted with.
    let cli = [
        ("client_id", CLI),
        ("redirect_uri", "http://localhost:40000"),
        ("scope", "https://vault.azure.net/.default openid"),
    ];
    let code = story.code(&story.link("organizations", &cli), &story.bench.lab.seed().home.admin).await;
    let cli = [("client_id", CLI), ("redirect_uri", "http://localhost:40000"), ("client_secret", "")];
    let claims = story.redeem(&code, &cli).await.claims();
    assert_eq!((&claims["aud"], &claims["scp"]), (&json!("https://vault.azure.net"), &json!("user_impersonation")));
}

#[tokio::test]
async fn a_refresh_token_brings_new_tokens_until_the_person_is_gone() {
    let story = Story::begin().await;
    let code = story.code(&story.link("organizations", &[]), story.user()).await;
    let refresh = story.redeem(&code, &[]).await.body["refresh_token"].as_str().unwrap().to_owned();
    story.bench.lab.clock().advance(Duration::from_secs(2 * 3600));
    let app = story.app.to_string();
    let ask = async |secret: &str, token: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", app.as_str()),
            ("client_secret", secret),
            ("refresh_token", token),
        ];
        story.bench.post(&token_endpoint(&story.bench.juniper()), &fields).await
    };
    let fresh = story.bench.lab.directory().add_secret(story.app, "t", Duration::from_secs(400 * 86_400)).unwrap();
    let answer = ask(&fresh, &refresh).await;
    assert_eq!(id_token(&answer)["preferred_username"], story.user());
    assert_eq!(ask("", &refresh).await.aadsts(), 7_000_218);
    assert_eq!(ask(&fresh, answer.token()).await.aadsts(), 9_002_313, "an access token is no refresh token");
    story.bench.lab.directory().disable_principal(story.app, story.bench.juniper()).unwrap();
    assert_eq!(ask(&fresh, &refresh).await.aadsts(), 7_000_112);
    story.bench.lab.directory().enable_principal(story.app, story.bench.juniper()).unwrap();
    story.bench.lab.clock().advance(Duration::from_secs(91 * 86_400));
    assert_eq!(ask(&fresh, &refresh).await.aadsts(), 700_082);
}

#[tokio::test]
async fn requests_that_are_not_right_are_told_to_whom_it_is_safe_to_tell() {
    let story = Story::begin().await;
    let single = NewApp { redirect_uris: vec![WEB.to_owned()], ..NewApp::default() };
    let single = story.bench.lab.directory().create_app(single).unwrap().app_id.to_string();
    let on_the_page = [
        ("organizations", vec![("redirect_uri", "https://evil.example/")], "AADSTS50011"),
        ("organizations", vec![("redirect_uri", "https://harbor.example/signed-in/")], "AADSTS50011"),
        ("organizations", vec![("redirect_uri", "")], "AADSTS900144"),
        ("organizations", vec![("client_id", "00000000-1111-2222-3333-444444444444")], "AADSTS700016"),
        ("organizations", vec![("client_id", single.as_str())], "AADSTS50194"),
        ("nowhere.example.com", vec![], "AADSTS90002"),
        ("consumers", vec![], "AADSTS9002332"),
    ];
    for (tenant, changes, code) in on_the_page {
        let answer = story.bench.get(story.link(tenant, &changes).as_str(), "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{changes:?}");
        assert!(answer.body.as_str().unwrap().contains(code), "{changes:?}: {}", answer.body);
    }
    let to_the_application = [
        (vec![("prompt", "none")], "login_required", "AADSTS50058"),
        (vec![("prompt", "sometimes")], "invalid_request", "AADSTS90023"),
        (vec![("response_type", "token")], "unsupported_response_type", "AADSTS70005"),
        (vec![("response_mode", "pigeon")], "invalid_request", "AADSTS70007"),
        (vec![("code_challenge", "short")], "invalid_request", "AADSTS501491"),
        (vec![("scope", "https://vault.azure.net/.default User.Read")], "invalid_scope", "AADSTS28002"),
    ];
    for (changes, error, code) in to_the_application {
        let back = returned(&story.bench.get(story.link("organizations", &changes).as_str(), "").await);
        assert_eq!((back["error"].as_str(), back["state"].as_str()), (error, "s&1"), "{changes:?}");
        assert!(back["error_description"].starts_with(code), "{changes:?}: {back:?}");
    }
    let declined = returned(&story.press(&story.link("organizations", &[]), "", "cancel").await);
    assert_eq!(declined["error"], "access_denied");
}

#[tokio::test]
async fn a_person_who_may_not_sign_in_stays_on_the_page() {
    let story = Story::begin().await;
    let (juniper, marlow) = (story.bench.juniper().to_string(), story.bench.lab.seed().marlow.user.clone());
    let wide = [("scope", "openid Application.ReadWrite.All")];
    let cases = [
        (story.link("organizations", &[]), "nobody@juniper.onmicrosoft.com", StatusCode::UNAUTHORIZED, "AADSTS50034"),
        (story.link(&juniper, &[]), &marlow, StatusCode::FORBIDDEN, "AADSTS50020"),
        (story.link("organizations", &wide), story.user(), StatusCode::FORBIDDEN, "AADSTS90094"),
        (story.link("organizations", &[("scope", "Shoes.Read")]), story.admin(), StatusCode::FORBIDDEN, "AADSTS650053"),
    ];
    for (link, user, status, code) in cases {
        let answer = story.press(&link, user, "sign-in").await;
        assert_eq!(answer.status, status, "{user}");
        assert!(answer.body.as_str().unwrap().contains(code), "{user}: {}", answer.body);
    }
    let link = story.link("organizations", &[]);
    let form = [("username", story.user()), ("password", "wrong"), ("decision", "sign-in")];
    assert!(story.bench.post(link.as_str(), &form).await.body.as_str().unwrap().contains("AADSTS50126"));
    let foreign =
        story.bench.http.post(link).form(&form).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    // An administrator can give what a user cannot.
    let code = story.code(&story.link("organizations", &wide), story.admin()).await;
    assert_eq!(story.redeem(&code, &[]).await.claims()["scp"], "openid Application.ReadWrite.All");
}

#[tokio::test]
async fn what_was_granted_for_one_person_or_to_another_application_is_nobody_elses() {
    let story = Story::begin().await;
    let wide = story.link("organizations", &[("scope", "openid Application.ReadWrite.All")]);
    let refused = async |user: &str| {
        let answer = story.press(&wide, user, "sign-in").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{user}");
        assert!(answer.body.as_str().unwrap().contains("AADSTS90094"), "{user}: {}", answer.body);
    };
    story.code(&story.link("organizations", &[]), story.user()).await;
    let juniper = story.bench.lab.directory().tenant(story.bench.juniper()).unwrap();
    let person = juniper.users.iter().find(|user| user.user_principal_name == story.user()).unwrap();
    let password = story.bench.lab.seed().juniper.password;
    let admin = story.bench.sign_in(story.admin(), password).await.token().to_owned();
    let principal = |app: Uuid| story.bench.lab.directory().principal(app, juniper.id).unwrap().id;
    let graph = "https://graph.microsoft.com/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let graph = story.bench.get(graph, &admin).await.body["id"].clone();
    let grant = async |client: Uuid, to: Value| {
        let mut body = json!({ "clientId": client, "resourceId": graph, "scope": "Application.ReadWrite.All" });
        body.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        let answer = story.bench.graph("POST", "oauth2PermissionGrants", &admin, &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    };

    grant(principal(story.bench.app()), json!({ "consentType": "AllPrincipals" })).await;
    refused(story.user()).await;
    grant(principal(story.app), json!({ "consentType": "Principal", "principalId": person.id })).await;
    let code = story.code(&wide, story.user()).await;
    assert_eq!(story.redeem(&code, &[]).await.claims()["scp"], "openid Application.ReadWrite.All");
    refused("kenji.watanabe@juniper.onmicrosoft.com").await;
}

#[tokio::test]
async fn the_answer_may_come_as_a_fragment_or_as_a_form() {
    let story = Story::begin().await;
    let fragment =
        story.press(&story.link("organizations", &[("response_mode", "fragment")]), story.user(), "sign-in").await;
    let location = Url::parse(fragment.headers["location"].to_str().unwrap()).unwrap();
    assert!(location.query().is_none() && location.fragment().unwrap().starts_with("code="), "{location}");

    let form = story
        .press(
            &story.link("organizations", &[("response_mode", "form_post"), ("state", "\"><b>")]),
            story.user(),
            "sign-in",
        )
        .await;
    let page = form.body.as_str().unwrap();
    assert!(page.contains("action=\"https://harbor.example/signed-in\"") && page.contains("name=\"code\""), "{page}");
    assert!(page.contains("value=\"&quot;&gt;&lt;b&gt;\"") && !page.contains("<b>"), "{page}");
    let policy = form.headers["content-security-policy"].to_str().unwrap();
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let hash = base64::prelude::BASE64_STANDARD.encode(digest(&SHA256, script.as_bytes()));
    assert!(policy.contains(&format!("script-src 'sha256-{hash}'")), "{policy}");
    assert!(policy.contains("form-action https://harbor.example"), "{policy}");
}

#[tokio::test]
async fn the_older_token_endpoint_takes_a_resource_and_answers_with_texts() {
    let bench = Bench::ready().await;
    let juniper = bench.juniper();
    let url = format!("https://login.microsoftonline.com/{juniper}/oauth2/token");
    let mut claims = bench.claims();
    claims["aud"] = url.as_str().into();
    let assertion = ps256(&KEY, &claims);
    let app = bench.app().to_string();
    let ask = async |resource: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", app.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
            ("resource", resource),
        ];
        bench.post(&url, &fields).await
    };
    let answer = ask("https://vault.azure.net/").await;
    assert_eq!(answer.claims()["aud"], "https://vault.azure.net/");
    assert_eq!(
        (&answer.body["expires_in"], &answer.body["resource"]),
        (&json!("3599"), &json!("https://vault.azure.net/"))
    );
    assert_eq!(answer.body["expires_on"], answer.claims()["exp"].to_string());
    assert_eq!(ask("").await.aadsts(), 900_144);
    assert_eq!(ask("https://unknown.example").await.aadsts(), 500_011);
}

#[tokio::test]
async fn a_client_that_understands_challenges_gets_a_token_for_a_day_and_only_then() {
    let bench = Bench::ready().await;
    let ask = async |scope: &str, claims: &str| {
        let mut fields = crate::support::assertion_fields(bench.app(), &ps256(&KEY, &bench.claims()));
        fields.retain(|(name, _)| *name != "scope");
        fields.extend([("scope", scope.to_owned()), ("claims", claims.to_owned())]);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        bench.post(&token_endpoint(&bench.juniper()), &fields).await
    };
    let cp1 = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    let graph = crate::support::GRAPH;
    let answer = ask(graph, cp1).await;
    assert_eq!((&answer.body["expires_in"], &answer.claims()["xms_cc"]), (&json!(86_700), &json!(["cp1"])));
    assert!(answer.body["refresh_in"].is_u64());
    let vault = ask("https://vault.azure.net/.default", cp1).await;
    assert_eq!((&vault.body["expires_in"], &vault.claims()["xms_cc"]), (&json!(3599), &json!(["cp1"])));
    assert_eq!(ask(graph, "").await.body["expires_in"], 3599);
    assert_eq!(ask(graph, "[1]").await.aadsts(), 9_002_313);

    let now = bench.now();
    let challenge = format!(r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{now}"}}}}}}"#);
    assert!(ask(graph, &challenge).await.claims()["nbf"].as_i64().unwrap() >= now);
}
