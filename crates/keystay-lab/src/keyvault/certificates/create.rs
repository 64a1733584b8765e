//! `POST /certificates/{name}/create`: issuing the first or the next version.

use std::sync::Arc;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::{
    assemble::{Parts, assemble},
    object::{CertificateObject, Issued, Pending, Stage},
    pending::{Operation, POLL_AFTER_SECS},
    policy::CertificatePolicy,
    policy_rules::policy_id,
    validity, x509,
};
use crate::keyvault::{
    crypto::KeyMaterial,
    objects::{Attributes, AttributesPatch, ObjectKind, Objects, Tags, Version, check_name},
    vault::Vault,
    wire::{Call, VaultError},
};

#[derive(Deserialize)]
struct Request {
    policy: Option<CertificatePolicy>,
    #[serde(default)]
    attributes: AttributesPatch,
    tags: Option<Tags>,
}

/// Starts the operation. As at the service, this answer always says `inProgress`; with no delay set, the first poll already
/// says `completed`.
pub(in crate::keyvault) fn create(call: &Call, name: &str) -> Result<Response, VaultError> {
    call.require(ObjectKind::Certificate, name, "certificates/create/action")?;
    let request: Request = call.json()?;
    let policy = match request.policy {
        Some(policy) => policy,
        // a renewal by hand: the policy stays
        None => call
            .vault
            .objects
            .read()
            .certificates
            .get(name)
            .map(|object| object.policy.clone())
            .ok_or_else(|| VaultError::bad_parameter("The policy is required for a new certificate."))?,
    };
    let mut attributes = Attributes::new(call.now);
    attributes.apply(&request.attributes, call.now);
    let delay_secs = *call.vault.issuance_secs.read();
    let order = Order { policy, enabled: attributes.enabled, tags: request.tags, delay_secs, key: None };
    begin(&call.vault, name, order, call.now)?;

    let objects = call.vault.objects.read();
    let operation = Operation::started(call, name, objects.certificate(name)?)?;
    let mut response = (StatusCode::ACCEPTED, Json(&operation)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, POLL_AFTER_SECS);
    let version = call.query.get("api-version").unwrap_or_default();
    if let Ok(location) = HeaderValue::try_from(operation.location(version)) {
        headers.insert(header::LOCATION, location);
    }
    Ok(response)
}

/// What is to be issued.
pub(in crate::keyvault) struct Order {
    pub(in crate::keyvault) policy: CertificatePolicy,
    pub(in crate::keyvault) enabled: bool,
    pub(in crate::keyvault) tags: Option<Tags>,
    /// How long issuing takes, in lab time.
    pub(in crate::keyvault) delay_secs: i64,
    /// A key that was made ahead; none lets the policy decide.
    pub(in crate::keyvault) key: Option<Arc<KeyMaterial>>,
}

/// Makes the key and the certificate, and publishes them now or after the order's delay.
pub(in crate::keyvault) fn begin(vault: &Vault, name: &str, order: Order, now: i64) -> Result<(), VaultError> {
    check_name(name)?;
    let policy = order.policy.completed(policy_id(vault, name), now)?;
    policy.check_names_somebody()?;
    vault.check_holds(policy.kty())?;
    {
        let objects = vault.objects.read();
        check_startable(&objects, name)?;
        objects.check_issuer(policy.issuer.name.as_deref())?;
    }
    let key = match order.key {
        Some(key) => key,
        None => next_key(vault, name, &policy)?,
    };
    let csr = STANDARD.encode(x509::signing_request(&policy, &key)?);
    let stage = if policy.is_self_signed() {
        let issued = issue(vault, &policy, key, order.enabled, order.tags, now)?;
        Stage::Issuing { ready_at: now.saturating_add(order.delay_secs), issued: Box::new(issued) }
    } else {
        Stage::AwaitingMerge { key, enabled: order.enabled, tags: order.tags }
    };
    let pending = Pending { csr, ..Pending::new(vault, &policy, stage) };

    let mut objects = vault.objects.write();
    // again, now that the lock is held: another request may have taken the name while the key was made
    check_startable(&objects, name)?;
    let object = objects.certificates.entry(name.to_owned()).or_insert_with(|| CertificateObject::new(policy.clone()));
    if object.versions.find("").is_none() {
        let (start, end) = validity::window(now, policy.x509_props.validity_months.unwrap_or_default())?;
        let (nbf, exp) = (Some(start.unix_timestamp()), Some(end.unix_timestamp()));
        let attributes = Attributes { enabled: false, nbf, exp, ..Attributes::new(now) };
        object.unfinished = Some(Version { id: vault.fresh_id(), item: attributes });
    }
    object.policy = policy;
    object.pending = Some(pending);
    objects.publish_due(now);
    Ok(())
}

/// A version that signs itself. For a completed policy.
pub(super) fn issue(
    vault: &Vault,
    policy: &CertificatePolicy,
    key: Arc<KeyMaterial>,
    enabled: bool,
    tags: Option<Tags>,
    now: i64,
) -> Result<Issued, VaultError> {
    let chain = vec![x509::self_signed(policy, &key, vault.ids.fresh(), now)?].into();
    assemble(policy, Parts { version: vault.fresh_id(), key, chain, enabled, tags }, now)
}

fn check_startable(objects: &Objects, name: &str) -> Result<(), VaultError> {
    objects.check_free(ObjectKind::Certificate, name)?;
    let in_progress = objects
        .certificates
        .get(name)
        .and_then(|object| object.pending.as_ref())
        .is_some_and(|pending| pending.stage.in_progress());
    if in_progress {
        return Err(VaultError::conflict(
            None,
            format!("The certificate {name} has an operation in progress already."),
        ));
    }
    Ok(())
}

/// The newest key, if the policy keeps it and it is of the kind the policy wants; else a new one.
pub(super) fn next_key(vault: &Vault, name: &str, policy: &CertificatePolicy) -> Result<Arc<KeyMaterial>, VaultError> {
    let wanted = policy.key_spec()?;
    if policy.reuses_key() {
        let objects = vault.objects.read();
        let newest = objects.keys.get(name).and_then(|versions| versions.find(""));
        if let Some(version) = newest.filter(|version| version.item.key.spec() == wanted) {
            return Ok(Arc::clone(&version.item.key));
        }
    }
    Ok(Arc::new(KeyMaterial::generate(wanted)?))
}
