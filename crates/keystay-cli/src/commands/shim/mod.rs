//! `keystay shim`: stands in for `az` and `azd`, so that the SDKs' command-line credentials get tokens of the broker.
//!
//! The unix socket tells who asks: no secret is in the program's environment, and the tenant is the program's choice for
//! each token.

mod az;
mod azd;
mod install;

use std::ffi::OsString;

use clap::Parser;
use keystay::Tenant;
use serde::Deserialize;
use serde_json::Value;

pub(super) use self::{az::run as az, azd::run as azd};
use super::door::Door;
use crate::{
    args::{ShimArguments, ShimCommand, WhichBroker},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) fn run(command: &ShimCommand, printer: &mut Printer) -> Result<(), Failure> {
    match command {
        ShimCommand::Install { folder } => install::run(folder, printer),
    }
}

/// The words as the other program would read them.
fn parsed<T: Parser>(program: &str, arguments: ShimArguments) -> Result<T, Failure> {
    let words = std::iter::once(OsString::from(program)).chain(arguments.words);
    T::try_parse_from(words).map_err(|error| {
        let words = error.to_string();
        let words = words.trim_end();
        Failure::usage(words.strip_prefix("error: ").unwrap_or(words))
            .hint(format_args!("this `{program}` is keystay's, and gives out tokens only"))
    })
}

/// What of the broker's answer both programs print.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Seconds since 1970.
    expires_on: i64,
    tenant: String,
}

/// Asks the broker, as the user this runs as.
async fn token(tenant: Option<&Tenant>, scope: &str, tenant_flag: &str) -> Result<Granted, Failure> {
    let Some(tenant) = tenant else {
        return Err(Failure::usage("no tenant was named")
            .hint(format_args!("the program can name one ({tenant_flag}), or its environment (KEYSTAY_TENANT)")));
    };
    let door = Door::of(&WhichBroker { socket: std::env::var_os("KEYSTAY_SOCKET").map(Into::into) })?;
    let identity = identity(&door).await?;
    let asked = [("identity", identity.as_str()), ("tenant", &tenant.to_string()), ("scope", scope)];
    let answer = door.get("/v1/token", &asked).await?;
    serde_json::from_value(answer).map_err(|error| Failure::failed("the broker's answer makes no sense").because(error))
}

/// The identity of the environment, or the only one there is.
async fn identity(door: &Door) -> Result<String, Failure> {
    if let Ok(identity) = std::env::var("KEYSTAY_IDENTITY") {
        return Ok(identity);
    }
    let answer = door.get("/v1/identities", &[]).await?;
    let all = answer["identities"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = all.iter().filter_map(|identity| identity["name"].as_str()).collect();
    match names.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Failure::failed("the broker has no identity for this user")
            .hint("the operator of the broker can add a rule; `keystay policy explain` shows what is missing")),
        several => {
            Err(Failure::usage(format_args!("the broker has several identities for this user: {}", several.join(", ")))
                .hint("name one in KEYSTAY_IDENTITY"))
        }
    }
}

/// An object as these programs print it.
fn pretty(object: &Value) -> String {
    serde_json::to_string_pretty(object).unwrap_or_default()
}
