//! The downloaded certificate is stolen.

use std::sync::Arc;

use keystay::AssertionGenerator;

use super::{App, download_key, measured};
use crate::{
    commands::demo::{loot::Loot, script::Script, stage::Stage},
    diagnostics::Failure,
};

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>, app: App) -> Result<u64, Failure> {
    script.line("For one minute, a thief runs code in the app. He downloads the same PFX, and is thrown out.")?;
    let copy = Arc::new(download_key(stage, "insights-exportable").await?);
    let mut loot = Loot::new(app.id, stage.seed.juniper.id).with_key(AssertionGenerator::new(app.id.into(), copy)?);
    script
        .line("From his own computer he signs as the app and takes a new token whenever he likes. The clock runs.")?;
    let exposure = loot.measure(stage).await?;
    script.line(format_args!("Until the certificate ends, and his last token after it: {}.", measured(&exposure)))?;
    Ok(exposure.seconds)
}
