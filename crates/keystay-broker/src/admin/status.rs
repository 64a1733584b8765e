//! What the broker is doing, as one document. Fields are added, never renamed: the dashboard and scripts read it.

use std::{path::PathBuf, time::SystemTime};

use axum::{Json, extract::State};
use serde::Serialize;
use time::OffsetDateTime;

use super::{Admin, health};
use crate::{
    caller::CallerSettings,
    desk::{Decided, Noted, Standings, TenantSeen},
    exposure::{Barrier, Exposure, no_barrier},
    identity::{Connected, Identity},
    metrics::VaultLoad,
    reload::LastReload,
};

/// The whole of it.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    version: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    now: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    started: OffsetDateTime,
    stopping: bool,
    /// How long the loot of a theft works, for the weakest identity.
    exposure: Exposure,
    config: ConfigStatus,
    listeners: Vec<ListenerStatus>,
    audit: AuditStatus,
    identities: Vec<IdentityStatus>,
    callers: Vec<CallerStatus>,
    vaults: Vec<VaultStatus>,
    /// The last refusal of each tenant by Entra or a key, the newest first.
    refusals: Vec<Noted>,
    /// The last refusal of each caller by the policy, the newest first.
    denials: Vec<Noted>,
    /// How the tenants of late stand.
    tenant_standings: Standings,
    /// The first 200 of them: those in trouble, then those seen last.
    tenants: Vec<TenantSeen>,
    /// The last decisions, the newest first.
    decisions: Vec<Decided>,
    /// Until when the last token works that was given out since the start.
    #[serde(with = "time::serde::rfc3339::option")]
    tokens_out_until: Option<OffsetDateTime>,
}

#[derive(Debug, Serialize)]
struct ConfigStatus {
    file: Option<PathBuf>,
    rules: usize,
    last_reload: Option<LastReload>,
}

#[derive(Debug, Serialize)]
struct ListenerStatus {
    kind: &'static str,
    place: String,
    open: bool,
}

#[derive(Debug, Serialize)]
struct AuditStatus {
    file: Option<PathBuf>,
    lines_lost: u64,
    stuck: bool,
}

#[derive(Debug, Serialize)]
struct IdentityStatus {
    name: String,
    client_id: String,
    home_tenant: Option<String>,
    cloud: String,
    /// `connected`, `failed`, or `not-asked` where nobody has needed it yet.
    state: &'static str,
    /// Why it failed.
    reason: Option<String>,
    key: Option<KeyStatus>,
    /// Tokens and remembered refusals in memory.
    cached: usize,
    exposure: Exposure,
}

#[derive(Debug, Serialize)]
struct KeyStatus {
    id: String,
    kind: String,
    exportability: String,
    subject: String,
    thumbprint: String,
    #[serde(with = "time::serde::rfc3339")]
    not_before: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    /// Whole days until the certificate ends.
    days_left: u64,
}

#[derive(Debug, Serialize)]
struct CallerStatus {
    name: String,
    /// How it is recognised, in words.
    recognised_by: Vec<String>,
    /// What the operator should know about it.
    notes: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct VaultStatus {
    vault: String,
    /// Signatures asked for in the last 10 seconds.
    signs: usize,
    /// What the service documents for 10 seconds with software keys of this kind.
    limit: u32,
}

pub(super) async fn status(State(admin): State<Admin>) -> Json<Status> {
    Json(Status::of(&admin))
}

impl Status {
    pub(crate) fn of(admin: &Admin) -> Self {
        let desk = &admin.desk;
        let now = desk.clock().now();
        let setup = desk.setup();
        let own = rustix::process::geteuid().as_raw();
        let barrier = Barrier::of(&setup.caller_settings, own);
        let identities: Vec<_> =
            setup.identities.values().map(|identity| IdentityStatus::of(identity, barrier, now)).collect();
        let (tenant_standings, tenants) = desk.tenants().seen(now);
        let vault = |VaultLoad { vault, signs, limit }| VaultStatus { vault, signs, limit };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            now: now.into(),
            started: admin.started.into(),
            stopping: admin.is_stopping(),
            exposure: Exposure::worst(identities.iter().map(|identity| &identity.exposure)),
            config: ConfigStatus {
                file: admin.reload.file().cloned(),
                rules: setup.policy.rules().len(),
                last_reload: admin.reload.last(),
            },
            listeners: admin
                .listeners
                .iter()
                .map(|listener| ListenerStatus {
                    kind: listener.kind,
                    place: listener.place.clone(),
                    open: !listener.task.is_finished(),
                })
                .collect(),
            audit: AuditStatus {
                file: desk.journal().file().cloned(),
                lines_lost: desk.journal().lost(),
                stuck: desk.journal().is_stuck(),
            },
            identities,
            callers: setup.caller_settings.iter().map(|caller| CallerStatus::of(caller, own)).collect(),
            vaults: desk.metrics().signs().loads(&setup.identities, now).into_iter().map(vault).collect(),
            refusals: desk.refusals().failed(),
            denials: desk.refusals().denied(),
            tenant_standings,
            tenants,
            decisions: desk.decisions().newest_first(),
            tokens_out_until: desk.tenants().tokens_out_until(),
        }
    }
}

impl IdentityStatus {
    fn of(identity: &Identity, barrier: Barrier, now: SystemTime) -> Self {
        let settings = identity.settings();
        let connected = identity.connected();
        let failure = identity.last_failure();
        let state = match (&connected, &failure) {
            (Some(_), _) => "connected",
            (None, Some(_)) => "failed",
            (None, None) => "not-asked",
        };
        Self {
            name: identity.name().to_string(),
            client_id: settings.client_id.to_string(),
            home_tenant: settings.home_tenant.as_ref().map(ToString::to_string),
            cloud: settings.cloud.to_string(),
            state,
            reason: failure.map(|error| health::words(&error)),
            key: connected.as_ref().and_then(|connected| KeyStatus::of(connected, now)),
            cached: connected.as_ref().map_or(0, |connected| connected.client.cached()),
            exposure: Exposure::of(identity, barrier, now),
        }
    }
}

impl KeyStatus {
    fn of(connected: &Connected, now: SystemTime) -> Option<Self> {
        let key = connected.key()?;
        let certificate = key.certificate();
        Some(Self {
            id: key.id().to_owned(),
            kind: certificate.key_kind().to_string(),
            exportability: key.exportability().to_string(),
            subject: certificate.subject().to_owned(),
            thumbprint: certificate.thumbprint(),
            not_before: certificate.not_before().into(),
            not_after: certificate.not_after().into(),
            days_left: certificate.remaining(now).as_secs() / 86_400,
        })
    }
}

impl CallerStatus {
    fn of(settings: &CallerSettings, own: u32) -> Self {
        let CallerSettings { name, uid, gid, bearers, bearer_uid, certificates, certificate_uris, jwt } = settings;
        let mut recognised_by = Vec::new();
        recognised_by.extend(uid.map(|uid| format!("user {uid} on the socket")));
        recognised_by.extend(gid.map(|gid| format!("group {gid} on the socket")));
        if !bearers.is_empty() {
            let pinned = bearer_uid.map(|uid| format!(", from processes of user {uid} only")).unwrap_or_default();
            recognised_by.push(format!("a secret ({} in use){pinned}", bearers.len()));
        }
        recognised_by.extend(certificates.iter().map(|hash| format!("the certificate {hash}")));
        recognised_by.extend(certificate_uris.iter().map(|uri| format!("a certificate for {uri}")));
        if let Some(jwt) = jwt {
            recognised_by.push(format!("a token of the issuer `{}` for {}", jwt.issuer, jwt.subjects.join(", ")));
        }
        let notes = no_barrier(settings, own).into_iter().collect();
        Self { name: name.to_string(), recognised_by, notes }
    }
}
