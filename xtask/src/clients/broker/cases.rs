//! What is asked of every SDK at every door. The programs are `clients/*/ask`; another kind of credential is a word
//! there, a door here.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use super::{
    door::{Door, Environment},
    keystay,
    program::{Answer, ask},
    serve::{Broker, IDENTITY},
};
use crate::clients::language::Language;

/// A broker before the lab, and who lives there.
pub(super) struct World<'a> {
    pub(super) broker: &'a Broker,
    pub(super) seed: &'a Value,
}

/// One program, run once.
pub(super) struct Case {
    pub(super) door: Door,
    pub(super) name: &'static str,
    credential: &'static str,
    environment: Environment,
    client_id: Option<String>,
    scope: &'static str,
    entra_is_down: bool,
    expected: Expected,
}

enum Expected {
    /// A token of this tenant.
    Token { tenant: String },
    /// One request and no token, for this reason, in words that reach whoever reads the program's log.
    Refused { reason: &'static str, words: &'static str },
}

const MANAGED: &str = "ManagedIdentityCredential";
const DEFAULT: &str = "DefaultAzureCredential";
const CLIENT_ID: &str = "AZURE_CLIENT_ID";
const GRAPH: &str = "https://graph.microsoft.com/.default";
/// A resource no other case asks for: the broker has no token yet.
const MANAGEMENT: &str = "https://management.azure.com/.default";

/// A tenant no rule names.
const NOWHERE: &str = "4a8b0000-0000-4000-8000-0000000000ff";

/// All of them.
pub(super) fn cases(world: &World<'_>) -> Vec<Case> {
    Door::ALL.into_iter().flat_map(|door| at(door, world)).collect()
}

fn at(door: Door, world: &World<'_>) -> Vec<Case> {
    let (juniper, marlow) = (world.text("/juniper/id"), world.text("/marlow/id"));
    let secret = &world.broker.secret;
    let case = |name, credential, tenant: &str| Case {
        door,
        name,
        credential,
        environment: door.environment(world.broker, tenant, secret),
        client_id: None,
        scope: GRAPH,
        entra_is_down: false,
        expected: Expected::Token { tenant: tenant.to_owned() },
    };
    let refused = |case: Case, reason, words| Case { expected: Expected::Refused { reason, words }, ..case };

    let mut told = case("DefaultAzureCredential that is told which credential to be", DEFAULT, &juniper);
    told.environment.push(("AZURE_TOKEN_CREDENTIALS", MANAGED.to_owned()));
    let mut app = case("AZURE_CLIENT_ID holds the app's id", DEFAULT, &juniper);
    app.environment.push((CLIENT_ID, world.text("/ready_app")));
    let by_client_id = Case {
        client_id: Some(format!("{IDENTITY}@{marlow}")),
        expected: Expected::Token { tenant: marlow.clone() },
        ..case("another tenant by `client_id`", MANAGED, &juniper)
    };
    let wrong_secret = Case {
        environment: door.environment(world.broker, &juniper, &"0".repeat(64)),
        ..case("a wrong secret is refused, and not tried again", MANAGED, &juniper)
    };
    let nowhere = case("a tenant no rule allows is refused, and not tried again", MANAGED, NOWHERE);

    let mut cases = vec![
        case(MANAGED, MANAGED, &juniper),
        case(DEFAULT, DEFAULT, &juniper),
        told,
        app,
        case("another tenant by the path", MANAGED, &marlow),
        by_client_id,
        refused(wrong_secret, "wrong-secret", "the secret is not one of a caller"),
        refused(nowhere, "tenant-not-allowed", "no rule gives this caller this identity in this tenant"),
    ];
    // elsewhere an SDK that tries again waits in the same way
    if door == Door::AppService {
        let outage = case("an outage of Entra that outlasts the broker's patience is waited out", MANAGED, &juniper);
        cases.push(Case { entra_is_down: true, scope: MANAGEMENT, ..outage });
    }
    cases
}

impl Case {
    /// What the SDK has no way to do.
    pub(super) fn lacking(&self, language: Language) -> Option<&'static str> {
        match (language, self.door) {
            (Language::Rust, _) if self.credential == DEFAULT => Some("azure_identity has no DefaultAzureCredential"),
            (Language::Rust, Door::AzureMl | Door::CloudShell) => Some("azure_identity does not come to this door"),
            (_, Door::CloudShell) if self.client_id.is_some() => {
                Some("its credential takes no client id in Cloud Shell")
            }
            (Language::JavaScript, Door::CloudShell) if self.environment.iter().any(|(name, _)| *name == CLIENT_ID) => {
                Some("DefaultAzureCredential takes no AZURE_CLIENT_ID in Cloud Shell")
            }
            (Language::Rust, Door::InstanceMetadata) => Some("azure_identity asks 169.254.169.254 alone"),
            _ => None,
        }
    }

    /// Runs it, and finds out from the program and from the broker's audit log whether all was as it should be.
    pub(super) fn run(&self, language: Language, world: &World<'_>, root: &Path) -> Result<()> {
        if self.entra_is_down {
            let fault =
                ["--host", "login.microsoftonline.com", "--path", "/oauth2/", "--status", "503", "--times", "4"];
            keystay(&[&["lab", "faults", "add"][..], &fault[..]].concat())?;
        }
        let arguments = [self.credential, self.scope].into_iter().chain(self.client_id.as_deref());
        let (answer, lines) = world.broker.watched(|| ask(language, root, arguments, &self.environment))?;
        let doors: Vec<&str> = lines.iter().filter_map(|line| line["door"].as_str()).collect();
        ensure!(doors.iter().all(|door| *door == self.door.in_journal()), "it came to {doors:?}");
        match (&self.expected, answer) {
            (Expected::Token { tenant }, Answer::Token(claims)) => {
                ensure!(claims["tid"] == tenant.as_str(), "a token of the tenant {}", claims["tid"]);
                ensure!(claims["appid"] == world.seed["ready_app"], "a token of the app {}", claims["appid"]);
                let granted = lines.iter().filter(|line| line["event"] == "granted" && line["caller"] == "program");
                ensure!(granted.count() == 1, "the broker wrote {lines:?}");
                let failed = lines.iter().any(|line| line["event"] == "failed");
                ensure!(failed == self.entra_is_down, "the broker wrote {lines:?}");
            }
            (Expected::Refused { reason, words }, Answer::Error(shown)) => {
                let reasons: Vec<&str> = lines.iter().filter_map(|line| line["reason"].as_str()).collect();
                ensure!(reasons == [*reason], "the broker refused for {reasons:?}");
                ensure!(shown.contains(words), "the program was told: {shown}");
                ensure!(!shown.contains(&world.broker.secret), "the SDK shows the secret");
            }
            (Expected::Token { .. }, Answer::Error(shown)) => bail!("{shown}"),
            (Expected::Refused { .. }, Answer::Token(_)) => bail!("a token was issued"),
        }
        Ok(())
    }
}

impl World<'_> {
    fn text(&self, pointer: &str) -> String {
        self.seed.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}
