//! Nothing secret is ever shown: the lab is used well and badly, everything is logged at the finest level, and searched.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "a caller's ids are its own")]
#![allow(dead_code, reason = "the support is shared with the tests of `lab`")]

#[path = "lab/support.rs"]
mod support;

use std::{
    fmt::Write as _,
    io,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay_lab::{Role, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{Answer, Bench, KEY, OTHER_KEY, assertion_fields, managed_identity_token, ps256, token_endpoint};

/// Collects what is logged by the whole process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const VALUE: &str = "PLANTED-SECRET-VALUE-7f3a";
const PASSWORD: &str = "PLANTED-PASSWORD-91c4";

struct Watch {
    bench: Bench,
    secrets: Vec<String>,
    shown: String,
}

impl Watch {
    fn note(&mut self, secret: &str) {
        assert!(secret.len() > 20, "too short to look for: {secret}");
        self.secrets.push(secret.to_owned());
    }

    /// A token or an assertion: its signature is what makes it one.
    fn note_jwt(&mut self, jwt: &str) {
        self.note(jwt.rsplit('.').next().unwrap());
    }

    /// What a refusal tells is shown to whoever asked, and may end up in a log of theirs.
    fn refused(&mut self, answer: &Answer) {
        assert!(answer.status.is_client_error(), "{answer:?}");
        writeln!(self.shown, "{answer:?}").unwrap();
    }

    async fn vault(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let url = format!("https://{}{path}?api-version=7.4", self.bench.lab.seed().vault_host);
        let request = self.bench.http.request(method.parse().unwrap(), url).bearer_auth(token).json(body);
        Answer::read(request.send().await.unwrap()).await
    }

    async fn control(&self, path: &str) -> Answer {
        Answer::read(self.bench.http.get(self.bench.lab.control_url() + path).send().await.unwrap()).await
    }

    /// Entra: assertions, secrets and people, right and wrong.
    async fn ask_entra(&mut self) {
        let (app, juniper) = (self.bench.app(), self.bench.juniper());
        for key in [&*KEY, &*OTHER_KEY] {
            let assertion = ps256(key, &self.bench.claims());
            self.note_jwt(&assertion);
            let answer = self.bench.ask(&juniper, &assertion).await;
            if answer.status == StatusCode::OK {
                self.note_jwt(answer.token());
            } else {
                self.refused(&answer);
            }
            let broken = assertion_fields(app, &format!("{assertion}.more"));
            let broken: Vec<_> = broken.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = self.bench.post(&token_endpoint(&juniper), &broken).await;
            self.refused(&answer);
        }
        let secret = self.bench.lab.directory().add_secret(app, "planted", std::time::Duration::from_secs(60)).unwrap();
        self.note(&secret);
        let id = app.to_string();
        for secret in [secret.clone(), format!("{secret}-wrong")] {
            let mut fields = vec![("grant_type", "client_credentials"), ("client_id", &id), ("scope", support::GRAPH)];
            fields.push(("client_secret", &secret));
            let answer = self.bench.post(&token_endpoint(&juniper), &fields).await;
            if answer.status == StatusCode::OK {
                self.note_jwt(answer.token());
            } else {
                self.refused(&answer);
            }
            fields[2].1 = &secret;
            let answer = self.bench.post(&token_endpoint(&juniper), &fields[1..]).await;
            self.refused(&answer);
        }
        self.note(PASSWORD);
        let admin = self.bench.lab.seed().juniper.admin.clone();
        let answer = self.bench.sign_in(&admin, PASSWORD).await;
        self.refused(&answer);
    }

    /// Graph: a new password, and tokens that are none.
    async fn ask_graph(&mut self) {
        let juniper = self.bench.lab.seed().juniper.clone();
        let admin = self.bench.sign_in(&juniper.admin, juniper.password).await.token().to_owned();
        self.note_jwt(&admin);
        let person = format!("users/{}", juniper.user);
        let change = json!({ "passwordProfile": { "password": PASSWORD } });
        let answer = self.bench.graph("PATCH", &person, &admin, &change).await;
        assert!(answer.status.is_success() || answer.status.is_client_error(), "{answer:?}");
        let answer = self.bench.graph("PATCH", &person, &format!("{admin}x"), &change).await;
        self.refused(&answer);
        let answer =
            self.bench.graph("POST", &format!("applications/{}/addKey", self.bench.app()), &admin, &json!({})).await;
        self.refused(&answer);
    }

    /// Key Vault: secrets, imported and exported keys, and bodies that cannot be read.
    async fn ask_vault(&mut self) {
        let host = self.bench.lab.seed().vault_host.clone();
        let identity = self.bench.lab.seed().host_identity.object_id;
        self.bench.lab.vaults().assign_role(&host, identity, Role::Administrator, Scope::Vault);
        let environment = self.bench.lab.environment();
        let (_, header) = environment.iter().find(|(name, _)| name == "IDENTITY_HEADER").unwrap();
        self.note(header);
        let token = managed_identity_token(&self.bench, "https://vault.azure.net").await;
        self.note_jwt(&token);

        self.note(VALUE);
        let set = json!({ "value": VALUE });
        assert_eq!(self.vault("PUT", "/secrets/planted", &token, &set).await.status, StatusCode::OK);
        assert_eq!(self.vault("GET", "/secrets/planted", &token, &json!({})).await.body["value"], VALUE);
        let (_, private) = KEY.pem.split_once("-----BEGIN PRIVATE KEY-----").unwrap();
        self.note(private.lines().find(|line| line.len() == 64).unwrap());
        let import = json!({ "value": KEY.pem, "pwd": PASSWORD });
        let answer = self.vault("POST", "/certificates/imported/import", &token, &import).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        for (method, path, body) in [
            ("PUT", "/secrets/planted", json!({ "value": [VALUE] })),
            ("PUT", "/secrets/planted", json!(VALUE)),
            ("PUT", "/secrets/planted", json!({ "value": VALUE, "attributes": VALUE })),
            (
                "POST",
                "/certificates/other/import",
                json!({ "value": KEY.pem.replace("-----BEGIN PRIVATE", "----"), "pwd": PASSWORD }),
            ),
            ("POST", "/certificates/other/import", json!({ "value": BASE64_STANDARD.encode(VALUE), "pwd": PASSWORD })),
            ("PUT", "/keys/other", json!({ "key": { "kty": "RSA", "d": VALUE, "n": VALUE, "e": VALUE } })),
            ("POST", "/secrets/restore", json!({ "value": VALUE })),
            ("POST", "/keys/imported/decrypt", json!({ "alg": "RSA-OAEP", "value": VALUE })),
        ] {
            let answer = self.vault(method, path, &token, &body).await;
            self.refused(&answer);
        }
        let answer = self.vault("GET", "/secrets/planted", &format!("{token}x"), &json!({})).await;
        self.refused(&answer);
    }
}

#[tokio::test]
async fn no_token_assertion_password_secret_or_private_key_is_logged_kept_on_record_or_put_into_an_error() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).init();

    let mut watch = Watch { bench: Bench::ready().await, secrets: Vec::new(), shown: String::new() };
    watch.ask_entra().await;
    watch.ask_graph().await;
    watch.ask_vault().await;
    let kept = [watch.control("/lab/journal").await, watch.control("/lab/audit").await];
    let Watch { bench, secrets, mut shown } = watch;
    let lab = &bench.lab;
    let directory = lab.directory();
    let app = directory.application(bench.app());
    write!(shown, "{lab:?} {:?} {:?} {:?}", lab.export().unwrap(), directory, app).unwrap();
    write!(shown, "{:?} {:?} {:?}", directory.tenant(bench.juniper()), lab.audit(), lab.journal()).unwrap();

    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("rustls") && logged.contains("hyper"), "the finest log is on");
    let kept = format!("{kept:?}");
    assert!(kept.contains("SecretSet") && kept.contains("/oauth2/v2.0/token"), "{kept}");
    assert!(secrets.len() > 10, "{}", secrets.len());
    for secret in secrets {
        assert!(!logged.contains(&secret), "logged: {secret}");
        assert!(!kept.contains(&secret), "kept on record: {secret}");
        assert!(!shown.contains(&secret), "shown: {secret}\n{shown}");
    }
}
