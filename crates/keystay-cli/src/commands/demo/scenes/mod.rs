//! The scenes, in order.

mod brokered;
mod consent;
mod doctor;
mod heist;
mod premade;
mod usual;
mod vaulted;

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay::{Client, LocalKey, Secret, SigningKey, Tenant, VaultKey};
use keystay_posture::exposure::CredentialKind;
use reqwest::Method;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

pub(super) use doctor::Visits;

use super::{loot::Exposure, script::Script, stage::Stage};
use crate::{diagnostics::Failure, duration};

/// How long the loot of a scene worked, and what the exposure model says, in seconds.
#[derive(Clone, Copy)]
struct Figure {
    measured: u64,
    modelled: u64,
}

/// The figures of all scenes, in seconds: measured, or of the model.
#[derive(Debug, Serialize)]
pub(super) struct Exposures {
    stolen_certificate: u64,
    stolen_token: u64,
    premade_assertion: u64,
    premade_assertion_after_cut: u64,
    brokered_token: u64,
}

/// The app of the story.
#[derive(Clone, Copy)]
struct App {
    /// The client id.
    id: Uuid,
    /// The registration's object id.
    object: Uuid,
}

/// Plays all scenes.
pub(super) async fn play(stage: &Stage, script: &mut Script<'_>) -> Result<(), Failure> {
    script.scene("May I come in?")?;
    let (app, key) = consent::play(stage, script).await?;
    script.scene("The usual way: the certificate is downloaded")?;
    usual::play(stage, script, app, key).await?;
    script.scene("The heist")?;
    let stolen_certificate = heist::play(stage, script, app).await?;
    script.scene("The key stays in the vault, and the same heist again")?;
    let stolen_token = vaulted::play(stage, script, app).await?;
    script.scene("What the usual story leaves out")?;
    let premade_assertion = premade::play(stage, script, app).await?;
    let premade_assertion_after_cut = premade::play_with_cut(stage, script, app).await?;
    script.scene("The key behind a broker, and the same heist once more")?;
    let brokered_token = brokered::play(stage, script, app).await?;
    let of = |chosen: fn(Figure) -> u64| Exposures {
        stolen_certificate: chosen(stolen_certificate),
        stolen_token: chosen(stolen_token),
        premade_assertion: chosen(premade_assertion),
        premade_assertion_after_cut: chosen(premade_assertion_after_cut),
        brokered_token: chosen(brokered_token),
    };
    let (measured, modelled) = (of(|figure| figure.measured), of(|figure| figure.modelled));
    script.scene("How long the loot worked")?;
    table(
        script,
        &[
            (Some(CredentialKind::ExportableKey), "the certificate could be exported", stolen_certificate),
            (Some(CredentialKind::AppSigns), "key in the vault; the thief took a token", stolen_token),
            (Some(CredentialKind::AppSigns), "key in the vault; the thief had it sign ahead", premade_assertion),
            (None, "the same, counted from the cut", premade_assertion_after_cut),
            (Some(CredentialKind::Broker), "a broker has the key; a token was all there was", brokered_token),
        ],
    )?;
    script.scene("The doctor, before and after")?;
    let doctor = doctor::play(stage, script, app).await?;
    script.finish(&measured, &modelled, &doctor)
}

/// The levels are the model's, and so is the second figure.
fn table(script: &mut Script<'_>, rows: &[(Option<CredentialKind>, &str, Figure)]) -> Result<(), Failure> {
    for (kind, setup, Figure { measured, modelled }) in rows {
        let level = kind.map_or_else(String::new, |kind| format!("level {}", kind.level().number()));
        let length = duration::words(*measured);
        script.line(format_args!("{level:<8} {setup:<48} {length:>15}  {measured:>9} s  (model: {modelled} s)"))?;
    }
    script.line(
        "Level 2 alone does not bound a theft: an app that may sign can be made to sign, and only removing the",
    )?;
    script.line(
        "key from the app ends that. At level 3 the token's own life is the whole exposure, as long as the app",
    )?;
    script
        .line("cannot get at the broker's own identity: give the two different users or hosts, and the app never root.")
}

impl App {
    /// Registers exactly these certificates on the app; an empty list is the cut.
    async fn register_certificates(self, stage: &Stage, certificates: &[&[u8]]) -> Result<(), Failure> {
        let home = &stage.seed.home;
        let admin = stage.graph_token(home, &home.admin).await?;
        let credentials: Vec<_> = certificates
            .iter()
            .map(|der| json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(der) }))
            .collect();
        let path = format!("/applications/{}", self.object);
        let change = json!({ "keyCredentials": credentials });
        stage.graph(Method::PATCH, &path, admin.expose(), Some(&change)).await?;
        Ok(())
    }

    fn client(self, stage: &Stage, key: Arc<dyn SigningKey>, refuse_exportable: bool) -> Result<Client, Failure> {
        let mut builder = Client::builder(self.id.into())
            .key(key)
            .clock(Arc::new(stage.clock.clone()))
            .transport(stage.transport.clone());
        if refuse_exportable {
            builder = builder.refuse_exportable_keys();
        }
        Ok(builder.build()?)
    }
}

/// The private key, downloaded.
async fn download_key(stage: &Stage, certificate: &str) -> Result<LocalKey, Failure> {
    let pfx = stage.download_pfx(certificate).await?;
    Ok(LocalKey::from_pkcs12(certificate, &pfx, &Secret::new(String::new())).await?)
}

/// A new certificate whose key cannot leave the vault, as the only one on the app.
async fn vault_key(stage: &Stage, app: App, name: &str) -> Result<Arc<VaultKey>, Failure> {
    let der = stage.create_certificate(name, false).await?;
    app.register_certificates(stage, &[&der]).await?;
    Ok(Arc::new(VaultKey::from_certificate_name(&stage.vault()?, name).await?))
}

/// Three people of a customer, by the app's own token.
async fn three_people(stage: &Stage, client: &Client, tenant: Uuid) -> Result<String, Failure> {
    let token = client.token(&Tenant::from(tenant), &keystay::Scopes::graph()).await?;
    let users = stage.graph(Method::GET, "/users?$top=3&$select=displayName", token.secret(), None).await?;
    let names = users["value"].as_array().into_iter().flatten().filter_map(|user| user["displayName"].as_str());
    Ok(names.collect::<Vec<_>>().join(", "))
}

fn measured(exposure: &Exposure) -> String {
    format!(
        "exposure {} ({} s), measured by {} tries",
        duration::words(exposure.seconds),
        exposure.seconds,
        exposure.tries
    )
}
