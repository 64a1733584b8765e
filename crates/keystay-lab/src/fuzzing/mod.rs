//! A lab for fuzzing: bytes from anywhere go to one of its parsers, and it must neither panic nor fail.
//!
//! Not part of the interface of this crate. The tests run every target over `fuzz/seeds` and changes of those.

mod doors;
mod signed;
mod state;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{Method, StatusCode};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use url::form_urlencoded::{Serializer, byte_serialize};

use self::{
    doors::{Doors, ENTRA, GRAPH, LOOPBACK, MANAGEMENT, VAULT},
    signed::Signers,
    wire::Wire,
};
use crate::{Lab, LabOptions, LabState, Latency, Role, Scope, Throttling};

/// What can be fuzzed, by name.
pub const TARGETS: [&str; 21] = [
    "access-token",
    "arm-scope",
    "assertion",
    "backup",
    "certificate",
    "claims",
    "connection",
    "control",
    "entra",
    "form",
    "graph",
    "jwk",
    "loopback",
    "management",
    "odata",
    "pem",
    "pfx",
    "policy",
    "state",
    "tunnel",
    "vault",
];

/// After so many runs the world is what it was: what one input left behind must neither slow down nor explain another for long.
const RUNS_OF_A_WORLD: u64 = 500;

/// A running lab with a token for each of its services.
pub struct Bench {
    runtime: Runtime,
    lab: Lab,
    doors: Doors,
    wire: Wire,
    signers: Signers,
    /// The world at the start.
    world: LabState,
    runs: AtomicU64,
    vault_token: String,
    graph_token: String,
    management_token: String,
}

#[allow(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "a panic is what fuzzing looks for")]
impl Bench {
    /// Starts the lab.
    pub fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let lab = runtime.block_on(Lab::start(LabOptions::new().with_ready_app(true))).expect("a lab");
        let operator = lab.seed().operator.expect("the seed has an operator");
        let principal = lab.directory().principal(operator.client_id, lab.seed().home.id).expect("at home");
        lab.vaults().assign_role(VAULT, principal.id, Role::Administrator, Scope::Vault);
        lab.vaults().set_throttling(Throttling::off());
        let mut bench = Self {
            signers: Signers::new(&lab),
            world: lab.export().expect("a world"),
            doors: Doors::of(&lab),
            wire: Wire::to(&lab),
            runs: AtomicU64::new(0),
            runtime,
            lab,
            vault_token: String::new(),
            graph_token: String::new(),
            management_token: String::new(),
        };
        let token = |resource: &str| {
            let form = Serializer::new(String::new())
                .append_pair("grant_type", "client_credentials")
                .append_pair("client_id", &operator.client_id.to_string())
                .append_pair("client_secret", operator.client_secret)
                .append_pair("scope", &format!("{resource}/.default"))
                .finish();
            let path = format!("/{}/oauth2/v2.0/token", bench.lab.seed().home.id);
            let (status, answer) = bench.send(ENTRA, &Method::POST, &path, "", form.into_bytes()).expect("a request");
            assert_eq!(status, StatusCode::OK, "{answer}");
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            answer["access_token"].as_str().expect("a token").to_owned()
        };
        let tokens =
            ["https://vault.azure.net", "https://graph.microsoft.com", "https://management.azure.com"].map(token);
        [bench.vault_token, bench.graph_token, bench.management_token] = tokens;
        bench
    }

    /// Gives `data` to a target. Panics when the lab fails.
    pub fn run(&self, target: &str, data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        let query: String = byte_serialize(data).collect();
        let vault = self.vault_token.as_str();
        match target {
            "entra" => self.whole(ENTRA, "", &text),
            "graph" => self.whole(GRAPH, &self.graph_token, &text),
            "vault" => self.whole(VAULT, vault, &text),
            "management" => self.whole(MANAGEMENT, &self.management_token, &text),
            "loopback" => self.whole(LOOPBACK, "", &text),
            "connection" => self.runtime.block_on(self.wire.plain(data)),
            "tunnel" => self.runtime.block_on(self.wire.tunnel(data)),
            "access-token" => self.bearer(&text),
            "arm-scope" => {
                let path = format!("/{query}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01");
                self.get(MANAGEMENT, &path, &self.management_token);
                self.get(MANAGEMENT, &path.replace("%2F", "/"), &self.management_token);
            }
            "assertion" => self.assertion(&query),
            "backup" => {
                let body = json!({ "value": BASE64_URL_SAFE_NO_PAD.encode(data) });
                for kind in ["keys", "secrets", "certificates"] {
                    self.json(VAULT, &Method::POST, &format!("/{kind}/restore?api-version=7.6"), vault, &body);
                }
            }
            "certificate" => self.certificate(data),
            "claims" => self.claims(data),
            "form" => self.form(data.to_vec()),
            "control" => {
                for (method, path) in [
                    (Method::POST, "/lab/faults"),
                    (Method::POST, "/lab/clock"),
                    (Method::PUT, "/lab/latency"),
                    (Method::PUT, "/lab/state"),
                ] {
                    self.fixed(LOOPBACK, &method, path, "", data.to_vec());
                }
            }
            "jwk" => {
                let body = format!("{{\"key\":{text}}}").into_bytes();
                self.fixed(VAULT, &Method::PUT, "/keys/fuzz?api-version=7.6", vault, body);
            }
            "odata" => self.odata(&query),
            "pem" => self.import(&format!("-----BEGIN {text}"), "application/x-pem-file"),
            "pfx" => self.import(&BASE64_STANDARD.encode(data), "application/x-pkcs12"),
            "policy" => {
                let body = format!("{{\"policy\":{text}}}").into_bytes();
                self.fixed(VAULT, &Method::POST, "/certificates/fuzz/create?api-version=7.6", vault, body);
                let path = "/keys/harbor-signer/rotationpolicy?api-version=7.6";
                self.fixed(VAULT, &Method::PUT, path, vault, data.to_vec());
                let body = json!({ "displayName": "fuzz", "definition": [text] });
                let path = "/v1.0/policies/tokenLifetimePolicies";
                self.json(GRAPH, &Method::POST, path, &self.graph_token, &body);
            }
            "state" => self.state(&text),
            other => panic!("no target {other}"),
        }
        self.tidy();
    }

    /// The lab as the next input is to find it.
    fn tidy(&self) {
        self.lab.faults().clear();
        self.lab.latency().set(Latency::default());
        self.lab.clock().set(std::time::SystemTime::now());
        if self.runs.fetch_add(1, Ordering::Relaxed) % RUNS_OF_A_WORLD == RUNS_OF_A_WORLD - 1 {
            self.restore();
        }
    }

    fn bearer(&self, token: &str) {
        self.get(VAULT, "/keys?api-version=7.6", token);
        self.get(GRAPH, "/v1.0/users", token);
        self.get(MANAGEMENT, "/subscriptions?api-version=2022-12-01", token);
    }

    /// The form of a request for a token that a JWT proves.
    fn asserted(&self, jwt: &str) -> Vec<u8> {
        let app = self.lab.seed().ready_app.unwrap_or_default();
        format!(
            "grant_type=client_credentials&client_id={app}&scope=https://graph.microsoft.com/.default&client_assertion_type=\
             urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={jwt}"
        )
        .into_bytes()
    }

    /// A JWT as the proof of an application, and as the proof for another key.
    fn assertion(&self, jwt: &str) {
        let app = self.lab.seed().ready_app.unwrap_or_default();
        self.form(self.asserted(jwt));
        let body = json!({ "proof": jwt, "keyCredential": { "key": "MAA=" } });
        let path = format!("/v1.0/applications(appId='{app}')/addKey");
        self.json(GRAPH, &Method::POST, &path, &self.graph_token, &body);
    }

    /// A certificate in DER form, wherever the lab reads one.
    fn certificate(&self, der: &[u8]) {
        let app = self.lab.seed().ready_app.unwrap_or_default();
        let text = BASE64_STANDARD.encode(der);
        let body = json!({ "keyCredentials": [{ "key": text, "type": "AsymmetricX509Cert", "usage": "Verify" }] });
        let path = format!("/v1.0/applications(appId='{app}')");
        self.json(GRAPH, &Method::PATCH, &path, &self.graph_token, &body);
        let path = "/certificates/fuzz/pending/merge?api-version=7.6";
        self.json(VAULT, &Method::POST, path, &self.vault_token, &json!({ "x5c": [text] }));
        self.certificate_of_a_handshake(
            der,
            &format!("grant_type=client_credentials&client_id={app}&token_type=mtls_pop"),
        );
    }

    /// Claims that the right key has signed: as those of an access token, of an assertion, of a foreign token and of a ticket.
    fn claims(&self, claims: &[u8]) {
        let Ok(claims) = serde_json::from_slice::<Value>(claims) else { return };
        let own = self.signers.lab(&claims);
        self.bearer(&own);
        let client = format!("client_id={}&redirect_uri=https://a", claims["body"]["app"].as_str().unwrap_or_default());
        self.form(format!("grant_type=refresh_token&{client}&refresh_token={own}").into_bytes());
        self.form(format!("grant_type=authorization_code&{client}&code={own}").into_bytes());
        self.assertion(&own);
        self.assertion(&self.signers.app(&claims));
        self.assertion(&self.signers.issuer(&claims));
    }

    fn odata(&self, query: &str) {
        for option in ["$filter", "$select", "$expand", "$orderby", "$search", "$skiptoken", "$top"] {
            self.get(GRAPH, &format!("/v1.0/applications?{option}={query}"), &self.graph_token);
        }
        self.get(GRAPH, &format!("/v1.0/auditLogs/directoryAudits?$filter={query}"), &self.graph_token);
        let arm = "/providers/Microsoft.Authorization/role";
        for path in [format!("{arm}Assignments?$filter={query}&"), format!("{arm}Definitions?$skiptoken={query}&")] {
            let path = format!("/subscriptions/{}{path}api-version=2022-04-01", crate::subscription::HOME_SUBSCRIPTION);
            self.get(MANAGEMENT, &path, &self.management_token);
        }
        self.get(VAULT, &format!("/keys?api-version=7.6&$skiptoken={query}"), &self.vault_token);
        self.get(VAULT, &format!("/keys?api-version=7.6&maxresults={query}"), &self.vault_token);
    }

    /// A file with a key, as a certificate and as a secret that is to be converted.
    fn import(&self, value: &str, kind: &str) {
        let token = &self.vault_token;
        let body = json!({ "value": value, "pwd": "" });
        self.json(VAULT, &Method::POST, "/certificates/fuzz/import?api-version=7.6", token, &body);
        let body = json!({ "value": value, "contentType": kind });
        self.json(VAULT, &Method::PUT, "/secrets/file?api-version=7.6", token, &body);
        for other in ["application/x-pem-file", "application/x-pkcs12"] {
            self.get(VAULT, &format!("/secrets/file?api-version=2026-04-01&outContentType={other}"), token);
        }
    }
}
