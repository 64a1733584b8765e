//! Applications that prove themselves by the TLS handshake, and tokens bound to it.

use keystay_lab::Lab;
use reqwest::{Certificate, Client, Identity, Proxy, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Answer, Bench, ClientKey, GRAPH, KEY, OTHER_KEY, assertion_fields, ps256, token_endpoint};

const MTLS_HOST: &str = "mtlsauth.microsoft.com";
const USERS: &str = "https://mtlstb.graph.microsoft.com/v1.0/users?$select=id";

/// A client that shows the certificate of `key` to whoever asks for it.
fn client(lab: &Lab, key: Option<&ClientKey>) -> Client {
    let builder = Client::builder()
        .proxy(Proxy::https(lab.proxy_url()).unwrap())
        .tls_certs_only([Certificate::from_pem(lab.ca_pem().as_bytes()).unwrap()]);
    match key {
        Some(key) => builder.identity(Identity::from_pem(key.pem.as_bytes()).unwrap()).build().unwrap(),
        None => builder.build().unwrap(),
    }
}

/// A lab that lets its ready application prove itself by TLS.
async fn enabled_bench() -> Bench {
    let bench = Bench::ready().await;
    bench.lab.directory().set_mtls(bench.app(), true).unwrap();
    bench
}

async fn ask(bench: &Bench, key: Option<&ClientKey>, host: &str, changes: &[(&str, &str)]) -> Answer {
    let app = bench.app().to_string();
    let mut fields = std::collections::HashMap::from([
        ("grant_type", "client_credentials"),
        ("client_id", app.as_str()),
        ("scope", GRAPH),
        ("token_type", "mtls_pop"),
    ]);
    fields.extend(changes.iter().copied());
    let url = format!("https://{host}/{}/oauth2/v2.0/token", bench.juniper());
    Answer::read(client(&bench.lab, key).post(url).form(&fields).send().await.unwrap()).await
}

async fn users(bench: &Bench, key: Option<&ClientKey>, url: &str, scheme: &str, token: &str) -> StatusCode {
    let request = client(&bench.lab, key).get(url).header("authorization", format!("{scheme} {token}"));
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn the_handshake_proves_the_application_and_binds_the_token_to_its_certificate() {
    let bench = enabled_bench().await;
    for host in [MTLS_HOST, "westeurope.mtlsauth.microsoft.com"] {
        let answer = ask(&bench, Some(&KEY), host, &[]).await;
        assert_eq!(answer.body["token_type"], "mtls_pop", "{}", answer.body);
        assert_eq!(answer.claims()["cnf"], json!({ "x5t#S256": KEY.x5t_s256 }));
        assert_eq!((&answer.claims()["appid"], &answer.claims()["appidacr"]), (&json!(bench.app()), &json!("2")));
    }
    let bearer = ask(&bench, Some(&KEY), MTLS_HOST, &[("token_type", "Bearer")]).await;
    assert_eq!(bearer.aadsts(), 7_000_218, "a bearer token is asked for by leaving the type out");
    let bearer = ask(&bench, Some(&KEY), MTLS_HOST, &[("token_type", "")]).await;
    assert_eq!((&bearer.body["token_type"], bearer.claims().get("cnf")), (&json!("Bearer"), None));
}

#[tokio::test]
async fn who_cannot_prove_itself_by_tls_gets_no_token() {
    let bench = Bench::ready().await;
    assert_eq!(ask(&bench, Some(&KEY), MTLS_HOST, &[]).await.aadsts(), 51_000, "nobody enabled it");
    let allow = async |app: Uuid, enabled: bool| {
        let url = format!("{}/lab/apps/{app}", bench.lab.control_url());
        bench.http.patch(url).json(&json!({ "mtls": enabled })).send().await.unwrap().status()
    };
    assert_eq!(allow(bench.app(), true).await, StatusCode::OK);
    ask(&bench, Some(&KEY), MTLS_HOST, &[]).await.token();

    assert_eq!(ask(&bench, Some(&OTHER_KEY), MTLS_HOST, &[]).await.aadsts(), 700_027);
    assert_eq!(ask(&bench, None, MTLS_HOST, &[]).await.aadsts(), 50_192);
    assert_eq!(ask(&bench, Some(&KEY), "login.microsoftonline.com", &[]).await.aadsts(), 50_192, "it asks for none");
    assert_eq!(ask(&bench, Some(&KEY), MTLS_HOST, &[("client_secret", "x")]).await.aadsts(), 90_023);
    assert_eq!(ask(&bench, Some(&KEY), MTLS_HOST, &[("token_type", "pop")]).await.aadsts(), 90_023);
    let management = [("scope", "https://management.azure.com/.default")];
    assert_eq!(ask(&bench, Some(&KEY), MTLS_HOST, &management).await.aadsts(), 392_196);
    bench.lab.clock().advance(std::time::Duration::from_secs(370 * 86_400));
    assert_eq!(ask(&bench, Some(&KEY), MTLS_HOST, &[]).await.aadsts(), 1_000_502);

    assert_eq!(allow(bench.app(), false).await, StatusCode::OK);
    assert_eq!(ask(&bench, Some(&KEY), MTLS_HOST, &[]).await.aadsts(), 51_000);
    assert_eq!(allow(Uuid::new_v4(), true).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_assertion_made_out_to_either_host_is_taken_at_either() {
    let bench = Bench::ready().await;
    let mut claims = bench.claims();
    claims["aud"] = format!("https://{MTLS_HOST}/{}/oauth2/v2.0/token", bench.juniper()).into();
    let fields = assertion_fields(bench.app(), &ps256(&KEY, &claims));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    bench.post(&token_endpoint(&bench.juniper()), &fields).await.token();
}

#[tokio::test]
async fn a_bound_token_is_worth_nothing_without_its_key() {
    let bench = enabled_bench().await;
    let bound = ask(&bench, Some(&KEY), MTLS_HOST, &[]).await.token().to_owned();
    let plain_host = USERS.replace("mtlstb.", "");
    assert_eq!(users(&bench, Some(&KEY), USERS, "mtls_pop", &bound).await, StatusCode::OK);
    let refused = [
        ("another key", Some(&*OTHER_KEY), USERS, "mtls_pop"),
        ("no key", None, USERS, "mtls_pop"),
        ("as a bearer token", Some(&*KEY), USERS, "Bearer"),
        ("as a bearer token elsewhere", Some(&*KEY), &plain_host, "Bearer"),
        ("where nobody asks for a key", Some(&*KEY), &plain_host, "mtls_pop"),
    ];
    for (what, key, url, scheme) in refused {
        assert_eq!(users(&bench, key, url, scheme, &bound).await, StatusCode::UNAUTHORIZED, "{what}");
    }
    let bearer = bench.app_token(bench.juniper()).await.token().to_owned();
    assert_eq!(users(&bench, Some(&KEY), USERS, "Bearer", &bearer).await, StatusCode::OK);
    assert_eq!(users(&bench, Some(&KEY), USERS, "mtls_pop", &bearer).await, StatusCode::UNAUTHORIZED);

    let vault = ask(&bench, Some(&KEY), MTLS_HOST, &[("scope", "https://vault.azure.net/.default")]).await;
    let vault = vault.token().to_owned();
    let url = "https://harborvault.vault.azure.net/keys?api-version=7.4";
    assert_eq!(users(&bench, Some(&KEY), url, "Bearer", &vault).await, StatusCode::UNAUTHORIZED);
}
