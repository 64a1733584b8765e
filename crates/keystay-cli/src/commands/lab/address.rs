//! A running lab's control API, as a program outside of it sees it.

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use crate::diagnostics::Failure;

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

impl Control {
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
        self.read("/lab/clock", None).await
    }

    pub(in crate::commands) async fn advance(&self, seconds: u64) -> Result<Reading, Failure> {
        self.read("/lab/clock", Some(json!({ "advance_seconds": seconds }))).await
    }

    pub(in crate::commands) async fn set(&self, moment: &str) -> Result<Reading, Failure> {
        self.read("/lab/clock", Some(json!({ "set": moment }))).await
    }

    /// Tenants, people and ids.
    pub(in crate::commands) async fn summary(&self) -> Result<Value, Failure> {
        self.read("/lab/state-summary", None).await
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, path: &str, change: Option<Value>) -> Result<T, Failure> {
        let url = self.address.join(path).context("the lab's address cannot be used")?;
        let request = match &change {
            Some(change) => self.http.post(url).json(change),
            None => self.http.get(url),
        };
        let answer = request.send().await.map_err(|error| {
            Failure::failed(format_args!("no lab answers at {}", self.address))
                .because(error)
                .hint("start one with `keystay lab up`")
        })?;
        if !answer.status().is_success() {
            let body: Value = answer.json().await.unwrap_or_default();
            let words = body["error"].as_str().unwrap_or("it did not say why");
            return Err(Failure::failed("the lab did not do it").cause(words));
        }
        let answer = answer.json().await.context("the lab's answer makes no sense: is it another version?")?;
        Ok(answer)
    }
}
