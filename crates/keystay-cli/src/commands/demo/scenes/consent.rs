//! Registering the app, and asking the customers.

use std::sync::Arc;

use anyhow::Context;
use keystay::{Cloud, LocalKey, Scopes, Tenant};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{App, download_key};
use crate::{
    commands::demo::{script::Script, stage::Stage},
    diagnostics::Failure,
};

const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";
const USER_READ_BASIC_ALL: &str = "97235f07-e226-4f63-ace3-39588e11d3a1";

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>) -> Result<(App, Arc<LocalKey>), Failure> {
    let home = &stage.seed.home;
    let registration = json!({
        "displayName": "Harbor Insights",
        "signInAudience": "AzureADMultipleOrgs",
        "web": { "redirectUris": ["http://localhost:8400/consented"] },
        "requiredResourceAccess": [{
            "resourceAppId": GRAPH_APP,
            "resourceAccess": [{ "id": USER_READ_BASIC_ALL, "type": "Role" }],
        }],
    });
    let user = stage.graph_token(home, &home.user).await?;
    let refused = stage.try_graph(Method::POST, "/applications", user.expose(), Some(&registration)).await?;
    if refused.status.is_success() {
        return Err(Failure::failed("the lab let an ordinary user register an app"));
    }
    script.line(format_args!(
        "{} registers an app: HTTP {}, {}",
        home.user,
        refused.status.as_u16(),
        words(&refused.body["error"]["code"])
    ))?;

    let admin = stage.graph_token(home, &home.admin).await?;
    let created = stage.graph(Method::POST, "/applications", admin.expose(), Some(&registration)).await?;
    let app = App { id: id(&created["appId"])?, object: id(&created["id"])? };
    script.line(format_args!("{} may: app {}, for many tenants, wants User.ReadBasic.All", home.admin, app.id))?;
    let der = stage.create_certificate("insights-exportable", true).await?;
    app.register_certificates(stage, &[&der]).await?;

    let key = Arc::new(download_key(stage, "insights-exportable").await?);
    let client = app.client(stage, key.clone(), false)?;
    let juniper = Tenant::from(stage.seed.juniper.id);
    match client.token(&juniper, &Scopes::graph()).await {
        Ok(_) => return Err(Failure::failed("the lab gave a token without consent")),
        Err(error) => {
            script.line(format_args!("The app asks for a token at {}: {error}", stage.seed.juniper.name))?;
            script.line(format_args!("hint: {}", error.hint()))?;
        }
    }
    for customer in [&stage.seed.juniper, &stage.seed.marlow] {
        let tenant = Tenant::from(customer.id);
        stage.consent(customer, &Cloud::Public.consent_page(&tenant, app.id.into())).await?;
        client.invalidate(&tenant);
        client.token(&tenant, &Scopes::graph()).await?;
        script.line(format_args!(
            "{} opens that page and accepts. Now there is a token for {}.",
            customer.admin, customer.name
        ))?;
    }
    Ok((app, key))
}

fn id(value: &Value) -> Result<Uuid, Failure> {
    Ok(value.as_str().and_then(|text| text.parse().ok()).context("the new app has no id")?)
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or("without a reason")
}
