//! The thief lets the vault sign for later. (Level 2: the app may sign, so he may as long as he is inside.)

use keystay::SigningKey;
use keystay_posture::exposure::{CredentialKind, Loot as Taken, Response, Responses};

use super::{App, Figure, measured, vault_key};
use crate::{
    commands::demo::{
        loot::{Loot, premade_assertion},
        model,
        script::Script,
        stage::Stage,
    },
    diagnostics::Failure,
    duration, moment,
};

/// How long it takes to notice the theft and to act.
const REACTION_SECS: u64 = 20 * 60;

/// Nobody notices.
pub(super) async fn play(stage: &Stage, script: &mut Script<'_>, app: App) -> Result<Figure, Failure> {
    let (mut loot, ends) = steal(stage, script, app, "insights-signed-ahead").await?;
    let modelled = modelled(&Responses::eviction(), ends.saturating_sub(stage.now()))?;
    let exposure = loot.measure(stage).await?;
    script.line(format_args!("Nobody notices. Entra takes it again and again: {}.", measured(&exposure)))?;
    Ok(Figure { measured: exposure.seconds, modelled })
}

/// The credential is removed from the app.
pub(super) async fn play_with_cut(stage: &Stage, script: &mut Script<'_>, app: App) -> Result<Figure, Failure> {
    let (mut loot, ends) = steal(stage, script, app, "insights-cut").await?;
    stage.wait(REACTION_SECS).await?;
    if !loot.is_useful(stage).await? {
        return Err(Failure::failed("the loot ended before the cut"));
    }
    app.register_certificates(stage, &[]).await?;
    let cut = Responses::eviction().and(Response::CredentialRemoved);
    let modelled = modelled(&cut, ends.saturating_sub(stage.now()))?;
    script.line(format_args!(
        "This time, {} later, the key credential is removed from the app: the cut.",
        duration::words(REACTION_SECS)
    ))?;
    let exposure = loot.measure(stage).await?;
    script.line(format_args!(
        "His assertion is worthless at once; the token he took just before is not: {}.",
        measured(&exposure)
    ))?;
    Ok(Figure { measured: exposure.seconds, modelled })
}

fn modelled(responses: &Responses, certificate_left: u64) -> Result<u64, Failure> {
    model::seconds(CredentialKind::AppSigns, Taken::PremadeAssertion, responses, certificate_left)
}

async fn steal(stage: &Stage, script: &mut Script<'_>, app: App, certificate: &str) -> Result<(Loot, u64), Failure> {
    let key = vault_key(stage, app, certificate).await?;
    let (now, ends) = (stage.now(), moment::unix(key.certificate().not_after()));
    let tenant = stage.seed.juniper.id;
    let assertion = premade_assertion(key.as_ref(), app.id, tenant, now, ends).await?;
    script.line(format_args!(
        "A thief inside the app has the vault sign one assertion with `exp` {}, and is thrown out.",
        moment::words(ends)
    ))?;
    Ok((Loot::new(app.id, tenant).with_assertion(assertion, ends), ends))
}
