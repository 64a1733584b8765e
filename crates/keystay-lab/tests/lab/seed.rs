//! A lab that can be repeated.

use keystay_lab::{Fault, LabOptions, LabState, NewApp, Role, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Bench, KEY};

const VAULT: &str = "second.vault.azure.net";

/// Everything that makes an id, in one order.
async fn story(bench: &Bench) -> Vec<String> {
    let (directory, vaults) = (bench.lab.directory(), bench.lab.vaults());
    let tenant = directory.create_tenant("wharf");
    let app = NewApp { display_name: "Reports".to_owned(), multi_tenant: true, ..NewApp::default() };
    let app = directory.create_app(app).unwrap();
    directory.consent(app.app_id, tenant).unwrap();
    let key_id = directory.add_certificate(app.app_id, &KEY.der, "test").unwrap();
    let identity = directory.create_managed_identity("worker");
    vaults.create(VAULT, bench.lab.seed().home.id);
    let admin = directory.tenant(directory.home()).unwrap().users[0].id;
    vaults.assign_role(VAULT, admin, Role::Administrator, Scope::Vault);
    let der = vaults.create_certificate(VAULT, "signer", false).unwrap();
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    let principal = directory.principal(app.app_id, tenant).unwrap().id;
    let mut ids: Vec<String> =
        [tenant, app.id, app.app_id, principal, key_id, identity.object_id, identity.client_id, admin]
            .iter()
            .map(Uuid::to_string)
            .collect();
    ids.push(vaults.newest_version(VAULT, "signer").unwrap());
    ids.push(certificate.raw_serial_as_string());
    ids.push(made_over_http(bench).await);
    ids
}

/// The version of a key that a person makes with the service's own call.
async fn made_over_http(bench: &Bench) -> String {
    let home = &bench.lab.seed().home;
    let fields = [
        ("grant_type", "password"),
        ("client_id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"),
        ("username", &home.admin),
        ("password", home.password),
        ("scope", "https://vault.azure.net/.default"),
    ];
    let url = crate::support::token_endpoint(&"organizations");
    let token = bench.post(&url, &fields).await.token().to_owned();
    let url = format!("https://{VAULT}/keys/made/create?api-version=7.4");
    let request = bench.http.post(url).bearer_auth(token).json(&json!({ "kty": "EC" }));
    let made: Value = request.send().await.unwrap().json().await.unwrap();
    made["key"]["kid"].as_str().unwrap().to_owned()
}

async fn seeded(seed: u64) -> Bench {
    Bench::start(LabOptions::new().with_ready_app(true).with_seed(seed)).await
}

#[tokio::test]
async fn the_same_seed_and_the_same_requests_make_the_same_ids() {
    let (one, two, other) = (seeded(7).await, seeded(7).await, seeded(8).await);
    // looking at the lab moves nothing
    one.get(&format!("{}/lab/state-summary", one.lab.control_url()), "").await;
    let ids = story(&one).await;
    assert_eq!(ids, story(&two).await);
    let others = story(&other).await;
    let shared: Vec<_> = ids.iter().filter(|id| others.contains(id)).collect();
    // the administrator is in the world every lab starts with
    assert_eq!(shared, [&ids[7]]);
    let tenants = |bench: &Bench| bench.lab.directory().tenants();
    assert_eq!(tenants(&one), tenants(&two));
}

#[tokio::test]
async fn the_same_seed_strikes_the_same_requests_and_tells_no_secret() {
    let (one, two) = (seeded(7).await, seeded(7).await);
    let hits = async |bench: &Bench| {
        bench.lab.faults().add(Fault { probability: 0.5, ..Fault::status(503) });
        let mut hits = Vec::new();
        for _ in 0..32 {
            hits.push(bench.get("https://graph.microsoft.com/v1.0/users", "x").await.status);
        }
        bench.lab.faults().clear();
        hits
    };
    assert_eq!(hits(&one).await, hits(&two).await);

    let secret =
        |bench: &Bench| bench.lab.directory().add_secret(bench.app(), "s", std::time::Duration::from_secs(60)).unwrap();
    assert_ne!(secret(&one), secret(&two));
    let header = |bench: &Bench| bench.lab.environment().into_iter().find(|(name, _)| name == "IDENTITY_HEADER");
    assert_ne!(header(&one), header(&two));
    let key = |bench: &Bench| {
        let app = bench.lab.directory().application(bench.app()).unwrap();
        app.key_credentials[0].certificate.der().to_vec()
    };
    assert_ne!(key(&one), key(&two));
}

#[tokio::test]
async fn a_seeded_lab_that_starts_again_from_its_state_repeats_no_id() {
    let bench = seeded(7).await;
    let wharf = bench.lab.directory().create_tenant("wharf");
    let state = LabState::from_json(bench.lab.export().unwrap().to_json().unwrap().as_bytes()).unwrap();
    let next = bench.lab.directory().create_tenant("next");
    let again = Bench::start(LabOptions::new().with_state(state)).await;
    assert!(again.lab.directory().tenant(wharf).is_some());
    assert_eq!(again.lab.directory().create_tenant("next"), next, "the seed goes with the state");
}
