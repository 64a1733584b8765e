//! What keystay.toml says about the signer: facts that Azure does not have.

use keystay::{DEFAULT_LIFETIME, VaultCredential};
use keystay_broker::{IdentitySettings, Proof};
use keystay_posture::facts::{AssertionSettings, GivesOut, SignIn, SignerCredential, SignerSettings};
use serde_json::Value;

use crate::{
    args::{DoctorLook, SettingsArguments},
    diagnostics::Failure,
    settings,
};

/// The settings as the document `signer-settings.json`. Where the file configures a broker, its callers get tokens; else the
/// program that has these settings signs itself.
pub(super) fn settings(
    settings: &IdentitySettings,
    arguments: &SettingsArguments,
    look: &DoctorLook,
) -> Result<Value, Failure> {
    let serves = settings::configures_broker(arguments.config.as_deref());
    let known = SignerSettings {
        credential: match &settings.proof {
            Proof::PemFile(_) | Proof::PfxFile { .. } => SignerCredential::CertificateFile,
            Proof::FederatedIdentity(_) => SignerCredential::FederatedIdentity,
            _ => SignerCredential::VaultKey,
        },
        gives_out: if serves { GivesOut::Tokens } else { GivesOut::Signatures },
        key_version: None,
        sign_in: match settings.vault_credential {
            VaultCredential::ManagedIdentity { .. } => SignIn::ManagedIdentity,
            VaultCredential::WorkloadIdentity => SignIn::WorkloadIdentity,
            _ => SignIn::CommandLine,
        },
        app_host: look.app_host.as_ref().map(ToString::to_string),
        signer_host: look.signer_host.as_ref().or(look.app_host.as_ref()).map(ToString::to_string),
        signer_principal: None,
        assertion: AssertionSettings {
            lifetime_seconds: u32::try_from(DEFAULT_LIFETIME.as_secs()).unwrap_or(u32::MAX),
            unique_id: true,
            audience_per_tenant: true,
            algorithm: if settings.rs256 { "RS256" } else { "PS256" }.to_owned(),
            thumbprint_header: if settings.rs256 { "x5t" } else { "x5t#S256" }.to_owned(),
        },
        asks_for_long_tokens: false,
        answers_claims_challenges: false,
        // a pin is what `keystay rotate` writes, after it registered the version
        registers_new_versions: matches!(settings.proof, Proof::Certificate { pin: Some(_), .. }),
        trusted_services_wanted: false,
        works_at_home: false,
        expected_principals: Vec::new(),
        expected_federations: Vec::new(),
        used_permissions: None,
    };
    serde_json::to_value(known).map_err(|error| Failure::failed("the signer's settings are no JSON").because(error))
}
