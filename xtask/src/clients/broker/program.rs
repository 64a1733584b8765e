//! A program that asks for one token.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::door::Environment;
use crate::clients::language::Language;

/// What came of it.
pub(super) enum Answer {
    /// A token, by what it says of itself.
    Token(Value),
    /// What the SDK says instead.
    Error(String),
}

/// Variables that would lead an SDK elsewhere.
const ELSEWHERE: [&str; 17] = [
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_KUBERNETES_CA_DATA",
    "AZURE_KUBERNETES_CA_FILE",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_TENANT_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "KEYSTAY_IDENTITY",
    "KEYSTAY_SOCKET",
    "KEYSTAY_TENANT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
];

/// Runs `ask` of this language. A process of its own for each case: some SDKs cache for the whole process.
pub(super) fn ask<'a>(
    language: Language,
    root: &Path,
    arguments: impl Iterator<Item = &'a str>,
    environment: &Environment,
) -> Result<Answer> {
    let (program, own) = language.ask(root);
    let mut command = Command::new(program);
    command.args(own).args(arguments).current_dir(language.home(root)).stdin(Stdio::null()).stderr(Stdio::inherit());
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().cloned()).output().context("the program cannot be started")?;
    if !output.status.success() {
        bail!("the program ended early ({})", output.status);
    }
    let answer: Value = serde_json::from_slice(&output.stdout).context("the program told no JSON")?;
    match (answer["token"].as_str(), answer["error"].as_str()) {
        (Some(token), _) => Ok(Answer::Token(claims(token)?)),
        (None, Some(words)) => Ok(Answer::Error(words.to_owned())),
        _ => bail!("the program told neither a token nor an error"),
    }
}

fn claims(token: &str) -> Result<Value> {
    let claims = token.split('.').nth(1).context("the token is no JWT")?;
    Ok(serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims)?)?)
}
