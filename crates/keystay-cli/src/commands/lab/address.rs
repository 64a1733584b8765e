//! A running lab's control API, as a program outside of it sees it.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use keystay_lab::ManagedIdentitySource;
use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::{Host, Url};
use uuid::Uuid;

use crate::{args::WhichLab, diagnostics::Failure};

/// The control API of a running lab.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Control {
    address: Url,
    http: reqwest::Client,
}

/// What the lab's clock shows.
#[derive(Debug, Deserialize)]
pub(in crate::commands) struct Reading {
    /// RFC 3339.
    pub(in crate::commands) now: String,
    /// How far it is ahead of the computer.
    pub(in crate::commands) offset_millis: i64,
}

/// A managed identity that was just made.
#[derive(Debug, Deserialize)]
pub(in crate::commands) struct NewIdentity {
    pub(in crate::commands) client_id: Uuid,
    /// Of its service principal: role assignments name it.
    pub(in crate::commands) object_id: Uuid,
}

/// What `lab up --state-file` wrote.
#[derive(Deserialize)]
pub(super) struct StateFile {
    pub(super) address: String,
    pub(super) environment: BTreeMap<String, String>,
    /// The same for every kind of host.
    environments: BTreeMap<String, BTreeMap<String, String>>,
}

impl StateFile {
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let wrong = |words: &str| {
            Failure::usage(format_args!("the state file `{}` {words}", file.display()))
                .hint("`keystay lab up --state-file FILE` writes one while it runs")
        };
        let text = std::fs::read(file).map_err(|error| wrong("cannot be read").because(error))?;
        serde_json::from_slice(&text).map_err(|error| wrong("is not one").because(error))
    }

    /// The variables for a kind of host; for the lab's own when none is named.
    pub(super) fn environment_at(mut self, host: Option<ManagedIdentitySource>) -> BTreeMap<String, String> {
        host.and_then(|host| self.environments.remove(host.name())).unwrap_or(self.environment)
    }
}

impl Control {
    /// The lab that the arguments or the environment name. The state file wins: it was named on purpose.
    pub(super) fn of(which: &WhichLab) -> Result<Self, Failure> {
        match (&which.state_file, &which.lab) {
            (Some(file), _) => Self::at(&StateFile::read(file)?.address),
            (None, Some(address)) => Self::at(address),
            (None, None) => Err(Failure::usage("which lab? none was named").hint(
                "give --lab with the address that `keystay lab up` printed, or --state-file, or set KEYSTAY_LAB",
            )),
        }
    }

    /// A lab is always on this computer: another address is a mistake.
    pub(in crate::commands) fn at(address: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::usage(format_args!("`{address}` is not the address of a lab"))
                .hint("expected what `keystay lab up` printed, such as http://127.0.0.1:4711")
        };
        let url = Url::parse(address).map_err(|_| wrong())?;
        let local = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if url.scheme() != "http" || !local {
            return Err(wrong());
        }
        let http = reqwest::Client::builder().no_proxy().build().context("the HTTP client cannot be made")?;
        Ok(Self { address: url, http })
    }

    pub(in crate::commands) async fn clock(&self) -> Result<Reading, Failure> {
        self.get("/lab/clock").await
    }

    pub(in crate::commands) async fn advance(&self, seconds: u64) -> Result<Reading, Failure> {
        self.send(Method::POST, "/lab/clock", &json!({ "advance_seconds": seconds })).await
    }

    pub(in crate::commands) async fn set(&self, moment: &str) -> Result<Reading, Failure> {
        self.send(Method::POST, "/lab/clock", &json!({ "set": moment })).await
    }

    /// Tenants, people and ids.
    pub(in crate::commands) async fn summary(&self) -> Result<Value, Failure> {
        self.get("/lab/state-summary").await
    }

    /// Gives the host another managed identity, without a role anywhere.
    pub(in crate::commands) async fn create_managed_identity(&self, name: &str) -> Result<NewIdentity, Failure> {
        self.send(Method::POST, "/lab/managed-identities", &json!({ "name": name })).await
    }

    /// Asks for something. `path` may carry a query.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(&self.ask(Method::GET, path, None).await?)
    }

    /// Asks for a change and takes what the lab has to say about it.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, Failure> {
        read(&self.ask(method, path, Some(body.to_string().into_bytes())).await?)
    }

    /// Asks for a change without an answer.
    pub(super) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.ask(Method::DELETE, path, None).await.map(drop)
    }

    /// Asks, and gives the answer as it came. A refusal is told in the lab's own words.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Vec<u8>, Failure> {
        let url = self.address.join(path).context("the lab's address cannot be used")?;
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let silent = |error| {
            Failure::failed(format_args!("no lab answers at {}", self.address))
                .because(error)
                .hint("start one with `keystay lab up`")
        };
        let answer = request.send().await.map_err(silent)?;
        let accepted = answer.status().is_success();
        let bytes = answer.bytes().await.map_err(silent)?.to_vec();
        if accepted {
            return Ok(bytes);
        }
        let refusal: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let failure =
            Failure::failed("the lab did not do it").cause(refusal["error"].as_str().unwrap_or("it did not say why"));
        Err(match refusal["hint"].as_str() {
            Some(hint) => failure.hint(hint),
            None => failure,
        })
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    Ok(serde_json::from_slice(bytes).context("the lab's answer makes no sense: is it another version?")?)
}
