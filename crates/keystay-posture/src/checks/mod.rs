//! The 37 checks, by subject.

mod access;
mod app;
mod check;
mod credential;
mod host;
mod key;
mod logging;
mod posture;
mod readiness;
mod signer;
mod tenant;
mod vault;

pub use check::{Check, Subject};
pub use posture::Limits;

pub(crate) use app::is_named;
pub(crate) use check::Notes;
pub(crate) use logging::DETECTED;
pub(crate) use posture::{Posture, Prepared};
pub(crate) use signer::USUAL_TOKEN_SECONDS;

/// All checks, in the order of their ids.
pub static CHECKS: [&Check; 37] = [
    &key::NOT_EXPORTABLE,
    &credential::NO_CLIENT_SECRET,
    &credential::NO_ROGUE_KEY,
    &credential::SHORT_LIFE,
    &credential::NOT_EXPIRING,
    &key::SIGNS_ONLY,
    &key::STRONG_AND_RENEWED,
    &key::HARDWARE,
    &key::NO_SILENT_RENEWAL,
    &signer::MANAGED_IDENTITY,
    &access::ROLES_DECIDE,
    &access::LEAST_RIGHT,
    &access::NO_DANGEROUS_RIGHT,
    &access::EXPECTED_SIGNERS,
    &access::NO_STANDING_PEOPLE,
    &access::REVIEWED,
    &vault::NETWORK,
    &vault::PRIVATE_ENDPOINT,
    &logging::AUDITED,
    &logging::ALERTS,
    &logging::DEFENDER,
    &vault::RECOVERABLE,
    &vault::DEDICATED,
    &tenant::NOT_ANYBODY_REGISTERS,
    &tenant::APP_MANAGEMENT,
    &app::INSTANCE_LOCK,
    &app::OWNERS,
    &app::NO_TAKEOVER_PERMISSION,
    &app::PERMISSIONS_AGREE,
    &app::NO_FOREIGN_FEDERATION,
    &app::HOME_PRINCIPAL,
    &signer::SHORT_ASSERTIONS,
    &signer::SEPARATE_SIGNER,
    &signer::SHORT_TOKENS,
    &app::SAFE_ADDRESSES,
    &readiness::DRILLED,
    &host::DEPLOY_PATH,
];
