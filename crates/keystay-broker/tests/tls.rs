//! The TLS listener, from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use keystay_broker::{CertificateHash, Config};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use reqwest::{Identity, StatusCode};
use serde_json::{Value, json};
use support::{GRAPH, House, SECRET, with_tls};
use time::OffsetDateTime;
use tokio::io::AsyncReadExt;

/// An authority for certificates of clients and servers.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
struct Pair {
    certificate: String,
    key: String,
    hash: CertificateHash,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, purpose: ExtendedKeyUsagePurpose, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let hash = CertificateHash::of(certificate.der());
        Pair { certificate: certificate.pem(), key: key.serialize_pem(), hash }
    }

    fn client(&self, uris: &[&str]) -> Pair {
        self.issue(ExtendedKeyUsagePurpose::ClientAuth, |params| {
            params.subject_alt_names = uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())).collect();
        })
    }

    fn write(&self, path: &Path) {
        fs::write(path, self.0.pem()).unwrap();
    }
}

impl Pair {
    fn identity(&self) -> Identity {
        Identity::from_pem(format!("{}{}", self.key, self.certificate).as_bytes()).unwrap()
    }

    fn write(&self, folder: &Path) {
        fs::write(folder.join("server.pem"), &self.certificate).unwrap();
        fs::write(folder.join("server.key"), &self.key).unwrap();
    }
}

fn ask(house: &House, client: &reqwest::Client) -> reqwest::RequestBuilder {
    let asked = json!({ "identity": "graph", "tenant": house.customer(), "scope": GRAPH });
    client.post(house.tls_url("/v1/token")).json(&asked)
}

#[tokio::test]
async fn the_brokers_own_certificate_is_for_this_computer_and_trusted_by_its_authority_only() {
    let house = House::with(with_tls).await;
    let port = house.broker.tls().unwrap().port();
    let client = house.over_tls();
    for host in ["localhost", "127.0.0.1"] {
        let asked = json!({ "identity": "graph", "tenant": house.customer() });
        let url = format!("https://{host}:{port}/v1/token");
        let answer = client.post(url).bearer_auth(SECRET).json(&asked).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{host}");
    }
    let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(ask(&house, &stranger).send().await.unwrap_err().is_connect());

    // whoever trusts it trusts no other host by it
    let pem = fs::read(house.folder.join("broker-ca.pem")).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let authority = pem.parse_x509().unwrap();
    let limits = authority.name_constraints().unwrap().unwrap().value;
    assert_eq!(limits.permitted_subtrees.as_ref().unwrap().len(), 3);
    assert!(authority.is_ca());
}

#[tokio::test]
async fn a_wrong_host_a_page_and_a_stranger_are_turned_away_over_tls_too() {
    let house = House::with(with_tls).await;
    let client = house.over_tls();
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example"), ("x-forwarded-for", "::1")] {
        let answer = ask(&house, &client).bearer_auth(SECRET).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(ask(&house, &client).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(house.events("turned-away").pop().unwrap()["reason"], "nothing-presented");
}

/// A broker that believes one authority, with these callers.
async fn house_of(authority: &Authority, callers: Value) -> House {
    House::with(|config| {
        with_tls(config);
        config["listen"].as_object_mut().unwrap().remove("loopback");
        let file = PathBuf::from(config["listen"]["socket"].as_str().unwrap()).with_file_name("clients.pem");
        authority.write(&file);
        config["listen"]["tls"]["client_ca"] = json!(file);
        config["rules"][0]["callers"] = json!(callers.as_object().unwrap().keys().collect::<Vec<_>>());
        config["callers"] = callers;
    })
    .await
}

#[tokio::test]
async fn a_caller_is_known_by_its_certificate_or_by_the_uri_it_is_for() {
    let authority = Authority::new();
    let (pinned, workload) = (authority.client(&[]), authority.client(&["spiffe://apps.test/reports"]));
    let house = house_of(
        &authority,
        json!({
            "pinned": { "certificate_sha256": pinned.hash.to_string() },
            "workload": { "certificate_uri": "spiffe://apps.test/reports" },
        }),
    )
    .await;
    for (pair, caller) in [(&pinned, "pinned"), (&workload, "workload")] {
        let client = house.tls_client().identity(pair.identity()).build().unwrap();
        assert_eq!(ask(&house, &client).send().await.unwrap().status(), StatusCode::OK);
        let granted = house.events("granted").pop().unwrap();
        let evidence = &granted["evidence"];
        assert_eq!(granted["caller"], caller);
        assert_eq!((&evidence["by"], &evidence["sha256"]), (&json!("certificate"), &json!(pair.hash.to_string())));
    }
    assert_eq!(house.events("granted")[1]["evidence"]["uri"], "spiffe://apps.test/reports");
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_refused() {
    let authority = Authority::new();
    let caller = json!({ "workload": { "certificate_uri": "spiffe://apps.test/reports" } });
    let house = house_of(&authority, caller).await;
    let uri = "spiffe://apps.test/reports";
    // good certificates of nobody: another URI, and one of two
    for uris in [["spiffe://apps.test/reports2"].as_slice(), &[uri, "spiffe://apps.test/other"], &[]] {
        let client = house.tls_client().identity(authority.client(uris).identity()).build().unwrap();
        assert_eq!(ask(&house, &client).send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{uris:?}");
        assert_eq!(house.events("turned-away").pop().unwrap()["reason"], "unknown-certificate");
    }
    // not of the authority, of another purpose, over
    let ended = authority.issue(ExtendedKeyUsagePurpose::ClientAuth, |params| {
        params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        params.not_after = OffsetDateTime::now_utc() - time::Duration::hours(1);
    });
    let server = authority.issue(ExtendedKeyUsagePurpose::ServerAuth, |params| {
        params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
    });
    for (pair, name) in [(Authority::new().client(&[uri]), "foreign"), (ended, "ended"), (server, "server")] {
        let client = house.tls_client().identity(pair.identity()).build().unwrap();
        assert!(ask(&house, &client).send().await.is_err(), "{name}");
    }
    // none at all
    let answer = ask(&house, &house.over_tls()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(house.events("granted").is_empty());
}

#[tokio::test]
async fn a_new_certificate_is_shown_after_a_reload_and_a_broken_one_is_a_mistake() {
    let (old, new) = (Authority::new(), Authority::new());
    let house = House::with(|config| {
        let folder = PathBuf::from(config["listen"]["socket"].as_str().unwrap()).with_file_name("");
        old.issue(ExtendedKeyUsagePurpose::ServerAuth, |_| {}).write(&folder);
        config["listen"]["tls"] = json!({
            "address": "127.0.0.1:0", "certificate": folder.join("server.pem"), "key": folder.join("server.key"),
        });
    })
    .await;
    let trusting = |authority: &Authority| {
        let ca = reqwest::Certificate::from_pem(authority.0.pem().as_bytes()).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap()
    };
    let answer = ask(&house, &trusting(&old)).bearer_auth(SECRET).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);

    let pair = new.issue(ExtendedKeyUsagePurpose::ServerAuth, |_| {});
    // the key of another certificate
    fs::write(house.folder.join("server.pem"), &pair.certificate).unwrap();
    let broken = Config::read(&house.config).unwrap_err();
    assert!(format!("{broken:?}").contains("`listen.tls`"), "{broken:?}");
    pair.write(&house.folder);
    let reloaded = house.broker.reconfigure(&Config::read(&house.config).unwrap()).unwrap();
    assert!(!reloaded.restart_needed);
    assert!(ask(&house, &trusting(&old)).send().await.is_err());
    let answer = ask(&house, &trusting(&new)).bearer_auth(SECRET).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn who_says_nothing_is_disconnected() {
    let house = House::with(with_tls).await;
    let mut silent = tokio::net::TcpStream::connect(house.broker.tls().unwrap()).await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(20), silent.read(&mut [0; 1])).await;
    assert!(matches!(read.unwrap(), Ok(0) | Err(_)));
}
