//! What the thief carries away, tried until nothing of it works.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use keystay::{Clock, Cloud, Secret, SigningKey, VaultKey};
use reqwest::StatusCode;
use serde_json::Value;

use super::stage::Stage;
use crate::{commands::demo::loot::premade_assertion, diagnostics::Failure, moment};

/// How finely the end of something is met.
const STEP: Duration = Duration::from_secs(2);

/// An assertion that was signed ahead, and the newest token that was had with it.
pub(super) struct Thief {
    assertion: Secret,
    token: Token,
}

/// A token, and when it says it ends.
struct Token {
    secret: Secret,
    ends: SystemTime,
}

impl Thief {
    /// Signs for as long as the certificate lives, and takes a token.
    pub(super) async fn steal(stage: &Stage, key: &VaultKey) -> Result<Self, Failure> {
        let (now, ends) = (moment::unix(stage.clock().now()), moment::unix(key.certificate().not_after()));
        let tenant = stage.customer().as_uuid().context("the customer is known by its domain alone")?;
        let assertion = premade_assertion(key, stage.app().as_uuid(), tenant, now, ends).await?;
        let token = exchange(stage, &assertion).await?.context("the thief got no token before the cut")?;
        Ok(Self { assertion, token })
    }

    /// Takes a token again and again, as the clock is moved, until Entra refuses. Returns when.
    pub(super) async fn until_no_assertion_works(&mut self, stage: &Stage) -> Result<SystemTime, Failure> {
        while let Some(token) = exchange(stage, &self.assertion).await? {
            self.token = token;
            stage.wait(STEP);
        }
        Ok(stage.clock().now())
    }

    /// Uses the newest token, as the clock is moved, until Graph refuses. Returns when.
    pub(super) async fn until_no_token_works(&self, stage: &Stage) -> Result<SystemTime, Failure> {
        while opens(stage, &self.token.secret).await? {
            // half of what is left, so that the end is met finely and soon
            let left = self.token.ends.duration_since(stage.clock().now()).unwrap_or_default();
            stage.wait((left / 2).max(STEP));
        }
        Ok(stage.clock().now())
    }
}

/// The assertion for a token, or nothing when Entra refuses it.
async fn exchange(stage: &Stage, assertion: &Secret) -> Result<Option<Token>, Failure> {
    let app = stage.app().to_string();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.as_str()),
        ("scope", "https://graph.microsoft.com/.default"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.expose()),
    ];
    let url = Cloud::Public.token_endpoint(&stage.customer());
    let answer = stage.http.post(url).form(&form).send().await.context("the lab's Entra does not answer")?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Ok(None),
        other => return Err(Failure::failed(format_args!("the lab's Entra answers the thief with HTTP {other}"))),
    }
    let answer: Value = answer.json().await.context("the lab's Entra answers no JSON")?;
    let (token, life) = (answer["access_token"].as_str(), answer["expires_in"].as_u64());
    let (token, life) = token.zip(life).context("the lab's Entra gives no token")?;
    let ends = stage.clock().now() + Duration::from_secs(life);
    Ok(Some(Token { secret: Secret::new(token.to_owned()), ends }))
}

/// Whether a token opens the customer's directory.
async fn opens(stage: &Stage, token: &Secret) -> Result<bool, Failure> {
    let url = "https://graph.microsoft.com/v1.0/users?$top=1";
    let answer = stage.http.get(url).bearer_auth(token.expose()).send().await.context("the lab's Graph is silent")?;
    match answer.status() {
        StatusCode::OK => Ok(true),
        StatusCode::UNAUTHORIZED => Ok(false),
        other => Err(Failure::failed(format_args!("the lab's Graph answers the thief with HTTP {other}"))),
    }
}
