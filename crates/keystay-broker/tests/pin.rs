//! A pin file names the version that signs, and a running broker follows it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use keystay::{Confirmation, Pin, SigningKey, Vault, VaultKey};
use keystay_broker::{Broker, Config};
use keystay_lab::{Lab, LabOptions};
use serde_json::{Value, json};
use support::{House, SECRET, configuration, folder, surroundings};
use time::OffsetDateTime;

fn write(path: &Path, generation: u64, key: &VaultKey) {
    let pin = json!({
        "generation": generation,
        "certificate": key.id().replace("/keys/", "/certificates/"),
        "x5t#S256": key.certificate().x5t_s256(),
        "since": OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc3339).unwrap(),
        "exportable": false,
    });
    let whole = path.with_extension("new");
    std::fs::write(&whole, pin.to_string()).unwrap();
    std::fs::rename(whole, path).unwrap();
    assert_eq!(Pin::read(path).unwrap().generation, generation);
}

async fn token(house: &House, tenant: &str) -> Value {
    let asked = json!({ "identity": "graph", "tenant": tenant });
    let request = reqwest::Client::new().post(house.url("/v1/token")).bearer_auth(SECRET).json(&asked);
    request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

/// Waits until a follower has said that it signs with this generation.
async fn followed(pin: &Path, generation: u64) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !Confirmation::read_all(pin).unwrap().iter().any(|said| said.generation == generation) {
        assert!(Instant::now() < deadline, "{:?}", Confirmation::read_all(pin));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_running_broker_signs_with_the_version_the_pin_names_next_and_keeps_its_tokens() {
    let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
    let (folder, around) = (folder(), surroundings(&lab));
    let (host, app) = (lab.seed().vault_host.clone(), lab.seed().ready_app.unwrap());
    let url = format!("https://{host}").parse().unwrap();
    let vault = Vault::new(&url, around.credential.clone().unwrap(), around.transport.clone()).unwrap();
    let pin = folder.join("harbor-signer.pin");
    std::fs::create_dir(Confirmation::directory(&pin)).unwrap();
    let first = VaultKey::from_certificate_name(&vault, "harbor-signer").await.unwrap();
    write(&pin, 1, &first);
    // somebody renewed the certificate, and nobody has registered it: "the newest" would fail
    let renewed = lab.vaults().create_certificate(&host, "harbor-signer", false).unwrap();
    let second = VaultKey::from_certificate_name(&vault, "harbor-signer").await.unwrap();
    assert_ne!(first.id(), second.id());

    let mut config = configuration(&lab, &folder);
    config["identities"]["graph"]["key"]["pin"] = json!(pin);
    let broker = Broker::start(&Config::read(&config).unwrap(), around).await.unwrap();
    let house = House { lab, broker, folder, config };
    let seed = house.lab.seed().clone();
    let juniper = token(&house, &seed.juniper.id.to_string()).await;
    followed(&pin, 1).await;

    house.lab.directory().add_certificate(app, &renewed, "renewed").unwrap();
    write(&pin, 2, &second);
    followed(&pin, 2).await;
    token(&house, &seed.marlow.id.to_string()).await;
    let signed: Vec<Value> = house.events("signed").iter().map(|line| line["key"].clone()).collect();
    assert_eq!(signed, [json!(first.id()), json!(second.id())]);
    let again = token(&house, &seed.juniper.id.to_string()).await;
    assert_eq!(again["access_token"], juniper["access_token"], "a cached token stays");

    // a broken file, an older pin and one of another thumbprint change nothing
    std::fs::write(&pin, "{").unwrap();
    write_and_wait(&pin, &first).await;
    for identity in house.broker.desk().setup().identities.values() {
        identity.forget(None);
    }
    token(&house, &seed.marlow.id.to_string()).await;
    assert_eq!(house.events("signed").last().unwrap()["key"], json!(second.id()));
}

/// An older generation, for longer than a follower takes to look.
async fn write_and_wait(pin: &Path, key: &VaultKey) {
    write(pin, 1, key);
    tokio::time::sleep(Duration::from_millis(2500)).await;
}

#[tokio::test]
async fn a_pin_beside_anything_but_a_certificate_is_a_mistake() {
    let lab = Lab::start(LabOptions::new().with_ready_app(true)).await.unwrap();
    let folder = folder();
    let mut config = configuration(&lab, &folder);
    config["identities"]["graph"]["key"] = json!({ "certificate_id": format!("https://{}/certificates/harbor-signer", lab.seed().vault_host), "pin": "x.pin" });
    let error = Config::read(&config).unwrap_err().to_string();
    let words = format!("{error} {:?}", Config::read(&config).unwrap_err());
    assert!(words.contains("identities.graph.key.pin"), "{words}");
    std::fs::remove_dir_all(folder).unwrap();
}
