//! Tokens for an application: what is accepted, and which code a refusal has.

use std::time::Duration;

use jsonwebtoken::{Algorithm, Header, encode};
use keystay_lab::{NewApp, graph_role};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Bench, GRAPH, KEY, OTHER_KEY, assertion_fields, ps256, rs256, token_endpoint};

#[tokio::test]
async fn assertions_in_both_algorithms_get_a_token_with_the_consented_role() {
    let bench = Bench::ready().await;
    for assertion in [ps256(&KEY, &bench.claims()), rs256(&KEY, &bench.claims())] {
        let answer = bench.ask(&bench.juniper(), &assertion).await;
        assert_eq!(answer.body["expires_in"], 3599);
        assert_eq!(answer.body["token_type"], "Bearer");
        assert_eq!(answer.body.get("refresh_in"), None);
        let claims = answer.claims();
        assert_eq!(claims["aud"], "https://graph.microsoft.com");
        assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", bench.juniper()));
        assert_eq!(claims["tid"], json!(bench.juniper()));
        assert_eq!(claims["appid"], json!(bench.app()));
        assert_eq!(claims["roles"], json!(["User.ReadBasic.All"]));
        assert_eq!(claims["appidacr"], "2");
        assert_eq!(claims["idtyp"], "app");
        assert_eq!(claims["ver"], "1.0");
    }
}

#[tokio::test]
async fn a_tenant_may_be_named_by_its_domain_in_any_case_and_the_audience_in_any_of_its_forms() {
    let bench = Bench::ready().await;
    let domain = bench.ask(&"JUNIPER.onmicrosoft.com", &ps256(&KEY, &bench.claims())).await;
    assert_eq!(domain.status, StatusCode::OK, "{}", domain.body);
    for audience in [
        "https://login.microsoftonline.com/juniper.onmicrosoft.com/oauth2/v2.0/token".to_owned(),
        format!("https://login.microsoftonline.com/{}/oauth2/token", bench.juniper()),
        format!("https://login.windows.net/{}/oauth2/v2.0/token", bench.juniper()),
    ] {
        let mut claims = bench.claims();
        claims["aud"] = audience.clone().into();
        let answer = bench.ask_with(&claims).await;
        assert_eq!(answer.status, StatusCode::OK, "{audience}: {}", answer.body);
    }
}

#[tokio::test]
async fn times_in_the_forms_that_shipping_libraries_send_are_accepted() {
    let bench = Bench::ready().await;
    let now = bench.now();
    let strings = json!({ "nbf": now.to_string(), "exp": (now + 600).to_string() });
    #[expect(clippy::cast_precision_loss, reason = "a time of this century is exact")]
    let floats = json!({ "nbf": null, "iat": now as f64 + 0.25, "exp": now as f64 + 600.25 });
    for times in [strings, floats] {
        let mut claims = bench.claims();
        for (name, value) in times.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let answer = bench.ask_with(&claims).await;
        assert_eq!(answer.status, StatusCode::OK, "{claims}: {}", answer.body);
    }
}

#[tokio::test]
async fn one_assertion_is_accepted_again_and_may_live_for_a_year() {
    let bench = Bench::ready().await;
    let mut claims = bench.claims();
    claims["exp"] = (bench.now() + 360 * 24 * 3600).into();
    let assertion = ps256(&KEY, &claims);
    bench.ask(&bench.juniper(), &assertion).await.token();
    bench.ask(&bench.juniper(), &assertion).await.token();
    bench.lab.clock().advance(Duration::from_secs(300 * 24 * 3600));
    bench.ask(&bench.juniper(), &assertion).await.token();
}

#[tokio::test]
async fn an_assertion_without_jti_and_nbf_is_accepted() {
    let bench = Bench::ready().await;
    let mut claims = bench.claims();
    claims.as_object_mut().unwrap().retain(|name, _| name != "jti" && name != "nbf");
    bench.ask_with(&claims).await.token();
}

#[tokio::test]
async fn thumbprints_as_shipping_libraries_spell_them_are_understood() {
    let bench = Bench::ready().await;
    let standard = |text: &str| text.replace('-', "+").replace('_', "/") + "=";
    let sha256 = Header { x5t_s256: Some(standard(&KEY.x5t_s256)), ..Header::new(Algorithm::PS256) };
    let sha1 = Header { x5t: Some(standard(&KEY.x5t)), ..Header::new(Algorithm::RS256) };
    let padded = Header { x5t_s256: Some(format!("{}=", KEY.x5t_s256)), ..Header::new(Algorithm::PS256) };
    for header in [sha256, sha1, padded] {
        let assertion = encode(&header, &bench.claims(), &KEY.signing).unwrap();
        bench.ask(&bench.juniper(), &assertion).await.token();
    }
}

#[tokio::test]
async fn the_thumbprint_of_another_certificate_names_no_key_whoever_signed() {
    let bench = Bench::ready().await;
    let (right, wrong) = (&KEY, &OTHER_KEY);
    for (x5t_s256, x5t) in [
        (Some(&wrong.x5t_s256), None),
        (None, Some(&wrong.x5t)),
        (Some(&wrong.x5t_s256), Some(&right.x5t)),
        (Some(&right.x5t), None),
        (None, Some(&right.x5t_s256)),
    ] {
        let header = Header { x5t_s256: x5t_s256.cloned(), x5t: x5t.cloned(), ..Header::new(Algorithm::PS256) };
        let answer = bench.ask(&bench.juniper(), &encode(&header, &bench.claims(), &KEY.signing).unwrap()).await;
        assert_eq!(answer.aadsts(), 700_027, "{header:?}");
        let reason = answer.body["error_description"].as_str().unwrap();
        assert!(reason.contains("[Reason - The key was not found."), "{header:?}: {reason}");
    }
}

#[tokio::test]
async fn assertions_that_do_not_prove_the_app_are_refused() {
    let bench = Bench::ready().await;
    let good = bench.claims();
    let change = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        ps256(&KEY, &claims)
    };
    let no_key = Header::new(Algorithm::PS256);
    let forged = Header { x5t_s256: Some(KEY.x5t_s256.clone()), ..Header::new(Algorithm::PS256) };
    let cases = [
        ("a thumbprint of no registered key", ps256(&OTHER_KEY, &good), 700_027),
        ("no thumbprint", encode(&no_key, &good, &KEY.signing).unwrap(), 700_027),
        ("signed by another key", encode(&forged, &good, &OTHER_KEY.signing).unwrap(), 700_027),
        ("the audience of another tenant", change("aud", token_endpoint(&bench.lab.seed().marlow.id).into()), 700_023),
        ("the audience of no tenant", change("aud", token_endpoint(&"common").into()), 700_023),
        ("another subject", change("sub", json!(Uuid::new_v4())), 700_021),
        ("another issuer", change("iss", json!(Uuid::new_v4())), 700_021),
        ("expired beyond the skew", change("exp", (bench.now() - 310).into()), 700_024),
        ("valid in the future beyond the skew", change("nbf", (bench.now() + 310).into()), 700_024),
        ("no end", change("exp", Value::Null), 50_027),
        ("not a JWT", "abc".to_owned(), 50_027),
    ];
    for (what, assertion, code) in cases {
        let answer = bench.ask(&bench.juniper(), &assertion).await;
        assert_eq!(answer.aadsts(), code, "{what}: {}", answer.body);
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (StatusCode::UNAUTHORIZED, &json!("invalid_client")),
            "{what}"
        );
    }
    let late_within_skew = bench.ask(&bench.juniper(), &change("exp", (bench.now() - 200).into())).await;
    late_within_skew.token();
}

#[tokio::test]
async fn an_expired_assertion_is_told_the_time_of_the_server() {
    let bench = Bench::ready().await;
    let claims = bench.claims();
    bench.lab.clock().advance(Duration::from_secs(3600));
    let answer = bench.ask_with(&claims).await;
    assert_eq!(answer.aadsts(), 700_024);
    assert!(answer.body["error_description"].as_str().unwrap().contains("Current time: 20"), "{}", answer.body);
    assert!(answer.headers.contains_key("date"));
}

#[tokio::test]
async fn a_certificate_past_its_end_and_a_removed_credential_are_refused() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    bench.lab.clock().advance(Duration::from_secs(370 * 24 * 3600));
    assert_eq!(bench.ask_with(&bench.claims()).await.aadsts(), 1_000_502);
    bench.lab.clock().set(std::time::SystemTime::now());
    let key_id = bench.key_id();
    bench.ask_with(&bench.claims()).await.token();
    directory.remove_key_credential(bench.app(), key_id).unwrap();
    let answer = bench.ask_with(&bench.claims()).await;
    assert_eq!(answer.aadsts(), 700_027);
    assert!(answer.body["error_description"].as_str().unwrap().contains("[Reason - The key was not found."));
}

#[tokio::test]
async fn a_tenant_that_has_not_consented_or_took_it_back_has_no_token_to_give() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    let newcomer = directory.create_tenant("newcomer");
    let answer = bench.app_token(newcomer).await;
    assert_eq!((answer.aadsts(), &answer.body["error"]), (700_016, &json!("unauthorized_client")));
    directory.consent(bench.app(), newcomer).unwrap();
    bench.app_token(newcomer).await.token();
    directory.revoke_consent(bench.app(), newcomer).unwrap();
    assert_eq!(bench.app_token(newcomer).await.aadsts(), 700_016);
    directory.delete_tenant(newcomer).unwrap();
    let answer = bench.app_token(newcomer).await;
    assert_eq!((answer.aadsts(), answer.status), (90_002, StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn a_disabled_app_or_principal_gets_no_token() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    directory.disable_principal(bench.app(), bench.juniper()).unwrap();
    assert_eq!(bench.app_token(bench.juniper()).await.aadsts(), 7_000_112);
    bench.app_token(bench.lab.seed().marlow.id).await.token();
    directory.enable_principal(bench.app(), bench.juniper()).unwrap();
    directory.disable_app(bench.app()).unwrap();
    assert_eq!(bench.app_token(bench.juniper()).await.aadsts(), 7_000_112);
    directory.enable_app(bench.app()).unwrap();
    bench.app_token(bench.juniper()).await.token();
}

#[tokio::test]
async fn a_single_tenant_app_works_at_home_only() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    let app = directory.create_app(NewApp { display_name: "Inner".to_owned(), ..NewApp::default() }).unwrap().app_id;
    let secret = directory.add_secret(app, "s", Duration::from_secs(3600)).unwrap();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &app.to_string()),
        ("client_secret", &secret),
        ("scope", GRAPH),
    ];
    bench.post(&token_endpoint(&directory.home()), &fields).await.token();
    assert_eq!(bench.post(&token_endpoint(&bench.juniper()), &fields).await.aadsts(), 50_194);
    directory.revoke_consent(app, directory.home()).unwrap();
    assert_eq!(bench.post(&token_endpoint(&directory.home()), &fields).await.aadsts(), 7_000_229);
}

#[tokio::test]
async fn a_client_secret_works_until_it_expires() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    let secret = directory.add_secret(bench.app(), "s", Duration::from_secs(3600)).unwrap();
    let app = bench.app().to_string();
    let ask = async |secret: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", app.as_str()),
            ("client_secret", secret),
            ("scope", GRAPH),
        ];
        bench.post(&token_endpoint(&bench.juniper()), &fields).await
    };
    assert_eq!(ask(&secret).await.claims()["appidacr"], "1");
    assert_eq!(ask("wrong").await.aadsts(), 7_000_215);
    assert_eq!(ask("").await.aadsts(), 7_000_218);
    bench.lab.clock().advance(Duration::from_secs(3601));
    assert_eq!(ask(&secret).await.aadsts(), 7_000_222);
}

#[tokio::test]
async fn requests_that_are_not_right_have_their_own_codes() {
    let bench = Bench::ready().await;
    let assertion = ps256(&KEY, &bench.claims());
    let ask = async |tenant: &str, changed: &str, value: &str| {
        let mut fields = assertion_fields(bench.app(), &assertion);
        fields.iter_mut().filter(|(name, _)| *name == changed).for_each(|field| value.clone_into(&mut field.1));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        bench.post(&token_endpoint(&tenant), &fields).await
    };
    let juniper = bench.juniper().to_string();
    let cases = [
        (juniper.as_str(), "grant_type", "", 900_144, "invalid_request"),
        (&juniper, "grant_type", "telepathy", 70_003, "unsupported_grant_type"),
        (&juniper, "client_id", "", 900_144, "invalid_request"),
        (&juniper, "client_id", "00000000-1111-2222-3333-444444444444", 700_016, "unauthorized_client"),
        (&juniper, "client_assertion_type", "saml", 90_014, "invalid_request"),
        (&juniper, "scope", "https://graph.microsoft.com/User.Read.All", 70_011, "invalid_scope"),
        (&juniper, "scope", "https://unknown.example/.default", 500_011, "invalid_resource"),
        ("common", "", "", 9_001_023, "invalid_request"),
        ("organizations", "", "", 9_001_023, "invalid_request"),
        ("nowhere.example.com", "", "", 90_002, "invalid_request"),
        ("notatenant", "", "", 900_023, "invalid_request"),
    ];
    for (tenant, field, value, code, error) in cases {
        let answer = ask(tenant, field, value).await;
        assert_eq!(answer.aadsts(), code, "{field}={value} at {tenant}: {}", answer.body);
        assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{field}={value}");
        assert_eq!(answer.body.get("error_uri").is_some(), code != 70_003);
    }
}

#[tokio::test]
async fn a_tenant_of_the_public_cloud_is_not_served_by_another_one() {
    let bench = Bench::ready().await;
    let fields = assertion_fields(bench.app(), &ps256(&KEY, &bench.claims()));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let at = |tenant: &str| format!("https://login.microsoftonline.us/{tenant}/oauth2/v2.0/token");
    assert_eq!(bench.post(&at(&bench.juniper().to_string()), &fields).await.aadsts(), 900_382);
    assert_eq!(bench.post(&at(&Uuid::new_v4().to_string()), &fields).await.aadsts(), 90_002);
}

#[tokio::test]
async fn the_callers_request_id_comes_back() {
    let bench = Bench::ready().await;
    let id = Uuid::new_v4().to_string();
    let request = bench.http.post(token_endpoint(&bench.juniper())).header("client-request-id", &id);
    let answer = crate::support::Answer::read(request.send().await.unwrap()).await;
    assert_eq!(answer.body["correlation_id"], id);
}

#[tokio::test]
async fn a_policy_sets_the_life_of_tokens_and_long_ones_come_with_refresh_advice() {
    let bench = Bench::ready().await;
    bench.lab.directory().set_token_lifetime(bench.juniper(), Duration::from_secs(86_400)).unwrap();
    let answer = bench.app_token(bench.juniper()).await;
    assert_eq!((&answer.body["expires_in"], &answer.body["refresh_in"]), (&json!(86_400), &json!(43_200)));
}

#[tokio::test]
async fn people_sign_in_with_the_command_lines_of_microsoft_only() {
    let bench = Bench::ready().await;
    let home = &bench.lab.seed().home;
    let answer = bench.sign_in(&home.admin, home.password).await;
    let claims = answer.claims();
    assert_eq!(claims["upn"], home.admin);
    assert_eq!(claims["wids"], json!(["9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"]));
    assert!(claims["scp"].as_str().unwrap().contains("Application.ReadWrite.All"));
    assert_eq!(answer.body.get("id_token"), None, "nobody asked for one");
    assert_eq!(bench.sign_in(&home.admin, "wrong").await.aadsts(), 50_126);
    assert_eq!(bench.sign_in("nobody@harbor.onmicrosoft.com", home.password).await.aadsts(), 50_034);
    let fields = [
        ("grant_type", "password"),
        ("client_id", &bench.app().to_string()),
        ("username", &home.admin),
        ("password", home.password),
        ("scope", GRAPH),
    ];
    assert_eq!(bench.post(&token_endpoint(&home.id), &fields).await.aadsts(), 7_000_218);
}

#[tokio::test]
async fn a_person_who_asks_for_openid_is_told_who_they_are() {
    let bench = Bench::ready().await;
    let home = &bench.lab.seed().home;
    let client = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    let fields = [
        ("grant_type", "password"),
        ("client_id", client),
        ("username", &home.user),
        ("password", home.password),
        ("scope", "https://vault.azure.net/.default openid profile offline_access"),
    ];
    let answer = bench.post(&token_endpoint(&home.id), &fields).await;
    assert_eq!(
        (&answer.claims()["aud"], &answer.claims()["scp"]),
        (&json!("https://vault.azure.net"), &json!("user_impersonation"))
    );
    let id_token = answer.body["id_token"].as_str().unwrap();
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(id_token).unwrap().claims;
    assert_eq!((&claims["aud"], &claims["preferred_username"]), (&json!(client), &json!(home.user)));
    assert!(answer.body["client_info"].is_string());
}

#[tokio::test]
async fn metadata_and_keys_verify_the_tokens() {
    let bench = Bench::ready().await;
    let url = format!("https://login.microsoftonline.com/{}/v2.0/.well-known/openid-configuration", bench.juniper());
    let metadata: Value = bench.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["token_endpoint"], token_endpoint(&bench.juniper()));
    let keys = bench.http.get(metadata["jwks_uri"].as_str().unwrap()).send().await.unwrap();
    let keys: jsonwebtoken::jwk::JwkSet = keys.json().await.unwrap();
    let token = bench.app_token(bench.juniper()).await;
    let key = jsonwebtoken::DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    let mut validation = jsonwebtoken::Validation::new(Algorithm::RS256);
    validation.set_audience(&["https://graph.microsoft.com"]);
    jsonwebtoken::decode::<Value>(token.token(), &key, &validation).unwrap();
}

#[tokio::test]
async fn a_thousand_customers_are_made_and_consent_in_no_time() {
    let bench = Bench::ready().await;
    let directory = bench.lab.directory();
    let customers = directory.create_tenants(1000);
    for customer in &customers {
        directory.consent(bench.app(), *customer).unwrap();
    }
    let twin = directory.create_tenant("customer1");
    assert_eq!(directory.tenant(customers[0]).unwrap().default_domain(), "customer1.onmicrosoft.com");
    assert_eq!(directory.tenant(twin).unwrap().default_domain(), "customer1-2.onmicrosoft.com");
    assert_eq!(bench.app_token(customers[999]).await.claims()["roles"], json!(["User.ReadBasic.All"]));
    assert_eq!(
        directory.application(bench.app()).unwrap().required_resource_access[0].roles,
        [graph_role::USER_READ_BASIC_ALL]
    );
}
