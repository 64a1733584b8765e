//! What most sample code does.

use std::sync::Arc;

use keystay::{LocalKey, SigningKey};

use super::{App, three_people};
use crate::{
    commands::demo::{script::Script, stage::Stage},
    diagnostics::Failure,
    moment,
};

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>, app: App, key: Arc<LocalKey>) -> Result<(), Failure> {
    let ends = moment::unix(key.certificate().not_after());
    script.line(format_args!(
        "The app reads the certificate's secret from the vault: a PFX with its private key, good until {}.",
        moment::words(ends)
    ))?;
    let client = app.client(stage, key, false)?;
    for customer in [&stage.seed.juniper, &stage.seed.marlow] {
        script.line(format_args!("{}: {}", customer.name, three_people(stage, &client, customer.id).await?))?;
    }
    script.line("(Tokens live 60 to 90 minutes at Entra; the lab plays the average, 75.)")?;
    script.line("It works. The key now lies in the app's memory. (Level 1: an exportable certificate.)")
}
