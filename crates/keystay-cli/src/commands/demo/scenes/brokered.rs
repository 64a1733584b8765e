//! A broker has the key; the app gets tokens. The same heist once more.

use anyhow::Context;
use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use keystay::Secret;
use keystay_broker::{BearerHash, Broker, Config, Surroundings};
use keystay_posture::exposure::{CredentialKind, Loot as Taken, Responses};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{App, Figure, measured, vault_key};
use crate::{
    commands::demo::{loot::Loot, model, script::Script, stage::Stage},
    diagnostics::Failure,
    moment,
};

const CERTIFICATE: &str = "insights-brokered";
const GRAPH: &str = "https://graph.microsoft.com/.default";

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>, app: App) -> Result<Figure, Failure> {
    vault_key(stage, app, CERTIFICATE).await?;
    let secret = Secret::new(random()?);
    let folder = std::env::temp_dir().join(format!("keystay-demo-{}", Uuid::new_v4()));
    std::fs::create_dir(&folder).context("the broker has no place for its audit log")?;
    let outcome = with_broker(stage, script, app, &secret, &folder).await;
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

async fn with_broker(
    stage: &Stage,
    script: &mut Script<'_>,
    app: App,
    secret: &Secret,
    folder: &std::path::Path,
) -> Result<Figure, Failure> {
    let audit = folder.join("audit.jsonl");
    let config = Config::read(&json!({
        "listen": { "loopback": "127.0.0.1:0" },
        "audit": { "file": audit },
        "identities": { "insights": {
            "client_id": app.id, "home_tenant": stage.seed.home.id, "refuse_exportable": true,
            "vault_credential": "managed-identity",
            "key": { "vault": stage.vault_url(), "certificate": CERTIFICATE },
        } },
        "callers": { "app": { "bearer_sha256": BearerHash::of(secret.expose()).to_hex() } },
        "rules": [{ "callers": "app", "identities": "insights", "tenants": "*", "scopes": "*" }],
    }))?;
    let surroundings = Surroundings {
        transport: stage.transport.clone(),
        clock: std::sync::Arc::new(stage.clock.clone()),
        ..Surroundings::default()
    };
    let broker = Broker::start(&config, surroundings).await?;
    let door = Door { stage, address: broker.loopback().context("the broker opened no door")?.to_string(), secret };
    script.line("Another year: a broker beside the app has the identity that may sign. The app has a secret that")?;
    script.line("only the broker knows, asks it for tokens, and has no right at the vault.")?;
    for customer in [&stage.seed.juniper, &stage.seed.marlow] {
        let token = door.token(customer.id, GRAPH).await?;
        let users = stage.graph(Method::GET, "/users?$top=3&$select=displayName", token.expose(), None).await?;
        let names = users["value"].as_array().into_iter().flatten().filter_map(|user| user["displayName"].as_str());
        script.line(format_args!("{}: {}", customer.name, names.collect::<Vec<_>>().join(", ")))?;
    }
    script.line("(Level 3: tokens, and nothing they are made of.) The thief is in the app for a minute:")?;
    let identity = stage.new_identity("harbor-insights-app").await?;
    let refusal = stage.try_to_sign(CERTIFICATE, &identity).await?;
    script.line(format_args!("- he has the vault sign an assertion, as the app: {refusal}"))?;
    for (tenant, scope, wish) in [
        (stage.seed.home.id, "https://vault.azure.net/.default", "he asks the broker for a token of the vault"),
        (stage.seed.home.id, GRAPH, "he asks for Graph at home, to register a key of his own"),
        (stage.seed.juniper.id, "api://AzureADTokenExchange/.default", "he asks for something he can sign in with"),
    ] {
        script.line(format_args!("- {wish}: {}", door.refusal(tenant, scope).await?))?;
    }
    let tenant = stage.seed.juniper.id;
    let token = door.token(tenant, GRAPH).await?;
    let register = json!({ "keyCredential": {}, "passwordCredential": null, "proof": "" });
    let path = format!("/applications/{}/addKey", app.object);
    let refused = stage.try_graph(Method::POST, &path, token.expose(), Some(&register)).await?;
    if refused.status.is_success() {
        return Err(Failure::failed("the lab let a customer's token register a key"));
    }
    script.line(format_args!(
        "- he registers a key with {}'s token: HTTP {}",
        stage.seed.juniper.name,
        refused.status.as_u16()
    ))?;
    let ends = Stage::token_end(&token)?;
    let mut loot = Loot::new(app.id, tenant).with_token(token, ends);
    script.line(format_args!("So he copies a token, and is thrown out. It says it ends {}.", moment::words(ends)))?;
    broker.stop().await;
    let denied = std::fs::read_to_string(&audit).context("the broker has no audit log")?;
    let denied = denied.lines().filter(|line| line.contains(r#""event":"denied""#)).count();
    script.line(format_args!("The broker's audit log has {denied} refusals of that minute."))?;
    let modelled = model::seconds(CredentialKind::Broker, Taken::AccessToken, &Responses::eviction(), 0)?;
    let exposure = loot.measure(stage).await?;
    script.line(format_args!("Tried at Graph until it is refused: {}.", measured(&exposure)))?;
    Ok(Figure { measured: exposure.seconds, modelled })
}

/// The way into the broker, for the app and for whoever is in it.
struct Door<'a> {
    stage: &'a Stage,
    address: String,
    secret: &'a Secret,
}

impl Door<'_> {
    async fn ask(&self, tenant: Uuid, scope: &str) -> Result<Value, Failure> {
        let asked = json!({ "identity": "insights", "tenant": tenant, "scope": scope });
        let url = format!("http://{}/v1/token", self.address);
        Ok(self.stage.ask_broker(&url, self.secret, &asked).await?.body)
    }

    async fn token(&self, tenant: Uuid, scope: &str) -> Result<Secret, Failure> {
        let answer = self.ask(tenant, scope).await?;
        match answer["access_token"].as_str() {
            Some(token) => Ok(Secret::new(token.to_owned())),
            None => Err(Failure::failed("the broker gave no token").cause(words(&answer["detail"]))),
        }
    }

    async fn refusal(&self, tenant: Uuid, scope: &str) -> Result<String, Failure> {
        let answer = self.ask(tenant, scope).await?;
        if answer["access_token"].is_string() {
            return Err(Failure::failed("the broker gave a token that leads to the app's own credentials"));
        }
        Ok(words(&answer["code"]).to_owned())
    }
}

fn random() -> Result<String, Failure> {
    let mut random = [0; 32];
    rand::fill(&mut random).map_err(|_| Failure::failed("the system gave no random numbers"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random))
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or("without a reason")
}
