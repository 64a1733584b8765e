//! A broker that signs, and a thief on the same host who holds the same identity.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use keystay_broker::watch::{LedgerLine, Memory, Watch, WatchSettings, read_log};
use keystay_lab::{Role, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{House, SECRET};
use time::OffsetDateTime;

impl House {
    async fn ask(&self, tenant: &str) {
        let asked = json!({ "identity": "graph", "tenant": tenant });
        let request = reqwest::Client::new().post(self.url("/v1/token")).bearer_auth(SECRET).json(&asked);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    }

    /// What the vaults' log says, as a storage account would hold it.
    fn log(&self) -> String {
        let records = self.lab.audit().records();
        records.iter().map(|record| serde_json::to_string(record).unwrap() + "\r\n").collect()
    }

    fn compare(&self, memory: Memory, now: OffsetDateTime) -> (Vec<&'static str>, Memory) {
        let mut watch = Watch::new(WatchSettings::default(), memory);
        for line in self.journal().iter().filter_map(|line| LedgerLine::read(&line.to_string())) {
            watch.ledger(&line);
        }
        let (records, others) = read_log(&self.log()).unwrap();
        assert_eq!(others, 0);
        for record in &records {
            watch.record(record);
        }
        let alarms = watch.alarms(now);
        assert_eq!(watch.pending(), 0);
        (alarms.iter().map(|alarm| alarm.alarm.code()).collect(), watch.memory().clone())
    }
}

#[tokio::test]
async fn what_a_thief_does_with_the_hosts_identity_is_told_once_each_and_what_the_broker_does_never() {
    let house = House::start().await;
    house.ask(&house.customer()).await;
    house.ask(&house.lab.seed().marlow.id.to_string()).await;
    // by now the ledger and the log have had their time
    let later = OffsetDateTime::now_utc() + std::time::Duration::from_secs(600);
    let (alarms, memory) = house.compare(Memory::default(), later);
    assert!(alarms.is_empty(), "{alarms:?}");

    let thief = Thief::at(&house).await;
    thief.send("POST", "/keys/harbor-signer/{version}/sign", json!({ "alg": "PS256", "value": "A".repeat(43) })).await;
    thief.send("PATCH", "/keys/harbor-signer/{version}", json!({ "tags": { "mine": "now" } })).await;
    thief.send("GET", "/secrets/harbor-signer", Value::Null).await;
    let (mut alarms, memory) = house.compare(memory, later);
    alarms.sort_unstable();
    assert_eq!(alarms, ["foreign-sign", "key-changed", "secret-read"]);

    house.ask(&house.customer()).await;
    let (alarms, _) = house.compare(memory, later);
    assert!(alarms.is_empty(), "told already: {alarms:?}");
}

/// Somebody who took over the host and speaks to the vault directly.
struct Thief {
    client: reqwest::Client,
    token: String,
    vault: String,
    version: String,
}

impl Thief {
    async fn at(house: &House) -> Self {
        let seed = house.lab.seed();
        // too wide a role, as it is often given: a signer needs no right to change its key
        house.lab.vaults().assign_role(&seed.vault_host, seed.host_identity.object_id, Role::CryptoUser, Scope::Vault);
        let credential = support::surroundings(&house.lab).credential.unwrap();
        let token = credential.get_token(&["https://vault.azure.net/.default"], None).await.unwrap();
        let client = reqwest::Client::builder()
            .proxy(reqwest::Proxy::https(house.lab.proxy_url()).unwrap())
            .tls_certs_only([reqwest::Certificate::from_pem(house.lab.ca_pem().as_bytes()).unwrap()])
            .build()
            .unwrap();
        let key = &house.events("signed")[0]["key"];
        let version = key.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        Self { client, token: token.token.secret().to_owned(), vault: seed.vault_host.clone(), version }
    }

    async fn send(&self, method: &str, path: &str, body: Value) {
        let path = path.replace("{version}", &self.version);
        let url = format!("https://{}{path}?api-version=7.4", self.vault);
        let mut request = self.client.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    }
}
