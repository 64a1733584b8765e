//! The key cannot be downloaded; the thief takes what there is.

use keystay::{Exportability, Scopes, Secret, SigningKey, Tenant};
use keystay_posture::exposure::{CredentialKind, Loot as Taken, Responses};

use super::{App, Figure, download_key, measured, three_people, vault_key};
use crate::{
    commands::demo::{loot::Loot, model, script::Script, stage::Stage},
    diagnostics::Failure,
    moment,
};

const CERTIFICATE: &str = "insights-vaulted";

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>, app: App) -> Result<Figure, Failure> {
    let key = vault_key(stage, app, CERTIFICATE).await?;
    if key.exportability() != Exportability::NonExportable {
        return Err(Failure::failed("the lab made an exportable key"));
    }
    script.line(format_args!(
        "A year later: a new certificate, its key {}. The app sends digests and gets signatures.",
        key.exportability()
    ))?;
    let client = app.client(stage, key, true)?;
    for customer in [&stage.seed.juniper, &stage.seed.marlow] {
        script.line(format_args!("{}: {}", customer.name, three_people(stage, &client, customer.id).await?))?;
    }
    script.line("(Level 2: nothing to download, but the app may sign.)")?;
    match download_key(stage, CERTIFICATE).await {
        Ok(_) => return Err(Failure::failed("the lab handed out a key that must stay")),
        Err(failure) => {
            let words = failure.report().map(|report| report.message.clone()).unwrap_or_default();
            script.line(format_args!("The thief opens the certificate's secret: {words}"))?;
        }
    }
    let tenant = stage.seed.juniper.id;
    let token = client.token(&Tenant::from(tenant), &Scopes::graph()).await?;
    let ends = moment::unix(token.expires_on());
    let mut loot = Loot::new(app.id, tenant).with_token(Secret::new(token.secret().to_owned()), ends);
    script.line(format_args!(
        "So he copies a token from the app's memory, and is thrown out. It says it ends {}.",
        moment::words(ends)
    ))?;
    let modelled = model::seconds(CredentialKind::AppSigns, Taken::AccessToken, &Responses::eviction(), 0)?;
    let exposure = loot.measure(stage).await?;
    script.line(format_args!("Tried at Graph until it is refused: {}.", measured(&exposure)))?;
    Ok(Figure { measured: exposure.seconds, modelled })
}
