//! Speaks to the admin socket.

use reqwest::{Client, RequestBuilder, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{args::BrokerArguments, diagnostics::Failure};

/// The admin socket of a broker.
pub(super) struct AdminSocket {
    client: Client,
    shown: String,
}

/// What it answered.
pub(super) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

/// As much of a problem (RFC 9457) as words are made of.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    detail: String,
    mistakes: Vec<String>,
}

impl AdminSocket {
    pub(super) fn of(about: &BrokerArguments) -> Result<Self, Failure> {
        let client = Client::builder()
            .unix_socket(about.socket.clone())
            .build()
            .map_err(|error| Failure::failed("the connection cannot be prepared").because(error))?;
        Ok(Self { client, shown: about.socket.display().to_string() })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.send(self.client.get(address(path))).await
    }

    pub(super) async fn post(&self, path: &str, query: &[(&str, Option<String>)]) -> Result<Answer, Failure> {
        self.send(self.client.post(address(path)).query(query)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let no_answer = |error: reqwest::Error| {
            let failure = Failure::failed(format_args!("no broker answers on `{}`", self.shown));
            failure.because_of(&error).hint(
                "the broker makes the socket where `[listen] admin` names one, for root and its own user; \
                 --socket or KEYSTAY_ADMIN_SOCKET say where it is",
            )
        };
        let answer = request.send().await.map_err(no_answer)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(no_answer)?.to_vec();
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// The answer, if it is one to the question.
    pub(super) fn must_succeed(self) -> Result<Self, Failure> {
        if self.status.is_success() {
            return Ok(self);
        }
        let Problem { detail, mistakes } = serde_json::from_slice(&self.body).unwrap_or_default();
        let words = if detail.is_empty() { format!("the broker answered {}", self.status) } else { detail };
        Err(mistakes.iter().filter(|mistake| **mistake != words).fold(Failure::failed(&words), Failure::cause))
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::failed("the broker's answer makes no sense").because(error))
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.body
    }
}

/// The host is not looked at on a unix socket.
fn address(path: &str) -> String {
    format!("http://keystay{path}")
}
