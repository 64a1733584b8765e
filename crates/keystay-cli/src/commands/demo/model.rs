//! What the exposure model says about a scene's loot, to stand beside what is measured.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use keystay_posture::exposure::{
    Certificate, CredentialKind, Ends, KeyPlace, Loot, Parameters, Responses, Setup, Signing,
};

use super::TOKEN_LIFE;
use crate::diagnostics::Failure;

/// For how many seconds the loot is of use, counted from the responses; the certificate ends so many seconds after them.
pub(super) fn seconds(
    kind: CredentialKind,
    loot: Loot,
    responses: &Responses,
    certificate_left: u64,
) -> Result<u64, Failure> {
    let now = SystemTime::UNIX_EPOCH.into();
    let key = if kind == CredentialKind::ExportableKey { KeyPlace::Exportable } else { KeyPlace::Vault };
    let ends = Ends::At(now + Duration::from_secs(certificate_left));
    let setup = Setup {
        certificates: vec![Certificate { ends, key, rotated_every: None }],
        signing: if kind == CredentialKind::Broker { Signing::Broker } else { Signing::App },
        // the lab hears of a removal with the next request, and its tokens all live as long
        parameters: Parameters { token_life: TOKEN_LIFE, spread: Duration::ZERO, ..Parameters::default() },
        ..Setup::default()
    };
    let exposures = setup.exposure_by_loot(responses, now);
    let found = exposures.iter().find(|exposure| exposure.loot == loot).context("the model does not know this loot")?;
    Ok(found.bound.worst.length.known().context("the model knows no end of this loot")?.as_secs())
}
