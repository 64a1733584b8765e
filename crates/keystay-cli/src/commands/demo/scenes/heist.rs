//! The downloaded certificate is stolen.

use std::sync::Arc;

use keystay::{AssertionGenerator, SigningKey};
use keystay_posture::exposure::{CredentialKind, Loot as Taken, Responses};

use super::{App, Figure, download_key, measured};
use crate::{
    commands::demo::{loot::Loot, model, script::Script, stage::Stage},
    diagnostics::Failure,
    moment,
};

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>, app: App) -> Result<Figure, Failure> {
    script.line("For one minute, a thief runs code in the app. He downloads the same PFX, and is thrown out.")?;
    let copy = Arc::new(download_key(stage, "insights-exportable").await?);
    let ends = moment::unix(copy.certificate().not_after());
    let mut loot = Loot::new(app.id, stage.seed.juniper.id).with_key(AssertionGenerator::new(app.id.into(), copy)?);
    script
        .line("From his own computer he signs as the app and takes a new token whenever he likes. The clock runs.")?;
    let left = ends.saturating_sub(stage.now());
    let modelled = model::seconds(CredentialKind::ExportableKey, Taken::PrivateKey, &Responses::eviction(), left)?;
    let exposure = loot.measure(stage).await?;
    script.line(format_args!("Until the certificate ends, and his last token after it: {}.", measured(&exposure)))?;
    Ok(Figure { measured: exposure.seconds, modelled })
}
