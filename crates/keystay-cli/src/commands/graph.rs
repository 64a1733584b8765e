//! `keystay graph`

use anyhow::Context;
use keystay::Scopes;
use reqwest::{StatusCode, redirect};
use serde_json::Value;
use url::Url;

use crate::{
    args::GraphArguments,
    client,
    diagnostics::{Exit, Failure},
    printer::Printer,
    settings,
};

const GRAPH: &str = "https://graph.microsoft.com/v1.0";

pub(super) async fn run(arguments: &GraphArguments, printer: &mut Printer) -> Result<(), Failure> {
    let url = address(&arguments.path)?;
    let settings = settings::load(arguments.settings.config.as_deref(), &arguments.settings.flags)?;
    let client = client::connect(&settings, printer).await?;
    let token = client.token(&arguments.tenant, &Scopes::graph()).await?;
    // the token goes to Graph and nowhere else, wherever an answer points
    let http = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .https_only(true)
        .build()
        .context("the HTTP client cannot be made")?;
    let answer = http.get(url).bearer_auth(token.secret()).send().await.context("Graph cannot be reached")?;
    let status = answer.status();
    let request_id = answer.headers().get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let body = answer.bytes().await.context("Graph's answer broke off")?;
    let json = serde_json::from_slice::<Value>(&body);
    match json {
        Ok(json) if status.is_success() => {
            printer.data(serde_json::to_string_pretty(&json).context("the answer cannot be shown")?)
        }
        Ok(json) => Err(refused(status, &json, request_id.as_deref())),
        Err(_) if status.is_success() => printer.raw(&body),
        Err(_) => Err(refused(status, &Value::Null, request_id.as_deref())),
    }
}

/// Below `GRAPH`, whatever the path tries.
fn address(path: &str) -> Result<Url, Failure> {
    let wrong = || {
        Failure::usage(format_args!("`{path}` is not a path of Microsoft Graph"))
            .hint("give what follows https://graph.microsoft.com/v1.0, such as `/users?$top=3`")
    };
    let path = path.strip_prefix(GRAPH).unwrap_or(path);
    if !path.starts_with('/') || path.starts_with("//") {
        return Err(wrong());
    }
    let url = Url::parse(&format!("{GRAPH}{path}")).map_err(|_| wrong())?;
    if url.host_str() == Some("graph.microsoft.com") && url.path().starts_with("/v1.0/") {
        Ok(url)
    } else {
        Err(wrong())
    }
}

/// An error answer of Graph (Microsoft Graph, "Microsoft Graph error responses and resource types"), understood.
pub(super) fn refused(status: StatusCode, body: &Value, request_id: Option<&str>) -> Failure {
    let code = body["error"]["code"].as_str().unwrap_or("no code");
    let message = body["error"]["message"].as_str().unwrap_or_default();
    let exit = if status == StatusCode::FORBIDDEN { Exit::NotAllowed } else { Exit::Failed };
    let mut failure = Failure::new(exit, format_args!("Graph refused the request ({code}, HTTP {})", status.as_u16()));
    if !message.is_empty() {
        failure = failure.cause(message);
    }
    if let Some(id) = request_id {
        failure = failure.cause(format_args!("request id {id}"));
    }
    match status.as_u16() {
        400 => failure.hint("check the path and its parameters; quote it, so that the shell leaves `$` alone"),
        401 => failure.hint("the token was not accepted: look at it with `keystay token … | keystay inspect`"),
        403 => failure.hint(
            "the app lacks a permission in this tenant: add it to the app, then an administrator of the tenant must consent again",
        ),
        404 => failure.hint("check the path"),
        429 => failure.hint("too many requests: wait as long as Graph says, then go slower"),
        500.. => failure.hint("Graph failed; try again in a moment"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_away_from_graph() {
        assert_eq!(address("/users?$top=3").unwrap().as_str(), "https://graph.microsoft.com/v1.0/users?$top=3");
        assert!(address("https://graph.microsoft.com/v1.0/users").is_ok());
        for wrong in
            ["users", "//evil.example/", "@evil.example/", "https://evil.example/", "/../beta/users", ".evil.example/"]
        {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
