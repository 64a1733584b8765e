//! One program, run once at one door, and whether all was as it should be.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use super::{
    door::{Door, Environment},
    keystay,
    program::{Answer, ask},
    serve::Broker,
};
use crate::clients::language::Language;

/// A broker before the lab, and who lives there.
pub(super) struct World<'a> {
    pub(super) broker: &'a Broker,
    pub(super) seed: &'a Value,
}

/// What a program asks, and what must come of it.
pub(super) struct Case {
    pub(super) door: Door,
    pub(super) name: &'static str,
    credential: &'static str,
    environment: Environment,
    /// `client_id` or `tenant_id` of the credential, or the `tenant` named with the request.
    options: Vec<(&'static str, String)>,
    scope: &'static str,
    entra_is_down: bool,
    caller: &'static str,
    expected: Expected,
}

enum Expected {
    /// A token of this tenant.
    Token { tenant: String },
    /// One request and no token, for this reason, in words that reach whoever reads the program's log.
    Refused { reason: &'static str, words: &'static str },
}

pub(super) const DEFAULT: &str = "DefaultAzureCredential";
pub(super) const TOKEN_PROXY: &str = "WorkloadIdentityCredential with its token proxy";
pub(super) const CLIENT_ID: &str = "AZURE_CLIENT_ID";
const GRAPH: &str = "https://graph.microsoft.com/.default";
/// A resource no other case asks for: the broker has no token yet.
const MANAGEMENT: &str = "https://management.azure.com/.default";

impl Case {
    /// A program that comes with this proof, and gets a token of this tenant.
    pub(super) fn new(
        door: Door,
        name: &'static str,
        credential: &'static str,
        world: &World<'_>,
        (tenant, proof): (&str, &str),
    ) -> Self {
        Self {
            door,
            name,
            credential,
            environment: door.environment(world.broker, tenant, proof),
            options: Vec::new(),
            scope: GRAPH,
            entra_is_down: false,
            caller: door.caller(),
            expected: Expected::Token { tenant: tenant.to_owned() },
        }
    }

    /// With one more variable.
    pub(super) fn set(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((variable, value.into()));
        self
    }

    /// With an option of the credential or of the request.
    pub(super) fn with(mut self, option: &'static str, value: impl Into<String>) -> Self {
        self.options.push((option, value.into()));
        self
    }

    /// The token is of this tenant.
    pub(super) fn of(self, tenant: &str) -> Self {
        Self { expected: Expected::Token { tenant: tenant.to_owned() }, ..self }
    }

    /// It comes as another caller than is usual at this door.
    pub(super) fn by_caller(self, caller: &'static str) -> Self {
        Self { caller, ..self }
    }

    pub(super) fn refused(self, reason: &'static str, words: &'static str) -> Self {
        Self { expected: Expected::Refused { reason, words }, ..self }
    }

    /// Entra is down, and there is no token yet.
    pub(super) fn in_an_outage(self) -> Self {
        Self { entra_is_down: true, scope: MANAGEMENT, ..self }
    }

    /// What the SDK has no way to do.
    pub(super) fn lacking(&self, language: Language) -> Option<&'static str> {
        let has = |option: &str| self.options.iter().any(|(name, _)| *name == option);
        match (language, self.door) {
            (Language::Rust, _) if self.credential == DEFAULT => Some("azure_identity has no DefaultAzureCredential"),
            (Language::Rust, _) if self.credential == TOKEN_PROXY => Some("azure_identity 1.0 knows no token proxy"),
            (Language::Rust, _) if has("tenant") => Some("azure_identity names the tenant with the credential alone"),
            (Language::Rust, Door::AzureMl | Door::CloudShell) => Some("azure_identity does not come to this door"),
            (_, Door::CloudShell) if has("client_id") => Some("its credential takes no client id in Cloud Shell"),
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
        let options: Vec<String> = self.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let arguments = [self.credential, self.scope].into_iter().chain(options.iter().map(String::as_str));
        let (answer, lines) = world.broker.watched(|| ask(language, root, arguments, &self.environment))?;
        match (&self.expected, answer) {
            (Expected::Token { tenant }, Answer::Token(claims)) => {
                ensure!(claims["tid"] == tenant.as_str(), "a token of the tenant {}", claims["tid"]);
                ensure!(claims["appid"] == world.seed["ready_app"], "a token of the app {}", claims["appid"]);
                let granted = lines.iter().filter(|line| line["event"] == "granted" && line["caller"] == self.caller);
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
        let doors: Vec<&str> = lines.iter().filter_map(|line| line["door"].as_str()).collect();
        ensure!(doors.iter().all(|door| *door == self.door.in_journal()), "it came to {doors:?}");
        Ok(())
    }
}

impl World<'_> {
    /// Something of the lab's seed.
    pub(super) fn text(&self, pointer: &str) -> String {
        self.seed.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}
